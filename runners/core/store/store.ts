import type { Json } from "../json.ts";

/** A stored value under its kind and id. */
export interface Row {
  readonly kind: string;
  readonly id: string;
  /** 1 when the row is made, one more with each write. Never reused while the row exists. */
  readonly revision: number;
  readonly value: Json;
}

/** One row to be written or deleted, with what must be true of it at that moment. */
export interface Write {
  readonly kind: string;
  readonly id: string;
  /** The value to store; `undefined` deletes the row. */
  readonly value: Json | undefined;
  /** The revision the row must have, or "absent". Left out: whatever is there is replaced. */
  readonly expect?: number | "absent";
}

/** What `plan` and everything that only lists may hold: a store that cannot be written. */
export interface ReadStore {
  /** The row, or undefined where there is none. */
  get(kind: string, id: string): Promise<Row | undefined>;
  /** All rows of a kind whose id begins with `prefix`, in ascending order of id (by code unit). */
  list(kind: string, prefix?: string): AsyncIterable<Row>;
  /** Releases what the store holds. Nothing may be asked of it afterwards. */
  close(): void;
}

/**
 * Groundskeeper's own memory: looks, marks, journal, reservations, leases.
 *
 * There is one way to write, all or nothing, so that two rows which belong together never part.
 */
export interface Store extends ReadStore {
  /**
   * Writes all rows, durably, or none.
   *
   * @returns false, having written nothing, when an expectation did not hold.
   * @throws StoreError when the store cannot be reached or written.
   */
  write(writes: readonly Write[]): Promise<boolean>;
}
