import { isInterruption } from "../aws/failure.ts";
import type { Clock } from "../clock.ts";
import { before } from "../deadline.ts";
import { DamagedRowError, messageOf, StoreError } from "../errors.ts";
import type { Json } from "../json.ts";
import { errorField, type Log } from "../log/log.ts";
import { OversizedRowError, type Store, type Write } from "../store/store.ts";
import {
  deferredWrite,
  type HandledRow,
  messageRows,
  rejectedWrite,
  storedMessage,
} from "./message_rows.ts";
import type { MessageHandler, MessageOutcome, QueueMessage } from "./queue.ts";

/** What a message is served with. */
export type MessageServing = {
  readonly job: string;
  /** Tells the queues of a job apart in what is kept of messages; it outlives their URLs. */
  readonly source: string;
  readonly handler: MessageHandler;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Fired by SIGINT and SIGTERM: cuts waiting, and no further message is begun. */
  readonly signal: AbortSignal;
  /** Fires some seconds after `signal`: until then what is in hand is finished. */
  readonly finishing: AbortSignal;
  /** Told of a fault of the store that the handler has met. */
  onStoreError?(error: StoreError): void;
};

/** What became of a message. What is "left" stays in the queue, "deferred" in the store. */
export type Verdict = "handled" | "duplicate" | "rejected" | "deferred" | "left";

type Retry = Extract<MessageOutcome, { verdict: "retry" }>;

/** What is remembered of a message. "deferred": it is not done, and may leave the queue. */
type Ending =
  | Exclude<MessageOutcome, Retry>
  | { readonly verdict: "deferred"; detail: string; rows?: undefined; answer?: undefined };

/**
 * A message that was delivered more often than this, and cannot be carried out now, leaves the queue:
 * it is given up, or deferred.
 */
export const TRIES = 5;

/**
 * Carries out one message that was delivered, remembers that, and answers it, in this order: after
 * a crash at any point nothing is carried out twice that was remembered, and no answer is lost.
 *
 * @throws StoreError when the store cannot be read or written; nothing else
 */
export async function serveMessage(
  message: QueueMessage,
  serving: MessageServing,
): Promise<Verdict> {
  const { job, store, log } = serving;
  return await unlessRowFaulty(message.id, serving, async () => {
    const earlier = await messageRows(job).handled.get(store, message.id);
    if (!earlier) return await settle(message, await outcomeOf(message, serving), serving);
    log.info("A message was delivered again", logged(message, serving));
    return await answered(message, earlier.value, serving) ? "duplicate" : "left";
  });
}

/** Serves a message, which is left if a row of it is damaged or too large: the store itself works. */
export async function unlessRowFaulty<Became>(
  message_id: string,
  { job, log }: MessageServing,
  serve: () => Promise<Became>,
): Promise<Became | "left"> {
  try {
    return await serve();
  } catch (error) {
    if (!isOfOneRow(error)) throw error;
    log.error("A message stays where it is: a row of it cannot be read or written", {
      job,
      message_id,
      error: errorField(error),
    });
    return "left";
  }
}

/** Whether a fault of the store is that of one row. */
export function isOfOneRow(error: unknown): boolean {
  return error instanceof DamagedRowError || error instanceof OversizedRowError;
}

/** What the handler makes of a message. What it throws is a retry. */
export async function outcomeOf(
  message: QueueMessage,
  serving: MessageServing,
): Promise<MessageOutcome> {
  const { handler, signal, finishing, log } = serving;
  try {
    return await before(finishing, handler.handle(message, signal));
  } catch (error) {
    if (signal.aborted && (isInterruption(error) || finishing.aborted)) {
      return { verdict: "retry", detail: "a signal cut it" };
    }
    if (error instanceof StoreError && !isOfOneRow(error)) serving.onStoreError?.(error);
    log.error("A message could not be carried out", {
      ...logged(message, serving),
      error: errorField(error),
    });
    return { verdict: "retry", detail: messageOf(error) };
  }
}

/** Remembers and answers what became of a message, unless it is to be tried again. */
async function settle(
  message: QueueMessage,
  outcome: Retry | Ending,
  serving: MessageServing,
): Promise<Verdict> {
  const { job, clock, log } = serving;
  if (outcome.verdict === "retry") {
    const ending = endingOf(message, outcome, serving);
    if (ending) return await settle(message, ending, serving);
    log.warn("A message stays in the queue and is tried again", {
      ...logged(message, serving),
      error: { name: "Retry", message: outcome.detail },
    });
    return "left";
  }
  const { handled } = messageRows(job);
  const row: HandledRow = {
    at: clock.now().toISOString(),
    verdict: outcome.verdict,
    answer: outcome.answer ?? null,
  };
  const writes = [handled.write(message.id, row, "absent"), ...keptOf(message, outcome, serving)];
  const obstacle = await obstacleTo(writes, outcome, serving);
  if (obstacle === null) {
    logOutcome(message, outcome, serving);
    return await answered(message, row, serving) ? outcome.verdict : "left";
  }
  if (obstacle.kind === handled.kind) {
    log.info("A message was carried out elsewhere meanwhile", logged(message, serving));
    return "duplicate";
  }
  return await settle(message, { verdict: "retry", detail: obstacle.detail }, serving);
}

