import assert from "assert";
import type { Fate } from "../scripted_job.ts";
import { intentOf } from "../../../../../runners/core/journal/entry.ts";
import { intentWrites } from "../../../../../runners/core/journal/journal.ts";
import { reservationsOf, reserve } from "../../../../../runners/core/limits/reservations.ts";
import { UNBOUNDED } from "../../../../../runners/core/limits/limits.ts";
import { wantedOf } from "../../../../../runners/core/limits/counts.ts";
import { registerRun, watchUnfinished } from "../../../../../runners/core/run/run_register.ts";
import {
  closeUnplanned,
  intentsToSettle,
  settleIntents,
} from "../../../../../runners/core/run/apply/settle.ts";
import type { Store } from "../../../../../runners/core/store/store.ts";
import { ManualClock } from "../../manual_clock.ts";
import { applyAll, applyingOf, journalOf, silent } from "./apply_in_store.ts";
import { planOf, scriptedJob, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

const CRASH = new Date("2026-11-20T11:00:00.000Z");
const LEASE_MS = 15_000;
const READING = { limits: UNBOUNDED, share: false };
const never = new AbortController().signal;

/** Leaves what a run leaves that dies after it has announced all changes of the world. */
async function crash(store: Store, world: World, runId = "run-0"): Promise<void> {
  const run = { run_id: runId, job: "scripted", verb: "apply", slot: "", started: "" };
  await using _ = await registerRun(store, run, LEASE_MS);
  const { changes } = planOf(world.observed(), CRASH);
  await reserve(store, "scripted", READING, () => ({
    run_id: runId,
    at: CRASH.toISOString(),
    share: false,
    examined: [],
    finished: false,
    wanted: wantedOf(changes, scriptedJob(world).countsAs),
  }));
  const of = { job: "scripted", runId, planId: "p", principal: "dead", toolVersion: "" };
  for (const change of changes) {
    await store.write(intentWrites(intentOf(change, { ...of, now: CRASH })));
  }
}

async function settle(
  store: Store,
  world: World,
  dead: readonly string[],
  clock = new ManualClock(),
) {
  const observed = world.observed();
  const { noEffect } = await settleIntents({
    isGone: () => false,
    job: scriptedJob(world),
    store,
    clock,
    log: silent,
    dead: new Set(dead),
    intents: await intentsToSettle(store, "scripted", new Set(dead)),
    observed,
    plan: planOf(observed, clock.now()),
  });
  return noEffect;
}

/** The runs that are dead by the register, as `apply` finds them. */
async function deadRuns(store: Store): Promise<string[]> {
  const clock = new ManualClock();
  const unfinished = await watchUnfinished(store, "scripted", clock, LEASE_MS);
  const dead = unfinished.dead(never);
  await clock.advance(LEASE_MS);
  return [...await dead];
}

const takenBy = async (store: Store, runId: string) => {
  const { reservations } = await reservationsOf(store, "scripted", READING);
  const one = reservations.find(({ run_id }) => run_id === runId);
  return one && {
    finished: one.finished,
    count: one.wanted.reduce((sum, { count }) => sum + count, 0),
  };
};

Deno.test("what a live run has announced is left alone, whatever the world looks like", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    await crash(store, world);
    const before = [
      await journalOf(store),
      await rowsOf(store, "scripted/open-intent"),
      await rowsOf(store, "scripted/run"),
    ];
    assert.equal((await settle(store, world, ["another"])).size, 0);
    const after = [
      await journalOf(store),
      await rowsOf(store, "scripted/open-intent"),
      await rowsOf(store, "scripted/run"),
    ];
    assert.deepEqual(after, before);
    assert.deepEqual(await takenBy(store, "run-0"), { finished: false, count: 1 });
  }));

const endings: readonly {
  title: string;
  value: string;
  unproven?: boolean;
  outcome: string | null;
  noEffect: number;
  open: number;
  taken: { finished: boolean; count: number };
}[] = [
  {
    title: "an effect that carries the dead run's own mark is done",
    value: `clean since ${CRASH.toISOString()}`,
    outcome: "done",
    noEffect: 0,
    open: 0,
    taken: { finished: true, count: 1 },
  },
  {
    title: "a world that stands as before is undone, and left open for this run",
    value: "dirty",
    outcome: null,
    noEffect: 1,
    open: 1,
    taken: { finished: true, count: 0 },
  },
  {
    title: "what cannot be shown to be ours is unknown, and counts",
    value: "clean since somebody else came",
    outcome: "unknown",
    noEffect: 0,
    open: 0,
    taken: { finished: true, count: 1 },
  },
  {
    title: "a place that was not proven is not judged, and the whole reservation counts on",
    value: `clean since ${CRASH.toISOString()}`,
    unproven: true,
    outcome: null,
    noEffect: 0,
    open: 1,
    taken: { finished: false, count: 1 },
  },
];

