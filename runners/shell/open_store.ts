import { openSqliteStore, openSqliteStoreReadOnly } from "../adapters/sqlite/sqlite_store.ts";
import { durationMs } from "../core/duration.ts";
import { EXIT, GroundskeeperError, type Help } from "../core/errors.ts";
import type { JobEntry } from "../core/program.ts";
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

/**
 * Opens the configured store for a verb that knows nothing but what is stored. An answer from a store
 * that is not there would look like "there is nothing".
 *
 * @throws GroundskeeperError where there is no store: exit 1, with what makes one
 */
export async function openStoreToList(user: StoreUser): Promise<ReadStore> {
  const store = await openStoreToRead(user);
  if (store.missing === undefined) return store;
  store.close();
  throw new GroundskeeperError(
    "no-store",
    `There is no store at ${store.missing} yet, so there is nothing to read`,
    EXIT.failed,
    { help: user.jobs.map((job) => job.firstStore ?? reportOf(job)) },
  );
}

function reportOf({ name }: JobEntry): Help {
  return { sentence: `To begin one with what ${name} sees now`, words: [`${name} report`] };
}

function pathOf({ terminal: { host } }: StoreUser, { path }: { readonly path: string }): string {
  return fromPerson(path, host.directory);
}

function timeOf({ loaded: { config }, terminal: { host } }: StoreUser): StoreTime {
  return { now: () => host.clock.now(), retentionMs: durationMs(config.store.retention) };
}
