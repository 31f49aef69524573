import assert from "assert";
import { InterruptedError } from "../../../../../runners/core/errors.ts";
import { intentOf } from "../../../../../runners/core/journal/entry.ts";
import { intentWrites } from "../../../../../runners/core/journal/journal.ts";
import { ManualClock } from "../../manual_clock.ts";
import { applyAll, applyingOf, journalOf } from "./apply_in_store.ts";
import { changeOf, type Fate, pathOf, planOf, sessionOf, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const changesIn = (world: World) => planOf(world.observed(), NOW).changes;

const fates: readonly {
  title: string;
  fate: Fate;
  outcome: string;
  error: string | null;
  world: RegExp;
}[] = [
  {
    title: "a refusal of AWS",
    fate: "refused",
    outcome: "failed",
    error: "access-denied",
    world: /^dirty/,
  },
  {
    title: "a cut connection and an effect that is seen",
    fate: "cut after",
    outcome: "done",
    error: null,
    world: /^clean/,
  },
  {
    title: "a cut connection and no effect to be seen",
    fate: "cut before",
    outcome: "unknown",
    error: "unreachable",
    world: /^dirty/,
  },
  {
    title: "a yes of AWS and no effect to be seen",
    fate: "accepted, unseen",
    outcome: "unknown",
    error: "not-seen",
    world: /^dirty/,
  },
  {
    title: "a yes of AWS that is seen",
    fate: "works",
    outcome: "done",
    error: null,
    world: /^clean/,
  },
];

for (const { title, fate, outcome, error, world: state } of fates) {
  Deno.test(`${title} is ${outcome}, in the answer and in the journal alike`, () =>
    withStore(async (store) => {
      const world = new World({ "A/east/a": "dirty" });
      world.fates.set("A/east/a", fate);
      const { a } = await applyAll(changesIn(world), applyingOf(world, store));
      assert.equal(a?.outcome, outcome);
      assert.equal(a?.error?.code ?? null, error);
      const [entry, ...more] = await journalOf(store);
      assert.deepEqual(more, []);
      assert.equal(entry?.outcome, outcome);
      assert.deepEqual(entry?.error ?? null, a?.error ?? null);
      assert.match(world.get("A/east/a")!, state);
      assert.deepEqual(await rowsOf(store, "scripted/open-intent"), [], "no intent is left open");
      assert.equal((await rowsOf(store, "mark")).length, outcome === "done" ? 1 : 0);
    }));
}

Deno.test("an intent is in the store before its write is begun, and without an outcome", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty", "A/east/b": "dirty" });
    const found: string[] = [];
    world.onWrite = async (change) => {
      const entry = (await journalOf(store)).find(({ change_id }) => change_id === change.id);
      assert.equal(entry?.outcome, null);
      assert.equal(entry?.run_id, "run-1");
      assert.equal(entry?.principal, "arn:aws:sts::A:assumed-role/apply/run");
      assert.ok(await store.get("scripted/open-intent", change.id));
      found.push(pathOf(change));
    };
    await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual(found, ["A/east/a", "A/east/b"]);
  }));

Deno.test("AWS's request id stands in the journal once the change is done", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    await applyAll(changesIn(world), applyingOf(world, store));
    assert.equal((await journalOf(store))[0]?.aws_request_id, "request of A/east/a");
  }));

Deno.test("a target that has changed since is not written", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty", "A/east/b": "dirty" });
    world.drifted.set("A/east/a", "somebody has cleaned it");
    const { a, b } = await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual([a?.outcome, a?.error], [
      "drifted",
      { code: "drifted", message: "somebody has cleaned it" },
    ]);
    assert.equal(b?.outcome, "done");
    assert.deepEqual(world.calls, ["recheck 2", "write A/east/b", "readBack 1"]);
    assert.equal((await journalOf(store)).length, 1, "what was not begun has no entry");
  }));

