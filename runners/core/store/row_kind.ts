import pLimit from "p-limit";
import * as z from "zod";
import { DamagedRowError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { ReadStore, Row, Write } from "./store.ts";

export type TypedRow<Value> = Pick<Row, "id" | "revision"> & { readonly value: Value };

/** When a row is over, by its value; undefined: never. */
type Expiry<Value> = (value: Value) => Write["expires"];

/** What rows of a kind are, whichever job and account they are of: `run` of `audit/run`. */
export function rowName(kind: string): string {
  return kind.slice(kind.indexOf("/") + 1).split("#")[0]!;
}

/** An instant in a row: RFC 3339. What is no instant would be compared as NaN, and never be late. */
export const instantInRow = z.iso.datetime({ offset: true });

/**
 * Rows of one kind, with the type of their values, which must be plain data: what is kept between
 * runs. What reads throws a DamagedRowError that names the row which does not have the shape.
 *
 * @param shape what a value must have for the job to work with it; keys that it does not name are
 *   left as they are, so that rows of other versions can be read
 * @param expires when a row is over; left out: never
 *
 * @example Keep a count in a `folder` of your own, and read it with its type
 * ```ts
 * import assert from "assert";
 * import * as z from "zod";
 * import { openSqliteStore } from "./runners/adapters/sqlite/sqlite_store.ts";
 * import { rowKind } from "./runners/core/store/row_kind.ts";
 *
 * const counts = rowKind("example/count", z.looseObject({ count: z.int() }));
 * const store = openSqliteStore(`${folder}/example.db`);
 * await store.write([counts.write("a", { count: 1 })]);
 * assert.deepEqual([...await counts.read(store)], [["a", { count: 1 }]]);
 * store.close();
 * ```
 */
export function rowKind<Value extends Json>(
  kind: string,
  shape: z.ZodType = z.looseObject({}),
  expires: Expiry<Value> = () => undefined,
) {
  const typed = ({ id, revision, value }: Row): TypedRow<Value> => {
    const [problem] = shape.safeParse(value).error?.issues ?? [];
    if (problem) throw unreadable(kind, id, problem);
    // The shape has what the job works with; the rest of a row is as its kind writes it.
    return { id, revision, value: value as unknown as Value };
  };
  /** The rows whose id begins with `prefix`, one by one, in the order of their ids. */
  async function* list(store: ReadStore, prefix?: string): AsyncGenerator<TypedRow<Value>> {
    for await (const row of store.list(kind, prefix)) yield typed(row);
  }
  return {
    kind,
    /** A row that was read from the store. */
    of: typed,
    list,
    /** All rows of the kind, by id. */
    read: async (store: ReadStore): Promise<ReadonlyMap<string, Value>> => {
      const rows = new Map<string, Value>();
      for await (const { id, value } of list(store)) rows.set(id, value);
      return rows;
    },
    /** The row of an id, if there is one. */
    get: async (store: ReadStore, id: string): Promise<TypedRow<Value> | undefined> => {
      const row = await store.get(kind, id);
      return row && typed(row);
    },
    /**
     * The row of an id; undefined takes it away.
     *
     * @param expect the revision that the row must have; left out: whatever is there is replaced
     */
    write: (id: string, value: Value | undefined, expect?: number | "absent"): Write => {
      const end = value === undefined ? undefined : expires(value);
      return {
        kind,
        id,
        value,
        ...(end === undefined ? {} : { expires: end }),
        ...(expect === undefined ? {} : { expect }),
      };
    },
  };
}

/** How many accounts are read at once: a store may be far away. */
const ACCOUNTS_AT_ONCE = 20;

/**
 * A kind with a row per target. Each account has a partition of its own, `repo/role#111111111111`:
 * AWS takes 1,000 writes a second into one (DynamoDB Developer Guide, "Partition key design").
 */
export function accountRows<Value extends Json>(
  kind: string,
  shape?: z.ZodType,
  expires?: Expiry<Value>,
) {
  const kinds = new Map<string, ReturnType<typeof rowKind<Value>>>();
  const of = (account: string) =>
    kinds.getOrInsertComputed(account, () => rowKind<Value>(`${kind}#${account}`, shape, expires));
  return {
    kind,
    of,
    /** All rows of some accounts, by id: ids of a kind are never equal in two accounts. */
    read: async (
      store: ReadStore,
      accounts: Iterable<string>,
    ): Promise<ReadonlyMap<string, Value>> => {
      const ids = [...new Set(accounts)].sort();
      const rows = await pLimit(ACCOUNTS_AT_ONCE).map(ids, (id) => of(id).read(store));
      return new Map(rows.flatMap((own) => [...own]));
    },
  };
}

function unreadable(
  kind: string,
  id: string,
  { path, message }: z.core.$ZodIssue,
): DamagedRowError {
  const where = path.length === 0 ? "its value" : path.join(".");
  return new DamagedRowError(
    `Cannot read the row "${kind}" "${id}" of the store: ${where}: ${message}. ` +
      "Restore the store from a backup, or delete this row",
  );
}
