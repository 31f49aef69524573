import assert from "assert";
import { type Reservation, UNBOUNDED } from "../../../../runners/core/limits/limits.ts";
import {
  reduceReservation,
  reservationsOf,
  reserve,
} from "../../../../runners/core/limits/reservations.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { withStore } from "../run/store_in_folder.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const DAY_MS = 86_400_000;
const one = (run_id: string, part: Partial<Reservation> = {}): Reservation => ({
  run_id,
  at: NOW.toISOString(),
  share: false,
  finished: false,
  examined: [],
  wanted: [{ account: "111111111111", region: "us-east-1", count: 3 }],
  ...part,
});
const READING = { limits: UNBOUNDED, share: false };
const add = (store: Store, reservation: Reservation) =>
  reserve(store, "audit", READING, () => reservation);

Deno.test("a store that knows of no run has no reservation", () =>
  withStore(async (store) => {
    assert.deepEqual(await reservationsOf(store, "audit", READING), {
      reservations: [],
      revision: "absent",
    });
  }));

Deno.test("a change that is not wanted writes nothing", () =>
  withStore(async (store) => {
    await add(store, one("a"));
    const before = await reservationsOf(store, "audit", READING);
    assert.equal(await reserve(store, "audit", READING, () => undefined), false);
    assert.deepEqual(await reservationsOf(store, "audit", READING), before);
  }));

Deno.test("of two runs that reserve at once, each sees the other in the end", () =>
  withStore(async (store) => {
    const seen: string[][] = [];
    let rivals = 1;
    await reserve(store, "audit", READING, (others) => {
      seen.push(others.map(({ run_id }) => run_id));
      // The rival is faster: it writes between this run's reading and its write.
      if (rivals-- > 0) void store.write(rivalRows());
      return one("slow");
    });
    assert.deepEqual(seen, [[], ["fast"]]);
    const { reservations } = await reservationsOf(store, "audit", READING);
    assert.deepEqual(reservations.map(({ run_id }) => run_id), ["fast", "slow"]);
  }));

function rivalRows() {
  const { examined: _, ...value } = one("fast");
  return [
    { kind: "audit/budget", id: "head", value: { run_id: "fast" } },
    { kind: "audit/reservation", id: "fast/000", value },
  ];
}

Deno.test("many runs that reserve at once are all there", () =>
  withStore(async (store) => {
    const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    await Promise.all(runs.map((run) => add(store, one(run))));
    const { reservations } = await reservationsOf(store, "audit", READING);
    assert.deepEqual(reservations.map(({ run_id }) => run_id).sort(), runs.sort());
  }));

Deno.test("each job has a budget of its own", () =>
  withStore(async (store) => {
    await add(store, one("a"));
    assert.deepEqual((await reservationsOf(store, "dirty", READING)).reservations, []);
  }));

Deno.test("what is finished and a day old is let go, what is not finished never", () =>
  withStore(async (store) => {
    const old = new Date(NOW.getTime() - DAY_MS).toISOString();
    const younger = new Date(NOW.getTime() - DAY_MS + 1).toISOString();
    await add(store, one("done-old", { finished: true, at: old }));
    await add(store, one("done-younger", { finished: true, at: younger }));
    await add(store, one("died-old", { at: old }));
    const { reservations } = await reservationsOf(store, "audit", READING);
    assert.deepEqual(reservations.map(({ run_id }) => run_id), ["died-old", "done-younger"]);
  }));

const places = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    account: String(100_000_000_000 + index),
    region: "ap-southeast-2",
    kind: "ec2:TerminateInstances",
    count: 99,
  }));

Deno.test("a reservation of thousands of places is rows below 100 KB, and is read whole", () =>
  withStore(async (store) => {
    const wanted = places(17_000);
    await add(store, one("large", { wanted }));
    const { reservations } = await reservationsOf(store, "audit", READING);
    assert.deepEqual(reservations, [one("large", { wanted })]);
    const rows = await Array.fromAsync(store.list("audit/reservation"));
    for (const { value } of rows) assert.ok(JSON.stringify(value).length < 100_000);
    const effective = wanted.slice(0, 2);
    await reduceReservation(store, "audit", "large", { effective, finished: true });
    const after = await reservationsOf(store, "audit", READING);
    assert.deepEqual(after.reservations, [
      one("large", { finished: true, wanted: wanted.slice(0, 2) }),
    ]);
    assert.equal((await Array.fromAsync(store.list("audit/reservation"))).length, 1);
  }));

const PERCENT = { ...UNBOUNDED, perRun: { percent: 10 } };
const EXAMINED = [{ account: "111111111111", region: "us-east-1", count: 40 }];

Deno.test("what was examined is kept only where a percentage binds", () =>
  withStore(async (store) => {
    await add(store, one("a", { examined: EXAMINED }));
    assert.deepEqual(await Array.fromAsync(store.list("audit/examined")), []);
    await reserve(
      store,
      "audit",
      { limits: PERCENT, share: false },
      () => one("b", { examined: EXAMINED }),
    );
    assert.equal((await Array.fromAsync(store.list("audit/examined"))).length, 1);
  }));

Deno.test("of a run that another one was faster than, and that is refused then, nothing is left", () =>
  withStore(async (store) => {
    const reading = { limits: PERCENT, share: false };
    const made = await reserve(store, "audit", reading, (others) => {
      if (others.length > 0) return undefined;
      void store.write(rivalRows());
      return one("slow", { examined: EXAMINED });
    });
    assert.equal(made, false);
    assert.deepEqual(await Array.fromAsync(store.list("audit/examined")), []);
    const { reservations } = await reservationsOf(store, "audit", reading);
    assert.deepEqual(reservations.map(({ run_id }) => run_id), ["fast"]);
  }));

for (
  const [title, part, share, read] of [
    ["of a run under way, it is read", {}, false, EXAMINED],
    ["of a run of everything that is over, it is not", { finished: true }, false, []],
    ["of such a run it is read by a run over a share", { finished: true }, true, EXAMINED],
    [
      "of a run over a share that is over, it is read",
      { finished: true, share: true },
      false,
      EXAMINED,
    ],
  ] as const
) {
  Deno.test(`what was examined, where a percentage binds: ${title}`, () =>
    withStore(async (store) => {
      const { finished, ...begun } = { finished: false, ...part };
      await reserve(
        store,
        "audit",
        { limits: PERCENT, share: false },
        () => one("a", { ...begun, examined: EXAMINED }),
      );
      if (finished) await reduceReservation(store, "audit", "a", { effective: [], finished: true });
      const { reservations } = await reservationsOf(store, "audit", { limits: PERCENT, share });
      assert.deepEqual(reservations.map(({ examined }) => examined), [read]);
    }));
}

Deno.test("what a run under way has examined is not over when a day has passed", () =>
  withStore(async (store) => {
    const old = new Date(NOW.getTime() - 3 * DAY_MS).toISOString();
    const reading = { limits: PERCENT, share: false };
    await reserve(store, "audit", reading, () => one("a", { at: old, examined: EXAMINED }));
    const { reservations } = await reservationsOf(store, "audit", reading);
    assert.deepEqual(reservations.map(({ examined }) => examined), [EXAMINED]);
    await reduceReservation(store, "audit", "a", { effective: [], finished: true });
    assert.deepEqual(await Array.fromAsync(store.list("audit/examined")), []);
  }));
