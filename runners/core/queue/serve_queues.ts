import { failureOf } from "../aws/failure.ts";
import { deadlineAfter } from "../deadline.ts";
import { DAY_MS } from "../duration.ts";
import { AwsAccessError, EXIT, type ExitCode, InterruptedError, StoreError } from "../errors.ts";
import { errorField } from "../log/log.ts";
import { checkWrite, forgetRejected } from "./message_rows.ts";
import type { Queue, QueueMessage } from "./queue.ts";
import { type Counts, serveBatch } from "./serve_batch.ts";
import { isOfOneRow, type MessageServing } from "./serve_message.ts";
import { serveStored } from "./serve_stored.ts";

/** What a queue is served with. */
export type Serving = Omit<MessageServing, "finishing"> & {
  readonly queue: Queue;
  /** Handle what is there, and end when there is nothing more. */
  readonly once: boolean;
  /**
   * The job's own work between batches: once a minute, or when a batch that takes longer has ended;
   * with `once`, before the end. It may throw: it is tried again.
   */
  tick?(signal: AbortSignal): Promise<void>;
};

/** What came of serving a queue: numbers of deliveries. */
export type Served = {
  readonly handled: number;
  readonly duplicate: number;
  readonly rejected: number;
  /** Tried too often, and never given up: the store has it, and it is tried until it is done. */
  readonly deferred: number;
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

/** The messages in hand are finished within this time after a signal; the run has ten seconds. */
const FINISH_AFTER_SIGNAL_MS = 8_000;

const BACK_OFF_MS = { first: 5_000, longest: 60_000 } as const;

/** With a wait for messages, less than a minute. */
const TICK_EVERY_MS = 30_000;

/** For how long stored messages are tried before the queue has its turn. */
const STORED_FOR_MS = 20_000;

/** When rejected messages are forgotten but the latest: it costs less than storing so many. */
const FORGET_AFTER = { ms: DAY_MS, rejected: 100 } as const;

/**
 * Serves the queues of a job, side by side: receives messages, handles several at once, and deletes
 * last, in batches, whatever was handled, known already, rejected or deferred. One bad message never
 * takes the good ones of its batch with it. While the store cannot be used, nothing is received.
 *
 * If a queue cannot be served, the others finish what they have in hand, and then this throws.
 *
 * @throws AwsAccessError when the very first receive fails, or any with `once`; with `once`,
 * StoreError when the store cannot be used, after the messages that were done with are deleted
 *
 * @example Serve a queue that holds one message; a `folder` of your own has the store
 * ```ts
 * import assert from "assert";
 * import { openSqliteStore } from "./runners/adapters/sqlite/sqlite_store.ts";
 * import { systemClock } from "./runners/core/clock.ts";
 * import { createLog } from "./runners/core/log/log.ts";
 * import { serveQueues } from "./runners/core/queue/serve_queues.ts";
 *
 * const store = openSqliteStore(`${folder}/example.db`);
 * const log = createLog({ write: () => {}, now: systemClock.now, format: "json", level: "error" });
 * const [clock, { signal }] = [systemClock, new AbortController()];
 * const waiting = [{ id: "1", body: "hi", receipt: "r", sender: null, sentAt: null, receives: 1 }];
 * const receive = async () => [...waiting];
 * const remove = async (messages) => (waiting.splice(0, messages.length), []);
 * const extend = async () => [];
 * const queue = { name: "a list", visibleAfterMs: 60_000, receive, delete: remove, extend };
 * const handler = { handle: async () => ({ verdict: "handled" }) };
 * const serving = { job: "example", source: "hellos", queue, handler, store, clock, log, signal };
 * const { handled } = await serveQueues([{ ...serving, once: true }]);
 * assert.deepEqual([handled, waiting], [1, []]);
 * store.close();
 * ```
 */
export async function serveQueues(servings: readonly Serving[]): Promise<Served> {
  const counts = { handled: 0, duplicate: 0, rejected: 0, deferred: 0, left: 0, undeleted: 0 };
  const stop = new AbortController();
  const ends = await Promise.allSettled(servings.map((serving) => {
    const signal = AbortSignal.any([serving.signal, stop.signal]);
    return serveQueue({ ...serving, signal }, counts).catch((error: unknown) => {
      stop.abort(new InterruptedError());
      throw error;
    });
  }));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
  return { ...counts, stopped: servings.some(({ signal }) => signal.aborted) };
}

async function serveQueue(serving: Serving, counts: Counts): Promise<void> {
  const { signal, clock, once } = serving;
  using deadline = deadlineAfter(signal, clock, FINISH_AFTER_SIGNAL_MS);
  const finishing = { ...serving, finishing: deadline.signal };
  const receive = receiver(serving);
  const forget = forgetter(serving, counts);
  const tick = ticker(finishing, counts);
  while (!signal.aborted) {
    try {
      await forget();
      if (!once) await tick();
      const receivedMs = clock.monotonicMs();
      const messages = await receive();
      if (messages.length > 0) {
        const doubt = await serveBatch(messages, receivedMs, finishing, counts);
        if (doubt && !once) await untilStoreWorks(doubt, serving);
      } else if (once) return await tick();
    } catch (error) {
      if (once || !(error instanceof StoreError)) throw error;
      await untilStoreWorks(error, serving);
    }
  }
}

/** 3 where messages are left, or a signal ended it. */
export function exitCodeOfServing({ stopped, left, deferred, undeleted }: Served): ExitCode {
  return stopped || left + deferred + undeleted > 0 ? EXIT.partly : EXIT.done;
}

/** Bounds what is kept of rejected messages, if it is time for that. */
function forgetter({ job, store, clock }: Serving, counts: Counts) {
  let [dueMs, dueCount] = [-Infinity, 0];
  return async (): Promise<void> => {
    const nowMs = clock.monotonicMs();
    if (nowMs < dueMs && counts.rejected < dueCount) return;
    [dueMs, dueCount] = [nowMs + FORGET_AFTER.ms, counts.rejected + FORGET_AFTER.rejected];
    await forgetRejected(store, job);
  };
}

/** What is done between batches, if it is time for it. */
function ticker(serving: Serving & { readonly finishing: AbortSignal }, counts: Counts) {
  const { job, clock, log, signal, once } = serving;
  let dueMs = -Infinity;
  return async (): Promise<void> => {
    const nowMs = clock.monotonicMs();
    if (nowMs < dueMs) return;
    // First of all: if a row of the store stops this, the queue still has its turn.
    dueMs = nowMs + TICK_EVERY_MS;
    const endMs = once ? Infinity : nowMs + STORED_FOR_MS;
    await serveStored(serving, endMs, (became) => counts[became]++);
    try {
      await serving.tick?.(signal);
    } catch (error) {
      if (signal.aborted) return;
      log.error("The work between batches failed and is tried again", {
        job,
        error: errorField(error),
      });
    }
  };
}

/** Waits until the store can be written again, so that no message is received in vain. */
async function untilStoreWorks(
  fault: StoreError,
  { job, store, clock, log, signal }: Serving,
): Promise<void> {
  const fields = (error: unknown) => ({ job, error: errorField(error) });
  if (isOfOneRow(fault)) return log.error("A row of the store is passed over", fields(fault));
  let error: unknown = fault;
  for (let waitMs: number = BACK_OFF_MS.first; !signal.aborted; waitMs = longer(waitMs)) {
    log.error(
      `The store cannot be used: no message is received. It is asked again in ${waitMs / 1_000} s`,
      fields(error),
    );
    await clock.wait(waitMs, signal).catch(() => {});
    try {
      await store.write([checkWrite(job, clock.now())]);
      return log.info("The store can be used again", { job });
    } catch (again) {
      if (!(again instanceof StoreError)) throw again;
      error = again;
    }
  }
}

function longer(waitMs: number): number {
  return Math.min(2 * waitMs, BACK_OFF_MS.longest);
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
      backOffMs = longer(backOffMs);
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
