import pLimit from "p-limit";
import type { StoreError } from "../errors.ts";
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
 * @returns a fault of the store that a handler has met: the store may take nothing more
 * @throws StoreError when the store cannot be used, after the messages in hand are finished
 */
export async function serveBatch(
  messages: readonly QueueMessage[],
  receivedMs: number,
  serving: BatchServing,
  counts: Counts,
): Promise<StoreError | undefined> {
  const { queue, clock, signal, log, job } = serving;
  const inHand: InHand = new Map(
    messages.map((message) => [message, receivedMs + queue.visibleAfterMs]),
  );
  using _kept = kept(inHand, serving);
  let failure: unknown;
  let doubt: StoreError | undefined;
  const doubting = { ...serving, onStoreError: (error: StoreError) => void (doubt ??= error) };
  const serve = async (message: QueueMessage, how: typeof serveMessage): Promise<Verdict> => {
    if (signal.aborted || failure !== undefined) return "left";
    if (clock.monotonicMs() >= inHand.get(message)!) {
      log.warn("A message waited too long for its turn", { job, message_id: message.id });
      return "left";
    }
    return await how(message, doubting).catch((error: unknown) => {
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
  for (const [suspect, times] of await leastSuspectFirst(messages.filter(isSuspect), serving)) {
    await serveTogether([suspect], (...message) => serveSuspect(times, ...message));
  }
  if (failure !== undefined) throw failure;
  return doubt;
}

/**
 * With how often each was begun and never ended: which did that more often comes later. SQS counts the
 * deliveries of all that were in hand when a process died, and would give up the others, too.
 */
async function leastSuspectFirst(
  suspects: readonly QueueMessage[],
  { job, store }: BatchServing,
): Promise<(readonly [QueueMessage, times: number])[]> {
  const { begun } = messageRows(job);
  const found = await Promise.all(
    suspects.map(async (one) => [one, (await begun.get(store, one.id))?.value.times ?? 0] as const),
  );
  return found.sort(([, one], [, other]) => one - other);
}

/** Serves a message, and remembers while it is in hand that it was begun once more. */
async function serveSuspect(
  times: number,
  message: QueueMessage,
  serving: MessageServing,
): Promise<Verdict> {
  const { job, store, clock } = serving;
  const { begun } = messageRows(job);
  const row = { at: clock.now().toISOString(), times: times + 1 };
  await store.write([begun.write(message.id, row)]);
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
  const keys = Map.groupBy(messages, (message) => handler.key?.(message) ?? message.id);
  await pLimit(AT_ONCE).map(keys.values(), async (own) => {
    for (const message of own) await work(message);
  });
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
    for (;;) {
      await clock.wait(queue.visibleAfterMs / 2, over.signal);
      // SQS refuses an empty batch.
      if (inHand.size === 0) return;
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
