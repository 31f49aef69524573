import type { FailureList } from "./failure_row.ts";

/** What comparable tools get wrong in the same place. */
export const OTHER_TOOLS: FailureList = {
  title: "What comparable tools do",
  intro: "Read in the sources of Cloud Custodian (c7n, c7n-org) and aws-nuke, or run.",
  rows: [
    {
      what: 'With a `max-resources` of an amount and "and" but no percentage, 900 of 1000 ' +
        "pass a limit of 20.",
      told: "Cloud Custodian",
      answer: "Every bound that is set binds.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "a limit by count binds where no percentage is given, and the other way round",
        ],
        [
          "runners/audit/predecessors_test.ts",
          "of a count and a percentage both bind, and never only the wider one",
        ],
      ],
    },
    {
      what: "`max-resources-percent: 0` means no limit.",
      told: "Cloud Custodian",
      answer: "0 allows no change.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "a percentage of 0 means none, of however few",
        ],
      ],
    },
    {
      what: "A limit was compared with what the filters had left, and not with all resources.",
      told: "Cloud Custodian, #2902",
      answer: "A percentage is a share of all that was examined.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "a percentage is one of all that was examined, not of what was found wrong",
        ],
      ],
    },
    {
      what: "A limit did not count a result from the cache.",
      told: "Cloud Custodian, #3477",
      answer: "Limits count the changes themselves, in the plan and again in apply.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "the limits are those of the plan's own changes, whatever a cache or a filter says",
        ],
        ["e2e/budget_test.ts", "a limit refuses the whole run, and says which and by how much"],
      ],
    },
    {
      what: "A limit holds for one policy, account and Region, and not for all together.",
      told: "Cloud Custodian",
      answer: "There are limits of the run, the account, the Region and the day, and runs of " +
        "parts share one budget.",
      tests: [
        ["e2e/budget_test.ts", "--account A and then --account B share one budget"],
        ["e2e/budget_test.ts", "two runs at the same time stay within one budget"],
      ],
    },
    {
      what: "If tags seem lost, it samples one instance, however many there are.",
      told: "Cloud Custodian",
      answer: "The second source is asked about every violator.",
      tests: [
        [
          "e2e/predecessors_test.ts",
          "DescribeTags is asked about every violator, on however many pages it answers",
        ],
      ],
    },
    {
      what: "The tags of DescribeTags' first page then replace those of every instance.",
      told: "Cloud Custodian, #10909, #11064",
      answer: "All pages are read. The second source confirms or contradicts, and never fills " +
        "in.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "DescribeTags never fills in what DescribeInstances did not say: who differs is not judged",
        ],
        [
          "e2e/predecessors_test.ts",
          "DescribeTags is asked about every violator, on however many pages it answers",
        ],
      ],
    },
    {
      what: "`stop` removes the instance in the wrong state from the batch but still raises " +
        "the error, so that no instance of the batch is stopped.",
      told: "Cloud Custodian",
      answer: "The others are stopped, each with its own outcome.",
      tests: [
        [
          "e2e/batches_test.ts",
          "one of fifty that is gone and one that is protected since do not keep the others from being stopped",
        ],
      ],
    },
    {
      what: "A mark names a day, so that its action may come a day early or late.",
      told: "Cloud Custodian",
      answer: "A mark names the time before which the step does not happen.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "a mark names the second from which on a step may come, and never a day only",
        ],
      ],
    },
    {
      what: "A mark without a date meant at once, and not in four days as its page said.",
      told: "Cloud Custodian, #6106",
      answer: "A step that is not written does not happen.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "a ladder that is not said marks, and neither stops nor terminates",
        ],
        ["runners/audit/predecessors_test.ts", "what may stop or terminate must say its limits"],
      ],
    },
    {
      what: "Anybody who may tag can mark an instance, or remove the mark of another.",
      told: "Cloud Custodian",
      answer: "A mark counts only if the tag equals the row in the store.",
      tests: [
        [
          "cases/audit/mark_forged.json",
          "a mark without a row is not ours: anybody who may tag can forge it",
        ],
        ["cases/audit/mark_removed.json", "a mark that was taken away is set again"],
      ],
    },
    {
      what: "c7n-org ends with exit code 0 when the work in an account threw.",
      told: "Cloud Custodian",
      answer: "Exit code 3, and the plan lists the account as not proven.",
      tests: [
        [
          "e2e/mistakes_test.ts",
          "a role that cannot be assumed in one of three accounts is told, and the others are read",
        ],
      ],
    },
    {
      what: "The message to the owner says what the policy does, also if the action failed.",
      told: "Cloud Custodian, #3531",
      answer: "Messages are made from outcomes.",
      tests: [
        [
          "e2e/undecided_test.ts",
          "what says that something was done is told by what became of it",
        ],
      ],
    },
    {
      what: "A run that a limit ends notifies nobody.",
      told: "Cloud Custodian, #3760",
      answer: "It is recorded, sends a notification, and has its own exit code.",
      tests: [
        [
          "e2e/notify_test.ts",
          "an apply that a limit refuses is published under the home credentials, in the topic's region",
        ],
        [
          "e2e/predecessors_test.ts",
          "a canary that fails in the second region keeps the first from being terminated too, and everything is written down",
        ],
      ],
    },
    {
      what: "Empty values pass, because the example for required tags only tests for absent " +
        "keys.",
      told: "Cloud Custodian; AWS Config, awslabs/aws-config-rules#333",
      answer: "An empty value counts as missing.",
      tests: [["cases/audit/empty.json", "an empty value is as good as none"]],
    },
    {
      what: "It deletes all tags before the termination. If the termination is refused, an " +
        "instance without an owner is left.",
      told: "aws-nuke",
      answer: "No tag of an instance that is terminated is removed, and the journal keeps all " +
        "tags.",
      tests: [
        [
          "e2e/ladder_test.ts",
          "the ladder marks, stops after three days and terminates after fourteen",
        ],
        ["e2e/ladder_test.ts", "the journal keeps all that is lost with an instance"],
      ],
    },
  ],
};
