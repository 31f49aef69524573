import assert from "assert";
import { policyDocument } from "../../runners/core/needs/policy.ts";
import { roleValues } from "../../runners/core/needs/role_names.ts";
import { type RepoConfig, repoSchema } from "../../runners/repo/config.ts";
import { repoNeeds } from "../../runners/repo/needs.ts";
import { PROTECTED_ROLE_ARNS } from "../../runners/repo/protected_roles.ts";
import { isAllowed, type Policy } from "./evaluate.ts";

const ACCOUNT = "111111111111";
const QUEUE = "https://sqs.us-east-1.amazonaws.com/999999999999/repo-commands";
const TOPIC = "arn:aws:sns:us-east-1:999999999999:repo-answers";
const BOT = "arn:aws:iam::999999999999:role/chat/bot";

/** A configuration with everything, so that whatever may be granted is. */
const WHOLE = repoSchema.parse({
  stamp: "tag",
  checkNoNewAccess: true,
  managedPolicies: "apply",
  protectedRoles: ["emergency-*"],
  filters: ["blocklist"],
  filterConfig: { blocklist: { blocklist_bucket: { bucket: "acme-lists", key: "repo.json" } } },
  serve: { queueUrl: QUEUE, topicArn: TOPIC, requestors: [BOT] },
});
const DESCRIBING = { ...WHOLE, stamp: "description" } as const;

function policyOf(role: string, config: RepoConfig = WHOLE, partition = "aws"): Policy {
  const needs = repoNeeds(config);
  const values = {
    ...roleValues({ roles: null, namedRoles: {} }, needs),
    partition,
    notifyTopics: ["arn:aws:sns:us-east-1:999999999999:alerts"],
    ownRoles: [
      `arn:${partition}:iam::*:role/acme-repo`,
      `arn:${partition}:iam::*:role/*/acme-repo`,
    ],
  };
  return policyDocument(needs.roles[role]!, values) as unknown as Policy;
}

