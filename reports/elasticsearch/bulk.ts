import { counted } from "../../runners/core/cli/words.ts";
import { type Elasticsearch, reasonText, ServerFault } from "./client.ts";

/** One document to be written or deleted. */
export type BulkItem = {
  readonly id: string;
  readonly index: string;
  /**
   * How, and under which condition: as the line of an action in Elasticsearch's bulk API has it.
   * Whatever it is, it must be right to be done twice.
   */
  readonly action:
    | { readonly create: Record<never, never> }
    | { readonly index: { readonly if_seq_no: number; readonly if_primary_term: number } }
    | { readonly index: { readonly version: number; readonly version_type: "external_gte" } }
    | { readonly delete: { readonly if_seq_no: number; readonly if_primary_term: number } };
  /** Makes its JSON, when it is sent: all at once may be hundreds of megabytes. Absent: delete it. */
  readonly body?: () => string;
};

/** What became of an item; conflict: its condition did not hold. */
export type BulkResult = "done" | "conflict" | { readonly failed: string };

/** The client's own helper has the same size; the server's limit is 100 MB. */
const PIECE_BYTES = 5_000_000;
const PIECE_ITEMS = 2_000;

/**
 * Writes items in pieces, in order, and reads the answer to each. Refusals that may pass are tried
 * again, by the request and by the item.
 *
 * @param tell is told of each item as its answer comes; of one that was refused for now, again later
 * @throws ServerFault if the server cannot be worked with
 */
export async function writeBulk<Item extends BulkItem>(
  server: Elasticsearch,
  items: readonly Item[],
  tell: (item: Item, result: BulkResult) => void,
): Promise<void> {
  for (const piece of piecesOf(items)) await writePiece(server, piece, tell);
}

type Lines<Item extends BulkItem> = { readonly item: Item; readonly text: string };

function* piecesOf<Item extends BulkItem>(items: readonly Item[]): Generator<Lines<Item>[]> {
  let piece: Lines<Item>[] = [];
  let bytes = 0;
  for (const item of items) {
    const text = linesOf(item);
    const more = new Blob([text]).size;
    if (piece.length > 0 && (bytes + more > PIECE_BYTES || piece.length === PIECE_ITEMS)) {
      yield piece;
      [piece, bytes] = [[], 0];
    }
    piece.push({ item, text });
    bytes += more;
  }
  if (piece.length > 0) yield piece;
}

function linesOf({ id, index, action, body }: BulkItem): string {
  const [[verb, condition]] = Object.entries(action) as [[string, object]];
  const line = JSON.stringify({ [verb]: { _index: index, _id: id, ...condition } });
  return body === undefined ? line : `${line}\n${body()}`;
}

async function writePiece<Item extends BulkItem>(
  server: Elasticsearch,
  piece: readonly Lines<Item>[],
  tell: (item: Item, result: BulkResult) => void,
): Promise<void> {
  let left = piece;
  for (let tries = 0; left.length > 0; tries++) {
    const answers = await send(server, left);
    if (answers === "too large") {
      if (left.length === 1) {
        tell(left[0]!.item, { failed: "it is larger than the server takes (413)" });
        return;
      }
      const half = Math.ceil(left.length / 2);
      await writePiece(server, left.slice(0, half), tell);
      left = left.slice(half);
      continue;
    }
    const refused: Lines<Item>[] = [];
    left.forEach((lines, at) => {
      const answer = answers[at]!;
      const result = resultOf(lines.item, answer);
      tell(lines.item, result ?? { failed: failureText(answer) });
      if (result === null) refused.push(lines);
    });
    left = refused;
    if (left.length > 0 && !await server.pause(tries)) return;
  }
}

type ItemAnswer = {
  readonly status: number;
  readonly error?: { readonly type?: string; readonly reason?: string | null };
};

async function send(
  server: Elasticsearch,
  piece: readonly Lines<BulkItem>[],
): Promise<readonly ItemAnswer[] | "too large"> {
  try {
    const operations = piece.map(({ text }) => text);
    const { items } = await server.ask((client, options) =>
      client.bulk({ operations, filter_path: "items.*.status,items.*.error" }, options)
    );
    // `filter_path` leaves out what is empty.
    const answers = (items ?? []).map((item) => Object.values(item)[0] as ItemAnswer);
    if (answers.length === piece.length) return answers;
    const count = `${counted(answers.length, "answer")} to ${counted(piece.length, "document")}`;
    throw new ServerFault(`Elasticsearch at ${server.node} gave ${count}`, 200, "answers");
  } catch (error) {
    if (error instanceof ServerFault && error.status === 413) return "too large";
    throw error;
  }
}

/** null: refused for now. */
function resultOf({ action }: BulkItem, answer: ItemAnswer): BulkResult | null {
  const { status, error } = answer;
  if (status >= 200 && status < 300) return "done";
  if (status === 404 && "delete" in action) return "done";
  if (status === 409) return "conflict";
  // The flood stage has 429, and lasts until somebody makes room.
  const passes = (status === 429 || status === 503) && error?.type !== "cluster_block_exception";
  return passes ? null : { failed: failureText(answer) };
}

function failureText({ status, error }: ItemAnswer): string {
  return `${reasonText(error?.type ?? null, error?.reason ?? "no reason given")} (${status})`;
}
