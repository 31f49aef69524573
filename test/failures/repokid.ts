import type { FailureList } from "./failure_row.ts";

/** What the programs that the job `repo` replaces get wrong. */
export const REPOKID: FailureList = {
  title: "What Repokid and Aardvark do",
  intro: "Seen by running their functions, or read in their source. None of it was taken over.",
  rows: [
    {
      what: "Its rollback deletes what it has restored, and reports success.",
      told: "commands/repo.py; seen in a run",
      answer: "Missing policies are put first, policies that the version does not have are " +
        "deleted last, and the role is read back.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "a restore leaves what it has put, and takes away what came since",
        ],
        [
          "runners/repo/change/operations_test.ts",
          "the calls lead from the one set of policies to the other",
        ],
      ],
    },
    {
      what: "A service that is missing in the answer counts as unused. An answer that was cut " +
        "at 200 services removed permissions that were used.",
      told: "permissions.py, aardvark#136, #149, #152; seen in a run",
      answer: "A service that the report does not list stays, and a report that is not complete " +
        "does not count.",
      tests: [
        [
          "cases/repo/decide/service_not_listed.json",
          "a service that the report does not speak of stays",
        ],
        [
          "runners/repo/evidence/whole_report_test.ts",
          "a report that lost anything is no evidence",
        ],
        [
          "runners/repo/evidence/collect_test.ts",
          "a page that says that there is more and not where leaves no evidence",
        ],
        ["runners/repo/evidence/collect_test.ts", "a marker that repeats leaves no evidence"],
      ],
    },
    {
      what: "It keeps new permissions as patterns and matches them in the wrong direction, so " +
        "that 181 of 181 new ones were removable.",
      told: "permissions.py, role.py; seen in a run",
      answer: "A pattern of an earlier version is matched against each action.",
      tests: [
        [
          "cases/repo/decide/new_within_days.json",
          "a permission that a later scan found five days ago stays for the window; inside of a wildcard too",
        ],
        [
          "runners/repo/decide/decide_properties_test.ts",
          "what the first scan found stays for protectNew, and what a later one found always for the window",
        ],
      ],
    },
    {
      what: "One action that its library does not know leaves the complete role without " +
        "protection of new permissions.",
      told: "role.py; seen in a run",
      answer: "An unknown action is treated like any other, and stays.",
      tests: [
        ["cases/repo/decide/unknown_action.json", "what nothing is known of stays"],
        [
          "cases/repo/decide/new_not_yet_recorded.json",
          "what nobody has recorded yet came just now",
        ],
        [
          "runners/repo/policy/rewrite_properties.ts",
          "a name of which nothing is known stays granted, and stays excluded",
        ],
      ],
    },
    {
      what: "It works on cached policies, and overwrites what was edited since.",
      told: "role.py; read in its source",
      answer: "A plan is made from live policies, and they are read again seconds before the " +
        "write.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "what was edited or deleted by hand since the last scan is not written over and does not come back",
        ],
      ],
    },
    {
      what: "It restores policies that somebody deleted, because it never stores an empty " +
        "set.",
      told: "role.py; read in its source",
      answer: "The empty set is a version.",
      tests: [
        [
          "runners/repo/inventory/role_writes_test.ts",
          "a role without any inline policy has a version too, so that old ones are not its newest",
        ],
        ["cases/repo/decide/new_after_empty.json", "after an empty set everything is new"],
        [
          "e2e/repokid_failures_test.ts",
          "what was edited or deleted by hand since the last scan is not written over and does not come back",
        ],
      ],
    },
    {
      what: "It takes the only role of a name whatever its account, so that a rollback gives " +
        "one account's policies to another account's role.",
      told: "dynamo.py; read in its source",
      answer: "A role is identified by account, name and ID.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "a role of the same name in another account is never taken for the one that was named",
        ],
        [
          "runners/repo/inventory/role_writes_test.ts",
          "a role is never found under another account",
        ],
        [
          "runners/repo/inventory/role_writes_test.ts",
          "a role that was made anew under its name is another role, and the old one inactive",
        ],
      ],
    },
    {
      what: "It deletes before it puts, and a failure in between stays.",
      told: "role.py; read in its source",
      answer: "Policies are put first and deleted last. If a call fails, the earlier policies " +
        "are put back.",
      tests: [
        [
          "runners/repo/change/operations_test.ts",
          "at no moment is a permission missing that was there and stays",
        ],
        [
          "runners/repo/change/write_role_test.ts",
          "whatever one call does, a role is as before or as it was to be, and the error says which",
        ],
      ],
    },
    {
      what: "It never loads the blocklist in S3.",
      told: "filters/blocklist; read in its source",
      answer: "The list is read before anything is planned. If it cannot be read, the run ends.",
      tests: [
        ["runners/repo/filters/blocklist_file_test.ts", "a blocklist is read whole"],
        [
          "runners/repo/filters/blocklist_file_test.ts",
          "a blocklist that cannot be read ends the run",
        ],
        [
          "runners/repo/filters/built_in_test.ts",
          "the blocklist in S3 names a role by ARN, in other case",
        ],
      ],
    },
    {
      what: "The filter for Lambda never finds a role, because roles have no trust policy.",
      told: "filters/lambda; read in its source",
      answer: "The trust policy is part of the role.",
      tests: [
        [
          "runners/repo/filters/built_in_test.ts",
          "the filter lambda leaves alone a role whose trust policy speaks of lambda",
        ],
        [
          "runners/repo/inventory/read_roles_test.ts",
          "a role is read with everything that IAM says of it, as the very text",
        ],
      ],
    },
    {
      what: "A filter that cannot be imported is only a warning, and protects no role.",
      told: "filters; read in its source",
      answer: "The run ends.",
      tests: [
        [
          "runners/core/plugin/module_test.ts",
          "a module that is not there is an error, never a rule that is content",
        ],
        [
          "runners/repo/filters/own_filter_test.ts",
          "a filter that was not loaded is an error, never one filter less",
        ],
        ["runners/repo/filters/own_filter_test.ts", "a filter that throws leaves the role alone"],
      ],
    },
    {
      what: "Empty texts of a policy become a mark in the table, which a rollback would write " +
        "into the role.",
      told: "dynamo.py; seen in a run",
      answer: "A version is the exact text of IAM.",
      tests: [
        ["cases/repo/rewrite/empty_sid.json", "An empty Sid is a Sid and stays."],
        [
          "runners/repo/inventory/policy_text_test.ts",
          "the very text comes back, encoded or bare, and is never decoded twice",
        ],
        [
          "runners/repo/verbs/import_table_test.ts",
          "all pages of the table are read, in Repokid's spelling of instants and empty strings",
        ],
      ],
    },
    {
      what: "find-roles-with-permissions finds nothing.",
      told: "commands/role.py; read in its source",
      answer: "Its result is what --role-file takes.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "what is found in any case can be removed in any case, and what was removed is told from what was done",
        ],
      ],
    },
    {
      what: "remove-permissions compares case, so that s3:PutObjectAcl is removed from no " +
        "role but reported as removed; and it asks no filter.",
      told: "commands/role.py; seen in a run",
      answer: "Any case and any pattern work. Reports say what was done. Filters hold unless " +
        "they are overridden.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "what is found in any case can be removed in any case, and what was removed is told from what was done",
        ],
        [
          "cases/repo/decide/requested.json",
          "what a person names goes, used or not, and nothing else",
        ],
      ],
    },
    {
      what: "New roles become inactive, and deleted ones never do.",
      told: "roledata.py; read in its source",
      answer: "A role is inactive if it was active and a complete read did not find it.",
      tests: [
        [
          "runners/repo/inventory/role_writes_test.ts",
          "the roles that become inactive are those that were active and were not seen, and no other",
        ],
        [
          "runners/repo/verbs/refresh_test.ts",
          "roles that a whole read no longer has are inactive and kept, with all that was known",
        ],
      ],
    },
    {
      what: "A schedule that is not due can be neither seen nor cancelled.",
      told: "role.py; read in its source",
      answer: "Pending and due schedules are shown separately, and both can be cancelled.",
      tests: [
        [
          "runners/repo/verbs/schedule_test.ts",
          "a schedule is pending until its time has come, and due from then on",
        ],
        [
          "runners/repo/verbs/schedule_test.ts",
          "a pending schedule is canceled, alone or with all",
        ],
      ],
    },
    {
      what: "Permissions that NOREPO keeps count as removable, so that the role is scheduled " +
        "again and again.",
      told: "role.py; read in its source",
      answer: "Only permissions that would be removed are counted.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "what only a NOREPO statement allows is never removable, planned or scheduled",
        ],
        [
          "cases/repo/decide/norepo.json",
          "what a NOREPO statement grants stays, also where another grants it",
        ],
      ],
    },
    {
      what: "To remove one action it writes all others: `ec2:*` becomes 826 actions, more " +
        "than IAM accepts.",
      told: "utils; seen in a run",
      answer: "Patterns that lose nothing keep their text, and patterns cover what is left of " +
        "the others.",
      tests: [
        [
          "cases/repo/rewrite/one_action_of_a_service.json",
          "Words of actions are cut, and no star stands for what was not there.",
        ],
        [
          "cases/repo/rewrite/other_patterns_keep_text_and_place.json",
          "The service goes; ec2:* and the order of the others are left alone.",
        ],
        ["runners/repo/policy/rewrite_properties.ts", "what has changed fits, or nothing changes"],
      ],
    },
    {
      what: "`?` counts as a letter, so that `s3:Get?bject` survives the removal of " +
        "GetObject.",
      told: "seen in a run",
      answer: "Both wildcards mean what they mean in IAM.",
      tests: [
        ["cases/repo/rewrite/question_mark.json", "? stands for one character."],
        [
          "runners/repo/policy/rewrite_properties.ts",
          "what is granted afterwards is what was granted without the removed, nothing else",
        ],
      ],
    },
    {
      what: "It does not read the setting for new permissions, and one number is both a " +
        "role's minimum age and the usage window.",
      told: "role.py; read in its source",
      answer: "There are three settings, and each is read.",
      tests: [
        ["cases/repo/decide/window_of_its_own.json", "the window is not the age of a role"],
        ["cases/repo/decide/new_protection_ended.json", "a protection ends at its instant"],
        [
          "runners/repo/migration/repokid_config_test.ts",
          "Repokid's configuration becomes one that is right",
        ],
      ],
    },
    {
      what: "Its lock is a read and a later write, with times cut to the minute.",
      told: "dynamo.py; read in its source",
      answer: "A write names the revision that it relies on.",
      tests: [
        [
          "conformance/store_race_cases.ts",
          "of 16 processes that write the same revision, or make the same row, exactly one wins",
        ],
        [
          "runners/repo/inventory/role_writes_test.ts",
          "a change that comes while a role is looked at is not written over",
        ],
      ],
    },
    {
      what: "A role with a long history loses its oldest versions, and the numbers of the " +
        "others shift.",
      told: "role.py; read in its source",
      answer: "Each version is a separate row, and its number is never used again.",
      tests: [
        [
          "runners/repo/inventory/version_numbers_test.ts",
          "a version's number is never given to another set, whatever looks and changes run side by side",
        ],
      ],
    },
    {
      what: "The same policies become one version by the scan and another by the removal.",
      told: "role.py; read in its source",
      answer: "Versions are compared by their content.",
      tests: [
        [
          "runners/repo/inventory/role_writes_test.ts",
          "a look that finds the same leaves no version, whatever the order of keys and white space",
        ],
        [
          "runners/repo/inventory/role_writes_test.ts",
          "a change of ours leaves its version, its stats and when it was",
        ],
      ],
    },
    {
      what: "It writes the description before it stores the version. An error there loses the " +
        "version and ends the run.",
      told: "role.py; read in its source",
      answer: "The version is stored with the outcome, before any call that may fail.",
      tests: [
        [
          "runners/repo/inventory/role_writes_test.ts",
          "what was there before a change is kept before it, also of a role that was never seen",
        ],
        [
          "e2e/repokid_failures_test.ts",
          "a hook that throws after a write loses nothing of it, and the next role is changed too",
        ],
      ],
    },
    {
      what: "A hook that throws after the write loses the record of the write.",
      told: "role.py; read in its source",
      answer: "The outcome is stored first.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "a hook that throws after a write loses nothing of it, and the next role is changed too",
        ],
        [
          "runners/repo/hooks/announce_test.ts",
          "a hook that fails is logged, and the next one is handed what it was",
        ],
      ],
    },
    {
      what: "A message that cannot be read ends its dispatcher and stays in the queue. " +
        "Everyone who may send can roll back. Opt-outs end by the local time zone.",
      told: "dispatcher; read in its source",
      answer: "The message is answered, stored and deleted. SQS says who sent it. Days are UTC.",
      tests: [
        ["runners/repo/serve/message_test.ts", "a cut text is no command, and nobody can be told"],
        ["runners/repo/serve/message_test.ts", "a rollback to x is no command, and is answered"],
        ["runners/repo/serve/repo_handler_test.ts", "of a sender only the ID of its role counts"],
        [
          "runners/repo/serve/repo_handler_test.ts",
          "a fault of a command is thrown, so that the message is tried again",
        ],
      ],
    },
    {
      what: "It changes its shared configuration from account to account, and makes a table " +
        "when it is imported.",
      told: "role.py, dynamo.py; read in its source",
      answer: "No module has its own state: configuration, clients and clock are handed in, and " +
        "a role of another account is never used.",
      tests: [
        [
          "runners/core/aws/sessions_test.ts",
          "a role of another account than asked for is never used",
        ],
        [
          "runners/repo/verbs/refresh_test.ts",
          "a role is judged by what earlier runs left of it, and of no other",
        ],
      ],
    },
    {
      what: "It puts ARNs together with `arn:aws:`, and loses the path of a role.",
      told: "role.py; read in its source",
      answer: "ARNs are parsed completely.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "a role keeps its path, and apply makes every call that its policy allows and no other",
        ],
        [
          "runners/repo/role_reference_test.ts",
          "a role is named by its ARN, in any partition and path, or by account and name",
        ],
        ["cases/repo/rewrite/govcloud_resources.json", "Resources are never looked into."],
      ],
    },
    {
      what: "It does not see managed policies: most roles show no permissions.",
      told: "repokid#33, #225, #265",
      answer: "They are shown, with what is unused in them.",
      tests: [
        [
          "runners/repo/observe_test.ts",
          "all roles are observed, in order, and no one is asked about for nothing",
        ],
        [
          "runners/repo/present/explain_test.ts",
          "what only a managed policy grants is said to be so",
        ],
      ],
    },
    {
      what: "Aardvark asks again without end if an account fails, polls without a pause, " +
        "reads times in the local time zone, and never forgets a deleted service.",
      told: "aardvark's manage.py and updater.py; read in its source",
      answer: "Each report is made in the run, with pauses and an end, and read in UTC. A " +
        "failure is one of its role or its account.",
      tests: [
        [
          "runners/repo/evidence/collect_test.ts",
          "a report that never ends is given up after a minute",
        ],
        [
          "runners/repo/evidence/collect_test.ts",
          "a lost report is asked for once more, and not a third time",
        ],
        [
          "runners/repo/evidence/collect_test.ts",
          "throttling slows down, and what is throttled for good is a failure",
        ],
        [
          "runners/repo/migration/timestamps_test.ts",
          "instants are read in seconds, milliseconds and as text, without a zone in UTC",
        ],
        [
          "runners/repo/verbs/refresh_test.ts",
          "one account that fails does not keep the others from being refreshed",
        ],
      ],
    },
    {
      what: "The role that its README asks for may do what the program never does.",
      told: "README",
      answer: "The declared actions are the called actions.",
      tests: [
        [
          "e2e/repokid_failures_test.ts",
          "a role keeps its path, and apply makes every call that its policy allows and no other",
        ],
      ],
    },
    {
      what: "Its catalogue is of January 2024, and its shortened patterns match actions that " +
        "were not granted.",
      told: "policyuniverse; seen in a run",
      answer: "Groundskeeper has its own catalogue, and grants no action that was not granted.",
      tests: [
        [
          "runners/repo/policy/rewrite_properties.ts",
          "no name, known or not, is granted that was not granted before",
        ],
        [
          "cases/repo/rewrite/unknown_service_and_action.json",
          "What the catalogue does not know is left alone.",
        ],
      ],
    },
  ],
};