/** How a message ends that was tried too often; undefined: it may be tried again. */
function endingOf(
  message: QueueMessage,
  { detail }: Retry,
  serving: MessageServing,
): Ending | undefined {
  const { handler, signal, log } = serving;
  if (signal.aborted || message.receives <= TRIES) return undefined;
  if (handler.neverGivenUp?.(message)) return { verdict: "deferred", detail };
  log.error("A message was tried too often and is given up", {
    ...logged(message, serving),
    error: { name: "GivenUp", message: detail },
  });
  return { verdict: "rejected", reason: "tried-too-often", answer: handler.givenUp?.(message) };
}

/** What is kept of a message besides that it is done: of one that was rejected or deferred. */
export function keptOf(
  message: QueueMessage,
  outcome: Ending,
  { job, source, handler, clock }: MessageServing,
): Write[] {
  const now = clock.now();
  const at = now.toISOString();
  const stored = storedMessage(handler.stored?.(message) ?? message, source, now);
  if (outcome.verdict === "rejected") {
    const kept = handler.kept?.(stored.body) ?? stored.body;
    return [rejectedWrite(job, stored, { at, reason: outcome.reason, kept })];
  }
  if (outcome.verdict !== "deferred") return [];
  const tried = { since: at, tries: message.receives, tried_at: at, detail: outcome.detail };
  return [deferredWrite(job, stored, { ...tried, rejected: null })];
}

/**
 * Writes rows, and those of the handler's with them.
 *
 * @returns the row that is not as it is expected, and nothing was written; null: all was written. What
 *   no store can write is in the way, too, and is of no kind
 */
export async function obstacleTo(
  writes: readonly Write[],
  { rows: own = [] }: Ending,
  { store }: MessageServing,
): Promise<{ readonly kind: string | null; readonly detail: string } | null> {
  try {
    const result = await store.write([...writes, ...own]);
    if (result.written) return null;
    const { kind, id } = result.inTheWay;
    return { kind, detail: `the row "${kind}" "${id}" is not as it was expected` };
  } catch (error) {
    const isOwnFault = error instanceof TypeError || error instanceof OversizedRowError;
    if (own.length === 0 || !isOwnFault) throw error;
    return { kind: null, detail: messageOf(error) };
  }
}

/** Says what became of a message. */
export function logOutcome(message: QueueMessage, outcome: Ending, serving: MessageServing): void {
  const { log } = serving;
  const fields = logged(message, serving);
  const { verdict } = outcome;
  if (verdict === "rejected") log.warn(`A message was rejected: ${outcome.reason}`, fields);
  else if (verdict !== "deferred") log.info(`A message was ${verdict}`, fields);
  else {
    const error = { name: "Deferred", message: outcome.detail };
    log.error("A message was tried too often: it is stored, and tried until it is done", {
      ...fields,
      error,
    });
  }
}

/** Sends the answer that is due, if any. @returns false where it must be tried again */
async function answered(
  message: QueueMessage,
  row: HandledRow,
  serving: MessageServing,
): Promise<boolean> {
  const { job, store, signal } = serving;
  if (row.answer === null) return true;
  const givenUp = !signal.aborted && message.receives > TRIES;
  if (!await sent(message, row.answer, givenUp, serving) && !givenUp) return false;
  await store.write([messageRows(job).handled.write(message.id, { ...row, answer: null })]);
  return true;
}

/** Sends an answer. @returns whether that worked */
export async function sent(
  message: QueueMessage,
  answer: Json,
  givenUp: boolean,
  serving: MessageServing,
): Promise<boolean> {
  const { handler, finishing, log } = serving;
  try {
    await before(finishing, Promise.try(() => handler.answer?.(answer, message, finishing)));
    return true;
  } catch (error) {
    log.error(
      `The answer to a message could not be sent and is ${givenUp ? "given up" : "tried again"}`,
      { ...logged(message, serving), error: errorField(error) },
    );
    return false;
  }
}

function logged({ id, receives }: QueueMessage, { job }: MessageServing) {
  return { job, message_id: id, receives };
}
