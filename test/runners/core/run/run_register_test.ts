import assert from "assert";
import type { Store } from "../../../../runners/core/store/store.ts";
import {
  closeRun,
  registerRun,
  type RunRow,
  runsOf,
  watchUnfinished,
} from "../../../../runners/core/run/run_register.ts";
import { everybody, ManualClock } from "../manual_clock.ts";
import { withStore } from "./store_in_folder.ts";

const LEASE_MS = 15_000;
const never = new AbortController().signal;
const run = (run_id: string) => ({
  run_id,
  job: "audit",
  verb: "apply",
  slot: "2026-11-20T12:00:00.000Z",
  started: "2026-11-20T12:00:00.000Z",
});

/** Runs `work` with beats that the test gives, in place of the machine's timer. */
async function withBeats(
  work: (beat: () => Promise<void>, everyMs: () => number[]) => Promise<void>,
): Promise<void> {
  const { setInterval: set, clearInterval: clear } = globalThis;
  const timers = new Map<number, { beat: () => void; ms: number }>();
  let next = 1;
  const fake = {
    setInterval: (beat: () => void, ms: number) => (timers.set(next, { beat, ms }), next++),
  };
  Object.assign(globalThis, fake, { clearInterval: (id: number) => timers.delete(id) });
  try {
    await work(async () => {
      for (const { beat } of timers.values()) beat();
      await everybody();
    }, () => [...timers.values()].map(({ ms }) => ms));
  } finally {
    Object.assign(globalThis, { setInterval: set, clearInterval: clear });
  }
}

const rowOf = async (store: Store, id: string) =>
  (await store.get("audit/run", id))?.value as unknown as RunRow;
const beatOf = async (store: Store, id: string) => (await store.get("audit/open-run", id))?.value;

Deno.test("a run is registered before it works, and not finished", () =>
  withStore((store) =>
    withBeats(async () => {
      await using _ = await registerRun(store, run("a"), LEASE_MS);
      assert.deepEqual(await rowOf(store, "a"), {
        ...run("a"),
        finished: null,
        exit_code: null,
        summary: {},
      });
      assert.deepEqual(await beatOf(store, "a"), { beat: 0 });
    })
  ));

Deno.test("a run beats several times within its lease, and each beat is seen in the store", () =>
  withStore((store) =>
    withBeats(async (beat, everyMs) => {
      await using _ = await registerRun(store, run("a"), LEASE_MS);
      assert.deepEqual(everyMs(), [LEASE_MS / 4]);
      await beat();
      await beat();
      assert.deepEqual(await beatOf(store, "a"), { beat: 2 });
    })
  ));

Deno.test("a run that ends writes how, and beats no more", () =>
  withStore((store) =>
    withBeats(async (beat, everyMs) => {
      const running = await registerRun(store, run("a"), LEASE_MS);
      await beat();
      await running.finish(new Date("2026-11-20T12:01:00Z"), 3, { changes: 2 });
      assert.deepEqual(everyMs(), []);
      const { finished, exit_code, summary } = await rowOf(store, "a");
      assert.deepEqual([finished, exit_code, summary], [
        "2026-11-20T12:01:00.000Z",
        3,
        { changes: 2 },
      ]);
      assert.equal(await beatOf(store, "a"), undefined);
    })
  ));

Deno.test("a run that is left by an error stops beating and stays unfinished", () =>
  withStore((store) =>
    withBeats(async (_beat, everyMs) => {
      await assert.rejects(async () => {
        await using _ = await registerRun(store, run("a"), LEASE_MS);
        throw new Error("broken");
      }, { message: "broken" });
      assert.deepEqual(everyMs(), []);
      assert.equal((await rowOf(store, "a")).finished, null);
    })
  ));

Deno.test("a run whose beats the store no longer took does not end as if all were well", () =>
  withStore((store) =>
    withBeats(async (beat) => {
      let broken = false;
      const failing: Store = {
        get: (kind, id) => store.get(kind, id),
        list: (kind, prefix) => store.list(kind, prefix),
        close: () => {},
        writeEach: (writes) => store.writeEach(writes),
        write: (writes) => broken ? Promise.reject(new Error("disk full")) : store.write(writes),
      };
      const running = await registerRun(failing, run("a"), LEASE_MS);
      broken = true;
      await beat();
      broken = false;
      await assert.rejects(running.finish(new Date(), 0, {}), {
        name: "StoreError",
        message: "The store stopped taking this run's beats",
      });
      assert.equal((await rowOf(store, "a")).exit_code, 3);
    })
  ));

Deno.test("where no run is unfinished, nobody waits", () =>
  withStore((store) =>
    withBeats(async () => {
      await (await registerRun(store, run("a"), LEASE_MS)).finish(new Date(), 0, {});
      const clock = new ManualClock();
      const unfinished = await watchUnfinished(store, "audit", clock, LEASE_MS);
      assert.deepEqual(await unfinished.dead(never), new Set());
      assert.deepEqual(clock.waitingMs, []);
    })
  ));

