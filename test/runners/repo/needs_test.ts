import assert from "assert";
import { repoSchema } from "../../../runners/repo/config.ts";
import { repoNeeds } from "../../../runners/repo/needs.ts";

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
const whole = Object.entries(repoNeeds(WHOLE).roles);
const least = Object.entries(repoNeeds().roles);

/** These write, but nothing of others: a report for the caller, and a message of the own queue. */
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
    "home sqs:ChangeMessageVisibility",
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
