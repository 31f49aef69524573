import { resolve } from "node:path";
import { emptyStore } from "../memory/empty_store.ts";
import {
  type ReadStore,
  RETENTION_MS,
  type Store,
  type StoreTime,
} from "../../core/store/store.ts";
import { Connection } from "./connection.ts";
import { ensureFile, hasContent, refuseWriteAheadLog } from "./file.ts";
import { SqliteReadStore } from "./row_reader.ts";
import { SqliteStore } from "./row_writer.ts";
import { isReadable, migrate, MIGRATIONS } from "./schema.ts";

/** How a store is opened. The defaults are what programs use. */
type SqliteStoreOptions = {
  /**
   * How long to wait while another program holds the file, in milliseconds; 10,000 if left out.
   * All of the process waits.
   */
  readonly busyMilliseconds?: number;
  /** What time it is, and for how long rows are retained; the system's clock, and 400 days. */
  readonly time?: StoreTime;
  /** The steps of the schema. Only tests have others. */
  readonly migrations?: readonly string[];
};

const BUSY_MILLISECONDS = 10_000;

const TIME: StoreTime = { now: () => new Date(), retentionMs: RETENTION_MS };

/**
 * Opens the store in an SQLite file for reading and writing. Makes the file, for this user alone
 * (mode 0600), where there is none, and brings an older one to the newest version. Once a day the rows
 * that are over are deleted.
 *
 * The file is in rollback-journal mode: while nothing writes there is no file beside it. A
 * transaction that a killed program left half done is taken back here. The file must be on a local
 * disk (SQLite's locks do not hold on network file systems), its folder must be writable, and Deno
 * needs read and write for exactly this path.
 *
 * @throws StoreError when the file cannot be opened, or is not a store of this or an older version.
 */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  const absolute = resolve(path);
  ensureFile(absolute);
  const connection = connect(absolute, false, options);
  try {
    migrate(connection, options.migrations ?? MIGRATIONS);
    const store = new SqliteStore(connection, options.time ?? TIME);
    store.purge();
    return store;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Opens the store in an SQLite file for reading. Leaves no trace: it makes no file and changes no
 * byte. Where there is no file, or nothing was ever committed to it, the store is empty, and stays
 * so for as long as it is open. Beside a program that writes it reads what was committed last.
 *
 * A transaction that a killed program left half done can only be taken back by writing, so then
 * this, or the first read after it happened, throws and says so; the next
 * {@linkcode openSqliteStore} repairs it. Nothing half done is ever read.
 *
 * @throws StoreError when the file cannot be read as it is.
 */
export function openSqliteStoreReadOnly(
  path: string,
  options: SqliteStoreOptions = {},
): ReadStore {
  const absolute = resolve(path);
  if (!hasContent(absolute)) return emptyStore(absolute);
  refuseWriteAheadLog(absolute);
  const connection = connect(absolute, true, options);
  try {
    if (isReadable(connection, options.migrations ?? MIGRATIONS)) {
      return new SqliteReadStore(connection, options.time ?? TIME);
    }
    connection.close();
    return emptyStore(absolute);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connect(path: string, readOnly: boolean, options: SqliteStoreOptions): Connection {
  const busyMilliseconds = options.busyMilliseconds ?? BUSY_MILLISECONDS;
  return new Connection(path, { readOnly, busyMilliseconds });
}
