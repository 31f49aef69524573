import assert from "assert";
import type { RunOptions } from "../../../../../runners/core/run/context.ts";
import type { RunRecord } from "../../../../../runners/core/report/sink.ts";
import { applyVerb } from "../../../../../runners/core/run/verbs/apply_verb.ts";
import { planVerb } from "../../../../../runners/core/run/verbs/plan_verb.ts";
import {
  refusedChangesOf,
  refusedRows,
} from "../../../../../runners/core/run/end/refused_changes.ts";
import { reportVerb } from "../../../../../runners/core/run/verbs/report_verb.ts";
import { type RunRow, runsOf } from "../../../../../runners/core/run/run_register.ts";
import type { Store } from "../../../../../runners/core/store/store.ts";
import { reservationsOf } from "../../../../../runners/core/limits/reservations.ts";
import { flowingClock, journalOf, UNLIMITED } from "../apply/apply_in_store.ts";
import { contextOf, type Told } from "../run_context.ts";
import { changeOf, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

type Scene = Told & { readonly store: Store };

/** A store, a clock, and a world of three dirty things in two accounts. */
function scene(work: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    withStore(async (store, path) => {
      const world = new World({
        "111111111111/east/a": "dirty",
        "111111111111/east/b": "dirty",
        "222222222222/east/c": "dirty",
      });
      await work({ store, path, world, clock: flowingClock() });
    });
}

const outcomes = (run: { changes: readonly { outcome: string | null }[] } | null) =>
  run?.changes.map(({ outcome }) => outcome);
const limited = (count: number) => ({
  config: { limits: { ...UNLIMITED.limits, perRun: { count } } },
});

const refused: readonly (readonly [string, Partial<RunOptions>, RegExp])[] = [
  ["--as-of", { asOf: new Date() }, /^--as-of shows a hypothetical plan, and apply acts on/],
  ["--snapshot", { snapshotDirectory: "x" }, /^--snapshot shows a hypothetical plan/],
  ["neither --yes nor a terminal", { yes: false }, /there is no terminal to ask: say --yes$/],
];

for (const [title, options, message] of refused) {
  Deno.test(
    `apply with ${title} is refused before anything is opened`,
    scene(async ({ store, ...told }) => {
      const part = { openStore: () => assert.fail("opened"), sessions: () => assert.fail("asked") };
      const context = contextOf({ ...told, options, part });
      await assert.rejects(applyVerb(context), { name: "UsageError", message });
      assert.deepEqual(await rowsOf(store, "scripted/run"), []);
    }),
  );
}

Deno.test(
  "apply makes the changes, tells and publishes what was done, and keeps the books",
  scene(async ({ store, ...told }) => {
    const published: RunRecord[] = [];
    const { run, exitCode, written } = await applyVerb(contextOf({ ...told, published }));
    assert.deepEqual(outcomes(run), ["done", "done", "done"]);
    assert.equal(exitCode, 0);
    assert.deepEqual(written, ["memory"]);
    assert.deepEqual(published.map(({ runId }) => runId), ["run-1"]);
    const { reservations } = await reservationsOf(store, "scripted", {
      ...UNLIMITED,
      share: false,
    });
    assert.deepEqual(reservations.map(({ finished, wanted }) => [finished, wanted.length]), [
      [true, 2],
    ]);
    const [row] = (await rowsOf(store, "scripted/run")).map(({ value }) =>
      value as unknown as RunRow
    );
    assert.deepEqual([row?.finished, row?.exit_code], ["2026-11-20T12:00:00.000Z", 0]);
    assert.deepEqual(row?.summary["outcomes"], {
      done: 3,
      pending: 0,
      failed: 0,
      drifted: 0,
      skipped: 0,
      unknown: 0,
    });
  }),
);

Deno.test(
  "a limit refuses the whole run: nothing is written, exit 4",
  scene(async ({ store, ...told }) => {
    const { run, plan, exitCode } = await applyVerb(contextOf({ ...told, part: limited(2) }));
    assert.equal(exitCode, 4);
    assert.deepEqual(plan.refused, {
      limit: "limits.perRun.count",
      value: 2,
      would: 3,
      reserved: 0,
      scope: null,
    });
    assert.deepEqual(outcomes(run), [null, null, null]);
    assert.deepEqual(told.world.calls, []);
    assert.deepEqual(await journalOf(store), []);
    assert.deepEqual(await rowsOf(store, "scripted/reservation"), []);
  }),
);

Deno.test(
  "what a limit refused is kept, with the total and what is not proven; a report keeps none",
  scene(async ({ store, ...told }) => {
    const { world } = told;
    world.places["333333333333/east"] = {};
    world.unproven.push("333333333333/east");
    await reportVerb(contextOf({ ...told, part: { ...limited(2), runId: "run-1" } }));
    assert.deepEqual(await refusedChangesOf(store, "scripted", "run-1"), []);
    await applyVerb(contextOf({ ...told, part: { ...limited(2), runId: "run-2" } }));
    const refused = await refusedChangesOf(store, "scripted", "run-2");
    assert.deepEqual(refused.map(({ account, kind, reason }) => [account, kind, reason]).sort(), [
      ["111111111111", "thing:Clean", "it is dirty"],
      ["111111111111", "thing:Clean", "it is dirty"],
      ["222222222222", "thing:Clean", "it is dirty"],
    ]);
    const unproven = {
      total: 1,
      places: [
        { account: "333333333333", region: "east", reason: "throttled", detail: "Throttling" },
      ],
    };
    const kept = (await Array.fromAsync(runsOf(store, "scripted"))).map(({ summary }) => [
      summary["refused_changes"],
      summary["unproven"],
    ]);
    assert.deepEqual(kept, [[undefined, unproven], [3, unproven]]);
  }),
);

Deno.test("of what a limit refused the first thousand are kept", () => {
  const changes = Array.from(
    { length: 1_001 },
    (_, index) => changeOf(`111111111111/east/thing-${index}`, "dirty", new Date(0)),
  );
  const rows = refusedRows("scripted", "run-1", changes);
  assert.equal(rows.length, 1_000);
  assert.deepEqual(new Set(rows.map(({ expires }) => expires)), new Set(["retained"]));
});

Deno.test(
  "--account A and then --account B share one budget",
  scene(async ({ store: _, ...told }) => {
    const of = (account: string, runId: string) =>
      contextOf({ ...told, options: { accounts: [account] }, part: { ...limited(2), runId } });
    // The scripted world is observed whole; the limit counts what the first run has done.
    const { world } = told;
    world.set("222222222222/east/c", "clean already");
    assert.equal((await applyVerb(of("111111111111", "run-1"))).exitCode, 0);
    world.set("222222222222/east/c", "dirty");
    const second = await applyVerb(of("222222222222", "run-2"));
    assert.equal(second.exitCode, 4);
    assert.equal(second.plan.refused?.reserved, 2);
  }),
);

Deno.test(
  "what a run could not do it gives back to the budget",
  scene(async ({ store, ...told }) => {
    told.world.fates.set("111111111111/east/a", "refused");
    told.world.fates.set("222222222222/east/c", "cut before");
    const { run, exitCode } = await applyVerb(contextOf(told));
    assert.deepEqual(outcomes(run), ["failed", "done", "unknown"]);
    assert.equal(exitCode, 3);
    const { reservations } = await reservationsOf(store, "scripted", {
      ...UNLIMITED,
      share: false,
    });
    assert.deepEqual(reservations[0]?.wanted, [
      { account: "111111111111", region: "east", kind: "thing:Clean", count: 1 },
      { account: "222222222222", region: "east", kind: "thing:Clean", count: 1 },
    ]);
  }),
);

Deno.test(
  "a clock that is too far off AWS's applies nothing",
  scene(async ({ store, ...told }) => {
    await assert.rejects(applyVerb(contextOf({ ...told, clockSkewMs: -360_000 })), {
      name: "AwsAccessError",
      code: "clock",
      message:
        "This machine's clock is 6 minutes behind AWS's. Deadlines would be wrong: set the " +
        "clock, and run this again. Nothing was changed",
    });
    assert.deepEqual(told.world.calls, []);
    assert.deepEqual(await journalOf(store), []);
  }),
);

for (const yes of [true, false]) {
  Deno.test(
    `a person who says ${yes ? "yes" : "no"} to the plan that was shown`,
    scene(async ({ store: _, ...told }) => {
      const shown: number[] = [];
      const confirm = (plan: { changes: readonly unknown[] }) => {
        shown.push(plan.changes.length);
        return Promise.resolve(yes);
      };
      const context = contextOf({ ...told, options: { yes: false }, part: { confirm } });
      const { run, exitCode } = await applyVerb(context);
      assert.deepEqual(shown, [3]);
      assert.deepEqual(outcomes(run), Array(3).fill(yes ? "done" : null));
      assert.equal(exitCode, 0);
    }),
  );
}

Deno.test(
  "what was withdrawn while a person was asked is not made, and its budget is given back",
  scene(async ({ store, ...told }) => {
    const context = contextOf({ ...told });
    const withdrawn = (_: unknown, [first]: readonly { id: string }[]) =>
      Promise.resolve(new Map([[first!.id, "alice wants to keep it"]]));
    const job = { ...context.job, withdrawn };
    const { run, exitCode } = await applyVerb({ ...context, job });
    assert.deepEqual(outcomes(run), ["skipped", "done", "done"]);
    const [change] = run!.changes;
    assert.deepEqual(change?.error, { code: "withdrawn", message: "alice wants to keep it" });
    assert.equal(exitCode, 3);
    const { reservations } = await reservationsOf(store, "scripted", {
      ...UNLIMITED,
      share: false,
    });
    const taken = reservations.flatMap(({ wanted }) => wanted.map(({ count }) => count));
    assert.equal(taken.reduce((sum, count) => sum + count, 0), 2);
    assert.equal((await journalOf(store)).length, 2);
  }),
);

Deno.test(
  "apply --plan does what stands equal, and tells what no longer stands",
  scene(async ({ store: _, ...told }) => {
    const folder = await Deno.makeTempDir();
    try {
      const options = { outDirectory: folder };
      const { planFile } = await planVerb(contextOf({ ...told, options }));
      told.world.set("111111111111/east/a", "clean by itself");
      told.world.set("111111111111/east/new", "dirty");
      const narrowed = contextOf({ ...told, options: { planFile } });
      const { run, exitCode } = await applyVerb(narrowed);
      assert.deepEqual(run?.changes.map(({ target, outcome }) => [target.split("/")[1], outcome]), [
        ["a", "drifted"],
        ["b", "done"],
        ["c", "done"],
      ]);
      assert.equal(exitCode, 3);
      assert.equal(told.world.get("111111111111/east/new"), "dirty");
      const again = await applyVerb({ ...narrowed, runId: "run-2" });
      assert.deepEqual(again.run?.changes.map(({ outcome }) => outcome), ["drifted"]);
      assert.deepEqual(again.aside?.map(({ outcome, error }) => [outcome, error?.code]), [
        ["skipped", "already-made"],
        ["skipped", "already-made"],
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }),
);

Deno.test(
  "a change of a dead run that a limit held back is made by the run after",
  scene(async ({ store, ...told }) => {
    const { world } = told;
    // The first run dies between its intent and its write.
    const dying: Store = { ...bound(store), close: () => {} };
    world.onWrite = () => {
      throw Object.assign(new Error("killed"), { $metadata: { httpStatusCode: 400 } });
    };
    const write = dying.write;
    let alive = true;
    dying.write = (writes) => {
      alive &&= !writes.some(({ kind, value }) =>
        kind === "scripted/open-intent" && value === undefined
      );
      return alive ? write(writes) : Promise.reject(new Error("killed"));
    };
    const killed = contextOf({ ...told, part: { openStore: () => Promise.resolve(dying) } });
    await assert.rejects(applyVerb(killed), { message: "killed" });
    world.onWrite = () => {};
    // With a lease of nothing, a run that does not beat this very moment is dead.
    const next = (runId: string, part: object) =>
      applyVerb(contextOf({ ...told, part: { runId, leaseMs: 0, ...part } }));
    assert.equal((await next("run-2", limited(0))).exitCode, 4);
    assert.deepEqual(outcomes((await next("run-3", {})).run), ["done", "done", "done"]);
  }),
);

function bound(store: Store): { -readonly [Key in keyof Store]: Store[Key] } {
  return {
    get: (kind, id) => store.get(kind, id),
    list: (kind, prefix) => store.list(kind, prefix),
    write: (writes) => store.write(writes),
    writeEach: (writes, signal) => store.writeEach(writes, signal),
    close: () => store.close(),
  };
}
