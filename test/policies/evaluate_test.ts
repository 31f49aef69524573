import assert from "assert";
import { decide, decideUnder, type Decision, type Policy, type PolicyRequest } from "./evaluate.ts";

const ACCOUNT = "111122223333";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;

/** A policy of one statement, which allows everything but for what is said. */
function policy(statement: object): Policy {
  const all = { Effect: "Allow", Action: "*", Resource: "*" };
  return { Statement: [{ ...all, ...statement }] } as Policy;
}

function decisionOn(statement: object, request: Partial<PolicyRequest> = {}): Decision {
  return decide(policy(statement), { action: "ec2:StopInstances", resource: "*", ...request });
}

type Values = string | readonly string[];

/** Whether a condition holds, by the value of the key in the request; undefined: it is absent. */
const CONDITIONS: readonly (readonly [string, Values, Values | undefined, boolean])[] = [
  ["StringEquals", "a", "a", true],
  ["StringEquals", ["a", "b"], "b", true],
  ["StringEquals", "a", "A", false],
  ["StringEquals", "a*", "ab", false],
  ["StringEquals", "a", undefined, false],
  ["StringEqualsIgnoreCase", "Owner", "oWNER", true],
  ["StringEqualsIgnoreCase", "Owner", "owners", false],
  ["StringEqualsIgnoreCase", "Owner", undefined, false],
  ["StringLike", "a*c?", "abbcd", true],
  ["StringLike", "a.c", "abc", false],
  ["StringLike", "a*", "Ab", false],
  ["StringLike", "a*", undefined, false],
  ["StringNotLike", "a*", "ab", false],
  ["StringNotLike", "a*", "b", true],
  ["StringNotLike", "a*", undefined, true],
  ["Bool", "false", "false", true],
  ["Bool", "false", "true", false],
  ["Bool", "false", undefined, false],
  ["Null", "true", undefined, true],
  ["Null", "true", "a", false],
  ["Null", "false", undefined, false],
  ["Null", "false", "a", true],
  // User guide, "Creating a condition with multiple keys or values": an absent key, and an empty
  // list, satisfy ForAllValues and not ForAnyValue.
  ["ForAllValues:StringEquals", ["a", "b"], ["b", "a"], true],
  ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false],
  ["ForAllValues:StringEquals", ["a"], [], true],
  ["ForAllValues:StringEquals", ["a"], undefined, true],
  ["ForAnyValue:StringEquals", ["a", "b"], ["c", "a"], true],
  ["ForAnyValue:StringEquals", ["a", "b"], ["c"], false],
  ["ForAnyValue:StringEquals", ["a"], [], false],
  ["ForAnyValue:StringEquals", ["a"], undefined, false],
  ["ForAnyValue:StringEqualsIgnoreCase", ["a"], ["c", "A"], true],
  ["ForAllValues:StringEqualsIgnoreCase", ["a"], ["A", "a"], true],
  ["ForAllValues:StringLike", ["a/*"], ["a/b", "a/c"], true],
  ["ForAllValues:StringLike", ["a/*"], ["a/b", "b/c"], false],
  ["ArnLike", "arn:aws:iam::*:role/app-*", `arn:aws:iam::${ACCOUNT}:role/app-1`, true],
  ["ArnLike", "arn:aws:iam::*:role/app-*", `arn:aws:iam::${ACCOUNT}:role/app-1/other`, true],
  ["ArnLike", "arn:aws:iam::*:role/app", `arn:aws-cn:iam::${ACCOUNT}:role/app`, false],
  ["ArnLike", "arn:aws:iam::*:role/app", `arn:aws:iam::${ACCOUNT}:role/App`, false],
  ["ArnLike", "arn:aws:iam::*:role/app", `arn:aws:iam::${ACCOUNT}:role/x/app`, false],
  ["ArnLike", "arn:aws:iam::*:role/app", undefined, false],
  ["ArnLike", "*", ROLE, false],
  ["ArnEquals", "arn:aws:iam::*:role/app", ROLE, true],
  ["ArnNotLike", "arn:aws:iam::*:role/app", ROLE, false],
  ["ArnNotLike", "arn:aws:iam::*:role/app", `arn:aws:iam::${ACCOUNT}:user/app`, true],
  ["ArnNotLike", "arn:aws:iam::*:role/app", undefined, true],
];

