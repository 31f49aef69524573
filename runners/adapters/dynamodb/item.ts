import type { AttributeValue, TransactWriteItem, WriteRequest } from "@aws-sdk/client-dynamodb";
import { fromRowText } from "../rows/row_text.ts";
import type { Row, RowKey } from "../../core/store/store.ts";
import type { PreparedWrite } from "../rows/prepared_writes.ts";

/** A row as it is stored: `kind`, `id`, `revision`, `value` and, where it ends, `expires`. */
export type Item = Record<string, AttributeValue>;

/** What is stored of a write, besides its key and its text. */
export type Stamp = {
  readonly revision: number;
  /** When the row is over; null: never. */
  readonly end: Date | null;
};

/** The keys of the table, and the attribute that its TTL is on, in epoch seconds. */
export const KEYS = { HASH: "kind", RANGE: "id" } as const;
export const TTL_ATTRIBUTE = "expires";

/**
 * A new revision: 52 random bits, so that a row which was deleted and made again never has a revision
 * that it had before. Of a million revisions of one row, two are equal with a probability of 1 in 9,000.
 */
export function newRevision(): number {
  const [random = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return Number(random & 0xF_FFFF_FFFF_FFFFn) || 1;
}

export function keyOf({ kind, id }: RowKey): Item {
  return { [KEYS.HASH]: { S: kind }, [KEYS.RANGE]: { S: id } };
}

/**
 * The row of an item; undefined if it is over: AWS deletes such items within a few days (DynamoDB
 * Developer Guide, "Using time to live").
 *
 * @throws SyntaxError where the item is no row
 */
export function rowOf(item: Item, now: Date): Row | undefined {
  const [kind = "", id = ""] = [item[KEYS.HASH]?.S, item[KEYS.RANGE]?.S];
  const ends = item[TTL_ATTRIBUTE];
  const endSeconds = ends === undefined ? Infinity : Number(ends.N);
  if (Number.isNaN(endSeconds)) throw new SyntaxError(`its ${TTL_ATTRIBUTE} is no number`);
  if (endSeconds * 1_000 <= now.getTime()) return undefined;
  const revision = Number(item["revision"]?.N);
  if (!isRevision(revision)) throw new SyntaxError("it has no revision");
  const text = item["value"]?.S;
  if (text === undefined) throw new SyntaxError("it has no value");
  return { kind, id, revision, value: fromRowText(text) };
}

/** A write of which nothing is expected. */
export function batchItem(write: PreparedWrite, stamp: Stamp): WriteRequest {
  return write.text === undefined
    ? { DeleteRequest: { Key: keyOf(write) } }
    : { PutRequest: { Item: itemOf(write, write.text, stamp) } };
}

/** A write as a part of a transaction. What is to be absent and stay so is checked alone. */
export function transactItem(
  TableName: string,
  write: PreparedWrite,
  stamp: Stamp,
  now: Date,
): TransactWriteItem {
  const condition = write.expect === undefined ? {} : conditionOf(write.expect, now);
  if (write.text !== undefined) {
    return { Put: { TableName, Item: itemOf(write, write.text, stamp), ...condition } };
  }
  const part = { TableName, Key: keyOf(write) };
  return write.expect === "absent"
    ? { ConditionCheck: { ...part, ...conditionOf(write.expect, now) } }
    : { Delete: { ...part, ...condition } };
}

function itemOf(write: RowKey, text: string, { revision, end }: Stamp): Item {
  return {
    ...keyOf(write),
    revision: { N: String(revision) },
    value: { S: text },
    // Not before its instant: TTL knows whole seconds.
    ...(end === null ? {} : { [TTL_ATTRIBUTE]: { N: String(Math.ceil(end.getTime() / 1_000)) } }),
  };
}

/** The names stand in it as they are: DynamoDB reserves none of them, as it does `value`. */
function conditionOf(expect: number | "absent", now: Date) {
  const values = { ":now": { N: String(now.getTime() / 1_000) } };
  const ReturnValuesOnConditionCheckFailure = "ALL_OLD" as const;
  if (expect === "absent") {
    return {
      ReturnValuesOnConditionCheckFailure,
      ConditionExpression: "attribute_not_exists(id) OR expires <= :now",
      ExpressionAttributeValues: values,
    };
  }
  // What no row can have, such as NaN, which is no number of DynamoDB's either, becomes 0.
  const revision = { N: String(isRevision(expect) ? expect : 0) };
  return {
    ReturnValuesOnConditionCheckFailure,
    ConditionExpression:
      "revision = :revision AND (attribute_not_exists(expires) OR expires > :now)",
    ExpressionAttributeValues: { ...values, ":revision": revision },
  };
}

function isRevision(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0;
}
