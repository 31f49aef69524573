import { chunksOf } from "../../core/chunks.ts";
import { StoreError } from "../../core/errors.ts";
import {
  LARGEST_ROW_BYTES,
  MOST_BYTES,
  MOST_ROWS,
  OversizedRowError,
  type StoreTime,
  UnfinishedWriteError,
  type Write,
} from "../../core/store/store.ts";
import { sumOf } from "../../core/sum_of.ts";
import { toRowText } from "./row_text.ts";

/** How long the parts of a key may be: DynamoDB's limits of a partition key and of a sort key. */
const LONGEST = { kind: 2_048, id: 1_024, prefix: 1_024 } as const;

/** What kinds and ids consist of: U+0020 to U+007F, which every ARN and path of AWS keeps to. */
const FIT = /^[ -\x7f]+$/;

/**
 * Refuses a kind, id or prefix that is empty (DynamoDB has none), too long for DynamoDB, or has a
 * character outside of ASCII, or a control character. With ASCII alone SQLite and DynamoDB, which
 * compare UTF-8 bytes, have the order of JavaScript, which compares UTF-16 code units.
 *
 * @throws TypeError
 */
export function refuseUnfit(what: "kind" | "id" | "prefix", text: string): void {
  if (FIT.test(text) && text.length <= LONGEST[what]) return;
  const fault = text === ""
    ? "it is empty"
    : text.length > LONGEST[what]
    ? `it has ${text.length} characters, and ${LONGEST[what]} at most are allowed`
    : "it has a character that is not printable ASCII";
  throw new TypeError(`Cannot use the ${what} ${JSON.stringify(text)}: ${fault}`);
}

/** A write whose value is checked, as the text of its row; `text` undefined deletes. */
export type PreparedWrite = Omit<Write, "value"> & { readonly text: string | undefined };

/**
 * The rows of one write, all or nothing, ready for any store.
 *
 * @throws TypeError for a list that no store can write, OversizedRowError
 */
export function prepareWrites(writes: readonly Write[]): PreparedWrite[] {
  if (writes.length > MOST_ROWS) {
    throw new TypeError(`Cannot write ${writes.length} rows at once: ${MOST_ROWS} at most`);
  }
  const prepared = prepareEach(writes);
  const bytes = sumOf(prepared, bytesOf);
  if (bytes > MOST_BYTES) {
    throw new TypeError(`Cannot write ${bytes} bytes at once: ${MOST_BYTES} at most`);
  }
  return prepared;
}

/** The same of rows that may part: any number of them. @throws as {@linkcode prepareWrites} */
export function prepareEach(writes: readonly Write[]): PreparedWrite[] {
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
    const prepared = { ...row, text: value === undefined ? undefined : toRowText(value) };
    const bytes = bytesOf(prepared);
    if (bytes > LARGEST_ROW_BYTES) throw new OversizedRowError(row, bytes);
    return prepared;
  });
}

function bytesOf({ kind, id, text = "" }: PreparedWrite): number {
  return kind.length + id.length + new TextEncoder().encode(text).length;
}

/** When a row that is written now is over; null: never. */
export function endOf(
  { expires }: Pick<Write, "expires">,
  { now, retentionMs }: StoreTime,
): Date | null {
  if (expires === "retained") return new Date(now().getTime() + retentionMs);
  return expires ?? null;
}

/**
 * Writes rows in pieces.
 *
 * @param most how many rows a piece may have
 * @throws UnfinishedWriteError, and what the signal says
 */
export async function inPieces(
  rows: readonly PreparedWrite[],
  most: number,
  write: (piece: readonly PreparedWrite[]) => Promise<void> | void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let written = 0;
  for (const piece of chunksOf(rows, most)) {
    signal?.throwIfAborted();
    try {
      await write(piece);
    } catch (cause) {
      if (cause instanceof StoreError) throw new UnfinishedWriteError(written, rows.length, cause);
      throw cause;
    }
    written += piece.length;
  }
}
