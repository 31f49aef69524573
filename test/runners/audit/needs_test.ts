import assert from "assert";
import { declaredActions } from "../../../runners/core/needs/needs.ts";
import { policyDocument } from "../../../runners/core/needs/policy.ts";
import { auditNeeds } from "../../../runners/audit/needs.ts";

const values = { partition: "aws", mark: "groundskeeper-audit" };
const roles = Object.entries(auditNeeds.roles);

for (const [name, role] of roles) {
  Deno.test(`the audit's role "${name}" declares each action once, with a reason`, () => {
    assert.equal(declaredActions(role).size, role.permissions.length);
    for (const { action, why } of role.permissions) {
      assert.match(action, /^[a-z0-9]+:[A-Z][A-Za-z]+$/);
      assert.ok(why.length > 5, action);
    }
    assert.ok(role.purpose.length > 5);
  });
}

Deno.test("only one role of the audit can write, and it can write one thing", () => {
  const writes = roles.flatMap(([name, { permissions }]) =>
    permissions.filter(({ action }) => !/:(Describe|List|Get|AssumeRole)/.test(action))
      .map(({ action }) => `${name} ${action}`)
  );
  assert.deepEqual(writes, ["apply ec2:CreateTags"]);
  assert.deepEqual(
    roles.filter(([, { kind }]) => kind === "write").map(([name]) => name),
    ["apply"],
  );
});

Deno.test("nothing is left to be filled in, whatever the partition and the mark", () => {
  for (const [, role] of roles) {
    const policy = JSON.stringify(policyDocument(role, { partition: "aws-cn", mark: "m" }));
    assert.ok(!/\{\w+\}|arn:aws:/.test(policy), policy);
  }
});

Deno.test("the policies of the audit's roles look as they did", async (t) => {
  for (const [name, role] of roles) {
    await t.step(name, (step) => step.assertSnapshot(policyDocument(role, values)));
  }
});
