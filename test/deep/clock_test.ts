import assert from "assert";
import { isWrite } from "../aws/is_write.ts";
import { groupsOf } from "../e2e/audit_world.ts";
import { canaryWorld, makeCanaries } from "../e2e/canary_world.ts";
import { ladderWorld, spared, tally } from "../e2e/ladder_world.ts";

const MINUTE_MS = 60_000;

for (const minutes of [-10, 10, 60 * 24 * 30]) {
  Deno.test(`a clock that is ${minutes} minutes off AWS's terminates nothing`, async () => {
    await using world = await ladderWorld({ groups: groupsOf(30, 2) });
    await world.apply();
    world.setDay(20);
    await world.apply();
    world.setDay(40);
    const AHEAD = "GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS";
    const env = { [AHEAD]: String((40 * 24 * 60 + minutes) * MINUTE_MS) };
    world.aws.proxy.clearCalls();
    const { code, said } = await world.run("audit apply --yes", { env });
    assert.equal(code, 1);
    assert.match(said, /clock is .* (behind|ahead of) AWS's.*Nothing was changed/);
    assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  });
}

Deno.test("after a machine that slept for a year the ladder begins anew: nobody looked, and that is no notice", async () => {
  await using world = await ladderWorld({ groups: groupsOf(30, 1) });
  await world.apply();
  world.setDay(365);
  const woken = await world.apply();
  assert.deepEqual(tally(woken.run), { "ec2:CreateTags done": 1 });
  world.setDay(367.5);
  assert.deepEqual((await world.apply()).run.changes, []);
  world.setDay(368.5);
  assert.deepEqual(tally((await world.apply()).run), { "ec2:StopInstances done": 1 });
});

Deno.test("clocks that go back shorten no deadline, and make no second mark", async () => {
  await using world = await ladderWorld({ groups: groupsOf(30, 1) });
  world.setDay(2);
  await world.apply();
  for (const day of [0, 1, 2, 4.9]) {
    world.setDay(day);
    const { code, run } = await world.apply();
    assert.deepEqual([code, run.changes, run.breakers], [0, [], []], `day ${day}`);
    assert.deepEqual(Object.values(spared(run)), ["marked"]);
  }
  world.setDay(5.2);
  assert.deepEqual(tally((await world.apply()).run), { "ec2:StopInstances done": 1 });
});

Deno.test("canary apply is refused by a clock that is off, too", async () => {
  await using world = await canaryWorld();
  world.aws.proxy.setClock(10 * MINUTE_MS);
  const { code, said } = await world.run("audit canary apply --yes");
  assert.equal(code, 1, said);
  assert.match(said, /clock is .* behind AWS's.*Nothing was changed/);
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  world.aws.proxy.setClock(0);
  assert.deepEqual((await makeCanaries(world)).map(({ outcome }) => outcome), ["created"]);
});
