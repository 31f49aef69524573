import assert from "assert";
import {
  type PolicyDifference,
  policyDifference,
} from "../../../../runners/core/needs/policy_difference.ts";

const allow = (Action: string | string[], Resource: string | string[] = "*", more = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const policy = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const onlyOwner = { Condition: { StringEquals: { "aws:TagKeys": ["owner"] } } };
const denied = { Effect: "Deny", Action: "iam:PutRolePolicy", Resource: "arn:aws:iam::*:role/x" };

const NEEDED = policy(
  allow(["ec2:DescribeTags", "ec2:DescribeInstances"]),
  allow("ec2:CreateTags", "arn:aws:ec2:*:*:instance/*", onlyOwner),
  denied,
);
const NOTHING = { lacks: [], tooMany: [], differs: [], denials: [] };

const CASES: readonly (readonly [
  title: string,
  found: readonly object[],
  difference: Partial<PolicyDifference>,
])[] = [
  ["the same", [NEEDED], {}],
  ["the same in other statements, lists and order", [policy(
    denied,
    allow("ec2:CreateTags", ["arn:aws:ec2:*:*:instance/*"], {
      Condition: { StringEquals: { "aws:TagKeys": "owner" } },
    }),
    allow("ec2:DescribeInstances"),
    allow(["ec2:DescribeTags"]),
  )], {}],
  ["the same in two policies", [
    policy(NEEDED.Statement[0]!),
    policy(...NEEDED.Statement.slice(1)),
  ], {}],
  ["no policy", [], {
    lacks: ["ec2:CreateTags", "ec2:DescribeInstances", "ec2:DescribeTags"],
    denials: ["iam:PutRolePolicy"],
  }],
  ["one action less", [policy(allow("ec2:DescribeTags"), ...NEEDED.Statement.slice(1))], {
    lacks: ["ec2:DescribeInstances"],
  }],
  ["one action more", [NEEDED, policy(allow("ec2:StopInstances"))], {
    tooMany: ["ec2:StopInstances"],
  }],
  ["a pattern more", [NEEDED, policy(allow("ec2:*"))], { tooMany: ["ec2:*"] }],
  ["everything but something", [
    NEEDED,
    policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }),
  ], { tooMany: ["everything but iam:*"] }],
  ["a wider resource", [policy(
    NEEDED.Statement[0]!,
    allow("ec2:CreateTags", "*", onlyOwner),
    denied,
  )], { differs: ["ec2:CreateTags"] }],
  ["a resource more", [NEEDED, policy(allow("ec2:CreateTags", "*", onlyOwner))], {
    differs: ["ec2:CreateTags"],
  }],
  ["no condition", [policy(
    NEEDED.Statement[0]!,
    allow("ec2:CreateTags", "arn:aws:ec2:*:*:instance/*"),
    denied,
  )], { differs: ["ec2:CreateTags"] }],
  ["no denial", [policy(...NEEDED.Statement.slice(0, 2))], { denials: ["iam:PutRolePolicy"] }],
  ["a denial of what is needed", [
    NEEDED,
    policy({ Effect: "Deny", Action: "ec2:DescribeTags", Resource: "*" }),
  ], { denials: ["ec2:DescribeTags"] }],
];

for (const [title, found, difference] of CASES) {
  Deno.test(`a role with ${title} has ${JSON.stringify(difference)} of the difference`, () => {
    assert.deepEqual(policyDifference(NEEDED as never, found as never), {
      ...NOTHING,
      ...difference,
    });
  });
}