Deno.test("a run whose beat stands still for the whole lease is dead; one that beats is not", () =>
  withStore((store) =>
    withBeats(async (beat) => {
      await (await registerRun(store, run("dead"), LEASE_MS))[Symbol.asyncDispose]();
      await using _ = await registerRun(store, run("live"), LEASE_MS);
      const clock = new ManualClock();
      const unfinished = await watchUnfinished(store, "audit", clock, LEASE_MS);
      const dead = unfinished.dead(never);
      assert.deepEqual(clock.waitingMs, [LEASE_MS]);
      await clock.advance(LEASE_MS - 1);
      assert.deepEqual(clock.waitingMs, [1]);
      await beat();
      await clock.advance(1);
      assert.deepEqual(await dead, new Set(["dead"]));
    })
  ));

Deno.test("a run that was taken for dead does not beat again", () =>
  withStore((store) =>
    withBeats(async (beat) => {
      await using _ = await registerRun(store, run("a"), LEASE_MS);
      const clock = new ManualClock();
      const unfinished = await watchUnfinished(store, "audit", clock, LEASE_MS);
      await clock.advance(LEASE_MS);
      assert.deepEqual(await unfinished.dead(never), new Set(["a"]));
      await closeRun(store, "audit", "a", { at: clock.now(), isPending: false });
      await beat();
      assert.equal(await beatOf(store, "a"), undefined);
    })
  ));

Deno.test("a run that ends while it is watched is not dead", () =>
  withStore((store) =>
    withBeats(async () => {
      const running = await registerRun(store, run("a"), LEASE_MS);
      const clock = new ManualClock();
      const unfinished = await watchUnfinished(store, "audit", clock, LEASE_MS);
      await running.finish(new Date(), 0, {});
      await clock.advance(LEASE_MS);
      assert.deepEqual(await unfinished.dead(never), new Set());
    })
  ));

Deno.test("time that has passed since the first look is not waited for again", () =>
  withStore((store) =>
    withBeats(async () => {
      await (await registerRun(store, run("a"), LEASE_MS))[Symbol.asyncDispose]();
      const clock = new ManualClock();
      const unfinished = await watchUnfinished(store, "audit", clock, LEASE_MS);
      await clock.advance(LEASE_MS);
      assert.deepEqual(await unfinished.dead(never), new Set(["a"]));
    })
  ));

Deno.test("a signal cuts the wait for the lease", () =>
  withStore((store) =>
    withBeats(async () => {
      await (await registerRun(store, run("a"), LEASE_MS))[Symbol.asyncDispose]();
      const stop = new AbortController();
      const clock = new ManualClock();
      const unfinished = await watchUnfinished(store, "audit", clock, LEASE_MS);
      const dead = unfinished.dead(stop.signal);
      stop.abort(new Error("stop"));
      await assert.rejects(dead, { message: "stop" });
    })
  ));

Deno.test("only the runs of the job are watched and listed, oldest first", () =>
  withStore((store) =>
    withBeats(async () => {
      for (const one of [run("02"), run("01"), { ...run("00"), job: "auditor" }]) {
        await (await registerRun(store, one, LEASE_MS))[Symbol.asyncDispose]();
      }
      const ids = (await Array.fromAsync(runsOf(store, "audit"))).map(({ run_id }) => run_id);
      assert.deepEqual(ids, ["01", "02"]);
    })
  ));

Deno.test("a buried run is finished and never watched again", () =>
  withStore((store) =>
    withBeats(async () => {
      await (await registerRun(store, run("a"), LEASE_MS))[Symbol.asyncDispose]();
      await closeRun(store, "audit", "a", {
        at: new Date("2026-11-20T13:00:00Z"),
        isPending: false,
      });
      const { finished, exit_code, summary } = await rowOf(store, "a");
      assert.deepEqual([finished, exit_code, summary], [
        "2026-11-20T13:00:00.000Z",
        null,
        { died: true },
      ]);
      await closeRun(store, "audit", "nobody", { at: new Date(), isPending: false });
      assert.equal(await rowOf(store, "nobody"), undefined);
    })
  ));

Deno.test("where a wait ends early, it is waited on until the lease is over", () =>
  withStore((store) =>
    withBeats(async (beat) => {
      await using _ = await registerRun(store, run("live"), LEASE_MS);
      const clock = new ManualClock();
      clock.flowsUpToMs = Infinity;
      let waits = 0;
      const hasty = {
        now: () => clock.now(),
        monotonicMs: () => clock.monotonicMs(),
        wait: async (ms: number) => {
          await clock.wait(Math.min(ms, LEASE_MS / 10));
          if (++waits === 5) await beat();
        },
      };
      const unfinished = await watchUnfinished(store, "audit", hasty, LEASE_MS);
      assert.deepEqual(await unfinished.dead(never), new Set());
      assert.equal(waits, 10);
    })
  ));
