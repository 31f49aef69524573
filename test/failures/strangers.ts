import type { FailureList } from "./failure_row.ts";

/** What broke when strangers tried both jobs on public bug reports, real policies and terminals. */
export const STRANGERS: FailureList = {
  title: "What broke when others tried it",
  intro:
    "Found on public bug reports, real policies and real configurations, on a terminal and by hostile users.",
  rows: [
    {
      what: "AWS replaced an account's Status with State: an organization looked empty and " +
        "clean, with exit code 0.",
      told: "",
      answer: "State is read, then Status. If neither exists, that is an error. A run without " +
        "any account ends with exit code 1 and says why.",
      tests: [["runners/core/aws/organization_test.ts", "an account with State alone is listed"], [
        "runners/core/aws/organization_test.ts",
        "an account with neither is an error",
      ], [
        "e2e/organization_test.ts",
        "a run that covers no account is exit 1 with every verb, and says why",
      ]],
    },
    {
      what: "A stop destroyed the data on instance-store volumes beside an EBS root.",
      told: "",
      answer: "Such an instance is spared as cannot-stop, and reports say so from the mark on. " +
        "An unknown type counts as a type with instance stores.",
      tests: [[
        "e2e/instance_store_test.ts",
        "what a stop would cost its instance-store data is spared, which is said from the mark on",
      ], [
        "e2e/instance_store_test.ts",
        "where the types cannot be read, nothing is stopped, and the report says why",
      ]],
    },
    {
      what: "One pattern and one tag value hung the audit of an organization, which then " +
        "ignored SIGTERM.",
      told: "",
      answer: "Patterns are matched in linear time. A pattern that does not allow this is " +
        "refused.",
      tests: [
        [
          "runners/core/pattern_test.ts",
          "a pattern that is taken always matches what it matches in JavaScript",
        ],
        ["runners/core/pattern_test.ts", "the pattern ^(a+)+$ comes to an end on a long text"],
        ["runners/core/pattern_test.ts", "the pattern ^(?=.*x)a$ is refused, with what to write"],
        [
          "runners/audit/rules_test.ts",
          "a value that would hang an engine that goes back is judged",
        ],
      ],
    },
    {
      what: "A signal was ignored while the plan of a large organization was calculated.",
      told: "",
      answer: "A plan is calculated in steps, and a signal ends it between two steps.",
      tests: [[
        "runners/core/run/verbs/verbs_test.ts",
        "a signal that comes while plan judges ends it before the plan's end, and nothing is changed",
      ], [
        "runners/core/steps_test.ts",
        "a signal that comes during a calculation ends it before its end",
      ], [
        "runners/audit/observe_region_test.ts",
        "a signal is heard while the tags of a Region are tried by a slow pattern",
      ]],
    },
    {
      what:
        "An instance on two pages was counted twice and crashed apply, and a stale copy was confirmed by a fresh one.",
      told: "",
      answer: "Equal copies count once. An instance with copies that differ is spared, also " +
        "seconds before a write.",
      tests: [[
        "runners/audit/in_doubt_test.ts",
        "what is in doubt is never changed or found, and always spared where its region is proven",
      ], [
        "runners/repo/plan_role_test.ts",
        "a role in doubt is never changed, whatever is asked, and says why",
      ]],
    },
    {
      what: "Answers without LaunchTime, State or InstanceId ended in a TypeError, or were " +
        "ignored.",
      told: "",
      answer: "The instance is named and spared, or its Region is not proven, with a sentence.",
      tests: [[
        "e2e/in_doubt_test.ts",
        "an answer that is not whole, or says a thing twice, is told and never acted on",
      ]],
    },
    {
      what: 'For Regions that a service control policy denies, the message was always "try ' +
        'again later".',
      told: "",
      answer: "The reason is denied-by-policy, and the sentence says where to leave the Region " +
        "out.",
      tests: [[
        "e2e/organization_test.ts",
        "Regions that a policy denies are told as such, with where to leave them out",
      ]],
    },
    {
      what: "A value of invisible characters was compliant, and a right value went up the " +
        "ladder because of its case, a space or its Unicode form.",
      told: "",
      answer: "Texts are compared without invisible characters. A spelling is reported and " +
        "never changed, and findings show the code points.",
      tests: [
        [
          "runners/audit/spelling_properties.ts",
          "a spelling of a right key and a right value is never acted on",
        ],
        [
          "runners/audit/spelling_properties.ts",
          "a value of which nobody sees anything is always empty",
        ],
        [
          "cases/audit/value_spelling.json",
          "a spelling of an allowed value is reported and never acted on",
        ],
        ["cases/audit/exempt_spelling.json", "a spelling of an exemption's tag protects"],
        [
          "runners/audit/text_safety_test.ts",
          "a value that nobody sees is shown in text, explanation, page, sheet, documents and JSON",
        ],
      ],
    },
    {
      what:
        "Members of an EC2 Fleet, and instances that another service manages, went up the ladder.",
      told: "",
      answer: "They are managed, whichever source has the tag. audit.managedTags adds your own " +
        "tags.",
      tests: [[
        "runners/audit/managed_test.ts",
        "an instance with the tag aws:ec2:fleet-id=fleet-1 is managed by EC2 Fleet fleet-1",
      ], [
        "runners/audit/managed_test.ts",
        "a tag by which an instance is managed counts whichever of the two sources has it",
      ]],
    },
    {
      what: "An owner's request for time in another form was ignored, and explain said that " +
        "nobody asked.",
      told: "",
      answer: "Dates with the year first are granted. Every other request is shown, with the " +
        "reason why it grants nothing.",
      tests: [[
        "runners/audit/until_test.ts",
        "whatever an owner writes either has its year first and ends within two days, or is told",
      ], [
        "cases/audit/until_american.json",
        "a day whose year comes last is told, and grants nothing",
      ]],
    },
    {
      what: "On a full disk, a plan and a snapshot without bytes replaced good files. A " +
        "closed stdout or stderr ended an apply.",
      told: "",
      answer: "A file gets its name when it is complete and synced. A fault keeps the earlier " +
        "file. No change is made that could not be journalled.",
      tests: [[
        "runners/core/files/write_files_test.ts",
        "whatever fails, every name has its earlier or its new text, whole, and nothing else is there",
      ], [
        "runners/core/run/faulty_run_test.ts",
        "whichever write of a run fails, no change is unrecorded and nothing is named that is not there",
      ], [
        "e2e/faulty_files_test.ts",
        "whichever write of a command fails, it names no file that is not there, and its exit code says so",
      ], [
        "runners/text_writer_test.ts",
        "text comes whole and in order up to the first fault, nothing follows it, and nothing is thrown",
      ], [
        "e2e/outputs_test.ts",
        "a JSON document that stdout did not take makes a plan one that was done in part",
      ], ["deep/full_disk_test.ts", "a store that finds no room changes nothing, and says so"]],
    },
    {
      what: 'A configuration in another encoding, a wildcard where none is allowed, or "1w" ' +
        "in the ladder was misread or crashed the program.",
      told: "",
      answer: "It is exit code 2 with its place or path, and with what to write.",
      tests: [[
        "runners/core/config/mutated_test.ts",
        "a mutated configuration never crashes, and each line of what is wrong always has its path",
      ], [
        "runners/core/config/mutated_test.ts",
        "a wildcard that would stand for itself is never taken, wherever it stands",
      ], [
        "runners/core/config/mutated_test.ts",
        "a file that is not UTF-8 is never taken, and always told as that",
      ]],
    },
    {
      what: "A plan for a later time spared each stop, because nobody had asked whether the " +
        "instance was protected.",
      told: "",
      answer: "The plan asks about what is due at that time.",
      tests: [[
        "e2e/instance_store_test.ts",
        "what a stop would cost its instance-store data is spared, which is said from the mark on",
      ]],
    },
    {
      what: "The row of a mark made a stop earlier than the tag says.",
      told: "",
      answer: "The times are read from the tag's value; a row can only make a step later.",
      tests: [[
        "runners/audit/mark_row_test.ts",
        "whatever else its row says, a mark's step never comes before the instant that its tag names",
      ]],
    },
    {
      what: "A row of the store that cannot be read was a crash without a name, or an empty " +
        "budget.",
      told: "",
      answer: "The error names the row's kind and id.",
      tests: [[
        "runners/core/store_rows_test.ts",
        'a row "audit/reservation" whose run_id cannot be read is an error that names it: {}',
      ]],
    },
    {
      what: "Applying one role of a plan file called its other roles drifted, and the file " +
        "could not be used again.",
      told: "",
      answer: "A change outside of the run is skipped. Each change works once, also after a " +
        "crash.",
      tests: [[
        "runners/core/run/apply/narrow_test.ts",
        "one applies a plan part by part: what is outside of a run is skipped, costs nothing, and waits",
      ], [
        "runners/core/run/apply/narrow_test.ts",
        "no change of a plan file is ever made twice, and each is told as it is",
      ], [
        "e2e/repo_drift_test.ts",
        "a plan file is applied role by role, account by account, and by the options it was made with",
      ]],
    },
    {
      what: "A run with another question overwrote the figures of the roles, and verbs " +
        "disagreed on what is removable.",
      told: "",
      answer: "One function counts a role, only by evidence, for everything that is printed or " +
        "stored.",
      tests: [[
        "e2e/repo_figures_test.ts",
        "every figure of the roles is one number, whatever verb prints it and whatever ran before",
      ]],
    },
    {
      what: "README's first command crashed on a terminal, and no test ran what the pages " +
        "tell people to type.",
      told: "",
      answer: "Every shell block of README and docs is typed into a shell on a pseudo-terminal, " +
        "and the demo stays below 300 lines.",
      tests: [
        [
          "deep/pages_test.ts",
          "every shell block of README and docs runs on a terminal as it stands",
        ],
        [
          "deep/pages_test.ts",
          "README's first two commands run on a terminal, and the demo can be read",
        ],
        ["deep/pages_test.ts", "Ctrl-C ends the demo, and its servers with it"],
        [
          "demo/stage_test.ts",
          "on a terminal the demo shows a command, what it prints, and how it ended",
        ],
      ],
    },
    {
      what: "At the default level a role lost the permissions that a used service needs when " +
        "it calls another service for the role.",
      told: "",
      answer: "Companions stay at both levels, from a table with AWS's page for each.",
      tests: [[
        "runners/repo/decide/companions_test.ts",
        "at level service no companion of a used service goes, for each row of the table",
      ], [
        "runners/repo/decide/companions_test.ts",
        "level service never removes what level action keeps, companions among it",
      ], ["cases/repo/stays/companions.json", "what S3 and EC2 ask of KMS, IAM and SSM stays"]],
    },
    {
      what: "When one action was removed from `svc:*`, all actions that the catalogue does " +
        "not know were removed too, without a message.",
      told: "",
      answer: "Whatever can stay stays, and the plan notes and counts the rest.",
      tests: [[
        "runners/repo/broken_patterns_test.ts",
        "--remove of one action keeps what it can of svc:*, and tells and counts what it cannot",
      ], [
        "runners/repo/policy/rewrite_properties.ts",
        "no name is lost without a word that was not meant to go",
      ]],
    },
    {
      what: "Actions that AWS's own managed policies name were unknown.",
      told: "",
      answer: "The catalogue has them from a pinned source, and they stay unless somebody names " +
        "them.",
      tests: [[
        "catalogue/managed_names_test.ts",
        "the catalogue is what the generator makes of its services and the pinned managed policies",
      ], [
        "runners/repo/decide/unlisted_test.ts",
        "of what only managed policies name: named in a policy, it stays though nobody used its service",
      ]],
    },
    {
      what: "There was no way to remove one action and keep what AWS launches later.",
      told: "",
      answer: "--deny adds one exact Deny, which every restore removes.",
      tests: [[
        "e2e/repo_deny_test.ts",
        "--remove --deny keeps the patterns, denies just what is named, and is taken back by a restore",
      ], [
        "runners/repo/deny_properties.ts",
        "what is allowed after a Deny is always what was allowed, without what was named",
      ]],
    },
    {
      what: "A permission counted as unused for longer than the role, or the permission " +
        "itself, existed.",
      told: "",
      answer: "A role that is younger than the window is not changed. A permission that a later " +
        "scan found stays for the window. No text claims more than was seen.",
      tests: [[
        "runners/repo/decide/decide_properties_test.ts",
        "what the first scan found stays for protectNew, and what a later one found always for the window",
      ], [
        "runners/repo/decide/decide_properties_test.ts",
        "no claim of disuse is ever longer than the role's life, the tracking period or what was seen",
      ], [
        "cases/repo/stays/window_longer_than_life.json",
        "a role of 100 days cannot have been unused for 365",
      ]],
    },
    {
      what: "The import of Repokid's table dropped opt-outs, exceptions and schedules without " +
        "a message.",
      told: "",
      answer: "Opt-outs hold after the import. Entries that have no place are listed with the " +
        "command to type, and the exit code is 3.",
      tests: [[
        "e2e/repo_import_test.ts",
        "an owner's will in Repokid's table holds after the import, and what cannot hold is listed",
      ], [
        "runners/repo/migration/repokid_config_test.ts",
        "what is imported is always accepted by config check, and no window gets shorter than it was",
      ]],
    },
    {
      what: "A printed next command was refused when it was pasted: its options were before " +
        "the verb, its scope was lost, or its line was broken.",
      told: "",
      answer:
        "One function builds each from the command line's own tree, and a test pastes every line that both jobs print.",
      tests: [[
        "e2e/next_commands_test.ts",
        "every command that the audit prints works as it is pasted",
      ], [
        "e2e/next_commands_test.ts",
        "every command that the job repo prints works as it is pasted",
      ], [
        "runners/core/cli/same_again_test.ts",
        "every follow-up that the sources build is a command with options that it takes",
      ], [
        "runners/core/cli/same_again_test.ts",
        "every word comes through a shell as it was, and nothing of it reaches a terminal",
      ], [
        "e2e/terminal_test.ts",
        "on a narrow terminal sentences are broken, and a command to paste never is",
      ]],
    },
    {
      what: "The printed policy did not have the calls of filters and hooks.",
      told: "",
      answer: "It is printed for the role that makes the call. A call that is not declared is " +
        "refused.",
      tests: [[
        "e2e/repo_permissions_test.ts",
        "what filters and hooks of one's own declare is printed for the role that calls it, and nothing else is called",
      ]],
    },
    {
      what: "An action with a hyphen was refused in five places.",
      told: "",
      answer: "One parser reads every action, with a sentence that says what is wrong.",
      tests: [[
        "runners/core/aws/action_test.ts",
        "every action of the catalogue is read in every form, in any case, and spelled as AWS does",
      ], [
        "runners/repo/action_names_test.ts",
        "an action with a hyphen is taken by --remove, the configuration, explain, the library and CloudTrail",
      ]],
    },
    {
      what: "A role of Terraform was changed because its tag was written in another way than " +
        "the tool expected.",
      told: "",
      answer: "Tags are read as words, in any case and with any separators. repo.codeTags adds " +
        "your own. In doubt a change is only proposed.",
      tests: [[
        "runners/repo/decide/managed_by_code_test.ts",
        "a tool is always heard, whatever the case and the separators of key and value",
      ], [
        "runners/repo/decide/managed_by_code_test.ts",
        'the tag "terraform-managed" = "yes" says that Terraform manages a role',
      ], [
        "runners/repo/decide/managed_by_code_test.ts",
        'the tag "name" = "terraforming-mars-app" says of no code that it manages a role',
      ]],
    },
    {
      what: "A service that IAM lists and does not track looked unused, and its permissions " +
        "were removed.",
      told: "",
      answer: "Services with a public source stay, and the plan says which other services no " +
        "role was ever seen to use.",
      tests: [[
        "cases/repo/stays/not_tracked.json",
        "services that IAM lists and may not track stay",
      ], [
        "runners/repo/never_seen_test.ts",
        "what no role was ever seen to use is told beside each service that would go",
      ], [
        "runners/repo/never_seen_test.ts",
        "nothing is ever called never seen that any role was seen to use, and nothing else is left out",
      ]],
    },
    {
      what: "Plans said things that do not happen: edits of a role that is not changed, equal " +
        'policies as written, lists without "and more".',
      told: "",
      answer: "The plan shows only what is written, and counts what it does not list.",
      tests: [[
        "runners/repo/plan_role_test.ts",
        "of a role that is left alone no edit, size or note says that its policies change",
      ], [
        "runners/repo/present/text_test.ts",
        "a restore names the policies that it writes, and none that stays as it is",
      ], [
        "runners/repo/present/text_test.ts",
        "reasons of missing evidence that are not told are counted",
      ], [
        "runners/repo/library/library_test.ts",
        "the example says why nothing goes where everything is new",
      ], ["runners/audit/until_test.ts", "time that was granted and is over is told as that"]],
    },
    {
      what: "A Region that was named twice was counted twice, and crashed apply.",
      told: "",
      answer: "It is read once.",
      tests: [[
        "runners/core/run/verbs/verbs_test.ts",
        "an account and a Region that are named twice are looked at once",
      ]],
    },
    {
      what: "An instance that EC2 still imports went up the ladder.",
      told: "",
      answer: "Its import task manages it. If the tasks cannot be read, nothing is stopped or " +
        "terminated.",
      tests: [[
        "e2e/imports_test.ts",
        "an instance that EC2 imports is managed by its task, and nothing ends where that is not known",
      ]],
    },
    {
      what: "A module that declared `IAM:deleterole` passed the check that refuses writes of " +
        "IAM, and the printed policy of the observing role had it.",
      told: "",
      answer: "The one parser reads declared actions in any case, and refuses writes.",
      tests: [[
        "runners/core/plugin/module_test.ts",
        "a module is refused that asks for a right to change IAM in other letters",
      ]],
    },
    {
      what: "If an action was named for removal but stays, the plan did not mention it.",
      told: "",
      answer: "The plan says that it stays, and why.",
      tests: [[
        "runners/repo/present/text_test.ts",
        "what was named and stays is told with its reason, of many roles too",
      ]],
    },
  ],
};
