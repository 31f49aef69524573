import assert from "assert";
import { CreateTagsCommand, StartInstancesCommand } from "@aws-sdk/client-ec2";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { isWrite } from "../aws/is_write.ts";
import { groupsOf } from "./audit_world.ts";
import {
  callsOf,
  idOf,
  type LadderWorld,
  ladderWorld,
  named,
  spared,
  stages,
  tally,
} from "./ladder_world.ts";

function writes(world: LadderWorld): string[] {
  return [...new Set(world.aws.proxy.calls.filter(isWrite).map(({ action }) => action))];
}

Deno.test("the ladder marks, stops after three days and terminates after fourteen", async () => {
  await using world = await ladderWorld();
  const violating = [0, 1, 2].flatMap((index) => world.ids(`batch-${index}`)).sort();
  const marked = await world.apply();
  assert.deepEqual([marked.code, tally(marked.run)], [0, { "ec2:CreateTags done": 3 }]);

  // One sighting is not enough, however long ago it was.
  world.setDay(3.1);
  const looked = await world.apply();
  assert.deepEqual(tally(looked.run), { "ec2:StopInstances done": 3 });
  assert.deepEqual(Object.values(stages(looked.run)), Array(3).fill("marked"));

  for (const day of [3.5, 13.9]) {
    world.setDay(day);
    world.aws.proxy.clearCalls();
    const waiting = await world.apply();
    assert.deepEqual([waiting.code, tally(waiting.run), writes(world)], [0, {}, []]);
    assert.deepEqual(Object.values(stages(waiting.run)), Array(3).fill("stopped"));
  }

  world.setDay(14.2);
  world.aws.proxy.clearCalls();
  const terminated = await world.apply();
  assert.deepEqual([terminated.code, tally(terminated.run)], [0, {
    "ec2:TerminateInstances done": 3,
  }]);
  // Only what the plan has: no tag is removed from an instance that is terminated.
  assert.deepEqual(writes(world), ["ec2:TerminateInstances"]);
  assert.deepEqual(callsOf(world, "ec2:TerminateInstances").flatMap(named).sort(), violating);

  for (const day of [14.22, 14.4]) {
    world.setDay(day);
    const after = await world.apply();
    assert.deepEqual([after.code, after.run.changes, stages(after.run)], [0, [], {}]);
  }
});

Deno.test("the journal keeps all that is lost with an instance", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  for (const day of [0, 3.1, 14.2]) {
    world.setDay(day);
    await world.apply();
  }
  const journal = await world.json<JournalEntry[]>("changes");
  assert.deepEqual(journal.map(({ action, outcome }) => `${action} ${outcome}`), [
    "ec2:CreateTags done",
    "ec2:StopInstances done",
    "ec2:TerminateInstances done",
  ]);
  const [mark, stop, end] = journal as [JournalEntry, JournalEntry, JournalEntry];
  const instance = end.before["instance"] as { tags: Record<string, string>; type: string };
  assert.deepEqual(instance.tags, {
    Name: "batch-0",
    project: "shop",
    contact: "carol",
    "groundskeeper-audit": mark.after["value"],
  });
  assert.equal(instance.type, "t3.small");
  assert.equal(end.before["state"], "stopped");
  assert.match(end.reason, /^owner is missing; marked \d{4}-\d\d-\d\d, stopped \d{4}-\d\d-\d\d$/);
  for (const { principal, aws_request_id } of [mark, stop, end]) {
    assert.match(principal, /groundskeeper-audit-apply/);
    assert.notEqual(aws_request_id, null);
  }
});

Deno.test("changes lists all that the store retains, however long that is", async () => {
  await using world = await ladderWorld({
    groups: groupsOf(20, 1),
    store: { retention: "800d" },
  });
  await world.apply();
  world.setDay(450);
  const journal = await world.json<JournalEntry[]>("changes");
  assert.deepEqual(journal.map(({ action }) => action), ["ec2:CreateTags"]);
});

