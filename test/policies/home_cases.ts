import { homeRoleKey, type JobNeeds, type RunNeed } from "../../runners/core/needs/needs.ts";
import { ORGANIZATION } from "./organization.ts";
import { ACCOUNT, ALERTS, HUB, may, mayNot, roleArn, type RoleCase, TABLE } from "./role_cases.ts";

const IN_UNITS = [
  "organizations:ListAccountsForParent",
  "organizations:ListOrganizationalUnitsForParent",
];
const organizations = (resource: string) =>
  `arn:{partition}:organizations::${ACCOUNT}:${resource}/${ORGANIZATION}`;
const UNITS = [
  `${organizations("ou")}/ou-abcd-11111111`,
  `${organizations("root")}/r-abcd`,
];

const READS = ["dynamodb:GetItem", "dynamodb:Query"];
const WRITES = ["PutItem", "DeleteItem", "ConditionCheckItem", "BatchWriteItem"]
  .map((action) => `dynamodb:${action}`);
const ABOUT_TABLE = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"];
/** They would reach the rows of every job, or the table itself. */
const NEVER = ["Scan", "PartiQLSelect", "PartiQLUpdate", "UpdateTimeToLive", "DeleteTable"]
  .map((action) => `dynamodb:${action}`);

const partitions = (...keys: string[]) => ({ "dynamodb:LeadingKeys": keys });

/** The kinds of run that somebody is told of, unless they reach no account. */
const TOLD = ["report", "apply", "canary", "clear"];

/**
 * What the home roles of a job may do and may not: that of all kinds of run, and each one's own.
 *
 * @param foreign the kinds of rows that others than the job have
 */
export function homeCases(needs: JobNeeds, foreign: readonly string[]): RoleCase[] {
  const kinds = Object.keys(needs.homes);
  return [
    ...homeRoleCases(needs, "home", Object.keys(needs.runs)),
    ...allRowsCases(needs, foreign),
    ...kinds.flatMap((kind) => [
      ...foreignCases(homeRoleKey(kind), [needs.runs[kind]!], foreign),
      ...homeRoleCases(needs, homeRoleKey(kind), [kind]),
      ...rowsCases(needs, homeRoleKey(kind), needs.runs[kind]!),
    ]),
  ];
}

/** @param kinds of run that the home role is for */
function homeRoleCases(needs: JobNeeds, key: string, kinds: readonly string[]): RoleCase[] {
  const { job, roles, runs } = needs;
  const assumed = new Set(kinds.flatMap((kind) => runs[kind]!.roles));
  const arnOf = (role: string) => {
    const { name = `groundskeeper-${job}-${role}`, account } = roles[role]!;
    return roleArn(name, account);
  };
  const isTold = (kind: string) => TOLD.includes(kind) && runs[kind]!.roles.length > 0;
  const within = { "aws:ResourceOrgID": ORGANIZATION };
  const mine = [...assumed].map(arnOf);
  const others = Object.keys(roles).filter((role) => !assumed.has(role)).map(arnOf);
  return [
    ...may(key, "sts:AssumeRole", mine, within),
    ...mayNot(key, "sts:AssumeRole", mine),
    ...mayNot(key, "sts:AssumeRole", mine, { "aws:ResourceOrgID": "o-stranger1234" }),
    ...mayNot(
      key,
      "sts:AssumeRole",
      [
        ...others,
        ...[
          "groundskeeper-other-apply",
          `ops/groundskeeper-${job}-observe`,
          "OrganizationAccountAccessRole",
        ].map((name) => roleArn(name)),
      ],
      within,
    ),
    ...(assumed.size > 0 ? may : mayNot)(key, "organizations:ListAccounts", "*"),
    ...(assumed.size > 0 ? may : mayNot)(key, IN_UNITS, UNITS),
    ...mayNot(key, IN_UNITS, `${organizations("account")}/${ACCOUNT}`),
    ...mayNot(key, ["organizations:DetachPolicy", "organizations:MoveAccount"], UNITS),
    ...(kinds.some(isTold) ? may : mayNot)(key, "sns:Publish", ALERTS),
    ...mayNot(key, "sns:Publish", `arn:{partition}:sns:us-east-1:${HUB}:other`),
  ];
}

