import { type FailureList, WITH_ELASTICSEARCH } from "./failure_row.ts";

/** What the program that this audit replaces gets wrong. */
export const PY_AWSAUDIT: FailureList = {
  title: "What py-awsaudit does",
  intro: "Seen by running it against stubs, or read in its source. None of it was taken over.",
  rows: [
    {
      what: "Its canary fails in the second Region when the instances of the first are " +
        "already terminated, and it exits without a record.",
      told: "seen in a run",
      answer: "Everything is read and proven before anything is written, and every run is " +
        "recorded.",
      tests: [
        [
          "e2e/predecessors_test.ts",
          "a canary that fails in the second region keeps the first from being terminated too, and everything is written down",
        ],
      ],
    },
    {
      what: "A required key with a capital letter never matches, so that every instance is " +
        "terminated, also fully tagged ones.",
      told: "seen in a run",
      answer: "Keys are compared as they are written. Rules that every instance would break " +
        "fail their self-test before anything is read.",
      tests: [
        [
          "cases/audit/rule_with_capital.json",
          "a rule whose key has a capital matches that key (py-awsaudit condemned every instance here)",
        ],
        [
          "runners/audit/self_test_test.ts",
          "nothing is planned by rules that fail their self-test",
        ],
      ],
    },
    {
      what: "A tag with an empty value passes.",
      told: "seen in a run",
      answer: "An empty value, or a value of only spaces, counts as missing, unless the rule " +
        "says otherwise.",
      tests: [
        ["cases/audit/empty.json", "an empty value is as good as none"],
        ["cases/audit/blank.json", "a value of spaces only is empty"],
      ],
    },
    {
      what: "It terminates before it reports, and does not check whether its record arrived.",
      told: "read in its source",
      answer: "The intent of each write is in the journal before the write. If a record cannot " +
        "be written, the run says so and is done in part.",
      tests: [
        [
          "runners/core/run/apply/apply_changes_test.ts",
          "an intent is in the store before its write is begun, and without an outcome",
        ],
        [
          "e2e/files_test.ts",
          "a report that cannot be written is told, and what was done stays recorded",
        ],
      ],
    },
    {
      what: 'Its mail says "TERMINATED" also for runs that changed nothing.',
      told: "read in its source",
      answer: "Every message is counted from outcomes; a run that only reads has none.",
      tests: [
        [
          "e2e/undecided_test.ts",
          "what says that something was done is told by what became of it",
        ],
        ["e2e/verbs_test.ts", "plan leaves no trace, in the accounts or in the folder"],
      ],
    },
    {
      what: "When the IAM user whom its canary names leaves, it terminates its own canary, " +
        "and fails from then on.",
      told: "read in its source",
      answer: "The canary is known by its ID, and no rule applies to it.",
      tests: [
        [
          "runners/audit/predecessors_test.ts",
          "a canary breaks no rule, also when the IAM user whom its tags name is gone",
        ],
      ],
    },
    {
      what: "It finds its canary by tags and the violators without, so that it does not " +
        "notice answers that lack tags.",
      told: "read in its source",
      answer: "The canary must be in the same pages as the other instances, with exactly its " +
        "tags.",
      tests: [
        [
          "e2e/canary_status_test.ts",
          'a canary that is told without its tags, alone of all is "tags-missing"',
        ],
      ],
    },
    {
      what: "It writes a time on its canary and never reads it.",
      told: "read in its source",
      answer: "The answer must have the stamp of the last run; if not, the answer is old.",
      tests: [
        [
          "e2e/canary_status_test.ts",
          'a canary that is told by DescribeInstances with the stamp of the past is "stale"',
        ],
        [
          "e2e/canary_status_test.ts",
          'a canary that is told by DescribeTags with the stamp of the past is "stale"',
        ],
      ],
    },
    {
      what: "It crashes if an account has no alias.",
      told: "read in its source",
      answer: "An account is called by its name, else its alias, else its ID.",
      tests: [
        [
          "e2e/organization_test.ts",
          "the account is called by its name, else its alias, else its id",
        ],
      ],
    },
    {
      what: "It terminates all violators of a Region in one call, when it first sees them, " +
        "without a limit.",
      told: "read in its source",
      answer: "A ladder with notice, small batches, limits and breakers.",
      tests: [
        [
          "e2e/ladder_test.ts",
          "the ladder marks, stops after three days and terminates after fourteen",
        ],
        [
          "e2e/batches_test.ts",
          "one of fifty that was protected since keeps nobody else from being terminated, and each batch is read again for itself",
        ],
      ],
    },
    {
      what: "It removes the protection of all violators, and does not set it again if the " +
        "termination fails.",
      told: "read in its source",
      answer: "Protection is respected. If it may be removed, it is set again after a failure.",
      tests: [
        [
          "deep/protection_test.ts",
          "a termination that AWS refuses leaves every protection as it was",
        ],
        [
          "deep/protection_test.ts",
          "a protection that was lifted in vain is put back where the owner has put the tags right",
        ],
      ],
    },
    {
      what: "It takes the first instance of a launch of many for the owner's, says nothing of " +
        "role sessions, and reads only two days.",
      told: "read in its source",
      answer: "All instances of an event are read, sessions by their name, for 90 days.",
      tests: [
        [
          "e2e/owners_test.ts",
          "a report finds out once who launched a violator, and the store remembers it",
        ],
      ],
    },
    {
      what: "Its documents and queries use features that Elasticsearch 8 and 9 no longer " +
        "have.",
      told: "read in its source",
      answer: "",
      tests: [],
      without: WITH_ELASTICSEARCH,
    },
  ],
};
