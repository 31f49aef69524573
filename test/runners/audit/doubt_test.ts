import assert from "assert";
import { trippedBreakers } from "../../../runners/audit/breakers.ts";
import { type Figures, type Level, nextLevel } from "../../../runners/audit/levels.ts";
import { configOf, DEV, NOW, YESTERDAY } from "./world.ts";

/** Figures are believed after they were doubted for a day, and no worse figures. */

const config = configOf({ required: [{ key: "owner" }] });
const BEFORE: Level = { listed: 100, examined: 100, violating: 5, at: "2026-11-01T12:00:00.000Z" };
const DOUBTED_AT = new Date(YESTERDAY);

const doubt = (level: Level, seen: Figures, now = DOUBTED_AT) =>
  nextLevel(level, { seen, doubted: true, allowed: config.breakers }, now);

const trips = (level: Level, seen: Figures, now = NOW) =>
  trippedBreakers(
    [{
      account: DEV,
      region: "us-east-1",
      name: "dev",
      canary: "disabled",
      isCanaryNew: false,
      isDenied: false,
      asked: 0,
      disagreeing: 0,
      seen,
      explained: 0,
      level,
    }],
    config,
    now,
    true,
  ).map(({ limit }) => limit).filter((limit, index, all) => all.indexOf(limit) === index);

const jumped: Figures = { listed: 100, examined: 100, violating: 40 };

Deno.test("a share of violators that stays for a day is believed", () => {
  const level = doubt(BEFORE, jumped);
  assert.deepEqual(trips(level, jumped, new Date(NOW.getTime() - 1)), ["breakers.ratioJump"]);
  assert.deepEqual(trips(level, jumped), []);
});

Deno.test("a share of violators that has grown far beyond what was doubted is not believed", () => {
  const level = doubt(BEFORE, jumped);
  assert.deepEqual(trips(level, { ...jumped, violating: 100 }), ["breakers.ratioJump"]);
});

Deno.test("a doubt about violators says nothing about instances that vanish a day later", () => {
  const level = doubt(BEFORE, jumped);
  assert.deepEqual(
    trips(level, { listed: 5, examined: 5, violating: 1 }),
    ["breakers.populationDrop"],
  );
});

Deno.test("what looks worse than what was doubted is doubted for a day of its own", () => {
  const worse = { ...jumped, violating: 100 };
  const level = doubt(doubt(BEFORE, jumped), worse, NOW);
  const tomorrow = NOW.getTime() + 86_400_000;
  assert.deepEqual(trips(level, worse, new Date(tomorrow - 1)), ["breakers.ratioJump"]);
  assert.deepEqual(trips(level, worse, new Date(tomorrow)), []);
});

Deno.test("a region that has shrunk for good is believed after a day, whatever else it shows then", () => {
  const shrunk: Figures = { listed: 40, examined: 40, violating: 30 };
  const level = doubt(doubt(BEFORE, shrunk), shrunk, new Date(NOW.getTime() - 3_600_000));
  assert.deepEqual(trips(level, shrunk), []);
});

Deno.test("a doubt that is still to come was written by a wrong clock and begins anew", () => {
  const level = doubt(BEFORE, jumped, new Date("2036-01-01T00:00:00Z"));
  assert.equal(doubt(level, jumped, NOW).doubted_since, NOW.toISOString());
});

Deno.test("a night in which groups scale in is no worse than what was doubted", () => {
  const shrunk: Figures = { listed: 60, examined: 60, violating: 0, managed: 40 };
  const level = doubt({ ...BEFORE, managed: 40, listed: 140 }, shrunk);
  assert.deepEqual(trips(level, { ...shrunk, listed: 20, managed: 0 }), []);
  assert.deepEqual(trips(level, { ...shrunk, listed: 45, managed: 40 }), [
    "breakers.populationDrop",
  ]);
});
