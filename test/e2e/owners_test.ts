import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { AuditFinding } from "../../runners/audit/findings.ts";
import { assumedRole, instanceEvent } from "../aws/trail_event.ts";
import { type AuditWorld, auditWorld, REGIONS } from "./audit_world.ts";

type AuditDocument = PlanDocument & { readonly findings: readonly AuditFinding[] };

/** One violator in each region, whose owner only CloudTrail knows. */
async function ownerWorld(): Promise<{ world: AuditWorld; id: string }> {
  const world = await auditWorld({
    groups: [{ name: "lone", ageMinutes: 600, tags: { Name: "lone", project: "shop" } }],
  });
  const [account] = world.accounts as [string];
  const [region] = REGIONS;
  const [id] = world.seeded.instances(account, region, "lone") as [string];
  const identity = assumedRole("Deploy", "alice@example.com");
  world.aws.proxy.cloudTrail.add(account, region, instanceEvent("RunInstances", identity, [id]));
  return { world, id };
}

function lookUps({ aws }: AuditWorld): number {
  return aws.proxy.calls.filter(({ action }) => action === "cloudtrail:LookupEvents").length;
}

Deno.test("a report finds out once who launched a violator, and the store remembers it", async () => {
  const { world, id } = await ownerWorld();
  await using _ended = world;
  const first = await world.json<AuditDocument>("audit report");
  const finding = first.findings.find((one) => one.id === id)!;
  assert.equal(finding.owner?.name, "alice@example.com");
  assert.equal(finding.owner?.source, "cloudtrail");
  assert.deepEqual(finding.kinds, ["missing"], "whom it belongs to satisfies no rule");
  assert.equal(lookUps(world), 2, "one for each violator");

  world.aws.proxy.clearCalls();
  const second = await world.json<AuditDocument>("audit plan");
  assert.deepEqual(second.findings.find((one) => one.id === id)?.owner, finding.owner);
  assert.equal(lookUps(world), 0);
});

Deno.test("a plan looks nobody up, and explain only its subject", async () => {
  const { world, id } = await ownerWorld();
  await using _ended = world;
  const plan = await world.json<AuditDocument>("audit plan");
  assert.deepEqual(plan.findings.map(({ owner }) => owner), [null, null]);
  assert.equal(lookUps(world), 0);
  await world.run(`audit explain ${id}`);
  assert.equal(lookUps(world), 1);
});

Deno.test("where CloudTrail may not be asked the run goes on, and the owner is not known", async () => {
  const { world, id } = await ownerWorld();
  await using _ended = world;
  world.aws.proxy.onCall(({ action }) =>
    action === "cloudtrail:LookupEvents"
      ? { kind: "error", code: "AccessDeniedException", status: 400 }
      : undefined
  );
  const { code, stdout, said } = await world.run("audit report --json");
  assert.equal(code, 0, said);
  const { findings } = JSON.parse(stdout) as AuditDocument;
  assert.equal(findings.find((one) => one.id === id)?.owner, null);
  assert.match(said, /the owner could not be looked up/);
});
