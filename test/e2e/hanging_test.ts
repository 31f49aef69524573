import assert from "assert";
import { StartInstancesCommand } from "@aws-sdk/client-ec2";
import { groupsOf } from "./audit_world.ts";
import { callsOf, ladderWorld, spared, stages, tally } from "./ladder_world.ts";

Deno.test("a stop that hangs is no failure, is told after an hour, and nothing else is done to it", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 2) });
  const [hanging] = world.ids("batch-0") as [string];
  const [other] = world.ids("batch-1") as [string];
  const arrive = world.aws.proxy.slowStops();
  await world.apply();
  world.setDay(3.1);
  const stopped = await world.apply();
  assert.deepEqual([stopped.code, tally(stopped.run)], [0, { "ec2:StopInstances done": 2 }]);

  world.setDay(3.12);
  const soon = await world.apply();
  assert.deepEqual([soon.code, soon.run.changes, spared(soon.run)], [0, [], {}]);
  world.setDay(3.2);
  const late = await world.apply();
  assert.deepEqual(late.run.changes, []);
  assert.deepEqual(spared(late.run), { [hanging]: "stop-hangs", [other]: "stop-hangs" });
  assert.match(late.run.spared[0]!.detail, /stop-instances --force/);

  // However long it hangs, it is not terminated while it does.
  world.setDay(20);
  assert.deepEqual((await world.apply()).run.changes, []);
  arrive();
  world.setDay(20.1);
  const ended = await world.apply();
  assert.deepEqual(tally(ended.run), { "ec2:TerminateInstances done": 2 });
});

Deno.test("a termination that takes its time is done, and is not tried again", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  const arrive = world.aws.proxy.slowTerminations();
  for (const day of [0, 3.1]) {
    world.setDay(day);
    await world.apply();
  }
  world.setDay(14.2);
  const ended = await world.apply();
  assert.deepEqual([ended.code, tally(ended.run)], [0, { "ec2:TerminateInstances done": 1 }]);
  world.setDay(14.25);
  world.aws.proxy.clearCalls();
  const next = await world.apply();
  assert.deepEqual([next.code, next.run.changes, stages(next.run)], [0, [], {}]);
  assert.deepEqual(callsOf(world, "ec2:TerminateInstances"), []);
  arrive();
  world.setDay(14.4);
  assert.deepEqual((await world.apply()).run.changes, []);
});

Deno.test("a stop whose answer was lost is settled by what is seen, and made once", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 2) });
  await world.apply();
  world.setDay(3.1);
  world.aws.proxy.onCall(({ action }) =>
    action === "ec2:StopInstances" ? { kind: "lose-answer" } : undefined
  );
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [0, { "ec2:StopInstances done": 2 }]);
});

Deno.test("an instance that was started in the middle of its way is judged as it is", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  const [id] = world.ids("batch-0") as [string];
  await world.apply();
  world.setDay(3.1);
  await world.apply();
  // Its owner starts it between the look and the second look of the run that would terminate it.
  world.setDay(14.2);
  let looks = 0;
  world.aws.proxy.onCall(async ({ action, principal }) => {
    if (action !== "ec2:DescribeInstances" || !principal?.includes("audit-apply")) return undefined;
    if (looks++ === 0) {
      await world.byHand((client) => client.send(new StartInstancesCommand({ InstanceIds: [id] })));
    }
    return undefined;
  });
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [3, { "ec2:TerminateInstances drifted": 1 }]);
  assert.match(run.changes[0]!.error!.message, /The instance is running now/);
  assert.deepEqual(callsOf(world, "ec2:TerminateInstances"), []);
});
