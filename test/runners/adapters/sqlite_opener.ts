import { openSqliteStore } from "../../../runners/adapters/sqlite/sqlite_store.ts";
import type { Store } from "../../../runners/core/store/store.ts";

/** Opens a store in another process, for test/conformance/store_contender.ts. */
export function openStore(path: string): Promise<Store> {
  return Promise.try(() => openSqliteStore(path));
}
