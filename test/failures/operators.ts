import { type FailureList, WITH_ELASTICSEARCH } from "./failure_row.ts";

/** What operators of tag audits and cleaners have told in public. */
export const OPERATORS: FailureList = {
  title: "What happened to operators",
  intro: "From issues and threads of the tools, and from AWS's own pages.",
  rows: [
    {
      what: "DescribeInstances answered with instances but without their tags. A playbook " +
        "that terminated untagged instances terminated all of them.",
      told: "ansible/ansible#12642, cloud-custodian/cloud-custodian#252",
      answer: "DescribeTags must say the same. If the two differ, nothing is planned.",
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
      what: "The describe calls of a complete Region failed for hours, and a tool took the " +
        "failure for an empty Region.",
      told: "kubernetes/kubernetes#18955",
      answer: "An error is not an answer: the Region is not proven, and the run ends with exit " +
        "code 3.",
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
      what: "Tags arrived half a minute or more after the launch. Groups and clusters were " +
        "terminated again and again while they started.",
      told: "cloud-custodian/cloud-custodian#856, #3162",
      answer: "There is a grace, of at least fifteen minutes if instances are terminated, and " +
        "several runs at a distance must find the violation.",
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
      what: "An Auto Scaling group launched again what the tool had terminated, without end.",
      told: "cloud-custodian/cloud-custodian#88, #3686, #2875",
      answer: "An instance that a group, a cluster or an operator manages is reported, and " +
        "never changed unless the configuration says so.",
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
      what: "One spot, instance-store or protected instance in a batch prevented the stop of " +
        "all others.",
      told: "cloud-custodian/cloud-custodian#970, #2083, #8003",
      answer: "Instances that cannot be stopped are left out of batches. A batch that is " +
        "refused is halved until the bad instances are alone.",
      tests: [
        [
          "e2e/batches_test.ts",
          "one of fifty that is gone and one that is protected since do not keep the others from being stopped",
        ],
      ],
    },
    {
      what: "An instance changed its state between the list and the write, and the batch was " +
        "lost.",
      told: "cloud-custodian/cloud-custodian#3143",
      answer: "Each batch is read again seconds before its write. An instance that changed is " +
        "drifted.",
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
      what: "TerminateInstances refuses the complete call for one unknown ID, and terminates " +
        "nothing in a zone that has one protected instance.",
      told: "EC2 API Reference, TerminateInstances; aws/karpenter-provider-aws#275",
      answer: "A batch has one zone and at most fifty instances. Each instance has its own " +
        "outcome, which is read from AWS afterwards.",
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
      what: "Stop protection also prevents a termination, which was not known.",
      told: "cloud-custodian/cloud-custodian#7597, #8007",
      answer: "Both protections are read and respected. If the configuration asks for it, both " +
        "are removed together.",
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
      what: "The tool worked in another account than its operator believed.",
      told: "cloud-custodian/cloud-custodian#5471",
      answer: "STS must say that the session is in the intended account. Only accounts that are " +
        "named are enforced.",
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
      what: "New accounts were enrolled in a cleaner automatically, and lost what they ran.",
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
      what: "An error in a filter would have matched most instances. The limit was skipped, " +
        "or compared with the wrong number, and nobody was notified of a run that a limit " +
        "had ended.",
      told: "cloud-custodian/cloud-custodian#2532, #3477, #2902, #6583",
      answer: "Limits and breakers refuse the complete run. The plan already shows them, " +
        "documents have them, and notifications are sent.",
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
      what: "The launch time is the time of the last start, so that a restart renewed the " +
        "grace each time.",
      told: "mlevit/aws-auto-cleanup#129",
      answer: "The age counts from the attachment of the primary network interface.",
      tests: [
        [
          "cases/audit/grace_restart.json",
          "a restart renews no grace: the clock counts from the creation",
        ],
      ],
    },
    {
      what: "EC2's record of when an instance was stopped is missing or wrong.",
      told: "cloud-custodian/cloud-custodian#5989, #6924",
      answer: "No rule uses it: the ladder counts from its own stop, which is in the journal.",
      tests: [
        [
          "e2e/ladder_test.ts",
          "who starts what was stopped sees it stopped again, with the whole time before its end",
        ],
      ],
    },
    {
      what: "Deadlines were wrong by hours because of time zones and changes of clocks.",
      told: "cloud-custodian/cloud-custodian#4818, #132",
      answer: "All times are UTC, and a day has 24 hours.",
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
      what: "People were told that an action was done to their instance, but it had failed.",
      told: "cloud-custodian/cloud-custodian#3531",
      answer: "Every message is counted from outcomes.",
      tests: [
        [
          "e2e/undecided_test.ts",
          "what says that something was done is told by what became of it",
        ],
        ["e2e/notify_test.ts", "changes that failed are told when all is recorded"],
      ],
    },
    {
      what: "Nobody could be notified, because the instance named no owner.",
      told: "cloud-custodian/cloud-custodian#1966, #3968",
      answer: "The audit searches for the owner in tags, CloudTrail, the group and the stack.",
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
      what: "The wrong creator was recorded: sessions of roles, services, an empty issuer.",
      told: "SWO-GS/auto-tag#5, aws-samples/resource-auto-tagger#13",
      answer: "An inferred owner has a confidence and satisfies no rule.",
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
      what: "Workers that did not know of each other throttled an account until calls failed.",
      told: "cloud-custodian/cloud-custodian#1813, #1390, #7265",
      answer: "There is one budget of calls per account, Region and API class, and eight " +
        "attempts.",
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
      what: "A Region that was not enabled, or whose list could not be read, removed the " +
        "account from the result without a message.",
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
      answer: "By default all Regions that the account has enabled are read, new ones too.",
      tests: [
        [
          "e2e/canary_test.ts",
          "a region that is new to the account is not proven there, and canary plan names it",
        ],
        ["e2e/organization_test.ts", "only the regions that an account has enabled are looked at"],
      ],
    },
    {
      what: "A key in another case or with a space counted as missing.",
      told: "cloud-custodian/cloud-custodian#298, #3389",
      answer: "It is a separate kind of finding, which is reported and never changed.",
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
      what: "An empty list of IDs or filters meant everything.",
      told: "ansible/ansible#46985",
      answer: "Every write names its targets, and writing roles always ask with a filter.",
      tests: [
        [
          "e2e/predecessors_test.ts",
          "no write names nothing, and no question of a writing role is asked without a filter",
        ],
      ],
    },
    {
      what: "The bulk helper of the Elasticsearch client drops documents without a message.",
      told: "elastic/elasticsearch-js#2085, #2090",
      answer: "Every record is a file first. If a record cannot be written, the run says so.",
      tests: [
        [
          "e2e/files_test.ts",
          "a report that cannot be written is told, and what was done stays recorded",
        ],
      ],
      without: WITH_ELASTICSEARCH,
    },
    {
      what: "Elasticsearch 8 refuses the client of Elasticsearch 9.",
      told: "elastic/elasticsearch-js#2909",
      answer: "",
      tests: [],
      without: WITH_ELASTICSEARCH,
    },
    {
      what: "Kibana imports broken saved objects, and fails later.",
      told: "elastic/kibana#118621, #44639, #93772, #95068, #75596, #123028",
      answer: "",
      tests: [],
      without: WITH_ELASTICSEARCH,
    },
  ],
};
