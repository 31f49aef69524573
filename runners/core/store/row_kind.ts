import type { Json } from "../json.ts";
import type { ReadStore, Write } from "./store.ts";

/** A row with the type of its value. */
export interface TypedRow<Value> {
  readonly id: string;
  readonly revision: number;
  readonly value: Value;
}

/** Rows of one kind, with the type of their values: what a job keeps between its runs. */
export interface RowKind<Value> {
  readonly kind: string;
  /** All rows of the kind, by id. */
  read(store: ReadStore): Promise<ReadonlyMap<string, Value>>;
  /** The rows whose id begins with `prefix`, one by one, in the order of their ids. */
  list(store: ReadStore, prefix?: string): AsyncGenerator<TypedRow<Value>>;
  /** The row of an id, if there is one. */
  get(store: ReadStore, id: string): Promise<TypedRow<Value> | undefined>;
  /**
   * The row of an id; undefined takes it away.
   *
   * @param expect the revision that the row must have; left out: whatever is there is replaced
   */
  write(id: string, value: Value | undefined, expect?: number | "absent"): Write;
}

/** A kind of rows. Values must be plain data; what is read is trusted to be what was written. */
export function rowKind<Value>(kind: string): RowKind<Value> {
  async function* list(store: ReadStore, prefix?: string): AsyncGenerator<TypedRow<Value>> {
    for await (const { id, revision, value } of store.list(kind, prefix)) {
      yield { id, revision, value: value as unknown as Value };
    }
  }
  return {
    kind,
    list,
    read: async (store) => {
      const rows = new Map<string, Value>();
      for await (const { id, value } of list(store)) rows.set(id, value);
      return rows;
    },
    get: async (store, id) => {
      const row = await store.get(kind, id);
      return row && { id, revision: row.revision, value: row.value as unknown as Value };
    },
    write: (id, value, expect) => ({
      kind,
      id,
      value: value as unknown as Json | undefined,
      ...(expect === undefined ? {} : { expect }),
    }),
  };
}
