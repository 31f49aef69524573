import { PROTECTED_ROLE_ARNS } from "../../runners/repo/protected_roles.ts";
import { OWN_READS, ownRoleCases } from "./home_cases.ts";
import {
  ACCOUNT,
  HUB,
  may,
  mayNot,
  never,
  roleArn,
  type RoleCase,
  type RoleTable,
} from "./role_cases.ts";

const policyArn = (name: string) => `arn:{partition}:iam::${ACCOUNT}:policy/${name}`;
const USER = `arn:{partition}:iam::${ACCOUNT}:user/alice`;
const APPS = ["checkout-api", "team/shop/checkout-api"].map((name) => roleArn(name));
const APP = roleArn("checkout-api");

const ROLES = ["home", "observe", "apply"];
const READS = ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"];
const WRITES = ["iam:PutRolePolicy", "iam:DeleteRolePolicy"];
const STAMPS = ["iam:TagRole", "iam:UpdateRole"];
const POLICY_READS = ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListEntitiesForPolicy"];
const POLICY_WRITES = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"];
/** What a request of the stamp says, which other calls do not mind. */
const STAMPING = { "aws:TagKeys": ["groundskeeper-repo"] };

/** What stands between a role and what it must never do: none of this is in any policy. */
const NEVER = [
  "iam:AttachRolePolicy",
  "iam:CreatePolicy",
  "iam:CreateRole",
  "iam:DeletePolicyVersion",
  "iam:DeleteRole",
  "iam:DetachRolePolicy",
  "iam:PassRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutUserPolicy",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "organizations:DetachPolicy",
];