for (const { title, value, unproven, outcome, noEffect, open, taken } of endings) {
  Deno.test(`settling: ${title}`, () =>
    withStore(async (store) => {
      const world = new World({ "A/east/a": "dirty" });
      await crash(store, world);
      world.set("A/east/a", value);
      if (unproven) world.unproven.push("A/east");
      const left = await settle(store, world, ["run-0"]);
      const [entry] = await journalOf(store);
      assert.equal(entry?.outcome, outcome);
      assert.equal(entry?.run_id, "run-0");
      assert.equal(left.size, noEffect);
      assert.equal((await rowsOf(store, "scripted/open-intent")).length, open);
      assert.deepEqual(await takenBy(store, "run-0"), taken);
      assert.equal((await rowsOf(store, "mark")).length, outcome === "done" ? 1 : 0);
      assert.deepEqual(await deadRuns(store), unproven ? ["run-0"] : [], "the run is buried");
    }));
}

Deno.test("a dead run keeps of its reservation just what had an effect", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty", "A/east/b": "dirty", "A/west/c": "dirty" });
    await crash(store, world);
    world.set("A/west/c", `clean since ${CRASH.toISOString()}`);
    await settle(store, world, ["run-0"]);
    const { reservations } = await reservationsOf(store, "scripted", READING);
    assert.deepEqual(reservations[0]?.wanted, [
      { account: "A", region: "west", kind: "thing:Clean", count: 1 },
    ]);
  }));

for (const fate of ["works", "refused", "cut before"] as const satisfies readonly Fate[]) {
  Deno.test(`an undone change that is made later (${fate}) has exactly one entry`, () =>
    withStore(async (store) => {
      const world = new World({ "A/east/a": "dirty" });
      await crash(store, world);
      const noEffect = await settle(store, world, ["run-0"]);
      world.fates.set("A/east/a", fate);
      const { changes } = planOf(world.observed(), new Date("2026-11-20T12:00:00Z"));
      const applying = applyingOf(world, store, { noEffect });
      const { a } = await applyAll(changes, applying);
      assert.equal(a?.outcome, { works: "done", refused: "failed", "cut before": "unknown" }[fate]);
      const [entry, ...more] = await journalOf(store);
      assert.deepEqual(more, []);
      assert.deepEqual([entry?.run_id, entry?.outcome], ["run-1", a?.outcome]);
      assert.deepEqual(await rowsOf(store, "scripted/open-intent"), []);
    }));
}

Deno.test("an undone change whose target changes in the last second is over", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    await crash(store, world);
    const noEffect = await settle(store, world, ["run-0"]);
    world.drifted.set("A/east/a", "gone");
    const { changes } = planOf(world.observed(), CRASH);
    await applyAll(changes, applyingOf(world, store, { noEffect }));
    assert.deepEqual((await journalOf(store)).map(({ outcome }) => outcome), ["drifted"]);
    assert.deepEqual(await rowsOf(store, "scripted/open-intent"), []);
  }));

Deno.test("an undone change that nobody plans any more is over; one that is planned stays", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty", "A/east/b": "dirty" });
    await crash(store, world);
    const noEffect = await settle(store, world, ["run-0"]);
    world.set("A/east/a", "clean by somebody");
    const closing = { store, job: scriptedJob(world) };
    const plan = planOf(world.observed(), CRASH);
    const time = { now: CRASH, pendingMaxMs: 1 };
    const closed = await closeUnplanned(closing, noEffect, plan, time);
    assert.deepEqual(closed.map(({ run_id, outcome }) => [run_id, outcome]), [["run-0", "failed"]]);
    assert.deepEqual((await journalOf(store)).map(({ outcome, error }) => [outcome, error?.code]), [
      ["failed", "interrupted"],
      [null, undefined],
    ]);
    assert.equal((await rowsOf(store, "scripted/open-intent")).length, 1);
  }));

Deno.test("of two runs that both settle the same dead one, one makes the change", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    await crash(store, world);
    const [first, second] = [
      await settle(store, world, ["run-0"]),
      await settle(store, world, ["run-0"]),
    ];
    const { changes } = planOf(world.observed(), CRASH);
    world.onWrite = async () => {
      world.onWrite = () => {};
      const late = await applyAll(
        changes,
        applyingOf(world, store, { noEffect: second, runId: "2" }),
      );
      assert.equal(late["a"]?.error?.code, "in-progress");
    };
    const { a } = await applyAll(changes, applyingOf(world, store, { noEffect: first }));
    assert.equal(a?.outcome, "done");
    assert.equal((await journalOf(store)).length, 1);
  }));

Deno.test("an undone change that this run did not come to is made by the next one", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    await crash(store, world);
    // This run settles, and then a limit, a person or a signal keeps it from applying.
    assert.equal((await settle(store, world, await deadRuns(store))).size, 1);

    const noEffect = await settle(store, world, await deadRuns(store));
    const { changes } = planOf(world.observed(), CRASH);
    const { a } = await applyAll(changes, applyingOf(world, store, { noEffect, runId: "run-2" }));
    assert.deepEqual([a?.outcome, a?.error], ["done", null]);
    assert.equal((await journalOf(store)).length, 1);
  }));
