import { counted, numberText } from "../cli/words.ts";
import { DAY_MS } from "../duration.ts";
import { messageOf, StoreError } from "../errors.ts";
import type { Json } from "../json.ts";

/** What tells rows apart. */
export type RowKey = {
  /**
   * `audit/run`: the job's name, then what the rows are. Rows of one kind lie in one partition of a
   * table; a kind with a row per target has the account behind it (`accountRows`).
   */
  readonly kind: string;
  readonly id: string;
};

/** A stored value under its kind and id. */
export type Row = RowKey & {
  /**
   * A positive integer that changes with every write and is never given again to the same kind and
   * id, not even after the row was deleted. To be compared for equality only.
   */
  readonly revision: number;
  readonly value: Json;
};

/** One row to be written or deleted, with what must be true of it at that moment. */
export type Write = RowKey & {
  /** The value to store; `undefined` deletes the row. */
  readonly value: Json | undefined;
  /** The revision the row must have, or "absent". Left out: whatever is there is replaced. */
  readonly expect?: number | "absent";
  /**
   * When the row is over; "retained": after the store's retention, counted from now. Nobody reads it
   * after that. Left out: never.
   */
  readonly expires?: Date | "retained";
};

/** A write of which nothing is expected, so that it may be made again at any time. */
export type FreeWrite = Omit<Write, "expect">;

export type WriteResult =
  | { readonly written: true }
  /** Nothing was written: this row is not what was expected. `row` is what is there instead. */
  | { readonly written: false; readonly inTheWay: RowKey & { readonly row: Row | undefined } };

/** A store that cannot be written: what `plan` has, and all that only lists. */
export interface ReadStore {
  /** Where the store would be, for messages, if there is none and it answers as empty. */
  readonly missing?: string;
  /**
   * The row, or undefined where there is none or it is over.
   *
   * @throws TypeError for a key that no row can have; StoreError; Error after `close`
   */
  get(kind: string, id: string): Promise<Row | undefined>;
  /**
   * All rows of a kind whose id begins with `prefix`, in ascending order of id.
   *
   * Not a snapshot: a row that stays throughout appears exactly once; one that is written meanwhile
   * appears as it was or as it is.
   */
  list(kind: string, prefix?: string): AsyncIterable<Row>;
  /** Releases what the store holds. A second call does nothing. */
  close(): void;
}

/**
 * Groundskeeper's own memory: sightings, marks, journal, reservations, leases.
 *
 * @example Write a row only if nobody has written it meanwhile, in a `folder` of your own
 * ```ts
 * import assert from "assert";
 * import { openSqliteStore } from "./runners/adapters/sqlite/sqlite_store.ts";
 *
 * const store = openSqliteStore(`${folder}/example.db`);
 * const row = { kind: "example/count", id: "a", value: 1 };
 * assert.deepEqual(await store.write([{ ...row, expect: "absent" }]), { written: true });
 * const { revision } = await store.get("example/count", "a");
 * assert.deepEqual(await store.write([{ ...row, value: 2, expect: revision }]), { written: true });
 * const lost = await store.write([{ ...row, value: 3, expect: revision }]);
 * assert.equal(lost.written, false);
 * assert.equal(lost.inTheWay.row.value, 2);
 * store.close();
 * ```
 */
export interface Store extends ReadStore {
  /**
   * Writes all rows, durably, or none. A row may stand in the list once; an empty list is written.
   *
   * @param writes at most {@linkcode MOST_ROWS} rows and {@linkcode MOST_BYTES} bytes
   * @throws TypeError for a list that no store can write; StoreError when the store cannot be reached
   * or written, or a row is too large for it
   */
  write(writes: readonly Write[]): Promise<WriteResult>;
  /**
   * Writes any number of rows that may part, in pieces. The pieces follow each other; which rows of a
   * piece are there when it is cut is not known, since DynamoDB's batches have no order. What must be
   * there before others is written with {@linkcode writeRounds}. To write all of them again, or what
   * {@linkcode UnfinishedWriteError} says is left, is right at any time.
   *
   * @param signal is looked at between two pieces
   * @throws TypeError for rows that no store can write, before the first is written;
   *   UnfinishedWriteError when the store cannot be reached or written; what the signal says
   */
  writeEach(writes: readonly FreeWrite[], signal?: AbortSignal): Promise<void>;
}

/** A row is larger than any store takes: this row alone cannot be written. */
export class OversizedRowError extends StoreError {
  constructor({ kind, id }: RowKey, bytes: number) {
    super(
      `Cannot store the row "${kind}" "${id}": it has ${bytes} bytes, and a row has ` +
        `${LARGEST_ROW_BYTES} at most. Nothing of this write was stored; report it with what makes ` +
        "the row that large",
    );
  }
}

/** Rows that may part were not all written: the first `rows` of them are. */
export class UnfinishedWriteError extends StoreError {
  constructor(readonly rows: number, of: number, cause: unknown) {
    super(
      `${messageOf(cause)}. Before that, ${numberText(rows)} of ${counted(of, "row")} were written`,
      {
        cause,
      },
    );
  }
}

/**
 * What every store takes at most, so that no row fits into one store and not into another: DynamoDB's
 * limits of a transaction and of an item (DynamoDB Developer Guide, "Service quotas"). An item of
 * 400 KB includes the names of its attributes.
 */
export const MOST_ROWS = 100;
export const MOST_BYTES = 4_000_000;
export const LARGEST_ROW_BYTES = 400_000;

/** Days in milliseconds that rows are retained where nothing else is configured. */
export const RETENTION_MS = 400 * DAY_MS;

/** What a store needs to know of time. */
export type StoreTime = {
  readonly now: () => Date;
  readonly retentionMs: number;
};

/** Works with a store and closes it. */
export async function closing<Opened extends ReadStore, Result>(
  store: Opened,
  work: (store: Opened) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** Rows that may part, of which those of a round are written when the round before it is there. */
export type Rounds = readonly (readonly FreeWrite[])[];

/** Writes rounds of rows one after the other. @throws as {@linkcode Store.writeEach} */
export async function writeRounds(
  store: Store,
  rounds: Rounds,
  signal?: AbortSignal,
): Promise<void> {
  for (const round of rounds) await store.writeEach(round, signal);
}
