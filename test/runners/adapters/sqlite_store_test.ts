import { DatabaseSync } from "node:sqlite";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import {
  storeConformance,
  type StoreHarness,
  storeRaces,
} from "../../conformance/store_conformance.ts";

const HARNESS = {
  async open(time) {
    const folder = await Deno.makeTempDir({ prefix: "groundskeeper-store-" });
    const place = `${folder}/groundskeeper.db`;
    const store = openSqliteStore(place, { time });
    return {
      store,
      place,
      reopen: () => Promise.try(() => openSqliteStore(place, { time })),
      readOnly: () => Promise.try(() => openSqliteStoreReadOnly(place, { time })),
      async dispose() {
        store.close();
        await Deno.remove(folder, { recursive: true });
      },
    };
  },
  contender: new URL("sqlite_opener.ts", import.meta.url),
  failAt({ place }, { kind, id }) {
    const inFile = (script: string) => {
      using database = new DatabaseSync(place);
      database.exec(script);
    };
    inFile(
      `CREATE TRIGGER failing BEFORE INSERT ON kept_rows
       WHEN NEW.kind = '${kind}' AND NEW.id = '${id}' BEGIN SELECT RAISE(ABORT, 'failing'); END`,
    );
    return Promise.resolve(() => Promise.resolve(inFile("DROP TRIGGER failing")));
  },
} satisfies StoreHarness;

storeConformance("The SQLite store", HARNESS);
storeRaces("The SQLite store", HARNESS);
