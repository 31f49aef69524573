import type { Json } from "../json.ts";

/** A stored value under its kind and id. */
export type Row = {
  readonly kind: string;
  readonly id: string;
  /**
   * A positive integer that changes with every write and is never given again to the same kind and
   * id, not even after the row was deleted. To be compared for equality only.
   */
  readonly revision: number;
  readonly value: Json;
};

/** One row to be written or deleted, with what must be true of it at that moment. */
export type Write = {
  /** Not empty, well-formed Unicode, no NUL; the same holds for the id. */
  readonly kind: string;
  readonly id: string;
  /** The value to store; `undefined` deletes the row. */
  readonly value: Json | undefined;
  /** The revision the row must have, or "absent". Left out: whatever is there is replaced. */
  readonly expect?: number | "absent";
};

/** What `plan` and everything that only lists may hold: a store that cannot be written. */
export interface ReadStore {
  /**
   * The row, or undefined where there is none.
   *
   * @throws TypeError for a key that no row can have; Error after `close`
   */
  get(kind: string, id: string): Promise<Row | undefined>;
  /**
   * All rows of a kind whose id begins with `prefix`, in ascending order of id (by code unit).
   *
   * Not a snapshot: a row that stays throughout appears exactly once; one that is written meanwhile
   * appears as it was or as it is.
   */
  list(kind: string, prefix?: string): AsyncIterable<Row>;
  /** Releases what the store holds. A second call does nothing. */
  close(): void;
}

/**
 * Groundskeeper's own memory: looks, marks, journal, reservations, leases.
 *
 * There is one way to write, all or nothing, so that two rows which belong together never part.
 */
export interface Store extends ReadStore {
  /**
   * Writes all rows, durably, or none. A row may stand in the list once; an empty list is written.
   *
   * @returns false, having written nothing, when an expectation did not hold.
   * @throws TypeError for a list that no store can write; StoreError when the store cannot be
   * reached or written.
   */
  write(writes: readonly Write[]): Promise<boolean>;
}
