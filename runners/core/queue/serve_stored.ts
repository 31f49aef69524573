import type { Write } from "../store/store.ts";
import { type DeferredRow, messageRows } from "./message_rows.ts";
import type { QueueMessage } from "./queue.ts";
import {
  keptOf,
  logOutcome,
  type MessageServing,
  obstacleTo,
  outcomeOf,
  sent,
  unlessRowFaulty,
  type Verdict,
} from "./serve_message.ts";

/** A message waits for its next try as long as it was tried already, within these. */
const WAIT_MS = { least: 60_000, most: 3_600_000 } as const;

/**
 * Tries the stored messages that are due: those that may never be given up, and the requeued ones. One
 * after the other, so that one that kills the process takes no other with it.
 *
 * Who tries one takes it by compare-and-set, so that of several processes one tries. How long ago that
 * was is compared between clocks, and only saves work: what a try came to is written by
 * compare-and-set too, so that one counts if two were made at once, as with SQS.
 *
 * @param endMs when no further one is begun, by the monotonic clock
 * @throws StoreError
 */
export async function serveStored(
  serving: MessageServing,
  endMs: number,
  count: (verdict: Verdict) => void,
): Promise<void> {
  const { job, source, store, clock, signal } = serving;
  const { deferred } = messageRows(job);
  for await (const row of store.list(deferred.kind)) {
    if (signal.aborted || clock.monotonicMs() >= endMs) return;
    const became = await unlessRowFaulty(row.id, serving, async () => {
      const { id, revision, value } = deferred.of(row);
      if (value.source !== source || !isDue(value, clock.now())) return null;
      const taken = {
        ...value,
        tries: value.tries + 1,
        tried_at: clock.now().toISOString(),
        tried_by: crypto.randomUUID(),
      };
      const { written } = await store.write([deferred.write(id, taken, revision)]);
      return written ? await tryOnce(taken, serving) : null;
    });
    if (became) count(became);
  }
}

function isDue({ since, tried_at }: DeferredRow, now: Date): boolean {
  if (tried_at === null) return true;
  const triedMs = Date.parse(tried_at);
  const waitMs = Math.min(Math.max(triedMs - Date.parse(since), WAIT_MS.least), WAIT_MS.most);
  // A clock that is ahead puts nothing off.
  return Math.abs(now.getTime() - triedMs) >= waitMs;
}

/** Handles a message, or only sends its answer. It is deferred until both are done. */
async function tryOnce(row: DeferredRow, serving: MessageServing): Promise<Verdict> {
  const { job, clock } = serving;
  const message: QueueMessage = {
    id: row.message_id,
    body: row.body,
    receipt: "",
    sender: row.sender,
    sentAt: new Date(row.arrived_at),
    receives: row.tries,
  };
  if (row.answer !== null) return await answerStored(row, message, "duplicate", serving);
  const outcome = await outcomeOf(message, serving);
  if (outcome.verdict === "retry") return await putOff(row, outcome.detail, serving);
  const { verdict, answer = null } = outcome;
  const own = await ownWrite(row, answer === null ? undefined : { ...row, answer }, serving);
  if (!own) return "duplicate";
  const done = { at: clock.now().toISOString(), verdict, answer: null };
  const obstacle = await obstacleTo(
    [
      own,
      messageRows(job).handled.write(message.id, done),
      ...keptOf(message, outcome, serving),
    ],
    outcome,
    serving,
  );
  if (obstacle) return await putOff(row, obstacle.detail, serving);
  logOutcome(message, outcome, serving);
  return answer === null
    ? verdict
    : await answerStored({ ...row, answer }, message, verdict, serving);
}

async function putOff(row: DeferredRow, detail: string, serving: MessageServing): Promise<Verdict> {
  const { job, store, log } = serving;
  const own = await ownWrite(row, { ...row, detail }, serving);
  if (!own) return "duplicate";
  await store.write([own]);
  const { message_id, tries } = row;
  const error = { name: "Retry", message: detail };
  log.warn("A stored message is tried again later", { job, message_id, tries, error });
  return "deferred";
}

async function answerStored(
  row: DeferredRow,
  message: QueueMessage,
  verdict: Verdict,
  serving: MessageServing,
): Promise<Verdict> {
  if (!await sent(message, row.answer, false, serving)) return "deferred";
  const own = await ownWrite(row, undefined, serving);
  if (own) await serving.store.write([own]);
  return verdict;
}

/** What a try comes to; undefined where somebody else has made one since, whose result counts. */
async function ownWrite(
  row: DeferredRow,
  next: DeferredRow | undefined,
  { job, store, log }: MessageServing,
): Promise<Write | undefined> {
  const { deferred } = messageRows(job);
  const { message_id, tried_by } = row;
  const found = await deferred.get(store, message_id);
  if (found?.value.tried_by === tried_by) return deferred.write(message_id, next, found.revision);
  log.info("A message was carried out elsewhere meanwhile", { job, message_id });
}
