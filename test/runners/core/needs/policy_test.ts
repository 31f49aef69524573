import assert from "assert";
import { declaredActions, type RoleNeed } from "../../../../runners/core/needs/needs.ts";
import { policyDocument } from "../../../../runners/core/needs/policy.ts";

const role = (permissions: RoleNeed["permissions"]): RoleNeed => ({
  purpose: "tests",
  kind: "write",
  permissions,
});
const why = "tests";
const INSTANCES = ["arn:{partition}:ec2:*:*:instance/*"];
const condition = {
  StringEquals: { "aws:ResourceTag/{mark}": "{mark}", "aws:x": ["{mark}", "b"] },
};

Deno.test("permissions of equal resources and condition stand in one statement, sorted", () => {
  const permissions = [
    { action: "ec2:DescribeTags", why },
    { action: "ec2:CreateTags", resources: INSTANCES, why },
    { action: "ec2:DescribeInstances", why },
    { action: "ec2:DeleteTags", resources: INSTANCES, condition, why },
  ];
  assert.deepEqual(policyDocument(role(permissions), { partition: "aws-cn", mark: "gk" }), {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["ec2:DescribeInstances", "ec2:DescribeTags"], Resource: ["*"] },
      {
        Effect: "Allow",
        Action: ["ec2:CreateTags"],
        Resource: ["arn:aws-cn:ec2:*:*:instance/*"],
      },
      {
        Effect: "Allow",
        Action: ["ec2:DeleteTags"],
        Resource: ["arn:aws-cn:ec2:*:*:instance/*"],
        Condition: { StringEquals: { "aws:ResourceTag/gk": "gk", "aws:x": ["gk", "b"] } },
      },
    ],
  });
});

Deno.test("a condition whose keys stand in another order is the same one", () => {
  const first = { StringEquals: { a: "1", b: "2" } };
  const second = { StringEquals: { b: "2", a: "1" } };
  const { Statement } = policyDocument(
    role([{ action: "a:B", condition: first, why }, { action: "a:C", condition: second, why }]),
    {},
  );
  assert.equal((Statement as unknown[]).length, 1);
});

Deno.test("a list stands in the place of a resource, and an empty one takes the permission away", () => {
  const permissions = [
    { action: "a:Publish", resources: ["{topics}"], why },
    { action: "a:Read", resources: INSTANCES, why },
  ];
  const resourcesOf = (topics: readonly string[]) =>
    (policyDocument(role(permissions), { topics, partition: "aws" })["Statement"] as unknown as {
      readonly Resource: readonly string[];
    }[]).map(({ Resource }) => Resource);
  assert.deepEqual(resourcesOf(["x", "y"]), [["x", "y"], ["arn:aws:ec2:*:*:instance/*"]]);
  assert.deepEqual(resourcesOf([]), [["arn:aws:ec2:*:*:instance/*"]]);
});

Deno.test("what has no value is left to be seen", () => {
  const document = policyDocument(role([{ action: "a:B", resources: INSTANCES, why }]), {});
  assert.match(JSON.stringify(document), /arn:\{partition\}:ec2/);
});

Deno.test("a role declares just its actions, however often it says them", () => {
  const permissions = [
    { action: "ec2:CreateTags", resources: INSTANCES, why },
    { action: "ec2:CreateTags", why },
    { action: "iam:ListUsers", why },
  ];
  assert.deepEqual(
    declaredActions(role(permissions)),
    new Set(["ec2:CreateTags", "iam:ListUsers"]),
  );
});

Deno.test("the whys of permissions are for people and never stand in the policy", () => {
  const document = policyDocument(role([{ action: "a:B", why: "a secret why" }]), {});
  assert.ok(!JSON.stringify(document).includes("secret"));
});

Deno.test("what a role may never do is denied, whatever else allows it", () => {
  const denials = [{ actions: ["a:C", "a:B"], resources: ["arn:{partition}:iam::*:role/x"], why }];
  const document = policyDocument({ ...role([{ action: "a:B", why }]), denials }, {
    partition: "aws-cn",
  });
  assert.deepEqual((document["Statement"] as unknown[]).at(-1), {
    Effect: "Deny",
    Action: ["a:B", "a:C"],
    Resource: ["arn:aws-cn:iam::*:role/x"],
  });
});