Deno.test("who puts the tags right is unmarked, and begins anew when they break again", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 2) });
  const [id] = world.ids("batch-0") as [string];
  const owner = (Value: string) =>
    world.byHand((client) =>
      client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "owner", Value }] }))
    );
  await world.apply();
  world.setDay(2.9);
  await owner("alice");
  const put = await world.apply();
  assert.deepEqual(put.run.changes.map((one) => [idOf(one), one.action, one.outcome]), [
    [id, "ec2:DeleteTags", "done"],
  ]);
  world.setDay(5);
  await owner("");
  const again = await world.apply();
  const own = again.run.changes.filter((change) => idOf(change) === id);
  assert.deepEqual(own.map(({ action }) => action), ["ec2:CreateTags"]);
  assert.match(String(own[0]!.after["value"]), /^gk1\/stop\//);
  world.setDay(7.9);
  const waiting = await world.apply();
  assert.equal(spared(waiting.run)[id], "marked");
});

Deno.test("an owner who asks for time has it, and no more than is allowed", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 2), audit: { extension: "5d" } });
  const [asking] = world.ids("batch-0") as [string];
  const [greedy] = world.ids("batch-1") as [string];
  const in_ = (days: number) =>
    new Date(world.aws.proxy.now() + days * 86_400_000).toISOString().slice(0, 10);
  const asks = (id: string, Value: string) =>
    world.byHand((client) =>
      client.send(
        new CreateTagsCommand({
          Resources: [id],
          Tags: [{ Key: "groundskeeper-until", Value }],
        }),
      )
    );
  await asks(asking, in_(5));
  await asks(greedy, in_(300));
  await world.apply();
  world.setDay(4);
  assert.deepEqual((await world.apply()).run.changes, []);
  world.setDay(7);
  const first = await world.apply();
  assert.deepEqual(first.run.changes.map(idOf), [asking]);
  world.setDay(8.2);
  const second = await world.apply();
  assert.deepEqual(second.run.changes.map(idOf), [greedy]);
});

Deno.test("who starts what was stopped sees it stopped again, with the whole time before its end", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  const [id] = world.ids("batch-0") as [string];
  await world.apply();
  world.setDay(3.1);
  await world.apply();
  world.setDay(10);
  await world.byHand((client) => client.send(new StartInstancesCommand({ InstanceIds: [id] })));
  const again = await world.apply();
  assert.deepEqual(tally(again.run), { "ec2:StopInstances done": 1 });
  assert.match(again.run.changes[0]!.reason, /started again after it had been stopped/);
  world.setDay(14.2);
  assert.deepEqual((await world.apply()).run.changes, []);
  world.setDay(21.2);
  assert.deepEqual(tally((await world.apply()).run), { "ec2:TerminateInstances done": 1 });
});

Deno.test("run every five minutes, what is untagged for 45 minutes ends ten minutes after its mark", async () => {
  await using world = await ladderWorld({
    groups: [
      ...groupsOf(20, 0),
      { name: "fresh", count: 2, ageMinutes: 37, tags: { Name: "fresh", contact: "carol" } },
    ],
    audit: {
      grace: "45m",
      ladder: [{ after: "0m", do: "mark" }, { after: "10m", do: "terminate" }],
      looks: { count: 2, spacing: "5m" },
    },
  });
  const seen: Record<number, Record<string, number>> = {};
  for (let minute = 0; minute <= 25; minute += 5) {
    // A timer is never quite exact.
    world.setMinute(minute + minute / 100);
    const { code, run } = await world.apply();
    assert.deepEqual([code, run.coverage.proven], [0, 1], `minute ${minute}`);
    // A full report each time: it has every violator past its grace, acted on or not.
    const expected = minute < 10 ? 0 : minute <= 20 ? 2 : 0;
    assert.equal(Object.keys(stages(run)).length, expected, `minute ${minute}`);
    seen[minute] = tally(run);
  }
  assert.deepEqual(seen, {
    0: {},
    5: {},
    10: { "ec2:CreateTags done": 2 },
    15: {},
    20: { "ec2:TerminateInstances done": 2 },
    25: {},
  });
  const documents = [...Deno.readDirSync(`${world.directory}/out`)]
    .filter(({ name }) => name.endsWith(".jsonl"));
  assert.equal(documents.length, 6);
});