/** Roles that nobody may write, as people and AWS name them. */
const PROTECTED = [
  "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
  "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef",
  "AWSReservedSSO_Admin_0123456789abcdef",
  "AWSControlTowerExecution",
  "service-role/AWSControlTowerStackSetRole",
  "aws-controltower-AdministratorExecutionRole",
  "AWSCloudFormationStackSetExecutionRole",
  "AWSCloudFormationStackSetAdministrationRole",
  "stacksets-exec-0123456789abcdef",
  "OrganizationAccountAccessRole",
  "path/of/OrganizationAccountAccessRole",
  "break-glass",
  "ops/BreakGlassAdmin",
  "groundskeeper-repo-apply",
  "groundskeeper-audit-observe",
  "ops/groundskeeper-repo-apply",
  "acme-deploy",
  "ops/acme-deploy",
  // Each pattern by a name that no other matches.
  ...PROTECTED_ROLE_ARNS.map(({ pattern }) => pattern.replace(/^role\//, "").replaceAll("*", "x")),
];

/** Names that only look like protected ones. */
const ALIKE = ["MyOrganizationAccountAccessRoleReader", "my-groundskeeper-app", "glass-factory"];

const OWN_POLICIES = ["groundskeeper-repo-apply", "ops/groundskeeper-repo-apply"].map(policyArn);

const IMPORTING = ["home", "home-import"];

/** What holds under every configuration. */
const CASES: readonly RoleCase[] = [
  ...may(
    IMPORTING,
    "dynamodb:Scan",
    `arn:{partition}:dynamodb:us-east-1:${HUB}:table/repokid_roles`,
  ),
  ...mayNot(IMPORTING, "dynamodb:Scan", `arn:{partition}:dynamodb:us-east-1:${HUB}:table/users`),

  ...may(
    "observe",
    ["iam:GetAccountAuthorizationDetails", "iam:GetServiceLastAccessedDetails"],
    "*",
  ),
  ...may("observe", "iam:GenerateServiceLastAccessedDetails", APPS),
  ...mayNot("observe", "iam:GenerateServiceLastAccessedDetails", [USER, policyArn("checkout")]),
  ...may("observe", "cloudtrail:LookupEvents", "*"),

  ...may("apply", [...READS, ...WRITES], [...APPS, ...ALIKE.map((name) => roleArn(name))]),
  ...mayNot("apply", [...READS, ...WRITES], USER),
  ...may("apply", READS, PROTECTED.map((name) => roleArn(name))),
  ...never("apply", [...WRITES, ...STAMPS], PROTECTED.map((name) => roleArn(name)), STAMPING),
  ...never("apply", POLICY_WRITES, OWN_POLICIES),
  ...["home", "observe"].flatMap((role) => mayNot(role, [...READS, ...WRITES, ...STAMPS], APPS)),
  ...["home", "observe"].flatMap((role) => mayNot(role, POLICY_WRITES, policyArn("checkout"))),
  ...ROLES.flatMap((role) => mayNot(role, NEVER, ["*", APP, policyArn("checkout")])),
];

const MANAGED: readonly RoleCase[] = [
  ...may("apply", [...POLICY_READS, ...POLICY_WRITES], [
    policyArn("checkout"),
    policyArn("team/checkout"),
  ]),
  ...may("apply", POLICY_READS, OWN_POLICIES),
  ...mayNot("apply", [...POLICY_READS, ...POLICY_WRITES], APP),
];

const QUEUE = `arn:{partition}:sqs:us-east-1:${HUB}:repo-commands`;
const TOPIC = `arn:{partition}:sns:us-east-1:${HUB}:repo-answers`;
const BOT = `arn:{partition}:iam::${HUB}:role/chat/bot`;
const RECEIVING = ["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"]
  .map((action) => `sqs:${action}`);

const SERVING = ["home", "home-serve"];

const SERVE: readonly RoleCase[] = [
  ...may(SERVING, RECEIVING, QUEUE),
  ...mayNot(SERVING, RECEIVING, `arn:{partition}:sqs:us-east-1:${HUB}:other`),
  ...mayNot(SERVING, ["sqs:SendMessage", "sqs:PurgeQueue"], QUEUE),
  ...may(SERVING, "sns:Publish", TOPIC),
  ...may("observe", "iam:GetRole", BOT),
  ...mayNot("observe", "iam:GetRole", BOT.replace("bot", "other")),
];

/** The home roles of what judges roles. */
const LISTING = ["home", "home-plan", "home-report", "home-apply", "home-refresh"]
  .concat("home-schedule", "home-serve");
const LIST = "arn:{partition}:s3:::acme-lists/repo.json";
const OTHER_LISTS = [
  "arn:{partition}:s3:::acme-lists/other.json",
  "arn:{partition}:s3:::other/repo.json",
];

/** A configuration with everything, so that whatever may be granted is. */
const WHOLE = {
  checkNoNewAccess: true,
  managedPolicies: "apply",
  protectedRoles: ["emergency-*"],
  filters: ["blocklist"],
  serve: {
    queueUrl: `https://sqs.us-east-1.amazonaws.com/${HUB}/repo-commands`,
    topicArn: TOPIC,
    requestors: [BOT],
  },
};
const blocklist = (more: object) => ({
  filterConfig: {
    blocklist: { blocklist_bucket: { bucket: "acme-lists", key: "repo.json", ...more } },
  },
});

const EVERYTHING = [
  ...CASES,
  ...MANAGED,
  ...SERVE,
  ...may("apply", "access-analyzer:CheckNoNewAccess", "*"),
  ...never(
    "apply",
    [...WRITES, ...STAMPS],
    ["emergency-1", "ops/emergency-1"].map((name) => roleArn(name)),
    {
      ...STAMPING,
    },
  ),
];

const KINDS = [
  "list",
  "plan",
  "report",
  "apply",
  "refresh",
  "schedule",
  "optout",
  "import",
];

const ownRoles = (...more: string[]) =>
  ownRoleCases("repo", ["observe", "apply", ...[...KINDS, ...more].map((kind) => `home-${kind}`)]);

export const tables: readonly RoleTable[] = [
  {
    title: "with all settings, and stamps in a tag",
    config: { ...WHOLE, stamp: "tag", ...blocklist({}) },
    cases: [
      ...ownRoles("rejected", "serve"),
      ...EVERYTHING,
      ...may("apply", "iam:TagRole", APPS, STAMPING),
      ...[["team"], ["groundskeeper-repo", "team"], []].flatMap((keys) =>
        mayNot("apply", "iam:TagRole", APPS, { "aws:TagKeys": keys })
      ),
      ...mayNot("apply", "iam:TagRole", USER, STAMPING),
      ...mayNot("apply", "iam:UpdateRole", APPS),
      ...may(LISTING, "s3:GetObject", LIST),
      ...mayNot(LISTING, "s3:GetObject", OTHER_LISTS),
    ],
  },
  {
    title: "with stamps in the description, and a role that reads the list of roles",
    config: {
      ...WHOLE,
      stamp: "description",
      ...blocklist({ account_number: HUB, assume_role: "ListReader" }),
    },
    cases: [
      ...ownRoles("rejected", "serve"),
      ...EVERYTHING,
      ...may("apply", "iam:UpdateRole", APPS),
      ...mayNot("apply", "iam:UpdateRole", USER),
      ...mayNot("apply", "iam:TagRole", APPS, STAMPING),
      ...may("observe", OWN_READS, roleArn("ListReader")),
      ...mayNot("home", "s3:GetObject", LIST),
      ...never(
        "apply",
        [...WRITES, ...STAMPS],
        ["ListReader", "ops/ListReader"].map((name) => roleArn(name)),
        STAMPING,
      ),
      ...may("blocklist", "s3:GetObject", LIST),
      ...mayNot("blocklist", "s3:GetObject", OTHER_LISTS),
      ...mayNot("blocklist", ["s3:PutObject", "s3:DeleteObject"], LIST),
    ],
  },
  {
    title: "with no settings",
    config: {},
    cases: [
      ...ownRoles(),
      ...CASES,
      ...mayNot("apply", STAMPS, APPS, STAMPING),
      ...mayNot("apply", [...POLICY_READS, ...POLICY_WRITES], policyArn("checkout")),
      ...mayNot("apply", "access-analyzer:CheckNoNewAccess", "*"),
      ...mayNot("home", RECEIVING, QUEUE),
      ...mayNot("home", "sns:Publish", TOPIC),
      ...mayNot("home", "s3:GetObject", LIST),
      ...mayNot("observe", "iam:GetRole", BOT),
    ],
  },
];
