import assert from "assert";
import { applyVerb } from "../../../../../runners/core/run/verbs/apply_verb.ts";
import { planVerb } from "../../../../../runners/core/run/verbs/plan_verb.ts";
import { reportVerb } from "../../../../../runners/core/run/verbs/report_verb.ts";
import { reservationsOf } from "../../../../../runners/core/limits/reservations.ts";
import { intentOf } from "../../../../../runners/core/journal/entry.ts";
import { intentWrites } from "../../../../../runners/core/journal/journal.ts";
import { registerRun } from "../../../../../runners/core/run/run_register.ts";
import type { Store } from "../../../../../runners/core/store/store.ts";
import { flowingClock, journalOf, UNLIMITED } from "../apply/apply_in_store.ts";
import { contextOf, type Told } from "../run_context.ts";
import { changeOf, planOf, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

type Scene = Told & { readonly store: Store };

const DIRTY = "111111111111/east/dirty";
const WORN = "111111111111/east/worn";

/** A world with a thing to change, and one of Groundskeeper's own to keep up. */
function scene(work: (scene: Scene) => Promise<void>, dirty = true): () => Promise<void> {
  return () =>
    withStore(async (store, path) => {
      const world = new World({ [WORN]: "worn", ...(dirty ? { [DIRTY]: "dirty" } : {}) });
      await work({ store, path, world, clock: flowingClock() });
    });
}

const names = (items: readonly { readonly target: string }[]) =>
  items.map(({ target }) => target.split("/").at(-1));
const isWorn = (world: World) => world.get(WORN) === "worn";
const limited = (count: number) => ({
  config: { limits: { ...UNLIMITED.limits, perRun: { count } } },
});

Deno.test(
  "upkeep is made after the changes, under its own role, and stands in the journal",
  scene(async ({ store, ...told }) => {
    const { run } = await applyVerb(contextOf(told));
    assert.deepEqual(told.world.calls.filter((call) => call.startsWith("write")), [
      `write ${DIRTY}`,
      `write ${WORN}`,
    ]);
    assert.deepEqual(run?.ownWrites.map(({ outcome }) => outcome), ["done"]);
    const entries = await journalOf(store);
    assert.deepEqual(
      entries.map(({ action, outcome, principal }) => [action, outcome, principal]).sort(),
      [
        ["thing:Clean", "done", "arn:aws:sts::111111111111:assumed-role/apply/run"],
        ["thing:Polish", "done", "arn:aws:sts::111111111111:assumed-role/keeper/run"],
      ],
    );
    assert.equal((await rowsOf(store, "mark")).length, 2, "its rows are written too");
  }),
);

Deno.test(
  "upkeep is never among the changes, nor in their number",
  scene(async ({ store: _, ...told }) => {
    const { plan, run } = await applyVerb(contextOf(told));
    assert.deepEqual([names(plan.changes), plan.totals.changes], [["dirty"], 1]);
    assert.deepEqual(names(run!.changes), ["dirty"]);
  }),
);

Deno.test(
  "upkeep draws on no limit and is not reserved",
  scene(async ({ store, ...told }) => {
    const { run, exitCode } = await applyVerb(contextOf({ ...told, part: limited(1) }));
    assert.deepEqual([run?.ownWrites[0]?.outcome, exitCode], ["done", 0]);
    const { reservations } = await reservationsOf(store, "scripted", {
      ...UNLIMITED,
      share: false,
    });
    assert.deepEqual(reservations[0]?.wanted.map(({ kind, count }) => [kind, count]), [
      ["thing:Clean", 1],
    ]);
  }),
);

Deno.test(
  "upkeep alone is made under a limit of nothing, and without a question",
  scene(async ({ store: _, ...told }) => {
    const part = { ...limited(0), confirm: () => assert.fail("asked") };
    const { run, exitCode } = await applyVerb(
      contextOf({ ...told, options: { yes: false }, part }),
    );
    assert.deepEqual([run?.ownWrites[0]?.outcome, exitCode], ["done", 0]);
  }, false),
);

Deno.test(
  "upkeep is not made where a limit refuses the changes",
  scene(async ({ store, ...told }) => {
    const { run, exitCode } = await applyVerb(contextOf({ ...told, part: limited(0) }));
    assert.equal(exitCode, 4);
    assert.deepEqual(run?.ownWrites.map(({ outcome }) => outcome), [null]);
    assert.deepEqual([isWorn(told.world), await journalOf(store)], [true, []]);
  }),
);

for (const dirty of [true, false]) {
  Deno.test(
    `upkeep is not made where a breaker tripped, with ${dirty ? "a" : "no"} change to refuse`,
    scene(async ({ store, ...told }) => {
      told.world.tripped.push("breakers.ratioJump");
      const { run } = await applyVerb(contextOf(told));
      assert.deepEqual(run?.ownWrites.map(({ outcome }) => outcome), [null]);
      assert.deepEqual([isWorn(told.world), await journalOf(store)], [true, []]);
    }, dirty),
  );
}

for (const yes of [true, false]) {
  Deno.test(
    `where the person says ${yes ? "yes" : "no"}, upkeep is ${yes ? "" : "not "}made`,
    scene(async ({ store: _, ...told }) => {
      const part = { confirm: () => Promise.resolve(yes) };
      await applyVerb(contextOf({ ...told, options: { yes: false }, part }));
      assert.equal(isWorn(told.world), !yes);
    }),
  );
}

Deno.test(
  "upkeep that fails is told, and makes of the run one that was done in part",
  scene(async ({ store: _, ...told }) => {
    told.world.fates.set(WORN, "refused");
    const { run, exitCode } = await applyVerb(contextOf(told));
    assert.deepEqual(run?.ownWrites.map(({ outcome, error }) => [outcome, error?.code]), [
      ["failed", "access-denied"],
    ]);
    assert.equal(exitCode, 3);
  }),
);

Deno.test(
  "plan and report keep nothing up",
  scene(async ({ store, ...told }) => {
    assert.equal((await planVerb(contextOf(told))).run, null);
    assert.deepEqual((await reportVerb(contextOf(told))).run?.ownWrites, []);
    assert.deepEqual([isWorn(told.world), await journalOf(store)], [true, []]);
  }),
);

Deno.test(
  "after a signal no upkeep is begun",
  scene(async ({ store: _, ...told }) => {
    const stop = new AbortController();
    told.world.onWrite = () => stop.abort();
    const { run } = await applyVerb(contextOf({ ...told, part: { signal: stop.signal } }));
    assert.deepEqual(run?.ownWrites.map(({ outcome }) => outcome), ["skipped"]);
    assert.ok(isWorn(told.world));
  }),
);

/** Leaves what a run leaves that dies between the intent of its upkeep and the outcome. */
async function dieBefore({ store, world }: Scene, effect: boolean): Promise<void> {
  const at = new Date("2026-11-20T11:00:00.000Z");
  const run = { run_id: "run-0", job: "scripted", verb: "apply", slot: "", started: "" };
  await using _ = await registerRun(store, run, 15_000);
  const [change] = planOf(world.observed(), at).ownWrites;
  const of = { job: "scripted", runId: "run-0", planId: "p", principal: "dead", toolVersion: "" };
  await store.write(intentWrites(intentOf(change!, { ...of, now: at })));
  if (effect) world.set(WORN, String(changeOf(WORN, "worn", at).after["value"]));
}

for (const effect of [true, false]) {
  Deno.test(
    `upkeep of a run that died ${effect ? "after" : "before"} its write is settled by the next`,
    scene(async (scene) => {
      const { store, ...told } = scene;
      await dieBefore(scene, effect);
      const { run } = await applyVerb(contextOf({ ...told, part: { leaseMs: 0 } }));
      const entries = await journalOf(store);
      assert.deepEqual(entries.map(({ run_id, outcome }) => [run_id, outcome]), [
        [effect ? "run-0" : "run-1", "done"],
      ], "one entry, whoever brought it to its end");
      assert.deepEqual(run?.ownWrites.map(({ outcome }) => outcome), effect ? [] : ["done"]);
      assert.deepEqual(await rowsOf(store, "scripted/open-intent"), []);
    }, false),
  );
}

Deno.test(
  "upkeep of a dead run that is wanted no more is closed",
  scene(async (scene) => {
    const { store, ...told } = scene;
    await dieBefore(scene, false);
    const context = contextOf({ ...told, part: { leaseMs: 0 } });
    const job = {
      ...context.job,
      plan: (planning: Parameters<typeof context.job.plan>[0]) => ({
        ...context.job.plan(planning),
        ownWrites: [],
      }),
    };
    await applyVerb({ ...context, job });
    assert.deepEqual((await journalOf(store)).map(({ outcome, error }) => [outcome, error?.code]), [
      ["failed", "interrupted"],
    ]);
  }, false),
);
