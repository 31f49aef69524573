import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { type OpenedStore, storeConformance } from "../../conformance/store_conformance.ts";

storeConformance("The SQLite store", { rowsPerWrite: 1_000, open: openInNewFolder });

async function openInNewFolder(): Promise<OpenedStore> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-store-" });
  const path = `${folder}/groundskeeper.db`;
  const store = openSqliteStore(path);
  return {
    store,
    reopen: () => Promise.try(() => openSqliteStore(path)),
    readOnly: () => Promise.try(() => openSqliteStoreReadOnly(path)),
    contender: { module: new URL("sqlite_opener.ts", import.meta.url), argument: path },
    async dispose() {
      store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
