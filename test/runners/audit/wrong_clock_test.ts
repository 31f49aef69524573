import assert from "assert";
import { Fleet } from "./fleet.ts";
import { anInstance, configOf, DEV, idOf } from "./world.ts";

/** What a run with a wrong clock leaves neither hurries the ladder nor stops it for good. */

const enforced = configOf({
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  ladder: [{ after: "7d", do: "mark" }, { after: "10d", do: "stop" }],
  limits: {
    perRun: { count: 100, percent: 100 },
    perAccount: { count: 100 },
    rollingDay: { count: 100 },
  },
});

const ONE = idOf(1);

function fleet(): Fleet {
  const world = new Fleet();
  const protection = { termination: false, stop: false };
  world.east = [anInstance(1, { created: "2025-01-01T00:00:00.000Z", protection })];
  return world;
}

Deno.test("a report whose clock is behind does not make an instance known for longer", async () => {
  const world = fleet();
  const now = 24 * 30;
  world.clockSkewMs = -now * 3_600_000;
  await world.report(enforced).catch(() => {});
  await world.pass(now);
  world.clockSkewMs = 0;
  await world.apply(enforced);
  assert.deepEqual(world.effects, []);
});

Deno.test("a report whose clock is ahead does not keep the ladder from going on", async () => {
  const world = fleet();
  await world.pass(24 * 365);
  world.clockSkewMs = 24 * 365 * 3_600_000;
  await world.report(enforced).catch(() => {});
  await world.pass(-24 * 365);
  world.clockSkewMs = 0;
  await world.apply(enforced);
  await world.pass(24 * 7 + 1);
  await world.apply(enforced);
  await world.pass(24 * 3 + 1);
  await world.apply(enforced);
  assert.deepEqual(world.effects, [`mark ${ONE}`, `stop ${ONE}`]);
});
