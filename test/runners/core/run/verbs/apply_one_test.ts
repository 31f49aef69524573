import assert from "assert";
import { intentOf } from "../../../../../runners/core/journal/entry.ts";
import { intentWrites } from "../../../../../runners/core/journal/journal.ts";
import { reservationsOf } from "../../../../../runners/core/limits/reservations.ts";
import type { RunRecord } from "../../../../../runners/core/report/sink.ts";
import { registerRun, type RunRow } from "../../../../../runners/core/run/run_register.ts";
import { applyOne, planOne } from "../../../../../runners/core/run/verbs/apply_one.ts";
import type { Store } from "../../../../../runners/core/store/store.ts";
import { flowingClock, journalOf, UNLIMITED } from "../apply/apply_in_store.ts";
import { contextOf, type ScriptedContext, type Told } from "../run_context.ts";
import { changeOf, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

const PATH = "111111111111/east/a";

type Scene = Told & { readonly store: Store };

function scene(work: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    withStore(async (store, path) => {
      const clock = flowingClock();
      clock.flowsUpToMs = 15_000;
      await work({ store, path, clock, world: new World({ [PATH]: "dirty" }) });
    });
}

/** Plans, and makes the first change of the plan. */
async function applyFirst(context: ScriptedContext, store: Store) {
  const known = await planOne(context, store);
  return await applyOne(context, store, known, known.plan.changes[0]!);
}

const runRows = async (store: Store) =>
  (await rowsOf(store, "scripted/run")).map(({ value }) => value as unknown as RunRow);

Deno.test(
  "one change has a run of its own, the budget and the journal, and no record",
  scene(async ({ store, ...told }) => {
    const published: RunRecord[] = [];
    const ended = await applyFirst(contextOf({ ...told, published }), store);
    assert.deepEqual([ended.outcome, ended.refused, ended.error], ["done", null, null]);
    assert.deepEqual((await journalOf(store)).map(({ run_id, outcome }) => [run_id, outcome]), [
      ["run-1", "done"],
    ]);
    assert.deepEqual((await runRows(store)).map((row) => [row.verb, row.exit_code]), [[
      "serve",
      0,
    ]]);
    assert.deepEqual(await rowsOf(store, "scripted/open-run"), []);
    const { reservations } = await reservationsOf(store, "scripted", { ...UNLIMITED, share: true });
    assert.deepEqual(reservations.map(({ finished, wanted }) => [finished, wanted.length]), [
      [true, 1],
    ]);
    assert.equal((await rowsOf(store, "look")).length, 1);
    assert.deepEqual(published, []);
  }),
);

Deno.test(
  "a limit refuses it: nothing is written, and the run says so",
  scene(async ({ store, ...told }) => {
    const none = { config: { limits: { ...UNLIMITED.limits, perRun: { count: 0 } } } };
    const { refused, outcome } = await applyFirst(contextOf({ ...told, part: none }), store);
    assert.deepEqual([refused?.limit, outcome], ["limits.perRun.count", null]);
    assert.deepEqual(told.world.calls, []);
    assert.deepEqual((await runRows(store)).map(({ exit_code }) => exit_code), [4]);
  }),
);

Deno.test(
  "many at once draw on one budget, and none passes it",
  scene(async ({ store, ...told }) => {
    const paths = Array.from({ length: 8 }, (_, at) => `111111111111/east/${at}`);
    for (const path of paths) told.world.set(path, "dirty");
    told.world.set(PATH, "clean");
    const bound = { limits: { ...UNLIMITED.limits, perRun: { count: 3 } } };
    const ended = await Promise.all(paths.map(async (_, at) => {
      const context = contextOf({ ...told, part: { config: bound, runId: `run-${at}` } });
      const known = await planOne(context, store);
      const change = known.plan.changes.find(({ target }) => target.endsWith(`/${at}`))!;
      return await applyOne(context, store, known, change);
    }));
    assert.deepEqual(ended.filter(({ outcome }) => outcome === "done").length, 3);
    assert.deepEqual(ended.filter(({ refused }) => refused !== null).length, 5);
    assert.equal(paths.filter((path) => told.world.get(path) !== "dirty").length, 3);
  }),
);

/** Leaves what a run leaves that is killed when it has announced the change. */
async function announced(store: Store): Promise<void> {
  const before = new Date("2026-11-20T11:00:00.000Z");
  const of = { job: "scripted", principal: "p", planId: "p", toolVersion: "" };
  const entry = intentOf(changeOf(PATH, "dirty", before), { ...of, runId: "run-0", now: before });
  const row = { run_id: "run-0", job: "scripted", verb: "serve", slot: "", started: "" };
  await using _ = await registerRun(store, row, 15_000);
  await store.write(intentWrites(entry));
}

Deno.test(
  "a change that a dead run has announced is settled first, and made under the same entry",
  scene(async ({ store, ...told }) => {
    await announced(store);
    const ended = await applyFirst(contextOf(told), store);
    assert.equal(ended.outcome, "done");
    assert.deepEqual((await journalOf(store)).map(({ run_id, outcome }) => [run_id, outcome]), [
      ["run-1", "done"],
    ]);
    assert.deepEqual((await runRows(store)).map(({ summary }) => summary["died"] ?? false), [
      true,
      false,
    ]);
  }),
);

Deno.test(
  "a change that a dead run has made needs nothing more: there is nothing to wait for",
  scene(async ({ store, ...told }) => {
    await announced(store);
    told.world.set(PATH, "clean since 2026-11-20T11:00:00.000Z");
    const { plan } = await planOne(contextOf(told), store);
    assert.deepEqual([plan.changes, told.clock.monotonicMs()], [[], 0]);
  }),
);

Deno.test(
  "what a run has reserved that died before it announced anything is free for the next try",
  scene(async ({ store, ...told }) => {
    const bound = { config: { limits: { ...UNLIMITED.limits, perRun: { count: 1 } } } };
    const dying = contextOf({ ...told, part: { ...bound, runId: "run-0" } });
    dying.job.withdrawn = () => Promise.reject(new Error("the machine is gone"));
    await assert.rejects(applyFirst(dying, store), /the machine is gone/);
    const ended = await applyFirst(contextOf({ ...told, part: bound }), store);
    assert.deepEqual([ended.refused, ended.outcome], [null, "done"]);
  }),
);

Deno.test(
  "hooks are told before and after",
  scene(async ({ store, ...told }) => {
    const context = contextOf(told);
    const heard: string[] = [];
    context.job.tell = ({ outcomes }) => {
      heard.push(outcomes === null ? "before" : "after");
      return Promise.resolve();
    };
    await applyFirst(context, store);
    assert.deepEqual(heard, ["before", "after"]);
  }),
);
