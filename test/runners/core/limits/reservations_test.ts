import assert from "assert";
import type { Reservation } from "../../../../runners/core/limits/limits.ts";
import {
  changeReservations,
  reservationsOf,
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
const add = (store: Store, reservation: Reservation) =>
  changeReservations(store, "audit", NOW, (all) => [...all, reservation]);

Deno.test("a store that knows of no run has no reservation", () =>
  withStore(async (store) => {
    assert.deepEqual(await reservationsOf(store, "audit"), {
      reservations: [],
      revision: "absent",
    });
  }));

Deno.test("a change that is not wanted writes nothing", () =>
  withStore(async (store) => {
    await add(store, one("a"));
    const before = await reservationsOf(store, "audit");
    assert.equal(await changeReservations(store, "audit", NOW, () => undefined), false);
    assert.deepEqual(await reservationsOf(store, "audit"), before);
  }));

Deno.test("of two runs that reserve at once, each sees the other in the end", () =>
  withStore(async (store) => {
    const seen: string[][] = [];
    let rivals = 1;
    await changeReservations(store, "audit", NOW, (all) => {
      seen.push(all.map(({ run_id }) => run_id));
      // The rival is faster: it writes between this run's look and its write.
      if (rivals-- > 0) void store.write([rivalRow()]);
      return [...all, one("slow")];
    });
    assert.deepEqual(seen, [[], ["fast"]]);
    const { reservations } = await reservationsOf(store, "audit");
    assert.deepEqual(reservations.map(({ run_id }) => run_id), ["fast", "slow"]);
  }));

function rivalRow() {
  return { kind: "budget", id: "audit", value: { reservations: [{ ...one("fast") }] } } as never;
}

Deno.test("many runs that reserve at once are all there", () =>
  withStore(async (store) => {
    const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    await Promise.all(runs.map((run) => add(store, one(run))));
    const { reservations } = await reservationsOf(store, "audit");
    assert.deepEqual(reservations.map(({ run_id }) => run_id).sort(), runs.sort());
  }));

Deno.test("each job has a budget of its own", () =>
  withStore(async (store) => {
    await add(store, one("a"));
    assert.deepEqual((await reservationsOf(store, "dirty")).reservations, []);
  }));

Deno.test("what is finished and a day old is let go, what is not finished never", () =>
  withStore(async (store) => {
    const old = new Date(NOW.getTime() - DAY_MS).toISOString();
    const younger = new Date(NOW.getTime() - DAY_MS + 1).toISOString();
    await add(store, one("done-old", { finished: true, at: old }));
    await add(store, one("done-younger", { finished: true, at: younger }));
    await add(store, one("died-old", { at: old }));
    const { reservations } = await reservationsOf(store, "audit");
    assert.deepEqual(reservations.map(({ run_id }) => run_id), ["done-younger", "died-old"]);
  }));
