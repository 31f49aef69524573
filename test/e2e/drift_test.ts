import assert from "assert";
import { CreateTagsCommand, StopInstancesCommand } from "@aws-sdk/client-ec2";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { groupsOf } from "./audit_world.ts";
import {
  callsOf,
  type LadderWorld,
  ladderWorld,
  named,
  outcomes,
  tally,
  violators,
} from "./ladder_world.ts";

const QUICK = [{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }] as const;

/** Does something when the run begins to apply, before it reads the instances again. */
function beforeSecondLook(world: LadderWorld, work: () => Promise<unknown>): void {
  let done = false;
  world.aws.proxy.onCall(async ({ action, parameters }) => {
    const begins = action === "sts:AssumeRole" && parameters["RoleArn"]?.includes("audit-apply");
    if (done || !begins) return undefined;
    done = true;
    await work();
    return undefined;
  });
}

const tag = (world: LadderWorld, id: string, Key: string, Value: string) =>
  world.byHand((client) =>
    client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }))
  );

/** Three instances that are due to be terminated. */
async function due(): Promise<{ world: LadderWorld; ids: readonly string[] }> {
  const world = await ladderWorld({
    groups: [...groupsOf(20, 0), violators("due", 3)],
    audit: { ladder: QUICK },
  });
  await world.apply();
  world.setDay(1.1);
  world.aws.proxy.clearCalls();
  return { world, ids: [...world.ids("due")].sort() };
}

interface DriftCase {
  readonly name: string;
  readonly change: (world: LadderWorld, id: string) => Promise<unknown>;
  readonly says: RegExp;
}

const CHANGED: readonly DriftCase[] = [
  {
    name: "whose tags are put right",
    change: (world, id) => tag(world, id, "owner", "alice"),
    says: /Its tags have changed since they were read/,
  },
  {
    name: "whose owner asks for time",
    change: (world, id) => tag(world, id, "groundskeeper-until", "2099-01-01"),
    says: /Its tags have changed since they were read/,
  },
  {
    name: "whose mark is altered",
    change: (world, id) => tag(world, id, "groundskeeper-audit", "gk1/mark/x"),
    says: /Its tags have changed since they were read/,
  },
  {
    name: "that is taken into a cluster",
    change: (world, id) => tag(world, id, "kubernetes.io/cluster/prod", "owned"),
    says: /It is managed by EKS cluster prod now/,
  },
  {
    name: "that somebody has stopped",
    change: (world, id) =>
      world.byHand((client) => client.send(new StopInstancesCommand({ InstanceIds: [id] }))),
    says: /The instance is stop(ping|ped) now/,
  },
];

for (const { name, change, says } of CHANGED) {
  Deno.test(`an instance ${name} between the plan and its termination lives, and the others are terminated`, async () => {
    const { world, ids } = await due();
    await using _ended = world;
    const [changed, ...others] = ids as [string, ...string[]];
    beforeSecondLook(world, () => change(world, changed));
    const { code, run } = await world.apply();
    assert.equal(code, 3);
    assert.deepEqual(outcomes(run), {
      [changed]: "drifted",
      ...Object.fromEntries(others.map((id) => [id, "done"])),
    });
    assert.match(run.changes.find(({ outcome }) => outcome === "drifted")!.error!.message, says);
    assert.deepEqual(callsOf(world, "ec2:TerminateInstances").flatMap(named).sort(), others);
  });
}

for (
  const [source, other] of [
    ["ec2:DescribeTags", "tagSet"],
    ["ec2:DescribeInstances", "tagSet"],
  ] as const
) {
  Deno.test(`both sources are read again seconds before a batch: ${source} that tells otherwise then stops it`, async () => {
    const { world } = await due();
    await using _ended = world;
    world.aws.proxy.rewrite({
      appliesTo: ({ action, principal }) =>
        action === source && (principal?.includes("audit-apply") ?? false),
      rewrite: (body) =>
        body.replaceAll(new RegExp(`<${other}>.*?</${other}>`, "gs"), `<${other}/>`),
    });
    const { code, run } = await world.apply();
    assert.deepEqual([code, tally(run)], [3, { "ec2:TerminateInstances drifted": 3 }]);
    assert.match(run.changes[0]!.error!.message, /DescribeInstances and DescribeTags differ/);
    assert.deepEqual(callsOf(world, "ec2:TerminateInstances"), []);
  });
}

Deno.test("a plan file narrows terminations to what was agreed to and still stands", async () => {
  const { world, ids } = await due();
  await using _ended = world;
  await world.run("audit plan --out out");
  const planned = JSON.parse(
    await Deno.readTextFile(`${world.directory}/out/audit-plan.json`),
  ) as PlanDocument;
  assert.deepEqual(
    planned.changes.map(({ action }) => action),
    Array(3).fill("ec2:TerminateInstances"),
  );
  const [fixed, ...others] = ids as [string, ...string[]];
  await tag(world, fixed, "owner", "alice");
  world.aws.proxy.clearCalls();
  const { code, run } = await world.apply("--plan out/audit-plan.json");
  assert.equal(code, 3);
  // To unmark it is a new change, which nobody has agreed to.
  assert.deepEqual(outcomes(run), {
    [fixed]: "drifted",
    ...Object.fromEntries(others.map((id) => [id, "done"])),
  });
  assert.deepEqual(callsOf(world, "ec2:TerminateInstances").flatMap(named).sort(), others);
  world.aws.proxy.clearCalls();
  const again = await world.apply("--plan out/audit-plan.json");
  assert.equal(again.code, 3);
  assert.deepEqual(outcomes(again.run), {
    [fixed]: "drifted",
    ...Object.fromEntries(others.map((id) => [id, "skipped"])),
  });
  assert.deepEqual(callsOf(world, "ec2:TerminateInstances"), []);
});
