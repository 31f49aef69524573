import type { Json } from "../json.ts";
import type { ReadStore, Write } from "./store.ts";

/** Rows of one kind, with the type of their values: what a job keeps between its runs. */
export interface RowKind<Value> {
  /** All rows of the kind, by id. */
  read(store: ReadStore): Promise<ReadonlyMap<string, Value>>;
  /** The row of an id; undefined takes it away. */
  write(id: string, value: Value | undefined): Write;
}

/** A kind of rows. Values must be plain data; what is read is trusted to be what was written. */
export function rowKind<Value>(kind: string): RowKind<Value> {
  return {
    read: async (store) => {
      const rows = new Map<string, Value>();
      for await (const row of store.list(kind)) rows.set(row.id, row.value as unknown as Value);
      return rows;
    },
    write: (id, value) => ({ kind, id, value: value as unknown as Json | undefined }),
  };
}
