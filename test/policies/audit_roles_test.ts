import assert from "assert";
import { auditSchema } from "../../runners/audit/config.ts";
import { auditNeeds } from "../../runners/audit/needs.ts";
import { policyDocument } from "../../runners/core/needs/policy.ts";
import { roleValues } from "../../runners/core/needs/role_names.ts";
import { isAllowed, type Policy, type PolicyRequest } from "./evaluate.ts";

const INSTANCE = "arn:aws:ec2:us-east-1:111111111111:instance/i-0123456789abcdef0";
const VOLUME = "arn:aws:ec2:us-east-1:111111111111:volume/vol-0123456789abcdef0";
const MARK = "groundskeeper-audit";
const STAMP = "groundskeeper-canary";
const MARKED = { [`aws:ResourceTag/${MARK}`]: "gk1/stop/2026-11-24T03:00:00Z/1b2c3d4e" };
/** The tags of a canary, of the instance that is there or of the one that is asked for. */
const canaryTags = (kind: "ResourceTag" | "RequestTag") => ({
  [`aws:${kind}/Name`]: "api-canary-us-east-1",
  [`aws:${kind}/project`]: "API canary",
  [`aws:${kind}/created_by`]: "groundskeeper",
});
const STAMPED = { [`aws:ResourceTag/${STAMP}`]: "2026-11-21T00:00:00.000Z" };
const CANARY = { ...STAMPED, ...canaryTags("ResourceTag") };
const NEW_CANARY = { [`aws:RequestTag/${STAMP}`]: "x", ...canaryTags("RequestTag") };
const tags = (...keys: string[]) => ({ "aws:TagKeys": keys });

function policyOf(role: string, protection: "respect" | "lift" = "respect"): Policy {
  const config = auditSchema.parse({ required: [{ key: "owner" }], protection });
  const needs = auditNeeds(config);
  const names = roleValues({ roles: null, namedRoles: {} }, needs);
  const values = { ...names, partition: "aws", notifyTopics: [] };
  return policyDocument(needs.roles[role]!, values) as unknown as Policy;
}

const instance = (action: string, context: PolicyRequest["context"] = {}): PolicyRequest => ({
  action,
  resource: INSTANCE,
  context,
});

const CASES: readonly (readonly [role: string, request: PolicyRequest, allowed: boolean])[] = [
  ["apply", instance("ec2:StopInstances"), false],
  ["apply", instance("ec2:StopInstances", MARKED), true],
  ["apply", instance("ec2:StopInstances", STAMPED), false],
  ["apply", instance("ec2:TerminateInstances"), false],
  ["apply", instance("ec2:TerminateInstances", MARKED), true],
  ["apply", instance("ec2:TerminateInstances", { "aws:ResourceTag/owner": "alice" }), false],
  ["apply", instance("ec2:CreateTags", tags(MARK)), true],
  ["apply", instance("ec2:CreateTags", tags(MARK, "owner")), false],
  ["apply", instance("ec2:CreateTags", tags("owner")), false],
  ["apply", instance("ec2:CreateTags", tags()), false],
  ["apply", { ...instance("ec2:CreateTags", tags(MARK)), resource: VOLUME }, false],
  ["apply", instance("ec2:DeleteTags", tags(MARK)), true],
  ["apply", instance("ec2:DeleteTags", tags("owner")), false],
  ["apply", instance("ec2:DeleteTags", tags()), false],
  ["apply", instance("ec2:ModifyInstanceAttribute", { "ec2:Attribute": "UserData" }), false],
  [
    "apply",
    instance("ec2:ModifyInstanceAttribute", { "ec2:Attribute": "DisableApiTermination" }),
    false,
  ],
  ["apply", instance("ec2:RunInstances", { "ec2:InstanceType": "t3.nano" }), false],
  ["apply", instance("ec2:StartInstances", MARKED), false],
  ["canary", instance("ec2:StopInstances"), false],
  ["canary", instance("ec2:StopInstances", MARKED), false],
  ["canary", instance("ec2:StopInstances", STAMPED), false],
  ["canary", instance("ec2:StopInstances", CANARY), true],
  ["canary", instance("ec2:TerminateInstances", CANARY), false],
  ["canary", instance("ec2:CreateTags", tags(STAMP)), false],
  ["canary", instance("ec2:CreateTags", { ...tags(STAMP), ...canaryTags("ResourceTag") }), true],
  ["canary", instance("ec2:CreateTags", tags(MARK)), false],
  [
    "canary",
    instance("ec2:CreateTags", { ...tags("Name"), "ec2:CreateAction": "RunInstances" }),
    true,
  ],
  ["canary", instance("ec2:DeleteTags", tags(STAMP)), false],
  [
    "canary",
    instance("ec2:RunInstances", {
      "ec2:InstanceType": "t3.nano",
      ...NEW_CANARY,
    }),
    true,
  ],
  ["canary", instance("ec2:RunInstances", { "ec2:InstanceType": "t3.nano" }), false],
  [
    "canary",
    instance("ec2:RunInstances", {
      "ec2:InstanceType": "p5.48xlarge",
      ...NEW_CANARY,
    }),
    false,
  ],
  ["canary", { action: "ec2:RunInstances", resource: VOLUME }, true],
  ["observe", instance("ec2:StopInstances", MARKED), false],
  ["observe", instance("ec2:CreateTags", tags(MARK)), false],
  [
    "observe",
    {
      action: "ssm:GetParameter",
      resource: "arn:aws:ssm:us-east-1:111111111111:parameter/db/password",
    },
    false,
  ],
];

for (const [role, request, allowed] of CASES) {
  const { action, resource, context } = request;
  const what = `${action} on ${resource.split("/")[0]!.split(":").at(-1)}`;
  Deno.test(`the role ${role} ${allowed ? "may" : "may not"} ${what} with ${JSON.stringify(context ?? {})}`, () => {
    assert.equal(isAllowed(policyOf(role), request), allowed);
  });
}

Deno.test("only a configuration that lifts protections may change them, and no other attribute", () => {
  const change = (attribute: string) =>
    isAllowed(
      policyOf("apply", "lift"),
      instance("ec2:ModifyInstanceAttribute", { "ec2:Attribute": attribute }),
    );
  assert.deepEqual(
    ["DisableApiTermination", "DisableApiStop", "UserData", "InstanceType"].map(change),
    [true, true, false, false],
  );
});
