import assert from "assert";
import { ModifyInstanceAttributeCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import type { Call } from "../aws/call_log.ts";
import { groupsOf } from "./audit_world.ts";
import {
  type AuditRun,
  callsOf,
  idOf,
  type LadderWorld,
  ladderWorld,
  named,
  spared,
  tally,
  violators,
} from "./ladder_world.ts";

/** More than a batch in one zone, two in another, and one of each kind that cannot be stopped. */
function fifty(ladder?: readonly unknown[]): Promise<LadderWorld> {
  return ladderWorld({
    groups: [
      ...groupsOf(20, 0),
      violators("old", 52),
      violators("elsewhere", 2, { zone: "b" }),
      violators("spot", 1, { spot: true }),
      violators("store", 1, { rootDevice: "instance-store" }),
      violators("guarded", 1, { protected: "stop" }),
    ],
    audit: { managed: "include", ...(ladder ? { ladder } : {}) },
  });
}

const protect = (InstanceId: string, attribute: "DisableApiStop" | "DisableApiTermination") =>
  new ModifyInstanceAttributeCommand({ InstanceId, [attribute]: { Value: true } });

/**
 * Does something at the moment of the first complete batch of an action, before AWS sees it. The few of
 * the other zone may be first.
 */
function atFirst(
  world: LadderWorld,
  action: string,
  work: (ids: readonly string[]) => Promise<void>,
): void {
  let done = false;
  world.aws.proxy.onCall(async (call) => {
    if (call.action !== action || done || named(call).length < 50) return undefined;
    done = true;
    await work(named(call));
    return undefined;
  });
}

/** Each call names at most fifty, all of one zone; what AWS accepted, it accepted once. */
function assertBatches(world: LadderWorld, calls: readonly Call[]): void {
  const elsewhere = new Set(world.ids("elsewhere"));
  for (const call of calls) {
    const ids = named(call);
    assert.ok(ids.length <= 50, `${ids.length} in one call`);
    assert.equal(new Set(ids.map((id) => elsewhere.has(id))).size, 1, "two zones in one call");
  }
  const accepted = calls.filter(({ status }) => status === 200).flatMap(named);
  assert.equal(new Set(accepted).size, accepted.length);
}

/** All instances of a write were read again seconds before it, with the others of its batch. */
function assertLookedAgain(world: LadderWorld, action: string): void {
  let looked = new Set<string>();
  for (const call of world.aws.proxy.calls) {
    if (!call.principal?.includes("audit-apply")) continue;
    if (call.action === "ec2:DescribeInstances") looked = new Set(Object.values(call.parameters));
    if (call.action !== action) continue;
    assert.deepEqual(named(call).filter((id) => !looked.has(id)), []);
  }
}

function errorsOf({ changes }: AuditRun): Record<string, string> {
  return Object.fromEntries(
    changes.filter(({ error }) => error !== null)
      .map((change) => [idOf(change), change.error!.message.split(":")[0]!]),
  );
}

Deno.test("one of fifty that is gone and one that is protected since do not keep the others from being stopped", async () => {
  await using world = await fifty();
  assert.deepEqual(tally((await world.apply()).run), { "ec2:CreateTags done": 57 });
  world.setDay(3.1);
  let gone = "";
  let guarded = "";
  atFirst(world, "ec2:StopInstances", async (ids) => {
    [gone, guarded] = [ids[10]!, ids[40]!];
    await world.byHand(async (client) => {
      await client.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
      await client.send(protect(guarded, "DisableApiStop"));
    });
    world.aws.proxy.forgetTerminated({ account: world.account });
  });
  world.aws.proxy.clearCalls();
  const { code, run } = await world.apply();
  assert.equal(code, 3);
  assert.deepEqual(
    tally(run),
    { "ec2:StopInstances done": 52, "ec2:StopInstances failed": 2 },
    JSON.stringify(errorsOf(run)),
  );
  assert.deepEqual(errorsOf(run), {
    [gone]: "InvalidInstanceID.NotFound",
    [guarded]: "OperationNotPermitted",
  });
  const spot = world.ids("spot")[0]!;
  const store = world.ids("store")[0]!;
  const known = world.ids("guarded")[0]!;
  assert.deepEqual(
    [spared(run)[spot], spared(run)[store], spared(run)[known]],
    ["cannot-stop", "cannot-stop", "protected"],
  );
  const calls = callsOf(world, "ec2:StopInstances");
  assertBatches(world, calls);
  assertLookedAgain(world, "ec2:StopInstances");
  // Halves, down to the one: not a call for each of the fifty.
  const elsewhere = new Set(world.ids("elsewhere"));
  const here = calls.map(named).filter(([id]) => !elsewhere.has(id!));
  assert.deepEqual(here.map((ids) => ids.length).slice(0, 3), [50, 25, 13]);
  assert.ok(calls.length < 25, `${calls.length} calls`);

  // The next run has nothing left but the one that is protected now.
  world.aws.proxy.clearCalls();
  const next = await world.apply();
  assert.deepEqual([next.code, next.run.changes], [0, []]);
  assert.equal(spared(next.run)[guarded], "protected");
});

Deno.test("one of fifty that was protected since keeps nobody else from being terminated, and each batch is read again for itself", async () => {
  await using world = await fifty([{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }]);
  await world.apply();
  world.setDay(1.1);
  let guarded = "";
  atFirst(world, "ec2:TerminateInstances", async (ids) => {
    guarded = ids[5]!;
    await world.byHand((client) => client.send(protect(guarded, "DisableApiTermination")));
  });
  world.aws.proxy.clearCalls();
  const { code, run } = await world.apply();
  assert.equal(code, 3);
  // Spot and instance store can be terminated, where they cannot be stopped.
  assert.deepEqual(tally(run), {
    "ec2:TerminateInstances done": 55,
    "ec2:TerminateInstances failed": 1,
  }, JSON.stringify(errorsOf(run)));
  assert.deepEqual(errorsOf(run), { [guarded]: "OperationNotPermitted" });
  assert.equal(spared(run)[world.ids("guarded")[0]!], "protected");
  assertBatches(world, callsOf(world, "ec2:TerminateInstances"));
  assertLookedAgain(world, "ec2:TerminateInstances");
  world.setDay(1.3);
  assert.deepEqual((await world.apply()).run.changes, []);
});
