import type { OwnOption, OwnValues, OwnVerb } from "../core/cli/request.ts";
import { ULID } from "../core/contract/ulid.ts";
import { type JournalEntry, mayHaveEffect } from "../core/journal/entry.ts";
import { type Help, UsageError } from "../core/errors.ts";
import { REJECTED_VERB } from "../core/queue/rejected_verb.ts";
import type { Asked, RepoConfig, RoleReference } from "./config.ts";
import { CUSTOMER_POLICY } from "./managed/own_policies.ts";
import { parseRoleReference } from "./role_reference.ts";

const RUNS = ["plan", "report", "apply"] as const;

const ROLE: OwnOption = {
  flags: "--role <role...>",
  description: "only this role: its ARN, or ACCOUNT/NAME (repeatable)",
  verbs: RUNS,
};

/** Options of the verbs that run, with what each is for. */
const OF_RUNS = {
  "--role-file <file>": "only the roles in this file: what find --json prints, or a list of ARNs",
  "--scheduled": "only what is scheduled and due",
  "--remove <action...>": "remove these actions, whatever the evidence: s3:Put* sqs:*",
  "--deny": "with --remove: keep every policy, and deny these actions in one of its own",
  "--override-filters": "with --remove: also from roles that a filter leaves alone",
  "--restore <version>": "bring back this version of a role's inline policies; see versions",
  "--restore-run <run>": "bring back what this run removed, of all its roles; see changes",
  "--policy <arn>": "with --restore v3: the managed policy of which that version is put in force",
  "--give-back <action...>": "grant one role again what was removed of these: sqs:Send* s3:*",
  "--removed-by <run>": "with --give-back: only what this run removed; --remove needs it",
} as const;

/** The job's own options of `plan`, `report` and `apply`. */
export const REPO_FLAGS: readonly OwnOption[] = [
  ROLE,
  ...Object.entries(OF_RUNS).map(([flags, description]) => ({ flags, description, verbs: RUNS })),
  {
    flags: "--from-store",
    description: "plan from what refresh has stored, without AWS; hypothetical",
    verbs: ["plan"],
    setting: true,
  },
];

const A_ROLE = { argument: "<role>", description: "its ARN, or ACCOUNT/NAME" } as const;

/** The job's own verbs. */
export const REPO_VERBS: readonly OwnVerb[] = [
  {
    name: "refresh",
    summary: "read all roles and their use into the store; changes nothing in the accounts",
    scoped: true,
  },
  {
    name: "roles",
    summary: "list the roles in the store, and what could be removed",
    own: [
      { flags: "--inactive", description: "deleted roles, too" },
      { flags: "--csv <file>", description: "write the list for a spreadsheet" },
    ],
    example: "groundskeeper repo roles --account 111111111111",
    scoped: true,
  },
  {
    name: "role",
    summary: "show what the store knows of one role",
    subject: A_ROLE,
    example: "groundskeeper repo role 111111111111/checkout-api",
  },
  {
    name: "find",
    summary: "find the roles that have any of these actions, inside wildcards too",
    subject: { argument: "<action...>", description: "such as s3:PutObjectAcl or sqs:*" },
    example: "groundskeeper repo find s3:PutObjectAcl sqs:Delete*",
    scoped: true,
  },
  {
    name: "schedule",
    summary: "freeze what would be removed, to be applied later; list or cancel it",
    own: [
      { ...ROLE, description: "only this role (repeatable)" },
      { flags: "--list", description: "show what is scheduled" },
      { flags: "--cancel", description: "cancel what is scheduled, of --role or of all" },
    ],
    example: "groundskeeper repo schedule --account 111111111111",
    scoped: true,
  },
  {
    name: "opt-out",
    summary: "keep a role as it is until a day, and say who answers for it; list or remove it",
    subject: { argument: "[role]", description: A_ROLE.description },
    own: [
      { flags: "--list", description: "show who keeps which role, why and until when" },
      { flags: "--owner <name>", description: "who answers for it" },
      { flags: "--reason <text>", description: "why" },
      { flags: "--until <day>", description: "the last day, such as 2027-01-31" },
      { flags: "--remove", description: "take the opt-out away" },
    ],
    example: "groundskeeper repo opt-out 111111111111/checkout-api --owner alice " +
      '--reason "quarterly job" --until 2027-01-31',
  },
  {
    name: "versions",
    summary: "list the versions of a role's inline policies; apply --restore brings one back",
    subject: A_ROLE,
    example: "groundskeeper repo versions 111111111111/checkout-api",
  },
  {
    name: "stats",
    summary: "show how the permissions of the roles have changed over time",
    own: [{ flags: "--csv <file>", description: "write it for a spreadsheet" }],
    example: "groundskeeper repo stats --csv repo.csv",
    scoped: true,
  },
  {
    name: "serve",
    summary: "carry out the commands of a queue: list, opt out, restore",
    own: [{ flags: "--once", description: "end when the queue is empty" }],
  },
  REJECTED_VERB,
  {
    name: "import-config",
    summary: "turn Repokid's configuration into Groundskeeper's, and say what became of each key",
    subject: { argument: "<file>", description: "Repokid's config.json" },
    example: "groundskeeper repo import-config config.json",
  },
  {
    name: "import-table",
    summary: "read Repokid's DynamoDB table: its history, to be shown, and its opt-outs",
    subject: { argument: "<name>", description: "the table, such as repokid_roles" },
    own: [{ flags: "--table-region <name>", description: "the region of the table" }],
    example: "groundskeeper repo import-table repokid_roles",
  },
  {
    name: "access export",
    summary: "print it in the shape of Aardvark's API",
    scoped: true,
    asks: false,
  },
];

