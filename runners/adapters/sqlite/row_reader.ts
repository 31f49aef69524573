import type { SQLOutputValue, StatementSync } from "node:sqlite";
import { DamagedRowError, messageOf } from "../../core/errors.ts";
import { fromRowText } from "../rows/row_text.ts";
import type { ReadStore, Row, StoreTime } from "../../core/store/store.ts";
import { refuseUnfit } from "../rows/prepared_writes.ts";
import type { Connection } from "./connection.ts";
import { storeFault } from "./store_fault.ts";

/** The rows of a page at most, and of the first one, when nobody knows yet how large they are. */
const MOST_ROWS = 500, FIRST_ROWS = 100;
/** How much JSON text a page should have: large rows come in small pages. */
const PAGE_CHARACTERS = 4_000_000;

type Columns = Record<string, SQLOutputValue>;

/** Ids consist of U+0020 to U+007F. A prefix with this behind it follows all ids with that prefix. */
const BEHIND = "\x80";
/** An id with this behind it is the smallest that may follow the id. */
const SMALLEST = " ";

/** Reads rows. No lock is held between two pages. */
export class SqliteReadStore implements ReadStore {
  readonly #one: StatementSync;
  readonly #page: StatementSync;

  /** @throws StoreError */
  constructor(protected readonly connection: Connection, protected readonly time: StoreTime) {
    const select = "SELECT id, revision, value FROM kept_rows " +
      "WHERE kind = ? AND (expires IS NULL OR expires > ?)";
    [this.#one, this.#page] = connection.attempt("read the store", () => [
      connection.prepare(`${select} AND id = ?`),
      connection.prepare(`${select} AND id >= ? AND id < ? ORDER BY id LIMIT ?`),
    ]);
  }

  /** This instant, as rows say when they are over. */
  protected nowMs(): number {
    return this.time.now().getTime();
  }

  get(kind: string, id: string): Promise<Row | undefined> {
    return Promise.try(() => {
      refuseUnfit("kind", kind);
      refuseUnfit("id", id);
      return this.connection.attempt(
        `read the row "${kind}" "${id}" of the store`,
        () => this.row(kind, id),
      );
    });
  }

  /** The row as it is now. Call it within an attempt. */
  protected row(kind: string, id: string): Row | undefined {
    const found = this.#one.get(kind, this.nowMs(), id);
    return found && this.#toRow(kind, found);
  }

  /** Reads page by page: a row that is written meanwhile may be seen as it was or as it is. */
  async *list(kind: string, prefix = ""): AsyncIterable<Row> {
    refuseUnfit("kind", kind);
    if (prefix !== "") refuseUnfit("prefix", prefix);
    const end = prefix + BEHIND;
    let [start, limit] = [prefix, FIRST_ROWS];
    for (;;) {
      const { rows, characters } = this.#read(kind, start, end, limit);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      start = last.id + SMALLEST;
      const fitting = Math.floor(PAGE_CHARACTERS * rows.length / characters);
      limit = Math.min(Math.max(fitting, 1), MOST_ROWS);
    }
  }

  /**
   * A page, read at once: Deno 2.9.6's `iterate` ends without an error if SQLite meets one, and a
   * damaged store would be a shorter list.
   */
  #read(kind: string, start: string, end: string, limit: number) {
    return this.connection.attempt(`list the rows "${kind}" of the store`, () => {
      const found = this.#page.all(kind, this.nowMs(), start, end, limit);
      return {
        rows: found.map((columns) => this.#toRow(kind, columns)),
        characters: found.reduce((sum, { value }) => sum + String(value).length, 0),
      };
    });
  }

  #toRow(kind: string, { id: stored, revision, value }: Columns): Row {
    const id = String(stored);
    try {
      return { kind, id, revision: Number(revision), value: fromRowText(String(value)) };
    } catch (cause) {
      const { message } = storeFault(
        `read the row "${kind}" "${id}" of the store`,
        this.connection.path,
        `its value cannot be read (${messageOf(cause)})`,
        "Restore it from a backup",
      );
      throw new DamagedRowError(message, { cause });
    }
  }

  close(): void {
    this.connection.close();
  }
}