Deno.test("a change that another run has announced is skipped and left to it", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    const [change] = changesIn(world);
    const other = { job: "scripted", runId: "run-0", planId: "p", principal: "", toolVersion: "" };
    await store.write(intentWrites(intentOf(change!, { ...other, now: NOW })));
    const before = await journalOf(store);
    const { a } = await applyAll([change!], applyingOf(world, store));
    assert.deepEqual([a?.outcome, a?.error?.code], ["skipped", "in-progress"]);
    assert.deepEqual(world.calls, ["recheck 1"]);
    assert.deepEqual(await journalOf(store), before);
  }));

Deno.test("of two different changes of one lock, the second waits for the first to be settled", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty", "A/east/b": "dirty" });
    const [first, second] = changesIn(world).map((change) => ({ ...change, lock: "both" }));
    const other = { job: "scripted", runId: "run-0", planId: "p", principal: "", toolVersion: "" };
    await store.write(intentWrites(intentOf(first!, { ...other, now: NOW })));
    const { b } = await applyAll([second!], applyingOf(world, store));
    assert.deepEqual([b?.outcome, b?.error?.code], ["skipped", "in-progress"]);
  }));

Deno.test("a change is not made on a look that is older than another of its lock", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty", "A/east/b": "dirty" });
    const [first, second] = changesIn(world).map((change) => ({ ...change, lock: "both" }));
    const applying = applyingOf(world, store);
    assert.equal((await applyAll([first!], applying))["a"]?.outcome, "done");
    const { b } = await applyAll([second!], applying);
    assert.deepEqual([b?.outcome, b?.error?.code], ["skipped", "in-progress"]);
  }));

Deno.test("when the effect of all cannot be read, all is unknown, with why", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty", "A/east/b": "dirty" });
    world.readBackError = new Error("the network is gone");
    const { a, b } = await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual([a?.outcome, b?.outcome], ["unknown", "unknown"]);
    assert.equal(
      a?.error?.message,
      "AWS accepted the write, and its effect could not be seen: the network is gone",
    );
  }));

const beginnings: readonly { title: string; error: Error; outcome: string; code: string }[] = [
  { title: "fails", error: new Error("no such role"), outcome: "failed", code: "error" },
  {
    title: "is cut by a signal",
    error: new InterruptedError(),
    outcome: "skipped",
    code: "interrupted",
  },
];

for (const { title, error, outcome, code } of beginnings) {
  Deno.test(`where the second look ${title}, the place's changes are ${outcome}, others go on`, () =>
    withStore(async (store) => {
      const world = new World({ "A/east/a": "dirty", "B/east/b": "dirty" });
      const session: typeof sessionOf = (account) =>
        account.id === "A" ? Promise.reject(error) : sessionOf(account);
      const { a, b } = await applyAll(changesIn(world), applyingOf(world, store, { session }));
      assert.deepEqual([a?.outcome, a?.error?.code], [outcome, code]);
      assert.equal(b?.outcome, "done");
      assert.equal((await journalOf(store)).length, 1);
    }));
}

Deno.test("after a signal the write in flight is recorded and no further one begun", () =>
  withStore(async (store) => {
    const world = new World({
      "A/east/a": "dirty",
      "A/east/b": "dirty",
      "A/east/c": "dirty",
      "B/east/d": "dirty",
    });
    const stop = new AbortController();
    world.onWrite = (change) => {
      if (pathOf(change) === "A/east/b") stop.abort();
    };
    const applying = applyingOf(world, store, { signal: stop.signal });
    const outcomes = await applyAll(changesIn(world), applying);
    assert.deepEqual(
      Object.entries(outcomes).map(([name, { outcome, error }]) => [name, outcome, error?.code]),
      [
        ["a", "done", undefined],
        ["b", "done", undefined],
        ["c", "skipped", "interrupted"],
        ["d", "skipped", "interrupted"],
      ],
    );
    assert.deepEqual((await journalOf(store)).map(({ outcome }) => outcome), ["done", "done"]);
    assert.deepEqual(await rowsOf(store, "scripted/open-intent"), []);
  }));

