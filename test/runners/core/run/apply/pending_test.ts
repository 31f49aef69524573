import assert from "assert";
import type { Polled } from "../../../../../runners/core/job.ts";
import type { ReservationReading } from "../../../../../runners/core/limits/reservations.ts";
import { reservationsOf } from "../../../../../runners/core/limits/reservations.ts";
import { DAY_MS } from "../../../../../runners/core/duration.ts";
import { StoreError } from "../../../../../runners/core/errors.ts";
import type { RunOptions } from "../../../../../runners/core/run/context.ts";
import { applyVerb } from "../../../../../runners/core/run/verbs/apply_verb.ts";
import { planVerb } from "../../../../../runners/core/run/verbs/plan_verb.ts";
import { reportVerb } from "../../../../../runners/core/run/verbs/report_verb.ts";
import type { Store } from "../../../../../runners/core/store/store.ts";
import { flowingClock, journalOf, UNLIMITED } from "./apply_in_store.ts";
import { contextOf, type Told } from "../run_context.ts";
import { type ScriptedJob, sessionOf, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

const PATH = "111111111111/east/a";
const READING: ReservationReading = { ...UNLIMITED, share: false };

type Scene = Told & {
  readonly store: Store;
  /** A context of a run that begins so many days later. */
  later(runId: string, days?: number, options?: Partial<RunOptions>): ReturnType<typeof contextOf>;
};

/** A store that has a pending change of an earlier run, `run-1`. */
function pendingScene(work: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    withStore(async (store, path) => {
      const world = new World({ [PATH]: "dirty" });
      const clock = flowingClock();
      world.fates.set(PATH, "takes days");
      const told = { world, path, clock };
      const { run, exitCode } = await applyVerb(contextOf(told));
      assert.deepEqual([run?.changes.map(({ outcome }) => outcome), exitCode], [["pending"], 0]);
      world.fates.delete(PATH);
      world.calls.length = 0;
      const later: Scene["later"] = (runId, days = 0, options = {}) => {
        void clock.advance(days * DAY_MS);
        return contextOf({ ...told, options, part: { runId } });
      };
      await work({ ...told, store, later });
    });
}

const entryOf = async (store: Store) => {
  const [entry, ...others] = await journalOf(store);
  assert.deepEqual(others, []);
  return entry!;
};

const spentOf = async (store: Store) =>
  (await reservationsOf(store, "scripted", READING)).reservations.map((one) => (
    { run: one.run_id, finished: one.finished, wanted: one.wanted.length }
  ));

Deno.test(
  "a write that AWS is still at is pending: exit 0, with its token, its lock and its reservation",
  pendingScene(async ({ store }) => {
    const { outcome, token, finished_at, aws_request_id } = await entryOf(store);
    assert.deepEqual([outcome, token, finished_at], ["pending", `token of ${PATH}`, null]);
    assert.equal(aws_request_id, `request of ${PATH}`);
    assert.equal((await rowsOf(store, "scripted/open-intent")).length, 1);
    assert.deepEqual(await spentOf(store), [{ run: "run-1", finished: false, wanted: 1 }]);
    const books = await rowsOf(store, "book");
    assert.deepEqual(books.map(({ value }) => value), [{ outcome: "pending" }]);
  }),
);

Deno.test(
  "plan shows what is pending, asks nothing, stores nothing, and does not plan it again",
  pendingScene(async ({ store, world, later }) => {
    const before = await journalOf(store);
    const { plan, exitCode } = await planVerb(later("run-2", 1));
    assert.equal(exitCode, 0);
    assert.deepEqual(plan.changes, []);
    assert.deepEqual(plan.pending.map(({ run_id, action, reason }) => [run_id, action, reason]), [
      ["run-1", "thing:Clean", "it is dirty"],
    ]);
    assert.deepEqual(world.calls, []);
    assert.deepEqual(await journalOf(store), before);
  }),
);

for (const [verb, run] of [["report", reportVerb], ["apply", applyVerb]] as const) {
  const ends: readonly (readonly [string, Polled, string, number, string | null])[] = [
    ["has ended well", { verdict: "done" }, "done", 0, null],
    [
      "has failed",
      { verdict: "failed", error: { code: "terminated", message: "It was terminated" } },
      "failed",
      3,
      "terminated",
    ],
    ["is gone", { verdict: "unknown", detail: "AWS does not list it" }, "unknown", 3, "not-seen"],
  ];
  for (const [what, polled, outcome, code, error] of ends) {
    Deno.test(
      `${verb} asks for a pending change that ${what}, before it plans: exit ${code}`,
      pendingScene(async ({ store, world, later }) => {
        world.polls.set(PATH, polled);
        world.set(PATH, "clean at last");
        const { run: result, exitCode } = await run(later("run-2", 1));
        assert.equal(exitCode, code);
        assert.deepEqual(world.calls, [`poll token of ${PATH}`]);
        assert.deepEqual(
          result?.settled.map((
            { run_id, outcome, error },
          ) => [run_id, outcome, error?.code ?? null]),
          [["run-1", outcome, error]],
        );
        const entry = await entryOf(store);
        assert.deepEqual([entry.run_id, entry.outcome, entry.error?.code ?? null], [
          "run-1",
          outcome,
          error,
        ]);
        assert.deepEqual(await rowsOf(store, "scripted/open-intent"), []);
        // What failed had no effect, and is free again.
        const wanted = outcome === "failed" ? 0 : 1;
        assert.deepEqual((await spentOf(store)).find(({ run }) => run === "run-1"), {
          run: "run-1",
          finished: true,
          wanted,
        });
        assert.deepEqual(await rowsOf(store, "scripted/open-run"), []);
        // It is told once.
        const { run: next, exitCode: after } = await run(later("run-3"));
        assert.deepEqual([next?.settled, after], [[], 0]);
      }),
    );
  }
}

Deno.test(
  "a change that AWS is still at stays pending for a week, and is unknown after it: told once",
  pendingScene(async ({ store, world, later }) => {
    const { run, exitCode } = await reportVerb(later("run-2", 6));
    assert.deepEqual([run?.settled, exitCode], [[], 0]);
    world.set(PATH, "clean");
    const ended = await reportVerb(later("run-3", 1.01));
    assert.equal(ended.exitCode, 3);
    assert.match(
      ended.run!.settled[0]!.error!.message,
      /not ended within 7 days \(plans\.pendingMax\)/,
    );
    assert.equal((await entryOf(store)).outcome, "unknown");
  }),
);

Deno.test(
  "a change that cannot be asked about stays pending, and is asked about by the next run",
  pendingScene(async ({ store, world, later }) => {
    world.polls.set(PATH, Object.assign(new Error("Rate exceeded"), { name: "Throttling" }));
    const { run, exitCode } = await reportVerb(later("run-2"));
    assert.deepEqual([run?.settled, exitCode], [[], 0]);
    assert.equal((await entryOf(store)).outcome, "pending");
    world.polls.set(PATH, { verdict: "done" });
    assert.equal((await reportVerb(later("run-3"))).run?.settled.length, 1);
  }),
);

Deno.test(
  "two runs that ask at once settle it once",
  pendingScene(async ({ store, world, later }) => {
    world.polls.set(PATH, { verdict: "failed", error: { code: "x", message: "It failed" } });
    world.set(PATH, "clean");
    const ended = await Promise.all(
      ["run-2", "run-3", "run-4"].map((runId) => reportVerb(later(runId))),
    );
    assert.equal(ended.flatMap(({ run }) => run?.settled ?? []).length, 1);
    assert.deepEqual(ended.map(({ exitCode }) => exitCode).sort(), [0, 0, 3]);
    assert.equal((await entryOf(store)).outcome, "failed");
  }),
);

Deno.test(
  "a run that is narrowed to another account asks nothing about it",
  pendingScene(async ({ world, later }) => {
    world.polls.set(PATH, { verdict: "done" });
    await reportVerb(later("run-2", 0, { accounts: ["222222222222"] }));
    assert.deepEqual(world.calls, []);
  }),
);

Deno.test(
  "with a wrong clock nothing is asked: how long it is pending could not be told",
  pendingScene(async ({ store, world, clock, path, later: _ }) => {
    world.polls.set(PATH, { verdict: "done" });
    await reportVerb(contextOf({ world, clock, path, clockSkewMs: 600_000, part: { runId: "2" } }));
    assert.deepEqual(world.calls, []);
    assert.equal((await entryOf(store)).outcome, "pending");
  }),
);

Deno.test(
  "its reservation counts until it is settled, days later too",
  pendingScene(async ({ world, store, later }) => {
    world.set("222222222222/east/b", "dirty");
    const limits = { ...UNLIMITED.limits, perRun: { count: 1 } };
    const bound = (runId: string, days: number) => ({
      ...later(runId, days),
      config: { limits },
    });
    const refused = await applyVerb(bound("run-2", 3));
    assert.deepEqual([refused.plan.refused?.reserved, refused.exitCode], [1, 4]);
    world.polls.set(PATH, { verdict: "done" });
    world.set(PATH, "clean");
    const { run } = await applyVerb(bound("run-3", 1));
    assert.deepEqual(run?.changes.map(({ outcome }) => outcome), ["done"]);
    assert.deepEqual((await spentOf(store)).map(({ finished }) => finished), [true, true]);
  }),
);

Deno.test(
  "what failed is planned again by the run that learns it, under an entry of its own",
  pendingScene(async ({ world, store, later }) => {
    world.polls.set(PATH, { verdict: "failed", error: { code: "x", message: "It failed" } });
    const { run, exitCode } = await applyVerb(later("run-2", 1));
    assert.deepEqual(run?.changes.map(({ outcome }) => outcome), ["done"]);
    assert.equal(exitCode, 3);
    assert.deepEqual((await journalOf(store)).map(({ run_id, outcome }) => [run_id, outcome]), [
      ["run-1", "failed"],
      ["run-2", "done"],
    ]);
  }),
);

Deno.test(
  "it is asked by the observing role of its account, and by no other",
  pendingScene(async ({ world, later }) => {
    const asked: string[] = [];
    const context = later("run-2");
    const sessions = await context.sessions();
    world.set(PATH, "clean");
    await applyVerb({
      ...context,
      sessions: () =>
        Promise.resolve({
          ...sessions,
          clockSkewMs: 0,
          identity: () => sessions.identity(),
          member: (account: Parameters<typeof sessionOf>[0], role: string) => {
            asked.push(`${account.id} ${role}`);
            return sessionOf(account, role);
          },
        }),
    });
    assert.deepEqual(asked, ["111111111111 observe"]);
  }),
);

Deno.test(
  "a pending change that cannot be asked about for too long is unknown, with why",
  pendingScene(async ({ store, world, later }) => {
    world.polls.set(PATH, Object.assign(new Error("not authorized"), { name: "AccessDenied" }));
    world.set(PATH, "clean");
    const { exitCode } = await reportVerb(later("run-2", 8));
    assert.equal(exitCode, 3);
    assert.match((await entryOf(store)).error!.message, /pendingMax\): it cannot be asked about: /);
  }),
);

