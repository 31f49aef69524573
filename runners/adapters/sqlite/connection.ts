import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type StoreFile, toStoreError } from "./store_fault.ts";

/** How a connection is opened. */
type ConnectionOptions = {
  readonly readOnly: boolean;
  /** How long to wait for another program's lock, in milliseconds. */
  readonly busyMilliseconds: number;
};

/**
 * One connection to an SQLite file, whose faults are StoreErrors.
 *
 * While it waits for a lock, no other work of this process goes on: SQLite is synchronous.
 */
export class Connection implements StoreFile {
  readonly path: string;
  readonly readOnly: boolean;
  readonly #database: DatabaseSync;
  readonly #beginReading: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  #open = true;

  /**
   * @param path Absolute: SQLite reads a relative one that begins with "file:" as a URI.
   * @throws StoreError when the file cannot be opened.
   */
  constructor(path: string, options: ConnectionOptions) {
    this.path = path;
    this.readOnly = options.readOnly;
    let database: DatabaseSync | undefined;
    try {
      this.#database = database = new DatabaseSync(path, { readOnly: options.readOnly });
      // Deno 2.9.6 leaves the constructor's `timeout` out for read-only connections.
      this.#database.exec(`PRAGMA busy_timeout = ${options.busyMilliseconds}`);
      // EXTRA is FULL and, after the commit, a sync of the folder: with FULL alone a power cut may
      // bring the journal back, which takes back a transaction that was reported as written.
      this.#database.exec("PRAGMA synchronous = EXTRA");
      // A copy of an older store must not leave the memory.
      this.#database.exec("PRAGMA temp_store = MEMORY");
      this.#beginReading = this.#database.prepare("BEGIN");
      this.#begin = this.#database.prepare("BEGIN IMMEDIATE");
      this.#commit = this.#database.prepare("COMMIT");
      this.#rollback = this.#database.prepare("ROLLBACK");
    } catch (error) {
      database?.close();
      throw toStoreError("open the store", this, error);
    }
  }

  /** Prepares a statement. Call it within {@linkcode attempt}. */
  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /** Runs a script of statements. Call it within {@linkcode attempt}. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /** The one number that a pragma answers. Call it within {@linkcode attempt}. */
  numberOf(sql: string): number {
    const row = this.#database.prepare(sql).get();
    return Number(Object.values(row ?? {})[0]);
  }

  /**
   * Does `work` and turns what SQLite throws into a StoreError.
   *
   * @param action What is tried, as it follows "Cannot": `write 2 rows to the store`.
   * @throws Error when the connection was closed, StoreError for every fault.
   */
  attempt<T>(action: string, work: () => T): T {
    this.refuseWhenClosed(action);
    try {
      return work();
    } catch (error) {
      throw toStoreError(action, this, error);
    }
  }

  /**
   * Does `work` in a transaction that holds the write lock from its beginning; commits when it
   * answers true, takes everything back when it answers false or throws.
   *
   * @throws as {@linkcode attempt}; also when another program keeps the lock for too long.
   */
  transaction(action: string, work: () => boolean): boolean {
    return this.#within(this.#begin, action, work);
  }

  /**
   * Does `work`, which must only read, so that all of it sees the same moment.
   *
   * @throws as {@linkcode attempt}.
   */
  snapshot<T>(action: string, work: () => T): T {
    return this.#within(this.#beginReading, action, work);
  }

  #within<T>(begin: StatementSync, action: string, work: () => T): T {
    return this.attempt(action, () => {
      begin.run();
      try {
        const result = work();
        if (result !== false) this.#commit.run();
        return result;
      } finally {
        // Also after a COMMIT that failed, for instance on a lock: it leaves the transaction open.
        // Some faults end it by themselves.
        if (this.#database.isTransaction) this.#rollback.run();
      }
    });
  }

  /** @throws Error when the connection was closed. */
  refuseWhenClosed(action: string): void {
    if (!this.#open) throw new Error(`Cannot ${action} "${this.path}": the store was closed`);
  }

  /** Closes the file. A second time does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#database.close();
  }
}
