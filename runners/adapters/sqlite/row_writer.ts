import type { StatementSync } from "node:sqlite";
import { DAY_MS } from "../../core/duration.ts";
import type { Store, StoreTime, Write, WriteResult } from "../../core/store/store.ts";
import {
  endOf,
  inPieces,
  type PreparedWrite,
  prepareEach,
  prepareWrites,
} from "../rows/prepared_writes.ts";
import type { Connection } from "./connection.ts";
import { SqliteReadStore } from "./row_reader.ts";

/** How many rows that may part are written in one transaction: it takes some milliseconds. */
const ROWS_OF_A_PIECE = 500;

/** How many rows that are over are deleted at once. */
const ROWS_OF_A_PURGE = 5_000;

/** How far a purge goes beyond the one before. */
const MOST_DAYS_OF_A_PURGE = 2;

/** Writes lists of rows, each list in one transaction. */
export class SqliteStore extends SqliteReadStore implements Store {
  readonly #next: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;

  constructor(connection: Connection, time: StoreTime) {
    super(connection, time);
    [this.#next, this.#put, this.#delete] = connection.attempt("open the store", () => [
      connection.prepare("UPDATE writes SET done = done + 1 RETURNING done"),
      connection.prepare(
        `INSERT INTO kept_rows (kind, id, revision, value, expires) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET revision = excluded.revision, value = excluded.value,
           expires = excluded.expires`,
      ),
      connection.prepare("DELETE FROM kept_rows WHERE kind = ? AND id = ?"),
    ]);
  }

  /**
   * Writes all rows or none. All get the same revision, the number of this write.
   *
   * @throws as the port says, and Error after the connection was closed
   */
  write(writes: readonly Write[]): Promise<WriteResult> {
    return Promise.try(() => {
      const action = actionOf(writes);
      this.connection.refuseWhenClosed(action);
      const prepared = prepareWrites(writes);
      let result: WriteResult = { written: true };
      if (prepared.length === 0) return result;
      this.connection.transaction(action, () => {
        const inTheWay = this.#inTheWay(prepared);
        if (inTheWay) result = { written: false, inTheWay };
        else this.#putAll(prepared);
        return result.written;
      });
      return result;
    });
  }

  writeEach(writes: readonly Write[], signal?: AbortSignal): Promise<void> {
    return Promise.try(() => {
      const action = actionOf(writes);
      this.connection.refuseWhenClosed(action);
      return inPieces(prepareEach(writes), ROWS_OF_A_PIECE, async (piece) => {
        this.connection.transaction(action, () => {
          this.#putAll(piece);
          return true;
        });
        // SQLite is synchronous: beats and signals have their turn between two pieces.
        await new Promise((resolve) => setTimeout(resolve));
      }, signal);
    });
  }

  /**
   * Deletes rows that are over, once a day: nobody reads them any more. The store is opened before AWS
   * has said its time, and a clock that is years ahead once must not cost the journal: what the last
   * purge had not nearly reached is left to the next one.
   *
   * @throws StoreError
   */
  purge(): void {
    const nowMs = this.nowMs();
    this.connection.transaction("delete old rows of the store", () => {
      const lastMs = this.connection.numberOf("SELECT purged FROM writes");
      if (lastMs <= nowMs && lastMs > nowMs - DAY_MS) return false;
      const endMs = Math.min(nowMs, lastMs + MOST_DAYS_OF_A_PURGE * DAY_MS);
      this.connection.prepare(
        `DELETE FROM kept_rows WHERE (kind, id) IN (
           SELECT kind, id FROM kept_rows WHERE expires <= ? LIMIT ${ROWS_OF_A_PURGE})`,
      ).run(endMs);
      const isDone =
        this.connection.numberOf(`SELECT count(*) FROM kept_rows WHERE expires <= ${endMs}`) === 0;
      if (isDone) this.connection.prepare("UPDATE writes SET purged = ?").run(nowMs);
      return true;
    });
  }

  #inTheWay(prepared: readonly PreparedWrite[]) {
    for (const { kind, id, expect } of prepared) {
      if (expect === undefined) continue;
      const row = this.row(kind, id);
      if (expect !== (row?.revision ?? "absent")) return { kind, id, row };
    }
    return undefined;
  }

  #putAll(prepared: readonly PreparedWrite[]): void {
    const revision = Number(this.#next.get()?.done);
    for (const { kind, id, text, ...write } of prepared) {
      if (text === undefined) this.#delete.run(kind, id);
      else this.#put.run(kind, id, revision, text, endOf(write, this.time)?.getTime() ?? null);
    }
  }
}

function actionOf({ length }: readonly Write[]): string {
  return `write ${length} ${length === 1 ? "row" : "rows"} to the store`;
}
