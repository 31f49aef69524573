import { openSqliteStore, openSqliteStoreReadOnly } from "../adapters/sqlite/sqlite_store.ts";
import { durationMs } from "../core/duration.ts";
import type { ReadStore, Store, StoreTime } from "../core/store/store.ts";
import { fromPerson } from "./config_file.ts";
import type { StoreUser } from "./store_user.ts";

/** Opens the configured store, making it where there is none and it may be made. */
export async function openStore(user: StoreUser): Promise<Store> {
  const { store } = user.loaded.config;
  if (store.kind === "sqlite") return openSqliteStore(pathOf(user, store), { time: timeOf(user) });
  // What it needs of AWS is loaded by those alone who have a table.
  const { openTable } = await import("./open_table.ts");
  return await openTable(user, store, timeOf(user));
}

/** Opens the configured store without leaving a trace; where there is none it answers as empty. */
export async function openStoreToRead(user: StoreUser): Promise<ReadStore> {
  const { store } = user.loaded.config;
  if (store.kind === "sqlite") {
    return openSqliteStoreReadOnly(pathOf(user, store), { time: timeOf(user) });
  }
  const { openTableToRead } = await import("./open_table.ts");
  return await openTableToRead(user, store, timeOf(user));
}

function pathOf({ terminal: { host } }: StoreUser, { path }: { readonly path: string }): string {
  return fromPerson(path, host.directory);
}

function timeOf({ loaded: { config }, terminal: { host } }: StoreUser): StoreTime {
  return { now: () => host.clock.now(), retentionMs: durationMs(config.store.retention) };
}
