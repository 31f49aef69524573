import { DAY_MS } from "../duration.ts";
import { failureOf } from "../aws/failure.ts";
import { deadlineAfter } from "../deadline.ts";
import { AwsAccessError, EXIT, type ExitCode } from "../errors.ts";
import { errorField } from "../log/log.ts";
import { forgetRejected } from "./handled_rows.ts";
import type { Queue, QueueMessage } from "./queue.ts";
import { type MessageServing, serveMessage } from "./serve_message.ts";

/** What a queue is served with. */
export type Serving = Omit<MessageServing, "finishing"> & {
  readonly queue: Queue;
  /** Handle what is there, and end when there is nothing more. */
  readonly once: boolean;
};

/** What came of serving a queue: numbers of deliveries. */
export type Served = {
  readonly handled: number;
  readonly duplicate: number;
  readonly rejected: number;
  /** To be tried again, or not begun. */
  readonly left: number;
  /** Done with, and still in the queue; they come back as duplicates. */
  readonly undeleted: number;
  /** A signal ended it. */
  readonly stopped: boolean;
};

/** How long SQS waits for a first message: seldom asked is cheaper, and asks all its servers. */
const WAIT_S = 10;

/** With `once`: waiting at all makes SQS ask all its servers, not a few of them. */
const WAIT_ONCE_S = 1;

/** The message in hand is finished within this time after a signal; the run has ten seconds. */
const FINISH_AFTER_SIGNAL_MS = 8_000;

const BACK_OFF_MS = { first: 5_000, longest: 60_000 } as const;

const FORGET_EVERY_MS = DAY_MS;

/**
 * Receives messages, handles them one by one, and deletes last, in batches, whatever was handled,
 * known already or rejected. One bad message never takes the good ones of its batch with it.
 *
 * @throws AwsAccessError when the very first receive fails, or any with `once`; StoreError when the
 * store cannot be used, after the messages that were done with are deleted
 *
 * @example Serve a queue that holds one message; a `folder` of your own has the store
 * ```ts
 * import assert from "assert";
 * import { openSqliteStore } from "./runners/adapters/sqlite/sqlite_store.ts";
 * import { systemClock } from "./runners/core/clock.ts";
 * import { createLog } from "./runners/core/log/log.ts";
 * import { serveQueue } from "./runners/core/queue/serve_queue.ts";
 *
 * const waiting = [
 *   { id: "m-1", body: "hello", receipt: "r-1", sender: null, sentAt: null, receives: 1 },
 * ];
 * const bodies = [];
 * const store = openSqliteStore(`${folder}/example.db`);
 * const { handled } = await serveQueue({
 *   job: "example",
 *   queue: {
 *     name: "a list",
 *     visibleAfterMs: 60_000,
 *     receive: async () => [...waiting],
 *     delete: async (messages) => {
 *       waiting.splice(0, messages.length);
 *       return [];
 *     },
 *   },
 *   handler: {
 *     handle: async ({ body }) => {
 *       bodies.push(body);
 *       return { verdict: "handled" };
 *     },
 *   },
 *   store,
 *   clock: systemClock,
 *   log: createLog({ write: () => {}, now: () => new Date(), format: "json", level: "error" }),
 *   signal: new AbortController().signal,
 *   once: true,
 * });
 * assert.deepEqual([handled, bodies, waiting], [1, ["hello"], []]);
 * store.close();
 * ```
 */
export async function serveQueue(serving: Serving): Promise<Served> {
  const { signal, clock, once } = serving;
  using deadline = deadlineAfter(signal, clock, FINISH_AFTER_SIGNAL_MS);
  const finishing = deadline.signal;
  const counts = { handled: 0, duplicate: 0, rejected: 0, left: 0, undeleted: 0 };
  const receive = receiver(serving);
  let forgottenMs = -Infinity;
  while (!signal.aborted) {
    if (clock.monotonicMs() - forgottenMs >= FORGET_EVERY_MS) {
      await forgetRejected(serving.store, serving.job);
      forgottenMs = clock.monotonicMs();
    }
    const receivedMs = clock.monotonicMs();
    const messages = await receive();
    if (messages.length > 0) {
      await serveBatch(messages, receivedMs, { ...serving, finishing }, counts);
    } else if (once) break;
  }
  return { ...counts, stopped: signal.aborted };
}

/** 3 where messages are left, or a signal ended it. */
export function exitCodeOfServing({ stopped, left, undeleted }: Served): ExitCode {
  return stopped || left > 0 || undeleted > 0 ? EXIT.partly : EXIT.done;
}

type Counts = { -readonly [name in Exclude<keyof Served, "stopped">]: number };

async function serveBatch(
  messages: readonly QueueMessage[],
  receivedMs: number,
  serving: Serving & MessageServing,
  counts: Counts,
): Promise<void> {
  const { queue, clock, signal, log, job } = serving;
  const done: QueueMessage[] = [];
  try {
    for (const message of messages) {
      // It may be somebody else's by now.
      const lapsed = clock.monotonicMs() - receivedMs >= queue.visibleAfterMs;
      const became = signal.aborted || lapsed ? "left" : await serveMessage(message, serving);
      if (lapsed) {
        log.warn("A message waited too long for its turn", { job, message_id: message.id });
      }
      counts[became]++;
      if (became !== "left") done.push(message);
    }
  } finally {
    counts.undeleted += await deleteBatch(done, serving);
  }
}

/** @returns how many are still there. They come back, and are known then */
async function deleteBatch(
  messages: readonly QueueMessage[],
  { queue, finishing, log, job }: Serving & MessageServing,
): Promise<number> {
  if (messages.length === 0) return 0;
  try {
    const undeleted = await queue.delete(messages, finishing);
    for (const { message, code, detail } of undeleted) {
      log.warn("A message could not be deleted and comes back as a duplicate", {
        job,
        message_id: message.id,
        error: { name: code, message: detail },
      });
    }
    return undeleted.length;
  } catch (error) {
    log.warn("Messages could not be deleted and come back as duplicates", {
      job,
      message_ids: messages.map(({ id }) => id),
      error: errorField(error),
    });
    return messages.length;
  }
}

/** Receives, and goes on after failures that may pass. */
function receiver({ queue, signal, clock, log, once, job }: Serving) {
  let backOffMs: number = BACK_OFF_MS.first;
  let worked = false;
  /** @returns no messages also where a signal or a failure was in the way */
  return async (): Promise<QueueMessage[]> => {
    try {
      const messages = await queue.receive(once ? WAIT_ONCE_S : WAIT_S, signal);
      worked = true;
      backOffMs = BACK_OFF_MS.first;
      return messages;
    } catch (error) {
      if (signal.aborted) return [];
      if (once || !worked) throw explainReceive(error, queue.name);
      log.error(`The queue cannot be read and is tried again in ${backOffMs / 1_000} s`, {
        job,
        error: errorField(error),
      });
      await clock.wait(backOffMs, signal).catch(() => {});
      backOffMs = Math.min(2 * backOffMs, BACK_OFF_MS.longest);
      return [];
    }
  };
}

function explainReceive(error: unknown, name: string): unknown {
  if (error instanceof AwsAccessError) return error;
  const { reason, detail } = failureOf(error);
  const because = detail.replace(/\.$/, "");
  return new AwsAccessError(
    reason,
    `Cannot receive from the queue "${name}": ${because}. Check that it exists and that the home ` +
      'role may use it, as "groundskeeper permissions" prints',
    { cause: error },
  );
}