for (const [operator, wanted, found, holds] of CONDITIONS) {
  Deno.test(`${operator} ${JSON.stringify(wanted)} ${holds ? "matches" : "does not match"} ${JSON.stringify(found) ?? "an absent key"}`, () => {
    const context = found === undefined ? {} : { key: found };
    const decision = decisionOn({ Condition: { [operator]: { key: wanted } } }, { context });
    assert.equal(decision, holds ? "allowed" : "implicitDeny");
  });
}

Deno.test("an ARN is compared by its six components, and a string by all of it", () => {
  // The example of the user guide, "Amazon Resource Name (ARN) condition operators".
  const wanted = "arn:aws:someservice:*:111122223333:finance/*";
  const found =
    "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
  const by = (operator: string) =>
    decisionOn({ Condition: { [operator]: { key: wanted } } }, { context: { key: found } });
  assert.deepEqual(["StringLike", "ArnLike", "ArnEquals"].map(by), [
    "allowed",
    "implicitDeny",
    "implicitDeny",
  ]);
});

Deno.test("every operator and every key of a condition must match", () => {
  const Condition = { StringEquals: { a: "1", b: "2" }, Bool: { c: "true" } };
  const all = { a: "1", b: "2", c: "true" };
  assert.equal(decisionOn({ Condition }, { context: all }), "allowed");
  for (const key of Object.keys(all)) {
    const context = { ...all, [key]: "other" };
    assert.equal(decisionOn({ Condition }, { context }), "implicitDeny", key);
  }
});

Deno.test("the names of keys have no case, those of tags in them neither", () => {
  const Condition = { StringEquals: { "aws:ResourceTag/TagKey1": "Value1" } };
  const tagged = (key: string) =>
    decisionOn({ Condition }, { context: { [`aws:ResourceTag/${key}`]: "Value1" } });
  assert.deepEqual([tagged("TagKey1"), tagged("tagkey1")], ["allowed", "allowed"]);
  const context = { "aws:ResourceTag/TagKey1": "a", "aws:ResourceTag/tagkey1": "b" };
  assert.throws(() => decisionOn({ Condition }, { context }), /has the key .* twice/);
});

Deno.test("an action has no case, and a resource has", () => {
  const request = { action: "ec2:stopinstances", resource: "arn:aws:s3:::bucket/a/test/b" };
  assert.equal(decisionOn({ Action: ["s3:*", "EC2:Stop*"] }, request), "allowed");
  assert.equal(decisionOn({ Resource: "arn:aws:s3:::bucket/*/test/*" }, request), "allowed");
  assert.equal(decisionOn({ Resource: "arn:aws:s3:::Bucket/*" }, request), "implicitDeny");
});

Deno.test("a Deny stands over every Allow, and nothing is allowed that no statement allows", () => {
  const [allow, deny] = [policy({}).Statement, policy({ Effect: "Deny" }).Statement];
  const request = { action: "ec2:StopInstances", resource: "*" };
  const decisions = [[], allow, deny, [...allow, ...deny], [...deny, ...allow]]
    .map((Statement) => decide({ Statement }, request));
  assert.deepEqual(decisions, [
    "implicitDeny",
    "allowed",
    "explicitDeny",
    "explicitDeny",
    "explicitDeny",
  ]);
});

const OTHER = "arn:aws:iam::444455556666:role/app";

/** Whom a Principal names: user guide, "AWS JSON policy elements: Principal". */
const PRINCIPALS: readonly (readonly [unknown, string, boolean])[] = [
  ["*", OTHER, true],
  [{ AWS: "*" }, OTHER, true],
  [{ AWS: ROLE }, ROLE, true],
  [{ AWS: [OTHER, ROLE] }, ROLE, true],
  [{ AWS: ROLE }, OTHER, false],
  [{ AWS: ROLE }, `arn:aws:iam::${ACCOUNT}:role/x/app`, false],
  [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, ROLE, true],
  [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, `arn:aws:sts::${ACCOUNT}:federated-user/a`, true],
  [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, OTHER, false],
  [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, `arn:aws-cn:iam::${ACCOUNT}:role/app`, false],
  [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, "ecs-tasks.amazonaws.com", false],
  [{ Service: "ecs-tasks.amazonaws.com" }, "ecs-tasks.amazonaws.com", true],
  [{ Service: "ecs-tasks.amazonaws.com" }, "ecs.amazonaws.com", false],
  [{ Service: "ecs-tasks.amazonaws.com", AWS: ROLE }, ROLE, true],
];

