import assert from "assert";
import {
  CreateTagsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  ModifyInstanceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { failWith, throttle } from "../aws/faults.ts";
import { groupsOf } from "../e2e/audit_world.ts";
import {
  callsOf,
  type LadderWorld,
  ladderWorld,
  named,
  spared,
  tally,
  violators,
} from "../e2e/ladder_world.ts";

/** Protected instances that fall due after a day, marked already. */
async function due(audit: Record<string, unknown> = {}): Promise<LadderWorld> {
  const world = await ladderWorld({
    groups: [
      ...groupsOf(30, 0),
      violators("guarded", 1, { protected: "termination" }),
      violators("unstoppable", 1, { protected: "stop" }),
      violators("open", 1),
    ],
    audit: {
      protection: "lift",
      ladder: [{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }],
      ...audit,
    },
  });
  await world.apply();
  world.setDay(1.1);
  world.aws.proxy.clearCalls();
  return world;
}

/** Whether an instance is protected: against termination, against stop. */
async function protection(world: LadderWorld, group: string): Promise<boolean[]> {
  const [InstanceId] = world.ids(group);
  return await world.byHand(async (client) => {
    const ask = (Attribute: "disableApiTermination" | "disableApiStop") =>
      client.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
    return [
      (await ask("disableApiTermination")).DisableApiTermination?.Value ?? false,
      (await ask("disableApiStop")).DisableApiStop?.Value ?? false,
    ];
  });
}

/** Which attributes were set to what, in the order of the calls. */
function attributeWrites(world: LadderWorld): string[] {
  return callsOf(world, "ec2:ModifyInstanceAttribute").map(({ parameters }) =>
    Object.entries(parameters).filter(([key]) => key.startsWith("DisableApi"))
      .map(([key, value]) => `${key.split(".")[0]}=${value}`).join()
  );
}

Deno.test("a protection is respected unless the configuration says otherwise", async () => {
  await using world = await due({ protection: "respect" });
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [0, { "ec2:TerminateInstances done": 1 }]);
  const [guarded, unstoppable] = [world.ids("guarded")[0]!, world.ids("unstoppable")[0]!];
  assert.deepEqual(spared(run), { [guarded]: "protected", [unstoppable]: "protected" });
  assert.deepEqual(attributeWrites(world), []);
});

Deno.test("a protection is lifted for what is terminated, and for nothing else", async () => {
  await using world = await due();
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [0, { "ec2:TerminateInstances done": 3 }]);
  assert.deepEqual(attributeWrites(world).sort(), [
    "DisableApiStop=false",
    "DisableApiTermination=false",
  ]);
  const lifted = callsOf(world, "ec2:ModifyInstanceAttribute").flatMap(named).sort();
  assert.deepEqual(lifted, [world.ids("guarded")[0]!, world.ids("unstoppable")[0]!].sort());
});

Deno.test("a termination that AWS refuses leaves every protection as it was", async () => {
  await using world = await due();
  world.aws.proxy.onCall(failWith({ action: "ec2:TerminateInstances" }, "UnauthorizedOperation"));
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [3, { "ec2:TerminateInstances failed": 3 }]);
  assert.deepEqual(await protection(world, "guarded"), [true, false]);
  assert.deepEqual(await protection(world, "unstoppable"), [false, true]);
  assert.deepEqual(await protection(world, "open"), [false, false]);
});

Deno.test("a termination that was throttled to its end is gone on with in the next run", async () => {
  await using world = await due();
  const calm = world.aws.proxy.onCall(throttle({ action: "ec2:TerminateInstances" }));
  const first = await world.apply();
  assert.deepEqual([first.code, tally(first.run)], [3, { "ec2:TerminateInstances unknown": 3 }]);
  calm();
  const second = await world.apply();
  assert.deepEqual([second.code, tally(second.run)], [0, { "ec2:TerminateInstances done": 3 }]);
});