Deno.test(
  "a report whose store takes no settlement still publishes, and is done in part",
  pendingScene(async ({ store, world, later }) => {
    world.polls.set(PATH, { verdict: "done" });
    const context = later("run-2");
    const opened = await context.openStore();
    const refuse = () => Promise.reject(new StoreError("The disk is full"));
    const { exitCode, written } = await reportVerb({
      ...context,
      openStore: () =>
        Promise.resolve({
          get: (kind, id) => opened.get(kind, id),
          list: (kind, prefix) => opened.list(kind, prefix),
          close: () => opened.close(),
          write: refuse,
          writeEach: refuse,
        }),
    });
    assert.deepEqual([exitCode, written], [3, ["memory"]]);
    assert.equal((await entryOf(store)).outcome, "pending");
  }),
);

Deno.test(
  "a write that AWS knows by its client token stays open if its answer is lost, and is made again as it was announced",
  () =>
    withStore(async (store, path) => {
      const world = new World({ [PATH]: "dirty" });
      const clock = flowingClock();
      const contextAt = (runId: string) => {
        const context = contextOf({ world, path, clock, part: { runId } });
        const { batching, settle } = context.job;
        const job: ScriptedJob = {
          ...context.job,
          batching: (change) => ({ ...batching(change), repeatable: true }),
          settle: (intent, observed, plan) => {
            const settled = settle(intent, observed, plan);
            return settled.verdict === "noEffect" ? { ...settled, asAnnounced: true } : settled;
          },
        };
        return { ...context, job };
      };
      world.fates.set(PATH, "cut before");
      const first = await applyVerb(contextAt("run-1"));
      assert.deepEqual(first.run?.changes.map(({ outcome }) => outcome), ["unknown"]);
      assert.equal(first.exitCode, 3);
      const announced = await entryOf(store);
      assert.equal(announced.outcome, null);
      world.fates.delete(PATH);
      void clock.advance(DAY_MS);
      const second = await applyVerb(contextAt("run-2"));
      assert.deepEqual(second.run?.changes.map(({ outcome }) => outcome), ["done"]);
      const entry = await entryOf(store);
      assert.deepEqual([entry.outcome, entry.after], ["done", announced.after]);
      assert.equal(world.get(PATH), String(announced.after["value"]));
    }),
);
