import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { DAY_MS } from "../../../runners/core/duration.ts";
import type { FreeWrite, StoreTime } from "../../../runners/core/store/store.ts";
import { idsOf } from "../../conformance/store_asking.ts";
import { fingerprint, withFolder } from "./store_folder.ts";

Deno.test("Rows that are over are deleted when the store is opened, once a day, and never read before", async () => {
  await withFolder(async (folder, path) => {
    await writeAt(path, 0, [...over(1, 3), { kind: "mark", id: "stays", value: 1 }]);
    for (const [hours, left] of [[2, 4], [23, 4], [24, 1]] as const) {
      const before = fingerprint(folder);
      const reader = openSqliteStoreReadOnly(path, { time: timeAt(hours) });
      assert.deepEqual(await idsOf(reader, "mark"), ["stays"]);
      reader.close();
      assert.deepEqual(fingerprint(folder), before, "a reader deletes nothing");
      const store = openSqliteStore(path, { time: timeAt(hours) });
      assert.deepEqual(await idsOf(store, "mark"), ["stays"]);
      store.close();
      assert.equal(rowsIn(path), left, `after ${hours} hours`);
    }
    // The day counts from the last time.
    await writeAt(path, 24, over(25, 3));
    await writeAt(path, 47, []);
    assert.equal(rowsIn(path), 4);
    await writeAt(path, 48, []);
    assert.equal(rowsIn(path), 1);
  });
});

Deno.test("Of more rows that are over than are deleted at once, the rest goes the next time", async () => {
  await withFolder(async (_, path) => {
    await writeAt(path, 0, over(1, 5_200));
    await writeAt(path, 24, []);
    assert.equal(rowsIn(path), 200);
    await writeAt(path, 24, []);
    assert.equal(rowsIn(path), 0);
  });
});

Deno.test("A program that is started once with a clock years ahead deletes nothing that others still read", async () => {
  await withFolder(async (_, path) => {
    await writeAt(path, 0, [...over(10_000, 3), { kind: "mark", id: "stays", value: 1 }]);
    for (const hours of [20_000, 20_001, 1, 2, 25]) await writeAt(path, hours, []);
    const store = openSqliteStore(path, { time: timeAt(26) });
    assert.deepEqual(await idsOf(store, "mark"), ["i-0", "i-1", "i-2", "stays"]);
    store.close();
    for (const hours of [9_000, 10_000, 10_024]) await writeAt(path, hours, []);
    assert.equal(rowsIn(path), 1);
  });
});

/** Opens the store so many hours later, and writes. */
async function writeAt(path: string, hours: number, rows: readonly FreeWrite[]): Promise<void> {
  const store = openSqliteStore(path, { time: timeAt(hours) });
  await store.writeEach(rows);
  store.close();
}

/** Rows that are over after so many hours. */
function over(hours: number, count: number): FreeWrite[] {
  const expires = timeAt(hours).now();
  return Array.from({ length: count }, (_, index) => (
    { kind: "mark", id: `i-${index}`, value: index, expires }
  ));
}

function timeAt(hours: number): StoreTime {
  const now = new Date(Date.parse("2026-11-20T12:00:00.000Z") + hours * DAY_MS / 24);
  return { now: () => now, retentionMs: DAY_MS };
}

function rowsIn(path: string): unknown {
  using database = new DatabaseSync(path, { readOnly: true });
  return database.prepare("SELECT count(*) AS count FROM kept_rows").get()?.count;
}
