import pLimit from "p-limit";
import { errorField } from "../log/log.ts";
import { messageRows } from "./message_rows.ts";
import type { Queue, QueueMessage } from "./queue.ts";
import { type MessageServing, serveMessage, type Verdict } from "./serve_message.ts";

/** How many messages of a batch are handled at once. */
const AT_ONCE = 8;

/** A message that was delivered more often than this may kill the process that handles it. */
const UNSUSPECTED = 2;

type BatchServing = MessageServing & { readonly queue: Queue };

/** How many messages became what, and how many that are done with are still in the queue. */
export type Counts = { [became in Verdict | "undeleted"]: number };

/** The messages that are not done with, and until when nobody else is given them. */
type InHand = Map<QueueMessage, number>;

/**
 * Handles the messages of a batch, several at once and those of one key in order, and deletes last
 * what is done with. One that may kill the process is handled alone, when the others are deleted.
 *
 * @param receivedMs when they were asked for, by the monotonic clock
 * @throws StoreError when the store cannot be used, after the messages in hand are finished
 */
export async function serveBatch(
  messages: readonly QueueMessage[],
  receivedMs: number,
  serving: BatchServing,
  counts: Counts,
): Promise<void> {
  const { queue, clock, signal, log, job } = serving;
  const inHand: InHand = new Map(
    messages.map((message) => [message, receivedMs + queue.visibleAfterMs]),
  );
  using _kept = kept(inHand, serving);
  let failure: unknown;
  const serve = async (
    message: QueueMessage,
    how: (message: QueueMessage, serving: MessageServing) => Promise<Verdict>,
  ): Promise<Verdict> => {
    if (signal.aborted || failure !== undefined) return "left";
    if (clock.monotonicMs() >= inHand.get(message)!) {
      log.warn("A message waited too long for its turn", { job, message_id: message.id });
      return "left";
    }
    return await how(message, serving).catch((error: unknown) => {
      failure = error;
      return "left";
    });
  };
  const serveTogether = async (together: readonly QueueMessage[], how: typeof serveMessage) => {
    const done: QueueMessage[] = [];
    await eachByKey(together, serving, async (message) => {
      const became = await serve(message, how);
      inHand.delete(message);
      counts[became]++;
      if (became !== "left") done.push(message);
    });
    counts.undeleted += await deleteBatch(done, serving);
  };
  const isSuspect = ({ receives }: QueueMessage) => receives > UNSUSPECTED;
  await serveTogether(messages.filter((message) => !isSuspect(message)), serveMessage);
  for (const suspect of await leastSuspectFirst(messages.filter(isSuspect), serving)) {
    await serveTogether([suspect], serveSuspect);
  }
  if (failure !== undefined) throw failure;
}

/**
 * Those that were begun and never ended come last: SQS counts the deliveries of all that were in hand
 * when a process died, and would move the others to the dead-letter queue, too.
 */
async function leastSuspectFirst(
  suspects: readonly QueueMessage[],
  { job, store }: BatchServing,
): Promise<QueueMessage[]> {
  const { begun } = messageRows(job);
  const times = new Map(
    await Promise.all(
      suspects.map(async (message) =>
        [message, (await begun.get(store, message.id))?.value.times ?? 0] as const
      ),
    ),
  );
  return suspects.toSorted((one, other) => times.get(one)! - times.get(other)!);
}

/** Serves a message, and remembers while it is in hand how often it was begun. */
async function serveSuspect(message: QueueMessage, serving: MessageServing): Promise<Verdict> {
  const { job, store, clock } = serving;
  const { begun } = messageRows(job);
  const at = clock.now().toISOString();
  const times = ((await begun.get(store, message.id))?.value.times ?? 0) + 1;
  await store.write([begun.write(message.id, { at, times })]);
  const became = await serveMessage(message, serving);
  await store.write([begun.write(message.id, undefined)]);
  return became;
}

/** Works on several messages at once, and on those of one key one after the other. */
async function eachByKey(
  messages: readonly QueueMessage[],
  { handler }: MessageServing,
  work: (message: QueueMessage) => Promise<void>,
): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const keys = Map.groupBy(messages, (message) => handler.key?.(message) ?? message.id);
  await Promise.all([...keys.values()].map((own) =>
    limit(async () => {
      for (const message of own) await work(message);
    })
  ));
}

/**
 * Keeps the messages in hand from everybody else, until it is disposed of: whenever half of the time
 * is over for which they are kept. A long message would be handled twice, and count too many tries.
 */
function kept(inHand: InHand, { queue, clock, log, job }: BatchServing): Disposable {
  const over = new AbortController();
  const extend = async () => {
    const [messages, askedMs] = [[...inHand.keys()], clock.monotonicMs()];
    const failed = await queue.extend(messages, over.signal);
    for (const { message, code, detail } of failed) {
      const error = { name: code, message: detail };
      log.warn("A message may be given to others", { job, message_id: message.id, error });
    }
    for (const message of messages) {
      if (!inHand.has(message) || failed.some((one) => one.message === message)) continue;
      inHand.set(message, askedMs + queue.visibleAfterMs);
    }
  };
  const keep = async () => {
    while (inHand.size > 0) {
      await clock.wait(queue.visibleAfterMs / 2, over.signal);
      await extend().catch((error: unknown) => {
        over.signal.throwIfAborted();
        log.warn("Messages may be given to others", { job, error: errorField(error) });
      });
    }
  };
  // It ends by being disposed of.
  keep().catch(() => {});
  return { [Symbol.dispose]: () => over.abort() };
}

/** @returns how many are still there. They come back, and are known then */
async function deleteBatch(
  messages: readonly QueueMessage[],
  { queue, finishing, log, job }: BatchServing,
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
