import { DAY_MS } from "../duration.ts";
import * as z from "zod";
import type { Json } from "../json.ts";
import { rowKind } from "../store/row_kind.ts";
import type { ReadStore, Store, Write } from "../store/store.ts";
import type { QueueMessage } from "./queue.ts";

/** SQS keeps a message for 14 days at most (SQS Developer Guide, "Message quotas"). */
const HANDLED_KEPT_MS = 15 * DAY_MS;

const REJECTED_KEPT_MS = 30 * DAY_MS;

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

/** One row per message that was carried out or rejected: delivered again, it is a duplicate. */
const HANDLED = rowKind<HandledRow>("handled-message", z.looseObject({ at: z.string() }));

/** One row per message that was rejected, with why. */
const REJECTED = rowKind<RejectedRow>(
  "rejected-message",
  z.looseObject({ at: z.string(), reason: z.string(), body: z.string() }),
);

/** What is remembered of a message of a job's queue, if anything. */
export async function readHandled(
  store: ReadStore,
  job: string,
  { id }: QueueMessage,
): Promise<HandledRow | undefined> {
  return (await HANDLED.get(store, `${job}/${id}`))?.value;
}

/** The row that makes a message handled; it must be the first. */
export function handledWrite(job: string, { id }: QueueMessage, row: HandledRow): Write {
  return { ...answeredWrite(job, id, row), expect: "absent" };
}

/** The same without its answer, which was sent. */
export function answeredWrite(job: string, messageId: string, row: HandledRow): Write {
  return HANDLED.write(`${job}/${messageId}`, row);
}

/** The row that keeps a rejected message. */
export function rejectedWrite(
  job: string,
  { id, sender }: QueueMessage,
  { at, reason, body }: Pick<RejectedRow, "at" | "reason" | "body">,
): Write {
  return REJECTED.write(`${job}/${at}/${id}`, {
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
  for await (const { value } of REJECTED.list(store, `${job}/`)) yield value;
}

/** Forgets what can no longer be delivered again, and rejected messages but the latest. */
export async function forgetOldMessages(store: Store, job: string, now: Date): Promise<void> {
  const handledSince = new Date(now.getTime() - HANDLED_KEPT_MS).toISOString();
  const rejectedSince = new Date(now.getTime() - REJECTED_KEPT_MS).toISOString();
  const old: Write[] = [];
  for await (const { id, value } of HANDLED.list(store, `${job}/`)) {
    if (value.at < handledSince) old.push(HANDLED.write(id, undefined));
  }
  const rejected: string[] = [];
  for await (const { id } of store.list(REJECTED.kind, `${job}/`)) rejected.push(id);
  // Their ids begin with the instant.
  const tooMany = rejected.length - REJECTED_KEPT;
  rejected.forEach((id, index) => {
    if (index < tooMany || id < `${job}/${rejectedSince}`) old.push(REJECTED.write(id, undefined));
  });
  await store.write(old);
}
