import assert from "assert";
import { auditNeeds } from "../../runners/audit/needs.ts";
import { declaredActions } from "../../runners/core/needs/needs.ts";
import { type AuditWorld, auditWorld, groupsOf } from "./audit_world.ts";

/** Actions that everybody may call. */
const FREE = new Set(["sts:GetCallerIdentity"]);

/** What was called under each role, by the access keys that STS gave out. */
function calledActions(world: AuditWorld): Record<string, string[]> {
  const roles = Map.groupBy(
    world.aws.proxy.calls.filter(({ action }) => !FREE.has(action)),
    ({ principal }) =>
      /assumed-role\/groundskeeper-audit-(\w+)\//.exec(principal ?? "")?.[1] ?? "home",
  );
  return Object.fromEntries(
    [...roles].map(([role, calls]) => [
      role,
      [...new Set(calls.map(({ action }) => action))].sort(),
    ]),
  );
}

Deno.test("each role calls what it declares, and nothing else", async () => {
  await using world = await auditWorld({
    groups: groupsOf(3, 1),
    accounts: 1,
    audit: { required: [{ key: "owner", value: { principal: { users: true } } }] },
    organization: { regions: "enabled" },
  });
  await world.run("audit apply --yes");
  const called = calledActions(world);
  const declared = Object.fromEntries(
    Object.entries(auditNeeds.roles).map(([role, need]) => [
      role,
      [...declaredActions(need)].sort(),
    ]),
  );
  assert.deepEqual(called["observe"], declared["observe"]);
  assert.deepEqual(called["apply"], declared["apply"]);
  assert.deepEqual(called["home"], ["sts:AssumeRole"]);
  assert.deepEqual(Object.keys(called).sort(), ["apply", "home", "observe"]);
});

Deno.test("plan and report never ask for the role that writes", async () => {
  await using world = await auditWorld({ groups: groupsOf(3, 1), accounts: 1 });
  await world.run("audit plan");
  await world.run("audit report");
  const asked = world.aws.proxy.calls.filter(({ action }) => action === "sts:AssumeRole")
    .map(({ parameters }) => parameters["RoleArn"]?.split("/").at(-1));
  assert.deepEqual([...new Set(asked)], ["groundskeeper-audit-observe"]);
});

Deno.test("every role session carries the run's id", async () => {
  await using world = await auditWorld({ groups: groupsOf(3, 1), accounts: 1 });
  const { run_id } = await world.json<{ run_id: string }>("audit apply --yes");
  for (const { parameters, action } of world.aws.proxy.calls) {
    if (action === "sts:AssumeRole") {
      assert.equal(parameters["RoleSessionName"], `groundskeeper-audit-${run_id}`);
    }
  }
});

Deno.test("the strict permission set of the service is enough", async () => {
  await using world = await auditWorld({ groups: groupsOf(3, 1), accounts: 1 });
  const { code, stdout, stderr } = await world.run("audit apply --yes", {
    entry: "product",
    permissions: [
      "-P=audit",
      `--allow-write=${world.directory}/out,${world.directory}/groundskeeper.db`,
    ],
  });
  assert.equal(code, 0, stdout + stderr);
  for (const line of stderr.trim().split("\n")) JSON.parse(line);
});
