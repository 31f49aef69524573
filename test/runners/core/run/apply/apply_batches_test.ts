import assert from "assert";
import fc from "fast-check";
import { MemoryStore } from "../../../../../runners/adapters/memory/memory_store.ts";
import { revokeRun } from "../../../../../runners/core/journal/journal.ts";
import { FIXED, generated } from "../../properties.ts";
import { applyAll, applyingOf, journalOf } from "./apply_in_store.ts";
import { type Fate, pathOf, planOf, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const changesIn = (world: World) => planOf(world.observed(), NOW).changes;

/** A world of dirty things in one place, and how its writes end; `perWrite` are written at once. */
function worldOf(fates: Readonly<Record<string, Fate>>, perWrite: number): World {
  const names = Object.keys(fates);
  const world = new World(Object.fromEntries(names.map((name) => [`A/east/${name}`, "dirty"])));
  for (const [name, fate] of Object.entries(fates)) world.fates.set(`A/east/${name}`, fate);
  world.perWrite = perWrite;
  return world;
}

const all = (names: string, fate: Fate = "works"): Record<string, Fate> =>
  Object.fromEntries([...names].map((name) => [name, fate]));

/** What each call of a kind named: "a+b". */
const callsOf = ({ calls }: World, kind: "write" | "takeBack") =>
  calls.map((call) => call.split(" ")).filter(([first]) => first === kind)
    .map(([, ...paths]) => paths.map((path) => path.split("/").at(-1)).join("+"));

interface BatchCase {
  readonly title: string;
  readonly fates: Readonly<Record<string, Fate>>;
  readonly perWrite: number;
  /** The writes, in their order. */
  readonly writes: readonly string[];
  /** What is taken back. */
  readonly takenBack?: readonly string[];
  /** Outcomes that are not "done". */
  readonly outcomes?: Readonly<Record<string, string>>;
}

const batches: readonly BatchCase[] = [
  {
    title: "batches are as large as they may be, and the last is what is left",
    fates: all("abcde"),
    perWrite: 2,
    writes: ["a+b", "c+d", "e"],
  },
  {
    title: "a batch of which AWS takes all is one call",
    fates: all("abcdefgh"),
    perWrite: 50,
    writes: ["a+b+c+d+e+f+g+h"],
  },
  {
    title: "one that AWS refuses fails alone, and the seven beside it are done",
    fates: { ...all("abcdefgh"), c: "refused" },
    perWrite: 50,
    writes: ["a+b+c+d+e+f+g+h", "a+b+c+d", "a+b", "c+d", "c", "d", "e+f+g+h"],
    takenBack: ["c"],
    outcomes: { c: "failed" },
  },
  {
    title: "two that AWS refuses, in different halves, fail each alone",
    fates: { ...all("abcd"), a: "refused", d: "refused" },
    perWrite: 50,
    writes: ["a+b+c+d", "a+b", "a", "b", "c+d", "c", "d"],
    takenBack: ["a", "d"],
    outcomes: { a: "failed", d: "failed" },
  },
  {
    title: "an odd number is parted without losing one",
    fates: { ...all("abc"), c: "refused" },
    perWrite: 50,
    writes: ["a+b+c", "a+b", "c"],
    takenBack: ["c"],
    outcomes: { c: "failed" },
  },
  {
    title: "where AWS refuses all, each is tried alone once",
    fates: all("abcd", "refused"),
    perWrite: 50,
    writes: ["a+b+c+d", "a+b", "a", "b", "c+d", "c", "d"],
    takenBack: ["a", "b", "c", "d"],
    outcomes: { a: "failed", b: "failed", c: "failed", d: "failed" },
  },
  {
    title: "a refusal in one batch is nothing to the next one",
    fates: { ...all("abcd"), b: "refused" },
    perWrite: 2,
    writes: ["a+b", "a", "b", "c+d"],
    takenBack: ["b"],
    outcomes: { b: "failed" },
  },
  {
    title: "a cut connection leaves the whole batch in doubt: it is looked at and not tried again",
    fates: { ...all("abc"), b: "cut before" },
    perWrite: 50,
    writes: ["a+b+c"],
    outcomes: { a: "unknown", b: "unknown", c: "unknown" },
  },
  {
    title: "of a batch in doubt that had its effect, all is done",
    fates: all("abc", "cut after"),
    perWrite: 50,
    writes: ["a+b+c"],
  },
  {
    title: "of a batch in doubt, what can be seen is done and the rest unknown",
    fates: { a: "accepted, unseen", b: "cut after", c: "works" },
    perWrite: 50,
    writes: ["a+b+c"],
    outcomes: { a: "unknown" },
  },
];

for (const { title, fates, perWrite, writes, takenBack = [], outcomes = {} } of batches) {
  Deno.test(title, () =>
    withStore(async (store) => {
      const world = worldOf(fates, perWrite);
      const found = await applyAll(changesIn(world), applyingOf(world, store));
      assert.deepEqual(callsOf(world, "write"), writes);
      assert.deepEqual(callsOf(world, "takeBack"), takenBack);
      const expected = Object.fromEntries(
        Object.keys(fates).map((name) => [name, outcomes[name] ?? "done"]),
      );
      assert.deepEqual(
        Object.fromEntries(Object.entries(found).map(([name, { outcome }]) => [name, outcome])),
        expected,
      );
      const entries = await journalOf(store);
      assert.deepEqual(
        Object.fromEntries(entries.map((one) => [one.target.split("/").at(-1), one.outcome])),
        expected,
      );
      assert.deepEqual(await rowsOf(store, "scripted/open-intent"), []);
    }));
}

Deno.test("every intent of a batch is in the store before its write is begun", () =>
  withStore(async (store) => {
    const world = worldOf(all("abc"), 50);
    world.onWrite = async () => {
      assert.deepEqual((await journalOf(store)).map(({ outcome }) => outcome), [null, null, null]);
    };
    await applyAll(changesIn(world), applyingOf(world, store));
    assert.equal(callsOf(world, "write").length, 1);
  }));

Deno.test("the entries of a batch carry the request that took them", () =>
  withStore(async (store) => {
    const world = worldOf({ ...all("abc"), a: "refused" }, 50);
    await applyAll(changesIn(world), applyingOf(world, store));
    const requests = (await journalOf(store)).map(({ target, aws_request_id }) => [
      target.split("/").at(-1),
      aws_request_id,
    ]);
    assert.deepEqual(Object.fromEntries(requests), {
      a: null,
      b: "request of A/east/b",
      c: "request of A/east/c",
    });
  }));

Deno.test("what has changed since is left out of the batch", () =>
  withStore(async (store) => {
    const world = worldOf(all("abc"), 50);
    world.drifted.set("A/east/b", "somebody has cleaned it");
    const { b } = await applyAll(changesIn(world), applyingOf(world, store));
    assert.equal(b?.outcome, "drifted");
    assert.deepEqual(callsOf(world, "write"), ["a+c"]);
  }));

Deno.test("after a signal no further batch is begun, and the one in flight is whole", () =>
  withStore(async (store) => {
    const world = worldOf(all("abcd"), 2);
    const stop = new AbortController();
    world.onWrite = () => stop.abort();
    const applying = applyingOf(world, store, { signal: stop.signal });
    const found = await applyAll(changesIn(world), applying);
    assert.deepEqual(Object.values(found).map(({ outcome }) => outcome), [
      "done",
      "done",
      "skipped",
      "skipped",
    ]);
  }));

Deno.test("what cannot be taken back is failed and says so, and its books stay open", () =>
  withStore(async (store) => {
    const world = worldOf({ a: "refused", b: "refused" }, 50);
    world.stuck.set("A/east/a", new Error("the network is gone"));
    const { a, b } = await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual([a?.outcome, a?.error], ["failed", {
      code: "access-denied",
      message: "UnauthorizedOperation: You are not authorized; what prepared it could not be " +
        "taken back (the network is gone); the next run does it",
    }]);
    assert.deepEqual([b?.outcome, b?.error?.message], [
      "failed",
      "UnauthorizedOperation: You are not authorized",
    ]);
    const errors = (await journalOf(store)).map(({ error }) => error);
    assert.ok(errors.some((error) => error?.message === a?.error?.message), "so does the journal");
    const books = (await rowsOf(store, "book")).map(({ id, value }) => [id, value]);
    assert.deepEqual(books, [
      ["A/east/a", { outcome: null }],
      ["A/east/b", { outcome: "failed" }],
    ]);
  }));

Deno.test("nothing is taken back of what is done, in doubt, or has drifted", () =>
  withStore(async (store) => {
    const world = worldOf({ a: "works", b: "works", c: "accepted, unseen", d: "works" }, 2);
    world.drifted.set("A/east/d", "changed");
    world.fates.set("A/east/a", "cut before");
    await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual(callsOf(world, "takeBack"), []);
  }));

Deno.test("the job's rows follow each entry of the journal, from its intent on", () =>
  withStore(async (store) => {
    const world = worldOf({ a: "works", b: "refused", c: "accepted, unseen" }, 50);
    const books = async () =>
      Object.fromEntries(
        (await rowsOf(store, "book")).map(({ id, value }) => [
          id.split("/").at(-1),
          (value as { outcome: string | null }).outcome,
        ]),
      );
    world.onWrite = async () => {
      world.onWrite = () => {};
      assert.deepEqual(await books(), { a: null, b: null, c: null });
    };
    await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual(await books(), { a: "done", b: "failed", c: "unknown" });
  }));

for (const fate of ["works", "refused"] as const) {
  Deno.test(`a run that was taken for dead writes neither entry nor rows (${fate})`, () =>
    withStore(async (store) => {
      const world = worldOf({ a: fate }, 50);
      world.onWrite = async () => void await store.write([revokeRun("scripted", "run-1")]);
      const { a } = await applyAll(changesIn(world), applyingOf(world, store));
      assert.deepEqual([a?.outcome, a?.error?.code], ["unknown", "taken-for-dead"]);
      const [entry] = await journalOf(store);
      assert.equal(entry?.outcome, null);
      const [book] = await rowsOf(store, "book");
      assert.deepEqual(book?.value, { outcome: null });
    }));
}

for (
  const [what, row, code, message] of [
    ["an intent that another run holds", "open-intent", "in-progress", /Another run is making/],
    ["a change of the plan file that was begun", "used-change", "in-progress", /works once/],
    ["a run that was taken for dead", "revoked-run", "taken-for-dead", /begins nothing more/],
    ["a row of the job's own", "book", "in-progress", /what this change relies on/],
  ] as const
) {
  Deno.test(`${what} is told as what stands in the way, and leaves no row of the job`, () =>
    withStore(async (store) => {
      const world = worldOf({ a: "works" }, 50);
      const inTheWay = { kind: `scripted/${row}`, id: "x", row: undefined };
      const refusing = new MemoryStore();
      refusing.write = () => Promise.resolve({ written: false, inTheWay });
      const { a } = await applyAll(changesIn(world), applyingOf(world, refusing));
      assert.deepEqual([a?.outcome, a?.error?.code], ["skipped", code]);
      assert.match(a!.error!.message, message);
      assert.deepEqual(callsOf(world, "write"), []);
      await store.write([revokeRun("scripted", "run-1")]);
      await applyAll(changesIn(world), applyingOf(world, store));
      assert.deepEqual(await rowsOf(store, "book"), []);
      assert.deepEqual(callsOf(world, "write"), []);
    }));
}

Deno.test("changes of different actions, roles, regions and accounts are never in one batch", () =>
  withStore(async (store) => {
    const world = new World({
      "A/east/a": "dirty",
      "A/east/b": "broken",
      "A/east/c": "faded",
      "A/east/d": "dirty",
      "A/west/e": "dirty",
      "B/east/f": "dirty",
    });
    world.perWrite = 50;
    await applyAll(changesIn(world), applyingOf(world, store));
    assert.deepEqual(world.calls.filter((call) => call.startsWith("write")), [
      "write A/east/a A/east/d",
      "write A/east/b",
      "write A/east/c",
      "write A/west/e",
      "write B/east/f",
    ]);
  }));

Deno.test("whatever AWS refuses fails alone, the rest is always done, and calls stay few", () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(15), { maxLength: 5 }),
      fc.integer({ min: 1, max: 16 }),
      (bad, perWrite) =>
        withStore(async (store) => {
          const names = "abcdefghijklmnop";
          const fates = Object.fromEntries(
            [...names].map((
              name,
              index,
            ) => [name, bad.includes(index) ? "refused" : "works" as Fate]),
          ) as Record<string, Fate>;
          const world = worldOf(fates, perWrite);
          const changes = changesIn(world);
          const found = await applyAll(changes, applyingOf(world, store));
          for (const change of changes) {
            const name = pathOf(change).split("/").at(-1)!;
            const wanted = fates[name] === "refused" ? "failed" : "done";
            assert.equal(found[name]?.outcome, wanted, name);
          }
          const takenBack = callsOf(world, "takeBack").length;
          assert.equal(takenBack, bad.length);
          // Each bad one costs at most two calls per level of its batch.
          const levels = Math.ceil(Math.log2(perWrite));
          const most = Math.ceil(16 / perWrite) + bad.length * 2 * levels;
          const writes = callsOf(world, "write").length;
          assert.ok(writes <= most, `${writes} writes, at most ${most}`);
        }),
    ),
    { ...FIXED, numRuns: generated(40, 12) },
  ));
