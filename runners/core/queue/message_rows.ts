import * as z from "zod";
import { DAY_MS } from "../duration.ts";
import type { Json } from "../json.ts";
import { instantInRow, rowKind } from "../store/row_kind.ts";
import type { Store, Write } from "../store/store.ts";
import type { QueueMessage } from "./queue.ts";

/** SQS keeps a message for 14 days at most (SQS Developer Guide, "Message quotas"). */
const HANDLED_KEPT_MS = 15 * DAY_MS;

const REJECTED_KEPT_MS = 30 * DAY_MS;

/** Whoever may send could fill the store otherwise. */
const REJECTED_KEPT = 1_000;

/** How much of a rejected body is kept, in bytes of UTF-8. */
export const REJECTED_BYTES = 65_536;

/** What is remembered of a message. */
export type HandledRow = {
  readonly at: string;
  /** "deferred": a row of its own says what is still to be done. */
  readonly verdict: "handled" | "duplicate" | "rejected" | "deferred";
  /** Set until it was sent, so that a crash before that loses no answer. */
  readonly answer: Json | null;
};

/** What a message is judged by when it is no longer in the queue. */
type StoredMessage = {
  readonly message_id: string;
  /** Which of the job's queues it came from. */
  readonly source: string;
  /** As SQS says, with the name of a role's session. */
  readonly sender: string | null;
  /** When it was sent, or first received. */
  readonly arrived_at: string;
  readonly body: string;
};

/** A message that was rejected. */
export type RejectedRow = StoredMessage & {
  readonly at: string;
  readonly reason: string;
  /** The body was too long, and this is its beginning. */
  readonly cut: boolean;
  /** Personal data is missing in the body. */
  readonly left_out: boolean;
};

/** A message that `serve` tries until it is done: it may never be given up, or was requeued. */
export type DeferredRow = StoredMessage & {
  readonly since: string;
  readonly tries: number;
  readonly tried_at: string | null;
  /** Who made the last try. */
  readonly tried_by: string | null;
  /** Why the last try came to nothing. */
  readonly detail: string;
  /** It was rejected then, and requeued. */
  readonly rejected: Pick<RejectedRow, "at" | "reason"> | null;
  /** It is done, and only this is still to be sent. */
  readonly answer: Json | null;
};

const after = (at: string, keptMs: number) => new Date(Date.parse(at) + keptMs);

/**
 * The rows of the messages of a job: one for each that was carried out, rejected or deferred, so that
 * it is a duplicate when it is delivered again; and one more for what is kept of it.
 */
export function messageRows(job: string) {
  return {
    handled: rowKind<HandledRow>(
      `${job}/handled-message`,
      z.looseObject({ at: instantInRow }),
      ({ at }) => after(at, HANDLED_KEPT_MS),
    ),
    /** Of a message that may kill the process, while it is in hand. */
    begun: rowKind<{ readonly at: string; readonly times: number }>(
      `${job}/begun-message`,
      z.looseObject({ at: instantInRow, times: z.int() }),
      ({ at }) => after(at, HANDLED_KEPT_MS),
    ),
    /** Ids begin with the instant, and end with the message's ID. */
    rejected: rowKind<RejectedRow>(
      `${job}/rejected-message`,
      z.looseObject({ at: instantInRow, reason: z.string(), body: z.string() }),
      ({ at }) => after(at, REJECTED_KEPT_MS),
    ),
    deferred: rowKind<DeferredRow>(
      `${job}/deferred-message`,
      z.looseObject({ since: instantInRow, arrived_at: instantInRow, body: z.string() }),
      ({ rejected }) => rejected === null ? undefined : after(rejected.at, REJECTED_KEPT_MS),
    ),
  };
}

/** What is kept of a message, whichever row it is in. */
export function storedMessage(
  { id, body, sender, sentAt }: QueueMessage,
  source: string,
  now: Date,
): StoredMessage {
  const arrived_at = (sentAt ?? now).toISOString();
  return { message_id: id, source, sender, arrived_at, body };
}

/** The row that keeps a rejected message. `kept` is what of its body may be kept. */
export function rejectedWrite(
  job: string,
  stored: StoredMessage,
  { at, reason, kept }: { readonly at: string; readonly reason: string; readonly kept: string },
): Write {
  // No character is divided.
  const { read } = new TextEncoder().encodeInto(kept, new Uint8Array(REJECTED_BYTES));
  return messageRows(job).rejected.write(`${at}/${stored.message_id}`, {
    ...stored,
    at,
    reason,
    body: kept.slice(0, read).toWellFormed(),
    cut: read < kept.length,
    left_out: kept !== stored.body,
  });
}

/** The row of a message that is tried from now on. */
export function deferredWrite(
  job: string,
  stored: StoredMessage,
  tried: Pick<DeferredRow, "since" | "tries" | "tried_at" | "detail" | "rejected">,
): Write {
  const row = { ...stored, ...tried, tried_by: null, answer: null };
  return messageRows(job).deferred.write(stored.message_id, row, "absent");
}

/** A row that tells whether the store can be written. */
export function checkWrite(job: string, now: Date): Write {
  return rowKind(`${job}/store-check`).write("serve", { at: now.toISOString() });
}

/** Forgets rejected messages but the latest. */
export async function forgetRejected(store: Store, job: string): Promise<void> {
  const { rejected } = messageRows(job);
  const ids = await Array.fromAsync(store.list(rejected.kind), ({ id }) => id);
  const tooMany = ids.slice(0, Math.max(ids.length - REJECTED_KEPT, 0));
  await store.writeEach(tooMany.map((id) => rejected.write(id, undefined)));
}