/**
 * What the command line asks of a run.
 *
 * @param readFile reads the role file that the person names
 * @throws UsageError if options contradict each other, or name no role
 */
export async function askedBy(
  own: OwnValues,
  readFile: (path: string) => readonly RoleReference[],
): Promise<Asked> {
  const file = own["roleFile"];
  const named = [
    ...listOf(own["role"]).map(parseRoleReference),
    ...typeof file === "string" ? readFile(file) : [],
  ];
  const roles = own["role"] === undefined && file === undefined ? null : named;
  const remove = await actionsOf(own["remove"], "--remove");
  const giveBack = await actionsOf(own["giveBack"], "--give-back");
  const policy = own["policy"] === undefined ? null : policyArn(String(own["policy"]));
  const restore = own["restore"] === undefined
    ? null
    : versionNumber(String(own["restore"]), policy !== null, named[0]);
  const asked: Asked = {
    roles,
    remove,
    restore,
    policy,
    restoreRun: own["restoreRun"] === undefined
      ? null
      : runId(String(own["restoreRun"]), "--restore-run"),
    giveBack,
    removedBy: own["removedBy"] === undefined
      ? null
      : runId(String(own["removedBy"]), "--removed-by"),
    scheduled: own["scheduled"] === true,
    deny: own["deny"] === true,
    overrideFilters: own["overrideFilters"] === true,
  };
  refuseContradictions(asked);
  return asked;
}

function refuseContradictions(asked: Asked): void {
  const { roles, remove, restore, policy, restoreRun, giveBack, scheduled, overrideFilters } =
    asked;
  const wanted = [
    ...(remove ? ["--remove"] : []),
    ...(restore === null ? [] : ["--restore"]),
    ...(restoreRun === null ? [] : ["--restore-run"]),
    ...(giveBack ? ["--give-back"] : []),
    ...(scheduled ? ["--scheduled"] : []),
  ];
  const [problem] = [
    wanted.length > 1 && `${wanted.join(" and ")} ask for different things: use one of them`,
    roles?.length === 0 && "The role file names no role",
    policy !== null && restore === null &&
    "--policy goes with --restore: it names whose version comes back",
    policy !== null && roles !== null &&
    "--policy and --role: a version is of one of them; leave the other out",
    restore !== null && policy === null && roles?.length !== 1 &&
    "--restore brings back a version of one role: name it with --role; or of one managed " +
      "policy: name it with --policy",
    giveBack !== null && roles?.length !== 1 &&
    "--give-back grants to one role: name it with --role, and run one command for each role",
    asked.removedBy !== null && !giveBack &&
    "--removed-by goes with --give-back: it names the run that removed the actions",
    asked.deny && !remove && "--deny goes with --remove: name the actions that are to be denied",
    overrideFilters && !remove &&
    "--override-filters goes with --remove: what is unused minds the filters",
  ].filter((sentence) => sentence !== false);
  if (problem !== undefined) throw new UsageError(problem);
}