const OTHER_TABLES = [TABLE.replace("groundskeeper", "other"), TABLE.replace("{region}", "x")];

/**
 * The home role of all kinds of run reaches the rows of its job in the table, and of another job none
 * but those that a run names.
 */
function allRowsCases({ job, runs }: JobNeeds, foreign: readonly string[]): RoleCase[] {
  const ofItems = [...READS, ...WRITES];
  const own = partitions(`${job}/run`);
  return [
    ...may("home", ABOUT_TABLE, TABLE),
    ...mayNot("home", ABOUT_TABLE, OTHER_TABLES),
    ...may("home", ofItems, TABLE, own),
    ...may("home", ofItems, TABLE, partitions(`${job}/mark#${ACCOUNT}`, `${job}/journal#2026-11`)),
    ...[
      partitions("other/run"),
      partitions(`${job}/run`, "other/run"),
      partitions(job),
      partitions(`${job}x/run`),
      partitions(),
      {},
    ].flatMap((context) => mayNot("home", ofItems, TABLE, context)),
    ...mayNot("home", ofItems, OTHER_TABLES, own),
    ...mayNot("home", NEVER, TABLE, own),
    ...foreignCases("home", Object.values(runs), foreign),
  ];
}

/** Rows of others are reached only as runs name them: those that are read are not written, too. */
function foreignCases(
  key: string,
  runs: readonly RunNeed[],
  foreign: readonly string[],
): RoleCase[] {
  return ([["reads", READS], ["writes", WRITES]] as const).flatMap(([rows, actions]) => {
    const named = new Set(runs.flatMap((run) => run.rows[rows]));
    return foreign.flatMap((kind) =>
      [kind, `${kind}#${ACCOUNT}`].flatMap((partition) =>
        (named.has(kind) ? may : mayNot)(key, actions, TABLE, partitions(partition))
      )
    );
  });
}

/** That of one kind of run reaches the kinds of rows that it names, and no other. */
function rowsCases({ job, runs }: JobNeeds, key: string, { rows }: RunNeed): RoleCase[] {
  const all = new Set(
    Object.values(runs).flatMap((run) => [...run.rows.reads, ...run.rows.writes]),
  );
  const reaches = (actions: readonly string[], own: readonly string[]) => [
    ...own.flatMap((kind) => [
      ...may(key, actions, TABLE, partitions(kind)),
      ...may(key, actions, TABLE, partitions(`${kind}#${ACCOUNT}`)),
      ...mayNot(key, actions, OTHER_TABLES, partitions(kind)),
    ]),
    ...[...all].filter((kind) => !own.includes(kind))
      .flatMap((kind) => mayNot(key, actions, TABLE, partitions(...own, kind))),
    ...[partitions("other/run"), partitions(`${job}/`), partitions(), {}]
      .flatMap((context) => mayNot(key, actions, TABLE, context)),
  ];
  return [
    ...may(key, ABOUT_TABLE, TABLE),
    ...mayNot(key, ABOUT_TABLE, OTHER_TABLES),
    ...reaches(READS, rows.reads),
    ...reaches(WRITES, rows.writes),
  ];
}

/** What `permissions --check` reads of roles. */
export const OWN_READS = [
  "iam:ListRolePolicies",
  "iam:GetRolePolicy",
  "iam:ListAttachedRolePolicies",
];

/**
 * What every job's observing role may do with the job's own roles: read them, to compare them.
 *
 * @param names of the roles, behind the job's
 */
export function ownRoleCases(job: string, names: readonly string[]): RoleCase[] {
  const own = names.map((name) => `groundskeeper-${job}-${name}`);
  const others = [
    "checkout-api",
    "groundskeeper-other-apply",
    `groundskeeper-${job}-home`,
    ...own.map((name) => `ops/${name}`),
  ];
  const arns = own.map((name) => roleArn(name));
  return [
    ...may("observe", OWN_READS, arns),
    ...mayNot("observe", OWN_READS, others.map((name) => roleArn(name))),
    ...mayNot("observe", ["iam:PutRolePolicy", "iam:AttachRolePolicy"], arns),
  ];
}
