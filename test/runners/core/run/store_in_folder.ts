import { openSqliteStore } from "../../../../runners/adapters/sqlite/sqlite_store.ts";
import type { Row, Store } from "../../../../runners/core/store/store.ts";

/** Does `work` with the real store, in a folder of its own. */
export async function withStore(
  work: (store: Store, path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-core-" });
  const store = openSqliteStore(`${folder}/groundskeeper.db`);
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
