import assert from "assert";
import { policyDocument } from "../../../runners/core/needs/policy.ts";
import { auditNeeds } from "../../../runners/audit/needs.ts";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { configOf, WHOLE_LADDER } from "./world.ts";

type Step = AuditConfig["ladder"][number];

const needsOf = (protection: "respect" | "lift", mark = "groundskeeper-audit") =>
  auditNeeds(configOf({ required: [{ key: "owner" }], protection, mark }));
const lifting = Object.entries(needsOf("lift").roles);
const respecting = Object.entries(needsOf("respect").roles);

const writesOf = (roles: typeof lifting) =>
  roles.flatMap(([name, { permissions }]) =>
    permissions.filter(({ action }) => !/:(Describe|List|Get|Lookup|AssumeRole)/.test(action))
      .map(({ action }) => `${name} ${action}`)
  );

Deno.test("two roles of the audit can write: one what the ladder does, one what canaries need", () => {
  assert.deepEqual(writesOf(respecting), [
    "home sns:Publish",
    "apply ec2:CreateTags",
    "apply ec2:DeleteTags",
    "apply ec2:StopInstances",
    "apply ec2:StartInstances",
    "apply ec2:TerminateInstances",
    "canary ec2:CreateTags",
    "canary ec2:RunInstances",
    "canary ec2:RunInstances",
    "canary ec2:CreateTags",
    "canary ec2:StopInstances",
  ]);
  assert.deepEqual(
    respecting.filter(([, { kind }]) => kind === "write").map(([name]) => name),
    ["apply", "canary"],
  );
});

Deno.test("protection can be lifted only where the configuration says so", () => {
  const more = writesOf(lifting).filter((write) => !writesOf(respecting).includes(write));
  assert.deepEqual(more, ["apply ec2:ModifyInstanceAttribute"]);
  assert.deepEqual(writesOf(Object.entries(auditNeeds().roles)), writesOf(respecting));
});

const INSTANCES = ["arn:aws:ec2:*:*:instance/*"];

/** What a role may call an action on, and under which conditions, as its policy says it. */
function statementsOf(name: string, action: string, mark = "groundskeeper-audit") {
  const { Statement } = policyDocument(needsOf("lift", mark).roles[name]!, { partition: "aws" });
  return (Statement as { Action: string[]; Condition?: unknown; Resource: string[] }[])
    .filter(({ Action }) => Action.includes(action))
    .map(({ Condition, Resource }) => ({ Condition, Resource }));
}

/** The conditions of an action that a role may call on instances only. */
function conditionsOf(name: string, action: string, mark?: string): unknown[] {
  return statementsOf(name, action, mark).map(({ Condition, Resource }) => {
    assert.deepEqual(Resource, INSTANCES);
    return Condition;
  });
}

for (const action of ["ec2:StopInstances", "ec2:StartInstances", "ec2:TerminateInstances"]) {
  Deno.test(`${action} is allowed only of what carries the mark, whatever that is called`, () => {
    for (const mark of ["groundskeeper-audit", "wanting"]) {
      assert.deepEqual(conditionsOf("apply", action, mark), [
        { Null: { [`aws:ResourceTag/${mark}`]: "false" } },
      ]);
    }
  });
}

const onlyKey = (key: string) => ({
  "ForAllValues:StringEquals": { "aws:TagKeys": [key] },
  Null: { "aws:TagKeys": "false" },
});

for (const action of ["ec2:CreateTags", "ec2:DeleteTags"]) {
  Deno.test(`"apply" may call ${action} of the mark alone, and never of no tag`, () => {
    assert.deepEqual(conditionsOf("apply", action), [onlyKey("groundskeeper-audit")]);
  });
}

const canaryTags = (kind: "RequestTag" | "ResourceTag") => ({
  [`aws:${kind}/Name`]: "api-canary-*",
  [`aws:${kind}/created_by`]: "groundskeeper",
  [`aws:${kind}/project`]: "API canary",
});

Deno.test('"canary" may write the stamp alone on canaries alone, and tag what it just makes', () => {
  assert.deepEqual(statementsOf("canary", "ec2:CreateTags"), [
    {
      Condition: { ...onlyKey("groundskeeper-canary"), StringLike: canaryTags("ResourceTag") },
      Resource: INSTANCES,
    },
    {
      Condition: { StringEquals: { "ec2:CreateAction": "RunInstances" } },
      Resource: [...INSTANCES, "arn:aws:ec2:*:*:volume/*"],
    },
  ]);
});

Deno.test('"canary" may stop what carries the tags and the stamp of a canary, and nothing else', () => {
  assert.deepEqual(conditionsOf("canary", "ec2:StopInstances"), [{
    Null: { "aws:ResourceTag/groundskeeper-canary": "false" },
    StringLike: canaryTags("ResourceTag"),
  }]);
});

Deno.test('"canary" may make the smallest instances with the tags and the stamp of a canary', () => {
  const [instances, parts, ...more] = statementsOf("canary", "ec2:RunInstances");
  assert.deepEqual(instances, {
    Condition: {
      StringEquals: { "ec2:InstanceType": ["t3.nano", "t4g.nano"] },
      Null: { "aws:RequestTag/groundskeeper-canary": "false" },
      StringLike: canaryTags("RequestTag"),
    },
    Resource: INSTANCES,
  });
  assert.ok(parts!.Resource.every((arn) => !/:(\*|instance\/.*)$/.test(arn)), "of instances too");
  assert.deepEqual(more, []);
});

Deno.test("the image of a canary is the one parameter that may be read", () => {
  assert.deepEqual(statementsOf("observe", "ssm:GetParameter").map(({ Resource }) => Resource), [[
    "arn:aws:ssm:*:*:parameter/aws/service/ami-amazon-linux-latest/" +
    "al2023-ami-minimal-kernel-default-x86_64",
  ]]);
});

Deno.test("of an instance's attributes only its protection may be changed", () => {
  assert.deepEqual(conditionsOf("apply", "ec2:ModifyInstanceAttribute"), [
    { StringEquals: { "ec2:Attribute": ["DisableApiTermination", "DisableApiStop"] } },
  ]);
});

Deno.test("only where the ladder comes to it may it be asked what a step would cost", () => {
  const asks = (question: string, part: Partial<AuditConfig> = {}) =>
    auditNeeds(part).roles["observe"]!.permissions.some(({ action }) => action === question);
  const [mark, stop, terminate] = WHOLE_LADDER as [Step, Step, Step];
  const ladders = [undefined, [mark, stop], [mark], [mark, terminate]];
  const asked = (question: string) =>
    ladders.map((ladder) => asks(question, ladder ? { ladder } : {}));
  assert.deepEqual(asked("ec2:DescribeInstanceTypes"), [true, true, false, false]);
  assert.deepEqual(asked("ec2:DescribeConversionTasks"), [true, true, false, true]);
  assert.ok(!asks("ec2:DescribeConversionTasks", { managed: "include" }));
});
