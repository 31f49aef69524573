import { openSqliteStore } from "../../../../runners/adapters/sqlite/sqlite_store.ts";
import {
  RETENTION_MS,
  type Row,
  type Store,
  type StoreTime,
} from "../../../../runners/core/store/store.ts";

/** The time of a reader for whom no row is over. */
export const BEFORE_ALL = timeOf("1970-01-01T00:00:00.000Z");

/** A store's time that stands still. */
export function timeOf(at: string): StoreTime {
  return { now: () => new Date(at), retentionMs: RETENTION_MS };
}

/** Does `work` with the real store, in a folder of its own. */
export async function withStore(
  work: (store: Store, path: string) => Promise<void>,
  time: StoreTime = timeOf("2026-11-20T12:00:00.000Z"),
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-core-" });
  const store = openSqliteStore(`${folder}/groundskeeper.db`, { time });
  try {
    await work(store, `${folder}/groundskeeper.db`);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** All rows of a kind. */
export async function rowsOf(store: Store, kind: string): Promise<Row[]> {
  return await Array.fromAsync(store.list(kind));
}
