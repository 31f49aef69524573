import assert from "assert";
import fc from "fast-check";
import { UsageError } from "../../../../runners/core/errors.ts";
import { rewritePolicy, type RewrittenPolicy } from "../../../../runners/repo/mod.ts";
import { MalformedPolicyError } from "../../../../runners/repo/policy/document.ts";
import { generated } from "../../core/properties.ts";

const policy = (...statements: object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | string[], part: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...part,
});

function rewritten(made: RewrittenPolicy) {
  assert.equal(made.status, "rewritten");
  return made as Extract<RewrittenPolicy, { status: "rewritten" }>;
}

for (const pattern of ["", "sqs", "sqs:Send Message", "sqs:*\n", "arn:aws:sqs:x", "s3:Get[ab]"]) {
  Deno.test(`${JSON.stringify(pattern)} is nothing that can be removed`, () => {
    assert.throws(() => rewritePolicy(policy(allow("s3:*")), [pattern]), UsageError);
  });
}

for (
  const text of [
    "",
    "{}",
    "null",
    '{"Statement":[{"Effect":"Allow"}]}',
    '{"Statement":[],"Statement":[]}',
  ]
) {
  Deno.test(`${JSON.stringify(text)} is no policy`, () => {
    assert.throws(() => rewritePolicy(text, ["s3:*"]), MalformedPolicyError);
  });
}

Deno.test("what does not fit is refused, and says so", () => {
  const made = rewritePolicy(policy(allow("ec2:*")), ["ec2:DescribeInstances"], { quota: 60 });
  assert.deepEqual([made.status, "reason" in made && made.reason], ["refused", "size-limit"]);
});

Deno.test("named actions go, in any case, and what stays keeps its text", () => {
  const made = rewritten(
    rewritePolicy(policy(allow(["s3:get*", "SQS:*", "sns:Publish"])), ["sqs:*", "SNS:publish"]),
  );
  assert.equal(made.text, policy(allow(["s3:get*"])));
  assert.ok(made.removed.includes("sqs:SendMessage") && made.removed.includes("sns:Publish"));
  assert.ok(made.removed.every((action) => /^(sqs|sns):/.test(action)));
});

Deno.test("a policy of which nothing is left is null", () => {
  const made = rewritten(rewritePolicy(policy(allow("sqs:SendMessage")), ["*"]));
  assert.deepEqual([made.text, made.removed], [null, ["sqs:SendMessage"]]);
});

Deno.test("an action that no catalogue knows goes where it is named, and stays elsewhere", () => {
  const text = policy(allow(["foo:DoThing", "foo:Other", "s3:GetObject"]));
  const made = rewritten(rewritePolicy(text, ["foo:dothing"]));
  assert.deepEqual(made.removed, ["foo:DoThing"]);
  assert.equal(made.text, policy(allow(["foo:Other", "s3:GetObject"])));
});

Deno.test("Deny, conditions and NOREPO stay to the letter", () => {
  const secure = { Condition: { Bool: { "aws:SecureTransport": "true" } } };
  const untouched = [
    { Effect: "Deny", Action: "sqs:*", Resource: "*" },
    allow("sqs:SendMessage", { Sid: "NOREPOqueue" }),
  ];
  const text = policy(...untouched, allow(["sqs:SendMessage", "s3:*", "sqs:PurgeQueue"], secure));
  const made = rewritten(rewritePolicy(text, ["sqs:*"]));
  assert.equal(made.text, policy(...untouched, allow(["sqs:SendMessage", "s3:*"], secure)));
  assert.deepEqual(made.removed, ["sqs:PurgeQueue"], "what NOREPO grants is granted still");
});

Deno.test("nothing to remove changes nothing, whatever the policy", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("s3:*", "s3:Get*", "ec2:Describe*", "*", "foo:Bar"), {
        minLength: 1,
      }),
      (actions) => {
        const text = policy(allow(actions));
        const { text: after, removed } = rewritten(rewritePolicy(text, []));
        assert.deepEqual([after, removed], [text, []]);
      },
    ),
    { seed: 42, numRuns: generated(100) },
  );
});