/**
 * Refuses what cannot be done with this configuration.
 *
 * @throws UsageError
 */
export function refuseUnconfigured(
  { policy }: Pick<Asked, "policy">,
  { managedPolicies }: Pick<RepoConfig, "managedPolicies">,
): void {
  if (policy === null || managedPolicies === "apply") return;
  throw new UsageError(
    '--policy: managed policies are only read, since repo.managedPolicies is "report". Set it ' +
      'to "apply", and give the applying role what it then needs',
    { help: [{ sentence: "To see that", words: ["permissions", "repo", "--role", "apply"] }] },
  );
}

/** What a person names, as the catalogue spells it. The catalogue is loaded only for this. */
async function actionsOf(
  value: OwnValues[string] | undefined,
  asked: string,
): Promise<readonly string[] | null> {
  if (value === undefined) return null;
  const { namedActions } = await import("./catalogue/spelling.ts");
  return namedActions(listOf(value), asked);
}

function policyArn(text: string): string {
  if (CUSTOMER_POLICY.test(text)) return text;
  throw new UsageError(
    `--policy: "${text}" is not the ARN of a managed policy of an account, such as ` +
      "arn:aws:iam::111111111111:policy/checkout",
  );
}

/** IAM counts the versions of a managed policy by itself, and calls them `v1`, `v2`. */
function versionNumber(text: string, ofPolicy: boolean, role: RoleReference | undefined): number {
  const [, number] = /^v?([1-9]\d{0,5})$/.exec(text) ?? [];
  if (number !== undefined && (ofPolicy || text === number)) return Number(number);
  if (ofPolicy) {
    throw new UsageError(
      `--restore: "${text}" is no version of a managed policy. Write it as IAM does: v3`,
    );
  }
  const typed = role ? `${role.account}/${role.name}` : "ACCOUNT/NAME";
  throw new UsageError(`--restore: "${text}" is no version. Versions count from 1`, {
    help: [{ sentence: "To list those of the role", words: ["repo versions", typed] }],
  });
}

/**
 * What helps to find a run.
 *
 * @param since the day from which on changes are listed, `YYYY-MM-DD`
 */
export function findRun(since: string): Help[] {
  return [
    { sentence: "To see what was changed", words: ["changes", "--since", since] },
    { sentence: "To list the runs with their IDs", words: ["repo history"] },
  ];
}

/** A complete ID: a part of one might mean another run. */
function runId(text: string, option: string): string {
  if (ULID.test(text)) return text;
  throw new UsageError(`${option}: "${text}" is not the ID of a run, which has 26 characters`, {
    help: findRun("YYYY-MM-DD"),
  });
}

/**
 * The command that takes back what a run has removed; null: it removed nothing. A removal with an
 * unknown outcome counts: it may have been made, and what stands of it is found out then.
 */
export function undoing(
  runId: string,
  changes: readonly Pick<JournalEntry, "after" | "outcome">[],
): Help | null {
  const hasRemoved = changes.some((one) =>
    mayHaveEffect(one) && (one.after["kind"] === "repo" || one.after["kind"] === "remove")
  );
  return hasRemoved
    ? { sentence: "To undo all of it", words: ["repo apply", "--restore-run", runId] }
    : null;
}

function listOf(value: OwnValues[string] | undefined): readonly string[] {
  return typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
}
