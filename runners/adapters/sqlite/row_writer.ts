import type { StatementSync } from "node:sqlite";
import { refuseUnfit, type Store, toJsonText, type Write } from "../../core/store/store.ts";
import type { Connection } from "./connection.ts";
import { SqliteReadStore } from "./row_reader.ts";

/** A write as it goes to SQLite; `text` undefined deletes. */
type Prepared = Omit<Write, "value"> & { readonly text: string | undefined };

/** Writes lists of rows, each list in one transaction. */
export class SqliteStore extends SqliteReadStore implements Store {
  readonly #revision: StatementSync;
  readonly #next: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;

  constructor(connection: Connection) {
    super(connection);
    [this.#revision, this.#next, this.#put, this.#delete] = connection.attempt(
      "open the store",
      () => [
        connection.prepare("SELECT revision FROM rows WHERE kind = ? AND id = ?"),
        connection.prepare("UPDATE writes SET done = done + 1 RETURNING done"),
        connection.prepare(
          `INSERT INTO rows (kind, id, revision, value) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET revision = excluded.revision, value = excluded.value`,
        ),
        connection.prepare("DELETE FROM rows WHERE kind = ? AND id = ?"),
      ],
    );
  }

  /**
   * Writes all rows or none. All get the same revision, the number of this write.
   *
   * @throws TypeError for a key or value that cannot be stored and for a row that is named twice,
   *   StoreError, and Error after the connection was closed.
   */
  write(writes: readonly Write[]): Promise<boolean> {
    return Promise.try(() => {
      const action = `write ${writes.length} ${writes.length === 1 ? "row" : "rows"} to the store`;
      this.connection.refuseWhenClosed(action);
      const prepared = prepare(writes);
      return prepared.length === 0 || this.connection.transaction(action, () => {
        for (const { kind, id, expect } of prepared) {
          if (expect !== undefined && expect !== this.#state(kind, id)) return false;
        }
        const revision = Number(this.#next.get()?.done);
        for (const { kind, id, text } of prepared) {
          if (text === undefined) this.#delete.run(kind, id);
          else this.#put.run(kind, id, revision, text);
        }
        return true;
      });
    });
  }

  #state(kind: string, id: string): number | "absent" {
    const found = this.#revision.get(kind, id);
    return found === undefined ? "absent" : Number(found.revision);
  }
}

function prepare(writes: readonly Write[]): Prepared[] {
  const seen = new Set<string>();
  return writes.map(({ value, ...row }) => {
    const { kind, id } = row;
    refuseUnfit("kind", kind);
    refuseUnfit("id", id);
    const name = JSON.stringify([kind, id]);
    // It is not known which of the two should win. DynamoDB refuses it too.
    if (seen.has(name)) {
      throw new TypeError(`Cannot write the row "${kind}" "${id}" twice in one list`);
    }
    seen.add(name);
    return { ...row, text: value === undefined ? undefined : toJsonText(value) };
  });
}