Deno.test("the write in flight is not cut by the signal itself", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    const stop = new AbortController();
    world.onWrite = (_change, signal) => {
      stop.abort();
      assert.equal(signal.aborted, false);
    };
    const applying = applyingOf(world, store, { signal: stop.signal });
    assert.equal((await applyAll(changesIn(world), applying))["a"]?.outcome, "done");
  }));

Deno.test("what is in flight gets five seconds after the signal, on the clock that was passed", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    const stop = new AbortController();
    const clock = new ManualClock();
    const aborted: boolean[] = [];
    world.onWrite = async (_change, signal) => {
      stop.abort();
      await clock.advance(4_999);
      aborted.push(signal.aborted);
      await clock.advance(1);
      aborted.push(signal.aborted);
    };
    await applyAll(changesIn(world), applyingOf(world, store, { signal: stop.signal, clock }));
    assert.deepEqual(aborted, [false, true]);
  }));

Deno.test("at most a hundred changes of one place are looked at, made and read back together", () =>
  withStore(async (store) => {
    const things = Array.from({ length: 201 }, (_, index) => `A/east/t${1000 + index}`);
    const world = new World({
      ...Object.fromEntries(things.map((path) => [path, "dirty"])),
      "A/west/w": "dirty",
      "B/east/b": "dirty",
    });
    const done: number[] = [];
    const progress = (so: number) => done.push(so);
    const outcomes = await applyAll(changesIn(world), applyingOf(world, store, { progress }));
    assert.ok(Object.values(outcomes).every(({ outcome }) => outcome === "done"));
    assert.deepEqual(
      world.calls.filter((call) => !call.startsWith("write")),
      [100, 100, 1, 1, 1].flatMap((count) => [`recheck ${count}`, `readBack ${count}`]),
    );
    assert.deepEqual(done, Array.from({ length: 203 }, (_, index) => index + 1));
  }));

Deno.test("a place of which nothing was written is not read back", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    world.fates.set("A/east/a", "refused");
    await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual(world.calls, ["recheck 1", "write A/east/a", "takeBack A/east/a"]);
  }));

Deno.test("intended, finished and told are the clock's times", () =>
  withStore(async (store) => {
    const clock = new ManualClock();
    const world = new World({ "A/east/a": "dirty" });
    world.onWrite = () => clock.advance(1_500);
    const { a } = await applyAll(changesIn(world), applyingOf(world, store, { clock }));
    const [entry] = await journalOf(store);
    assert.equal(entry?.intended_at, "2026-11-20T12:00:00.000Z");
    assert.equal(entry?.finished_at, "2026-11-20T12:00:01.500Z");
    assert.equal(a?.at, "2026-11-20T12:00:01.500Z");
  }));

Deno.test("an entry for an account that nobody listed is still made in that account", () =>
  withStore(async (store) => {
    const world = new World({ "C/east/c": "dirty" });
    const change = changeOf("C/east/c", "dirty", NOW);
    const { c } = await applyAll([change], applyingOf(world, store));
    assert.equal(c?.outcome, "done");
    assert.match((await journalOf(store))[0]!.principal, /::C:/);
  }));

Deno.test("a change that another run has made since this one looked is left as it is", () =>
  withStore(async (store) => {
    const world = new World({ "A/east/a": "dirty" });
    const [change] = changesIn(world);
    const looked = new Date(NOW.getTime() - 60_000);
    await applyAll([change!], applyingOf(world, store, { clock: new ManualClock() }));
    const before = await journalOf(store);
    const late = applyingOf(world, store, { runId: "run-2", readAt: looked });
    const { a } = await applyAll([change!], late);
    assert.deepEqual([a?.outcome, a?.error?.code], ["skipped", "in-progress"]);
    assert.deepEqual(await journalOf(store), before);
    // A run that looks later, and finds it to be made again, makes it.
    const later = applyingOf(world, store, {
      runId: "run-3",
      readAt: new Date(NOW.getTime() + 60_000),
    });
    assert.equal((await applyAll([change!], later))["a"]?.outcome, "done");
  }));
