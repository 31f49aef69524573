import assert from "assert";
import { policyDocument } from "../../../../runners/core/needs/policy.ts";
import { repoSchema } from "../../../../runners/repo/config.ts";
import { repoNeeds, serveNeeds } from "../../../../runners/repo/needs.ts";

const SERVE = {
  queueUrl: "https://sqs.us-east-1.amazonaws.com/111111111111/commands",
  topicArn: "arn:aws:sns:us-east-1:111111111111:answers",
  requestors: ["arn:aws:iam::222222222222:role/chat/bot"],
};

function statements(serve: object | null, role: "home" | "observe") {
  const permissions = serveNeeds(repoSchema.parse({ serve }))[role];
  const document = policyDocument({ purpose: "", kind: "home", permissions }, { partition: "aws" });
  return (document["Statement"] as { Action: string[]; Resource: string[] }[])
    .map(({ Action, Resource }) => [Action, Resource]);
}

Deno.test("without repo.serve nothing is needed", () => {
  assert.deepEqual(Object.values(serveNeeds(repoSchema.parse({}))).flat(), []);
});

Deno.test("the home role uses the one queue and the one topic", () => {
  assert.deepEqual(statements(SERVE, "home"), [
    [["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"], [
      "arn:aws:sqs:us-east-1:111111111111:commands",
    ]],
    [["sns:Publish"], ["arn:aws:sns:us-east-1:111111111111:answers"]],
  ]);
});

Deno.test("the observing role reads the requestors, and no other role", () => {
  assert.deepEqual(statements(SERVE, "observe"), [
    [["iam:GetRole"], ["arn:aws:iam::222222222222:role/chat/bot"]],
  ]);
  assert.deepEqual(statements({ ...SERVE, requestors: [] }, "observe"), []);
});

Deno.test("what a module needs is in the home role if it runs under serve, and in the observing role", () => {
  const own = { action: "dynamodb:GetItem", why: "the owners" };
  const rolesWith = (serve: object | null) =>
    Object.entries(repoNeeds(repoSchema.parse({ serve }), [own]).roles)
      .filter(([, { permissions }]) => permissions.includes(own)).map(([role]) => role);
  assert.deepEqual(rolesWith(SERVE), ["home", "observe"]);
  assert.deepEqual(rolesWith(null), ["observe"]);
});

for (
  const [what, part] of [
    ["a pattern as a queue", { queueUrl: "https://sqs.us-east-1.amazonaws.com/111111111111/*" }],
    ["a pattern as a topic", { topicArn: "arn:aws:sns:us-east-1:111111111111:*" }],
    ["a pattern as a requestor", { requestors: ["arn:aws:iam::222222222222:role/*"] }],
    ["a session as a requestor", { requestors: ["arn:aws:sts::222222222222:assumed-role/bot/s"] }],
    ["a user as a requestor", { requestors: ["arn:aws:iam::222222222222:user/alice"] }],
  ] as const
) {
  Deno.test(`${what} is refused`, () => {
    assert.equal(repoSchema.safeParse({ serve: { ...SERVE, ...part } }).success, false);
  });
}