for (const [Principal, principal, named] of PRINCIPALS) {
  Deno.test(`the principal ${JSON.stringify(Principal)} ${named ? "is" : "is not"} ${principal}`, () => {
    assert.equal(decisionOn({ Principal }, { principal }), named ? "allowed" : "implicitDeny");
  });
}

Deno.test("who asks is known to conditions, by ARN and account", () => {
  const Condition = {
    ArnEquals: { "aws:PrincipalArn": ROLE },
    StringEquals: { "aws:PrincipalAccount": ACCOUNT },
  };
  const by = (principal: string) => decisionOn({ Condition }, { principal });
  assert.deepEqual([ROLE, OTHER, "ecs-tasks.amazonaws.com"].map(by), [
    "allowed",
    "implicitDeny",
    "implicitDeny",
  ]);
});

const MEMBER = "222222222222";

/** Whom policies of the organization bind. */
const BOUND: readonly (readonly [principal: string, decision: Decision])[] = [
  [`arn:aws:iam::${MEMBER}:role/Administrator`, "explicitDeny"],
  [`arn:aws:iam::${MEMBER}:user/alice`, "explicitDeny"],
  [`arn:aws:iam::${MEMBER}:root`, "explicitDeny"],
  [`arn:aws:iam::${MEMBER}:role/x/aws-service-role/y`, "explicitDeny"],
  [`arn:aws:iam::${MEMBER}:user/aws-service-role/y`, "explicitDeny"],
  [
    `arn:aws:iam::${MEMBER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    "allowed",
  ],
  [`arn:aws:iam::${ACCOUNT}:role/Administrator`, "allowed"],
];

for (const [principal, decision] of BOUND) {
  Deno.test(`a policy of the organization ${decision === "allowed" ? "does not bind" : "binds"} ${principal}`, () => {
    const request = { action: "ec2:StopInstances", resource: "*", principal };
    assert.equal(decideUnder(policy({ Effect: "Deny" }), request, ACCOUNT), decision);
    const others = policy({ Effect: "Deny", Action: "ec2:StartInstances" });
    assert.equal(decideUnder(others, request, ACCOUNT), "allowed");
  });
}

/** What the evaluator must not pass over, also in a statement about another action. */
const UNKNOWN: readonly (readonly [what: string, statement: object])[] = [
  ["NotAction", { NotAction: "*" }],
  ["NotResource", { NotResource: "*" }],
  ["NotPrincipal", { NotPrincipal: "*" }],
  ["arn:aws:iam::1:saml-provider/x", {
    Principal: { Federated: "arn:aws:iam::1:saml-provider/x" },
  }],
  [ACCOUNT, { Principal: { AWS: ACCOUNT } }],
  ["${aws:username}", { Resource: "arn:aws:s3:::${aws:username}" }],
  ["without Resource and Principal", { Resource: undefined }],
  ...[
    "StringNotEquals",
    "StringEqualsIfExists",
    "ForAllValues:ArnNotLike",
    "ForAnyValue:Null",
    "NumericEquals",
    "IpAddress",
    "stringequals",
  ].map((operator) => [operator, { Condition: { [operator]: { key: "a" } } }] as const),
];

for (const [what, unknown] of UNKNOWN) {
  Deno.test(`the evaluator does not pass over ${what}`, () => {
    const statement = { ...policy({}).Statement[0], Action: "s3:GetObject", ...unknown };
    const Statement = [JSON.parse(JSON.stringify(statement))];
    const request = { action: "ec2:StopInstances", resource: "*", principal: ROLE };
    assert.throws(() => decide({ Statement }, request), { message: `Not known here: ${what}` });
  });
}

Deno.test("an operator for one value does not compare several, and who asks must be known", () => {
  const Condition = { StringEquals: { key: "a" } };
  assert.throws(
    () => decisionOn({ Condition }, { context: { key: ["a", "b"] } }),
    /StringEquals compares one value, found 2/,
  );
  assert.throws(() => decisionOn({ Principal: "*" }), /the request must say/);
  const request = { action: "ec2:StopInstances", resource: "*" };
  assert.throws(() => decideUnder(policy({}), request, ACCOUNT), /depends on who asks/);
});