const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const policy = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/${name}`;

const READS = ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"] as const;
const WRITES = ["iam:PutRolePolicy", "iam:DeleteRolePolicy"] as const;
/** What a request of the stamp says, which other calls do not mind. */
const STAMPING = { "aws:TagKeys": ["groundskeeper-repo"] };
const POLICY_WRITES = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"] as const;

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
] as const;

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
  "acme-repo",
  "ops/acme-repo",
  "emergency-1",
  "ops/emergency-1",
];

for (const name of PROTECTED) {
  Deno.test(`the applying role may look at the role ${name}, and never write it`, () => {
    for (const action of READS) {
      assert.ok(isAllowed(policyOf("apply"), { action, resource: role(name) }), action);
    }
    for (const config of [WHOLE, DESCRIBING]) {
      for (const action of [...WRITES, "iam:TagRole", "iam:UpdateRole"]) {
        const request = { action, resource: role(name), context: STAMPING };
        assert.ok(!isAllowed(policyOf("apply", config), request), action);
      }
    }
  });
}

Deno.test("every pattern of roles that are left alone is denied, in every partition", () => {
  for (const partition of ["aws", "aws-cn", "aws-us-gov"]) {
    for (const { pattern } of PROTECTED_ROLE_ARNS) {
      const name = pattern.replaceAll("*", "x");
      const resource = `arn:${partition}:iam::${ACCOUNT}:${name}`;
      for (const action of [...WRITES, "iam:TagRole"]) {
        const request = { action, resource, context: STAMPING };
        assert.ok(!isAllowed(policyOf("apply", WHOLE, partition), request), `${action} ${name}`);
      }
    }
  }
});

type Case = readonly [role: string, action: string, resource: string, allowed: boolean];

const CASES: readonly Case[] = [
  ...[...READS, ...WRITES].flatMap((action): Case[] => [
    ["apply", action, role("checkout-api"), true],
    ["apply", action, role("team/shop/checkout-api"), true],
    ["observe", action, role("checkout-api"), false],
    ["home", action, role("checkout-api"), false],
  ]),
  // Names that only look like the protected ones.
  ["apply", "iam:PutRolePolicy", role("MyOrganizationAccountAccessRoleReader"), true],
  ["apply", "iam:PutRolePolicy", role("my-groundskeeper-app"), true],
  ["apply", "iam:PutRolePolicy", role("glass-factory"), true],
  ["apply", "iam:PutRolePolicy", `arn:aws:iam::${ACCOUNT}:user/alice`, false],
  ["apply", "iam:UpdateRole", role("checkout-api"), false],
  ["apply", "access-analyzer:CheckNoNewAccess", "*", true],
  ...POLICY_WRITES.flatMap((action): Case[] => [
    ["apply", action, policy("checkout"), true],
    ["apply", action, policy("groundskeeper-repo-apply"), false],
    ["apply", action, policy("ops/groundskeeper-repo-apply"), false],
    ["observe", action, policy("checkout"), false],
  ]),
  ["observe", "iam:GetAccountAuthorizationDetails", "*", true],
  ["observe", "iam:GenerateServiceLastAccessedDetails", role("checkout-api"), true],
  ["observe", "iam:GetServiceLastAccessedDetails", "*", true],
  ["observe", "cloudtrail:LookupEvents", "*", true],
  ["observe", "iam:GetRole", BOT, true],
  ["home", "sts:AssumeRole", role("groundskeeper-repo-observe"), true],
  ["home", "sts:AssumeRole", role("groundskeeper-repo-apply"), true],
  ["home", "sts:AssumeRole", role("groundskeeper-audit-apply"), false],
  ["home", "sts:AssumeRole", role("OrganizationAccountAccessRole"), false],
  ["home", "s3:GetObject", "arn:aws:s3:::acme-lists/repo.json", true],
  ["home", "s3:GetObject", "arn:aws:s3:::acme-lists/other.json", false],
  ["home", "dynamodb:Scan", "arn:aws:dynamodb:us-east-1:999999999999:table/repokid_roles", true],
  ["home", "dynamodb:Scan", "arn:aws:dynamodb:us-east-1:999999999999:table/users", false],
  ["home", "sqs:ReceiveMessage", "arn:aws:sqs:us-east-1:999999999999:repo-commands", true],
  ["home", "sqs:DeleteMessage", "arn:aws:sqs:us-east-1:999999999999:repo-commands", true],
  ["home", "sqs:ChangeMessageVisibility", "arn:aws:sqs:us-east-1:999999999999:other", false],
  ["home", "sqs:SendMessage", "arn:aws:sqs:us-east-1:999999999999:repo-commands", false],
  ["home", "sqs:ReceiveMessage", "arn:aws:sqs:us-east-1:999999999999:other", false],
  ["home", "sns:Publish", TOPIC, true],
  ["home", "sns:Publish", "arn:aws:sns:us-east-1:999999999999:alerts", true],
  ["home", "sns:Publish", "arn:aws:sns:us-east-1:999999999999:other", false],
];

for (const [name, action, resource, allowed] of CASES) {
  Deno.test(`the role ${name} of repo ${allowed ? "may" : "may not"} ${action} ${resource}`, () => {
    assert.equal(isAllowed(policyOf(name), { action, resource }), allowed);
  });
}

for (const name of ["home", "observe", "apply"]) {
  Deno.test(`the role ${name} of repo may do nothing that is not its work`, () => {
    for (const config of [WHOLE, DESCRIBING]) {
      for (const action of NEVER) {
        for (const resource of ["*", role("checkout-api"), policy("checkout")]) {
          assert.ok(!isAllowed(policyOf(name, config), { action, resource }), action);
        }
      }
    }
  });
}

Deno.test("the stamp in the description is another permission than the one in a tag", () => {
  const may = (config: RepoConfig, action: string) => {
    const request = { action, resource: role("checkout-api"), context: STAMPING };
    return isAllowed(policyOf("apply", config), request);
  };
  assert.deepEqual(
    [may(DESCRIBING, "iam:UpdateRole"), may(DESCRIBING, "iam:TagRole")],
    [true, false],
  );
  const bare = repoSchema.parse({});
  assert.deepEqual([may(bare, "iam:UpdateRole"), may(bare, "iam:TagRole")], [false, false]);
});

for (const keys of [["team"], ["groundskeeper-repo", "team"], []]) {
  Deno.test(`the applying role writes no tag but its stamp: not ${JSON.stringify(keys)}`, () => {
    const request = { action: "iam:TagRole", resource: role("checkout-api") };
    assert.ok(!isAllowed(policyOf("apply"), { ...request, context: { "aws:TagKeys": keys } }));
    assert.ok(isAllowed(policyOf("apply"), { ...request, context: STAMPING }));
  });
}
