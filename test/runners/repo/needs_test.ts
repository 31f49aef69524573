import assert from "assert";
import { policyDocument } from "../../../runners/core/needs/policy.ts";
import { roleValues } from "../../../runners/core/needs/role_names.ts";
import { repoSchema } from "../../../runners/repo/config.ts";
import { repoNeeds } from "../../../runners/repo/needs.ts";
import { AS_DATA } from "../../snapshots.ts";

const WHOLE = repoSchema.parse({
  stamp: "tag",
  checkNoNewAccess: true,
  managedPolicies: "apply",
  serve: {
    queueUrl: "https://sqs.us-east-1.amazonaws.com/999999999999/repo-commands",
    topicArn: "arn:aws:sns:us-east-1:999999999999:repo-answers",
    requestors: ["arn:aws:iam::999999999999:role/chat/bot"],
  },
});
const names = roleValues({ roles: null, namedRoles: {} }, repoNeeds(WHOLE));
const whole = Object.entries(repoNeeds(WHOLE).roles);
const least = Object.entries(repoNeeds().roles);

for (const [name, role] of whole) {
  Deno.test(`the role "${name}" of repo declares nothing twice, and all with a reason`, () => {
    const said = role.permissions.map(({ why: _why, ...rest }) => JSON.stringify(rest));
    assert.equal(new Set(said).size, said.length);
    for (const { action, why } of role.permissions) {
      assert.match(action, /^[a-z0-9-]+:[A-Z][A-Za-z]+$/);
      assert.ok(why.length > 5, action);
    }
    assert.ok(role.purpose.length > 5);
  });
}

/** Reports are made for those who ask, and messages are taken out of one's own queue. */
const HARMLESS = /:(Get|List|Lookup|AssumeRole|Scan|Check|GenerateServiceLast|ReceiveMessage)/;

const writesOf = (roles: typeof whole) =>
  roles.flatMap(([name, { permissions }]) =>
    permissions.filter(({ action }) => !HARMLESS.test(action))
      .map(({ action }) => `${name} ${action}`)
  );

Deno.test("one role of repo can write in the accounts, and no more than the configuration asks for", () => {
  assert.deepEqual(writesOf(least), [
    "home sns:Publish",
    "apply iam:PutRolePolicy",
    "apply iam:DeleteRolePolicy",
  ]);
  const more = writesOf(whole).filter((one) => !writesOf(least).includes(one));
  assert.deepEqual(more, [
    "home sqs:DeleteMessage",
    "apply iam:CreatePolicyVersion",
    "apply iam:SetDefaultPolicyVersion",
    "apply iam:TagRole",
  ]);
  assert.deepEqual(
    whole.filter(([, { kind }]) => kind === "write").map(([name]) => name),
    ["apply"],
  );
});

Deno.test("what the applying role may write is named: roles, and policies where it may", () => {
  const apply = repoNeeds(WHOLE).roles["apply"]!;
  for (const { action, resources } of apply.permissions) {
    if (action.startsWith("access-analyzer:")) continue;
    assert.match(resources!.join(), /^arn:\{partition\}:iam::\*:(role|policy)\/\*$/, action);
  }
  const denied = new Set(apply.denials!.flatMap(({ actions }) => actions));
  for (const write of writesOf([["apply", apply]])) {
    assert.ok(denied.has(write.replace("apply ", "")), `${write} is denied of nothing`);
  }
});

Deno.test("nothing of repo's policies is left to be filled in, whatever the partition", () => {
  for (const [, role] of whole) {
    const values = { ...names, partition: "aws-cn", notifyTopics: [], ownRoles: [] };
    const policy = JSON.stringify(policyDocument(role, values));
    assert.doesNotMatch(
      policy.replaceAll(/arn:aws:(sns|iam)::?[^"]*999999999999[^"]*/g, ""),
      /\{\w+\}|arn:aws:/,
    );
  }
});

Deno.test("the policies of repo's roles look as they did", async (t) => {
  const values = { ...names, partition: "aws", notifyTopics: [], ownRoles: [] };
  for (const [name, role] of whole) {
    await t.step(name, (step) => step.assertSnapshot(policyDocument(role, values), AS_DATA));
  }
});
