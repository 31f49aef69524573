import assert from "assert";
import denoConfig from "../../deno.json" with { type: "json" };
import { policyDocument } from "../../runners/core/needs/policy.ts";
import { roleValues } from "../../runners/core/needs/role_names.ts";
import { ENDPOINTS } from "../../runners/shell/service_line.ts";
import { AS_DATA } from "../snapshots.ts";
import { SCENES } from "./scene.ts";

for (const [job, { needs }] of SCENES) {
  const names = roleValues({ roles: null, namedRoles: {} }, needs);
  const roles = Object.entries(needs.roles);

  Deno.test(`the service ${job} has a task and a permission set of its own`, () => {
    assert.ok(job in denoConfig.permissions);
    assert.ok(job in denoConfig.tasks);
  });

  Deno.test(`"config check" lets ${job} reach other endpoints of each service that it calls`, () => {
    const known = new Set(ENDPOINTS.map((end) => end.replaceAll("_", "")));
    const called = roles.flatMap(([, { permissions }]) => permissions)
      .map(({ action }) => action.split(":")[0]!.replaceAll("-", "").toUpperCase());
    assert.ok(called.length > 0);
    assert.deepEqual([...new Set(called).difference(known)], []);
  });

  for (const [name, role] of roles) {
    Deno.test(`the role "${name}" of ${job} declares nothing twice, and all with a reason`, () => {
      const said = role.permissions.map(({ why: _why, ...rest }) => JSON.stringify(rest));
      assert.equal(new Set(said).size, said.length);
      for (const { action, why } of role.permissions) {
        assert.match(action, /^[a-z0-9-]+:[A-Z][A-Za-z]+$/);
        assert.ok(why.length > 5, action);
      }
      assert.ok(role.purpose.length > 5);
    });
  }

  Deno.test(`nothing of ${job}'s policies is left to be filled in, whatever the partition`, () => {
    for (const [, role] of roles) {
      const other = { ...names, partition: "aws-cn", notifyTopics: [], ownRoles: [] };
      const policy = JSON.stringify(policyDocument(role, other));
      // What the configuration names has its partition.
      const own = policy.replaceAll(/arn:aws:(sns|iam)::?[^"]*999999999999[^"]*/g, "");
      assert.doesNotMatch(own, /\{\w+\}|arn:aws:/);
    }
  });

  Deno.test(`the policies of ${job}'s roles look as they did`, async (t) => {
    const notifyTopics = ["arn:aws:sns:us-east-1:111111111111:alerts"];
    const values = { ...names, partition: "aws", notifyTopics, ownRoles: [] };
    for (const [name, role] of roles) {
      await t.step(name, (step) => step.assertSnapshot(policyDocument(role, values), AS_DATA));
    }
  });
}
