import assert from "assert";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { always } from "../aws/faults.ts";
import { type AuditWorld, auditWorld, groupsOf } from "./audit_world.ts";

const BUDGET = {
  limits: {
    perRun: { count: 10, percent: 100 },
    perAccount: { count: 10 },
    rollingDay: { count: 10 },
  },
};

function marksSet(world: AuditWorld): number {
  return world.aws.proxy.calls.filter(({ action, status }) =>
    action === "ec2:CreateTags" && status === 200
  ).length;
}

Deno.test("--account A and then --account B share one budget", async () => {
  await using world = await auditWorld({
    groups: groupsOf(20, 3),
    accounts: 2,
    enforced: [0, 1],
    audit: { limits: { ...BUDGET.limits, rollingDay: { count: 100 } } },
  });
  const [a, b] = world.accounts;
  const first = await world.run(`audit apply --yes --account ${a}`);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(marksSet(world), 6);
  const second = await world.json<RunDocument>(`audit apply --yes --account ${b}`);
  assert.deepEqual(second.refused, {
    limit: "limits.perRun.count",
    value: 10,
    would: 12,
    reserved: 6,
    scope: null,
  });
  assert.equal(marksSet(world), 6);
  // The plan foresees it, with the same exit code.
  assert.equal((await world.run(`audit plan --account ${b}`)).code, 4);
});

Deno.test("two runs at the same time stay within one budget", async () => {
  await using world = await auditWorld({
    groups: groupsOf(20, 3),
    accounts: 2,
    enforced: [0, 1],
    audit: BUDGET,
  });
  const [a, b] = world.accounts;
  // Both have observed before either writes: the first to reserve is held at its first write.
  const held = Promise.withResolvers<void>();
  let holding = false;
  world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "ec2:CreateTags" || holding) return undefined;
    holding = true;
    await held.promise;
    return undefined;
  });
  const release = ({ code }: { code: number }) => {
    held.resolve();
    return code;
  };
  const codes = await Promise.all([
    world.run(`audit apply --yes --account ${a}`).then(release),
    world.run(`audit apply --yes --account ${b}`).then(release),
  ]);
  assert.deepEqual(codes.sort(), [0, 4]);
  assert.equal(marksSet(world), 6);
});

Deno.test("two runs over the same instances make each change once", async () => {
  await using world = await auditWorld({ groups: groupsOf(20, 3), accounts: 1 });
  const runs = await Promise.all([
    world.json<RunDocument>("audit apply --yes"),
    world.json<RunDocument>("audit apply --yes"),
  ]);
  const outcomes = Map.groupBy(runs.flatMap(({ changes }) => changes), ({ id }) => id);
  for (const [id, changes] of outcomes) {
    assert.equal(changes.filter(({ outcome }) => outcome === "done").length, 1, id);
  }
  const journal = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(journal.map(({ outcome }) => outcome), Array(6).fill("done"));
});

Deno.test("a limit refuses the whole run, and says which and by how much", async () => {
  await using world = await auditWorld({ groups: groupsOf(20, 6), accounts: 1, audit: BUDGET });
  const refused = await world.run("audit apply --yes");
  assert.equal(refused.code, 4);
  assert.match(
    refused.stdout.replaceAll("\n", " "),
    /Refused: this run would mark 12 instances; audit\.limits\.perRun\.count allows 10\. Nothing was changed/,
  );
  assert.equal(marksSet(world), 0);
  const lowered = await world.run("audit plan --max-changes 3 --region us-east-1");
  assert.equal(lowered.code, 4);
  assert.match(lowered.stdout, /--max-changes allows 3/);
  // A flag lowers a limit and never raises it.
  assert.equal((await world.run("audit plan --max-changes 500")).code, 4);
});

Deno.test("a run that failed gives back what it did not use", async () => {
  await using world = await auditWorld({ groups: groupsOf(20, 3), accounts: 1, audit: BUDGET });
  const stop = world.aws.proxy.onCall(
    always({ action: "ec2:CreateTags" }, { kind: "error", code: "UnauthorizedOperation" }),
  );
  const failed = await world.json<RunDocument>("audit apply --yes");
  assert.deepEqual(failed.changes.map(({ outcome }) => outcome), Array(6).fill("failed"));
  assert.equal(failed.changes[0]?.error?.code, "UnauthorizedOperation");
  stop();
  assert.equal((await world.run("audit apply --yes")).code, 0);
  assert.equal(marksSet(world), 6);
});
