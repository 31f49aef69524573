import { ACCOUNT, ALERTS, HUB, may, mayNot, roleArn, type RoleCase, TABLE } from "./role_cases.ts";

const IN_UNITS = [
  "organizations:ListAccountsForParent",
  "organizations:ListOrganizationalUnitsForParent",
];
const organizations = (resource: string) => `arn:{partition}:organizations::${ACCOUNT}:${resource}`;

const READS = ["dynamodb:GetItem", "dynamodb:Query"];
const WRITES = ["PutItem", "DeleteItem", "ConditionCheckItem", "BatchWriteItem"]
  .map((action) => `dynamodb:${action}`);
const ABOUT_TABLE = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"];
/** They would reach the rows of every job, or the table itself. */
const NEVER = ["Scan", "PartiQLSelect", "PartiQLUpdate", "UpdateTimeToLive", "DeleteTable"]
  .map((action) => `dynamodb:${action}`);

const partitions = (...keys: string[]) => ({ "dynamodb:LeadingKeys": keys });

/**
 * What every job's home role may do and may not.
 *
 * @param assumes the roles of the job that it may assume
 */
export function homeCases(job: string, assumes: readonly string[]): RoleCase[] {
  return [
    ...may(
      "home",
      "sts:AssumeRole",
      assumes.map((name) => roleArn(`groundskeeper-${job}-${name}`)),
    ),
    ...mayNot(
      "home",
      "sts:AssumeRole",
      [
        "groundskeeper-other-apply",
        `groundskeeper-${job}-home`,
        `ops/groundskeeper-${job}-observe`,
        "OrganizationAccountAccessRole",
      ].map(roleArn),
    ),
    ...may("home", "organizations:ListAccounts", "*"),
    ...may("home", IN_UNITS, [
      organizations("ou/o-exampleorgid/ou-abcd-11111111"),
      organizations("root/o-exampleorgid/r-abcd"),
    ]),
    ...mayNot("home", IN_UNITS, organizations(`account/o-exampleorgid/${ACCOUNT}`)),
    ...mayNot(
      "home",
      ["organizations:DetachPolicy", "organizations:MoveAccount"],
      organizations("ou/o-exampleorgid/ou-abcd-11111111"),
    ),
    ...may("home", "sns:Publish", ALERTS),
    ...mayNot("home", "sns:Publish", `arn:{partition}:sns:us-east-1:${HUB}:other`),
    ...storeCases(job),
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
  return [
    ...may("observe", OWN_READS, own.map(roleArn)),
    ...mayNot(
      "observe",
      OWN_READS,
      ["checkout-api", "groundskeeper-other-apply", ...own.map((name) => `ops/${name}`)].map(
        roleArn,
      ),
    ),
    ...mayNot("observe", ["iam:PutRolePolicy", "iam:AttachRolePolicy"], own.map(roleArn)),
  ];
}

/** The home role reaches the rows of its job in the table, and no other. */
function storeCases(job: string): RoleCase[] {
  const ofItems = [...READS, ...WRITES];
  const own = partitions(`${job}/run`);
  const otherTables = [
    TABLE.replace("groundskeeper", "other"),
    TABLE.replace("eu-central", "us-east"),
  ];
  return [
    ...may("home", ABOUT_TABLE, TABLE),
    ...mayNot("home", ABOUT_TABLE, otherTables),
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
    ...mayNot("home", ofItems, otherTables, own),
    ...mayNot("home", NEVER, TABLE, own),
  ];
}
