import assert from "assert";
import { parsePolicy } from "../../../../runners/repo/policy/document.ts";
import { grantedBy, grantsOf } from "../../../../runners/repo/policy/granted.ts";
import { SMALL } from "../small_universe.ts";

function policy(name: string, ...statements: unknown[]) {
  return parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }), name);
}

const allow = (Action: unknown, more = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });

Deno.test("what policies grant is what their Allow statements grant together", () => {
  const { actions } = grantedBy([
    policy("a", allow("S3:getobject"), { Effect: "Deny", Action: "*", Resource: "*" }),
    policy("b", allow(["sqs:Send*", "s3:Get?bject"])),
  ], SMALL);
  assert.deepEqual([...actions], ["s3:GetObject", "sqs:SendMessage"]);
});

Deno.test("NotAction grants all others, and its unknown entries exclude nothing that is known", () => {
  const { actions, unknown } = grantedBy([
    policy("a", { Effect: "Allow", NotAction: ["s3:*", "newest:*"], Resource: "*" }),
  ], SMALL);
  assert.ok(actions.equals(SMALL.all().minus(SMALL.expand("s3:*"))));
  assert.deepEqual(unknown, []);
});

Deno.test("what matches nothing that is known is told, once, and Deny does not count", () => {
  const { unknown } = grantedBy([
    policy("a", allow(["foo:Bar", "FOO:bar", "s3:constructor", "sqs:*", " s3:*"])),
    policy("b", { Effect: "Deny", Action: "bar:*", Resource: "*" }, allow("", { Sid: "NOREPO" })),
  ], SMALL);
  assert.deepEqual(unknown, ["", " s3:*", "foo:Bar", "s3:constructor"]);
});

Deno.test("NOREPO statements are told apart, also where others grant the same", () => {
  const granted = grantedBy([
    policy("a", allow("sts:Get*", { Sid: "NOREPOme" }), allow("sts:GetCallerIdentity")),
    policy("b", allow("sns:Publish", { Sid: "MyNOREPO" })),
  ], SMALL);
  assert.ok(granted.noRepo.equals(SMALL.expand("sts:Get*")));
  assert.equal(granted.noRepo.has("sns:Publish"), false);
  assert.ok(granted.actions.has("sns:Publish"));
});

Deno.test("whatever grants or denies an action is found, with where it stands", () => {
  const policies = [
    policy("a", allow(["sqs:*", "s3:Get*"], { Sid: "Read", Resource: ["a", "b", "c"] })),
    policy(
      "b",
      { Effect: "Allow", NotAction: ["iam:*", "sqs:*"], NotResource: "d", Condition: {} },
      { Effect: "Deny", Action: "S3:GETOBJECT", Principal: "*" },
      { Effect: "Allow", NotAction: ["s3:*"], Resource: "*" },
    ),
  ];
  assert.deepEqual(grantsOf("s3:getObject", policies), [
    {
      policy: "a",
      statement: 0,
      sid: "Read",
      effect: "Allow",
      element: "Action",
      pattern: "s3:Get*",
      resources: "a, b, and 1 more",
      conditional: false,
    },
    {
      policy: "b",
      statement: 0,
      sid: null,
      effect: "Allow",
      element: "NotAction",
      pattern: "iam:*, sqs:*",
      resources: "all but d",
      conditional: true,
    },
    {
      policy: "b",
      statement: 1,
      sid: null,
      effect: "Deny",
      element: "Action",
      pattern: "S3:GETOBJECT",
      resources: "no resource",
      conditional: false,
    },
  ]);
});
