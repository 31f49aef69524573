import { DAY_MS } from "../duration.ts";
import * as z from "zod";
import type { Json } from "../json.ts";
import { instantInRow, rowKind } from "../store/row_kind.ts";
import type { ReadStore, Store, Write } from "../store/store.ts";
import type { QueueMessage } from "./queue.ts";

/** SQS keeps a message for 14 days at most (SQS Developer Guide, "Message quotas"). */
const HANDLED_KEPT_MS = 15 * DAY_MS;

const REJECTED_KEPT_MS = 30 * DAY_MS;

const daysAfter = (keptMs: number) => ({ at }: { readonly at: string }) =>
  new Date(Date.parse(at) + keptMs);

/** Whoever may send could fill the store otherwise. */
const REJECTED_KEPT = 1_000;

/** How much of a rejected body is kept, in characters. */
export const REJECTED_BODY = 2_000;

/** What is remembered of a message. */
export type HandledRow = {
  readonly at: string;
  readonly verdict: "handled" | "duplicate" | "rejected";
  /** Set until it was sent, so that a crash before that loses no answer. */
  readonly answer: Json | null;
};

/** A message that was rejected, as it is kept. */
type RejectedRow = {
  readonly at: string;
  readonly job: string;
  readonly message_id: string;
  readonly reason: string;
  /** The ID of the role or user that sent it, without the name of a role's session. */
  readonly sender: string | null;
  readonly body: string;
};

/**
 * One row per message that was carried out or rejected: delivered again, it is a duplicate. It is over
 * when the message can no longer be delivered.
 */
const handled = (job: string) =>
  rowKind<HandledRow>(
    `${job}/handled-message`,
    z.looseObject({ at: instantInRow }),
    daysAfter(HANDLED_KEPT_MS),
  );

/** One row per message that was rejected, with why. Ids begin with the instant. */
const rejected = (job: string) =>
  rowKind<RejectedRow>(
    `${job}/rejected-message`,
    z.looseObject({ at: instantInRow, reason: z.string(), body: z.string() }),
    daysAfter(REJECTED_KEPT_MS),
  );

/** What is remembered of a message of a job's queue, if anything. */
export async function readHandled(
  store: ReadStore,
  job: string,
  { id }: QueueMessage,
): Promise<HandledRow | undefined> {
  return (await handled(job).get(store, id))?.value;
}

/** The row that makes a message handled; it must be the first. */
export function handledWrite(job: string, { id }: QueueMessage, row: HandledRow): Write {
  return handled(job).write(id, row, "absent");
}

/** The same without its answer, which was sent. */
export function answeredWrite(job: string, messageId: string, row: HandledRow): Write {
  return handled(job).write(messageId, { ...row, answer: null });
}

/** The row that keeps a rejected message. */
export function rejectedWrite(
  job: string,
  { id, sender }: QueueMessage,
  { at, reason, body }: Pick<RejectedRow, "at" | "reason" | "body">,
): Write {
  return rejected(job).write(`${at}/${id}`, {
    at,
    job,
    message_id: id,
    reason,
    sender: sender?.split(":")[0] ?? null,
    body: body.slice(0, REJECTED_BODY).toWellFormed(),
  });
}

/** The rejected messages of a job that are kept, oldest first. */
export async function* rejectedMessages(
  store: ReadStore,
  job: string,
): AsyncGenerator<RejectedRow> {
  for await (const { value } of rejected(job).list(store)) yield value;
}

/** Forgets rejected messages but the latest. */
export async function forgetRejected(store: Store, job: string): Promise<void> {
  const ids = await Array.fromAsync(store.list(rejected(job).kind), ({ id }) => id);
  const tooMany = ids.slice(0, Math.max(ids.length - REJECTED_KEPT, 0));
  await store.writeEach(tooMany.map((id) => rejected(job).write(id, undefined)));
}
