import { isInterruption } from "../aws/failure.ts";
import type { Clock } from "../clock.ts";
import { before } from "../deadline.ts";
import { messageOf } from "../errors.ts";
import { errorField, type Log } from "../log/log.ts";
import type { Store } from "../store/store.ts";
import {
  answeredWrite,
  type HandledRow,
  handledWrite,
  readHandled,
  rejectedWrite,
} from "./handled_rows.ts";
import type { MessageHandler, MessageOutcome, QueueMessage } from "./queue.ts";

/** What a message is served with. */
export type MessageServing = {
  readonly job: string;
  readonly handler: MessageHandler;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Fired by SIGINT and SIGTERM: cuts waiting, and no further message is begun. */
  readonly signal: AbortSignal;
  /** Fires some seconds after `signal`: until then what is in hand is finished. */
  readonly finishing: AbortSignal;
};

/** What became of a message; what is `left` stays in the queue. */
type Verdict = "handled" | "duplicate" | "rejected" | "left";

/** A message that was delivered more often than this, and cannot be carried out now, never is. */
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
  const earlier = await readHandled(store, job, message);
  if (earlier) {
    log.info("A message was delivered again", logged(message, serving));
    return await answered(message, earlier, serving) ? "duplicate" : "left";
  }
  const outcome = await carriedOut(message, serving);
  if (outcome.verdict === "retry") {
    log.warn("A message stays in the queue and is tried again", {
      ...logged(message, serving),
      error: { name: "Retry", message: outcome.detail },
    });
    return "left";
  }
  const row = await remember(message, outcome, serving);
  if (!row) {
    log.info("A message was carried out elsewhere meanwhile", logged(message, serving));
    return "duplicate";
  }
  const { verdict } = outcome;
  if (verdict === "rejected") {
    log.warn(`A message was rejected: ${outcome.reason}`, logged(message, serving));
  } else log.info(`A message was ${verdict}`, logged(message, serving));
  return await answered(message, row, serving) ? verdict : "left";
}

/** What the handler makes of it; one that was tried too often is rejected. */
async function carriedOut(
  message: QueueMessage,
  serving: MessageServing,
): Promise<MessageOutcome> {
  const { handler, log } = serving;
  const outcome = await handled(message, serving);
  if (outcome.verdict !== "retry" || serving.signal.aborted || message.receives <= TRIES) {
    return outcome;
  }
  const answer = handler.givenUp?.(message);
  log.error("A message was tried too often and is given up", {
    ...logged(message, serving),
    error: { name: "GivenUp", message: outcome.detail },
  });
  return {
    verdict: "rejected",
    reason: "tried-too-often",
    ...(answer === undefined ? {} : { answer }),
  };
}

async function handled(
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
    log.error("A message could not be carried out", {
      ...logged(message, serving),
      error: errorField(error),
    });
    return { verdict: "retry", detail: messageOf(error) };
  }
}

/** @returns undefined where somebody else was first */
async function remember(
  message: QueueMessage,
  outcome: Exclude<MessageOutcome, { verdict: "retry" }>,
  { job, store, clock, handler }: MessageServing,
): Promise<HandledRow | undefined> {
  const at = clock.now().toISOString();
  const row = { at, verdict: outcome.verdict, answer: outcome.answer ?? null };
  const writes = [handledWrite(job, message, row)];
  if (outcome.verdict === "rejected") {
    const body = handler.kept?.(message.body) ?? message.body;
    writes.push(rejectedWrite(job, message, { at, reason: outcome.reason, body }));
  }
  return (await store.write(writes)).written ? row : undefined;
}

/** Sends the answer that is due, if any. @returns false where it must be tried again */
async function answered(
  message: QueueMessage,
  row: HandledRow,
  serving: MessageServing,
): Promise<boolean> {
  const { job, handler, store, finishing, log, signal } = serving;
  if (row.answer === null) return true;
  try {
    await before(finishing, Promise.try(() => handler.answer?.(row.answer!, message, finishing)));
  } catch (error) {
    const givenUp = !signal.aborted && message.receives > TRIES;
    log.error(
      givenUp
        ? "The answer to a message could not be sent and is given up"
        : "The answer to a message could not be sent and is tried again",
      { ...logged(message, serving), error: errorField(error) },
    );
    if (!givenUp) return false;
  }
  await store.write([answeredWrite(job, message.id, row)]);
  return true;
}

function logged({ id, receives }: QueueMessage, { job }: MessageServing) {
  return { job, message_id: id, receives };
}