Deno.test("a protection that was lifted in vain is put back where the owner has put the tags right", async () => {
  await using world = await due();
  const calm = world.aws.proxy.onCall(throttle({ action: "ec2:TerminateInstances" }));
  await world.apply();
  assert.deepEqual(await protection(world, "guarded"), [false, false]);
  calm();
  const Tags = [{ Key: "owner", Value: "alice" }];
  const Resources = ["guarded", "unstoppable", "open"].map((group) => world.ids(group)[0]!);
  await world.byHand((client) => client.send(new CreateTagsCommand({ Resources, Tags })));
  const second = await world.apply();
  assert.equal(second.code, 0);
  assert.deepEqual(tally(second.run), {
    "ec2:ModifyInstanceAttribute done": 2,
    "ec2:DeleteTags done": 1,
  });
  assert.deepEqual(await protection(world, "guarded"), [true, false]);
  assert.deepEqual(await protection(world, "unstoppable"), [false, true]);
  const third = await world.apply();
  assert.deepEqual(tally(third.run), { "ec2:DeleteTags done": 2 });
  assert.deepEqual((await world.apply()).run.changes, []);
});

Deno.test("what cannot be put back is said, and put back by the next run that ends it in vain", async () => {
  await using world = await due();
  world.aws.proxy.onCall(failWith({ action: "ec2:TerminateInstances" }, "UnauthorizedOperation"));
  const stop = world.aws.proxy.onCall(failWith({
    action: "ec2:ModifyInstanceAttribute",
    where: ({ parameters }) => Object.values(parameters).includes("true"),
  }, "UnauthorizedOperation"));
  const first = await world.apply();
  assert.deepEqual(tally(first.run), { "ec2:TerminateInstances failed": 3 });
  const said = first.run.changes.map(({ error }) => error!.message)
    .filter((message) => message.includes("could not be taken back"));
  assert.equal(said.length, 2);
  stop();
  const { code, run } = await world.apply();
  assert.equal(code, 3);
  assert.deepEqual(tally(run), { "ec2:TerminateInstances failed": 3 });
  assert.deepEqual(await protection(world, "guarded"), [true, false]);
  assert.deepEqual(await protection(world, "unstoppable"), [false, true]);
});

Deno.test("what is still lifted when lifting is forbidden is told until it is set by hand", async () => {
  await using world = await due();
  const calm = world.aws.proxy.onCall(throttle({ action: "ec2:TerminateInstances" }));
  await world.apply();
  calm();
  world.configure({ protection: "respect" });
  const [guarded, unstoppable] = [world.ids("guarded")[0]!, world.ids("unstoppable")[0]!];
  const told = await world.apply();
  assert.deepEqual([told.code, tally(told.run)], [0, { "ec2:TerminateInstances done": 1 }]);
  assert.deepEqual(spared(told.run), {
    [guarded]: "protection-lifted",
    [unstoppable]: "protection-lifted",
  });
  await world.byHand(async (client) => {
    const set = (InstanceId: string, attribute: "DisableApiTermination" | "DisableApiStop") =>
      client.send(
        new ModifyInstanceAttributeCommand({ InstanceId, [attribute]: { Value: true } }),
      );
    await set(guarded, "DisableApiTermination");
    await set(unstoppable, "DisableApiStop");
  });
  const back = await world.apply();
  assert.deepEqual(spared(back.run), { [guarded]: "protected", [unstoppable]: "protected" });
});

Deno.test("a protection that cannot be read is taken for one", async () => {
  await using world = await due();
  const [guarded] = world.ids("guarded") as [string];
  world.aws.proxy.onCall(failWith({
    action: "ec2:DescribeInstanceAttribute",
    where: (call) => named(call).includes(guarded),
  }, "UnauthorizedOperation"));
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [0, { "ec2:TerminateInstances done": 2 }]);
  assert.equal(spared(run)[guarded], "protection-unread");
});

Deno.test("an instance whose protection is refused to be lifted keeps it, and the others are terminated", async () => {
  await using world = await due();
  const [guarded] = world.ids("guarded") as [string];
  world.aws.proxy.onCall(failWith({
    action: "ec2:ModifyInstanceAttribute",
    where: (call) => named(call).includes(guarded),
  }, "UnauthorizedOperation"));
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [3, {
    "ec2:TerminateInstances done": 2,
    "ec2:TerminateInstances failed": 1,
  }]);
  const { Reservations = [] } = await world.byHand((client) =>
    client.send(new DescribeInstancesCommand({ InstanceIds: [guarded] }))
  );
  assert.equal(Reservations[0]?.Instances?.[0]?.State?.Name, "running");
  assert.deepEqual(await protection(world, "guarded"), [true, false]);
});
