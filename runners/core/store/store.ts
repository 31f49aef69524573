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
  /** Not empty, ASCII without control characters (U+0020 to U+007F); so is the id. */
  readonly kind: string;
  readonly id: string;
  /** The value to store; `undefined` deletes the row. */
  readonly value: Json | undefined;
  /** The revision the row must have, or "absent". Left out: whatever is there is replaced. */
  readonly expect?: number | "absent";
};

/** A store that cannot be written: what `plan` has, and all that only lists. */
export interface ReadStore {
  /**
   * The row, or undefined where there is none.
   *
   * @throws TypeError for a key that no row can have; Error after `close`
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
 * There is one way to write, all or nothing, so that two rows which belong together never part.
 *
 * @example Write a row only if nobody has written it meanwhile, in a `folder` of your own
 * ```ts
 * import assert from "assert";
 * import { openSqliteStore } from "./runners/adapters/sqlite/sqlite_store.ts";
 *
 * const store = openSqliteStore(`${folder}/example.db`);
 * const row = { kind: "example/count", id: "a", value: 1 };
 * assert.equal(await store.write([{ ...row, expect: "absent" }]), true);
 * const { revision } = await store.get("example/count", "a");
 * assert.equal(await store.write([{ ...row, value: 2, expect: revision }]), true);
 * assert.equal(await store.write([{ ...row, value: 3, expect: revision }]), false);
 * store.close();
 * ```
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

/** What kinds and ids consist of: U+0020 to U+007F, which every ARN and path of AWS keeps to. */
const FIT = /^[ -\x7f]+$/;

/**
 * Refuses a kind, id or prefix that is empty (DynamoDB has none) or has a character outside of
 * ASCII, or a control character. With ASCII alone SQLite and DynamoDB, which compare UTF-8 bytes,
 * have the order of JavaScript, which compares UTF-16 code units.
 *
 * @throws TypeError
 */
export function refuseUnfit(what: "kind" | "id" | "prefix", text: string): void {
  if (FIT.test(text)) return;
  const fault = text === "" ? "it is empty" : "it has a character that is not printable ASCII";
  throw new TypeError(`Cannot use the ${what} ${JSON.stringify(text)}: ${fault}`);
}

/**
 * The value as JSON text.
 *
 * @throws TypeError for what JSON would silently change or drop: NaN, infinities, undefined,
 *   functions, symbols; and for a bigint. (A negative zero becomes 0, which equals it.)
 */
export function toJsonText(value: Json): string {
  return JSON.stringify(value, refuseWhatJsonChanges);
}

function refuseWhatJsonChanges(name: string, value: unknown): unknown {
  const changed = typeof value === "number"
    ? !Number.isFinite(value)
    : ["undefined", "function", "symbol", "bigint"].includes(typeof value);
  if (changed) {
    throw new TypeError(`Cannot store ${String(value)} at "${name}": JSON has no such value`);
  }
  return value;
}
