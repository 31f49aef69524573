import { type FailureList, WITH_ELASTICSEARCH } from "./failure_row.ts";

/** What operators of tag audits and cleaners have told in public. */
export const OPERATORS: FailureList = {
  title: "What has happened to operators",
  intro: "Told in issues and threads of the tools and in AWS's own pages.",
  rows: [
    {
      what: "DescribeInstances answered with instances and without their tags, and a playbook " +
        "that terminated what was untagged terminated everything.",
      told: "ansible/ansible#12642, cloud-custodian/cloud-custodian#252",
      answer: "DescribeTags must say the same; where the two differ, nothing is concluded.",
      tests: [
        [
          "e2e/mistakes_test.ts",
          "instances without their tags is no answer: the region is not proven and nothing is planned there",
        ],
        [
          "cases/audit/sources_disagree.json",
          "a region that hides its tags is not believed: nothing is planned, found or examined there",
        ],
        [
          "e2e/drift_test.ts",
          "both sources are read again seconds before a batch: ec2:DescribeInstances that tells otherwise then stops it",
        ],
      ],
    },
    {
      what: "The describing calls of a whole region failed for hours, and the failure was taken " +
        "for an empty region.",
      told: "kubernetes/kubernetes#18955",
      answer: "An error is no answer: the region is not proven, and the run ends with exit code 3.",
      tests: [
        [
          "e2e/mistakes_test.ts",
          "throttling that does not end is no answer: the region is not proven and nothing is planned there",
        ],
        [
          "e2e/mistakes_test.ts",
          "an empty answer with 200 is no answer: the region is not proven and nothing is planned there",
        ],
        [
          "e2e/canary_status_test.ts",
          'a canary that cannot be asked about, since the region does not answer is "error"',
        ],
      ],
    },
    {
      what: "Tags came half a minute or more after the launch, and groups and clusters were " +
        "terminated in a loop as they came up.",
      told: "cloud-custodian/cloud-custodian#856, #3162",
      answer: "Grace, of at least fifteen minutes where instances are terminated, and looks that " +
        "lie apart.",
      tests: [
        ["cases/audit/grace_created.json", "an instance of half an hour ago is in its grace"],
        [
          "runners/audit/predecessors_test.ts",
          "what may terminate must give tags a quarter of an hour to come",
        ],
        [
          "e2e/ladder_test.ts",
          "run every five minutes, what is untagged for 45 minutes ends ten minutes after its mark",
        ],
      ],
    },
    {
      what: "An Auto Scaling group launched anew what the tool had terminated, for ever.",
      told: "cloud-custodian/cloud-custodian#88, #3686, #2875",
      answer: "What a group, a cluster or an operator manages is reported, and never acted on " +
        "unless the configuration says so.",
      tests: [
        [
          "cases/audit/managed_autoscaling_report.json",
          "an instance of Auto Scaling group web is reported and never acted on, unless configured",
        ],
        [
          "e2e/drift_test.ts",
          "an instance that is taken into a cluster between the plan and its termination lives, and the others are terminated",
        ],
      ],
    },
    {
      what: "One spot, instance-store or protected instance in a batch kept all the others from " +
        "being stopped.",
      told: "cloud-custodian/cloud-custodian#970, #2083, #8003",
      answer: "What cannot be stopped is left out of batches; a batch that is refused is halved " +
        "until the bad ones are alone.",
      tests: [
        [
          "e2e/batches_test.ts",
          "one of fifty that is gone and one that is protected since do not keep the others from being stopped",
        ],
      ],
    },
    {
      what: "An instance changed its state between the list and the act, and the batch was lost.",
      told: "cloud-custodian/cloud-custodian#3143",
      answer: "Each batch is read again seconds before it is written; who changed is drifted.",
      tests: [
        [
          "e2e/drift_test.ts",
          "an instance that somebody has stopped between the plan and its termination lives, and the others are terminated",
        ],
        [
          "e2e/batches_test.ts",
          "one of fifty that was protected since keeps nobody else from being terminated, and each batch is read again for itself",
        ],
        [
          "e2e/hanging_test.ts",
          "an instance that was started in the middle of its way is judged as it is",
        ],
      ],
    },
    {
      what: "TerminateInstances is refused whole for one unknown ID, and spares a whole zone for " +
        "one protected instance.",
      told: "EC2 API Reference, TerminateInstances; aws/karpenter-provider-aws#275",
      answer: "Batches of one zone and at most fifty; each instance has an outcome, by what is " +
        "seen afterwards.",
      tests: [
        [
          "e2e/batches_test.ts",
          "one of fifty that was protected since keeps nobody else from being terminated, and each batch is read again for itself",
        ],
        [
          "e2e/hanging_test.ts",
          "a termination that takes its time is done, and is not tried again",
        ],
      ],
    },
    {
      what: "Stop protection keeps an instance from being terminated too, which was not known.",
      told: "cloud-custodian/cloud-custodian#7597, #8007",
      answer: "Both protections are read and respected, and lifted together where that is asked " +
        "for.",
      tests: [
        [
          "deep/protection_test.ts",
          "a protection is respected unless the configuration says otherwise",
        ],
        [
          "deep/protection_test.ts",
          "a protection is lifted for what is terminated, and for nothing else",
        ],
      ],
    },
    {
      what: "The tool worked in another account than the operator believed.",
      told: "cloud-custodian/cloud-custodian#5471",
      answer:
        "STS must say that the session is in the account that was meant; only accounts that " +
        "are named are enforced.",
      tests: [
        [
          "e2e/credentials_test.ts",
          "credentials of another account are told, and nothing is asked with them",
        ],
        [
          "e2e/enforcement_test.ts",
          "without enforcement nothing is changed, whatever the ladder says",
        ],
      ],
    },
    {
      what: "Accounts were enrolled in a cleaner by being created, and lost what they ran.",
      told: "ministryofjustice/modernisation-platform#12887",
      answer: "Enforcement is opt-in, and a new account is only reported for a while.",
      tests: [
        [
          "e2e/enforcement_test.ts",
          "accounts that are new to the organization are only reported, however they came to be enforced",
        ],
        [
          "e2e/enforcement_test.ts",
          "all accounts of an enforced unit and of the units below it are enforced, and no other",
        ],
      ],
    },
    {
      what: "A slip in a filter would have hit most of what there was; the limit was skipped, or " +
        "compared with the wrong number; and nobody heard of a run that a limit had ended.",
      told: "cloud-custodian/cloud-custodian#2532, #3477, #2902, #6583",
      answer:
        "Limits and breakers refuse the whole run, show in the plan already, are documents, " +
        "and are told.",
      tests: [
        ["e2e/budget_test.ts", "a limit refuses the whole run, and says which and by how much"],
        [
          "e2e/breakers_test.ts",
          "a region where far more breaks the rules than before: nothing is changed anywhere, with exit code 4 where there was something to refuse",
        ],
        [
          "e2e/notify_test.ts",
          "an apply that a limit refuses is published under the home credentials, in the topic's region",
        ],
      ],
    },
    {
      what:
        "The launch time is that of the last start, so that a restart dodged the grace for ever.",
      told: "mlevit/aws-auto-cleanup#129",
      answer: "Age counts from the attachment of the primary network interface.",
      tests: [
        [
          "cases/audit/grace_restart.json",
          "a restart renews no grace: the clock counts from the creation",
        ],
      ],
    },
    {
      what: "What EC2 says of when an instance was stopped is missing or wrong.",
      told: "cloud-custodian/cloud-custodian#5989, #6924",
      answer: "No rule rests on it: the ladder counts from its own stop, which the journal has.",
      tests: [
        [
          "e2e/ladder_test.ts",
          "who starts what was stopped sees it stopped again, with the whole time before its end",
        ],
      ],
    },
    {
      what: "Deadlines were off by hours: time zones, and the change of clocks.",
      told: "cloud-custodian/cloud-custodian#4818, #132",
      answer: "All instants are UTC, and days have 24 hours.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "a day of the ladder has 24 hours, also where clocks change in between",
        ],
        ["cases/audit/exempt_ended_at_midnight.json", "an exemption ends at midnight UTC"],
        ["deep/clock_test.ts", "clocks that go back shorten no deadline, and make no second mark"],
      ],
    },
    {
      what: "People were told that something had been done to their instance which had failed.",
      told: "cloud-custodian/cloud-custodian#3531",
      answer: "What is told is counted from outcomes.",
      tests: [
        [
          "e2e/undecided_test.ts",
          "what says that something was done is told by what became of it",
        ],
        ["e2e/notify_test.ts", "changes that failed are told when all is recorded"],
      ],
    },
    {
      what: "There was nobody to tell: the instance named no owner.",
      told: "cloud-custodian/cloud-custodian#1966, #3968",
      answer: "The owner is looked for in tags, CloudTrail, the group and the stack.",
      tests: [
        [
          "e2e/owners_test.ts",
          "a report finds out once who launched a violator, and the store remembers it",
        ],
        [
          "runners/audit/owners_test.ts",
          "the best owner is the tag's, then CloudTrail's, the group's and the stack's",
        ],
      ],
      without: "Whom a digest falls back to comes with the Elasticsearch reports.",
    },
    {
      what: "The wrong creator was written down: sessions of roles, services, an empty issuer.",
      told: "SWO-GS/auto-tag#5, aws-samples/resource-auto-tagger#13",
      answer: "An owner that was found out has a confidence and satisfies no rule.",
      tests: [
        [
          "e2e/owners_test.ts",
          "a report finds out once who launched a violator, and the store remembers it",
        ],
        [
          "runners/audit/owners_test.ts",
          "the tags of a group or a stack are of medium confidence at most",
        ],
      ],
    },
    {
      what: "Workers that knew nothing of each other throttled an account until calls failed.",
      told: "cloud-custodian/cloud-custodian#1813, #1390, #7265",
      answer: "One budget of calls per account, region and class of API; eight attempts.",
      tests: [
        ["e2e/mistakes_test.ts", "throttling that ends only slows a run down"],
        [
          "runners/core/aws/rate_budget_test.ts",
          "those who wait stand in line, each a token behind the one before",
        ],
        [
          "deep/protection_test.ts",
          "a termination that was throttled to its end is gone on with in the next run",
        ],
      ],
    },
    {
      what: "A region that was not enabled, or whose list could not be had, dropped the account " +
        "from the result without a word.",
      told: "cloud-custodian/cloud-custodian#9646, connelldave/botocove#77",
      answer: "What cannot be read counts as planned and not proven.",
      tests: [
        [
          "e2e/mistakes_test.ts",
          "a region that is not enabled is no answer: the region is not proven and nothing is planned there",
        ],
        [
          "e2e/predecessors_test.ts",
          "an account whose regions cannot be listed is not proven, and not left out",
        ],
        [
          "e2e/organization_test.ts",
          "an organization that cannot be listed whole is no shorter list",
        ],
      ],
    },
    {
      what: "Regions that nobody had thought of were never cleaned.",
      told: "aws-solutions/innovation-sandbox-on-aws#148",
      answer: "By default all regions are looked at that the account has enabled, new ones too.",
      tests: [
        [
          "e2e/canary_test.ts",
          "a region that is new to the account is not proven there, and canary plan names it",
        ],
        ["e2e/organization_test.ts", "only the regions that an account has enabled are looked at"],
      ],
    },
    {
      what: "A key in another case or with a space was taken for missing.",
      told: "cloud-custodian/cloud-custodian#298, #3389",
      answer: "It is a finding of its own, which is reported and never acted on.",
      tests: [
        [
          "cases/audit/case_variant_exact.json",
          "a key in another case is reported and never acted on",
        ],
        [
          "cases/audit/key_with_spaces.json",
          "a key with spaces around it is a spelling, not a missing tag",
        ],
      ],
    },
    {
      what: "An empty list of IDs or filters was taken for everything.",
      told: "ansible/ansible#46985",
      answer: "No write names nothing, and roles that write ask with a filter.",
      tests: [
        [
          "e2e/predecessors_test.ts",
          "no write names nothing, and no question of a writing role is asked without a filter",
        ],
      ],
    },
    {
      what: "The bulk helper of the Elasticsearch client drops documents without a word.",
      told: "elastic/elasticsearch-js#2085, #2090",
      answer: "Every record is a file first; what could not be written is told.",
      tests: [
        [
          "e2e/files_test.ts",
          "a report that cannot be written is told, and what was done stays recorded",
        ],
      ],
      without: WITH_ELASTICSEARCH,
    },
    {
      what: "The client of Elasticsearch 9 is refused by Elasticsearch 8.",
      told: "elastic/elasticsearch-js#2909",
      answer: "",
      tests: [],
      without: WITH_ELASTICSEARCH,
    },
    {
      what: "Kibana imports saved objects that are broken, and fails later.",
      told: "elastic/kibana#118621, #44639, #93772, #95068, #75596, #123028",
      answer: "",
      tests: [],
      without: WITH_ELASTICSEARCH,
    },
  ],
};
