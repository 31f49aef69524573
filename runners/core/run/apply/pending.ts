import pLimit from "p-limit";
import { isInterruption } from "../../aws/failure.ts";
import { clockProblem } from "../../aws/sessions.ts";
import { spanText } from "../../duration.ts";
import { InterruptedError, messageOf } from "../../errors.ts";
import type { Polled, Recorded } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import { finished, type OutcomeError } from "../../journal/entry.ts";
import { type OpenIntent, openIntents, outcomeWrites } from "../../journal/journal.ts";
import { errorField } from "../../log/log.ts";
import type { Store } from "../../store/store.ts";
import type { RunContext } from "../context.ts";
import { pendingChange, pendingIntents } from "../make_plan.ts";
import type { SettledChange } from "../run_document.ts";
import { overRuns } from "../run_register.ts";
import { isWithin } from "./narrow.ts";
import { recordedOf } from "./read_change.ts";
import { closeRuns } from "./settle.ts";

/** How many pending changes are asked about at once. */
const AT_ONCE = 10;

/**
 * Asks AWS how the pending changes of earlier runs stand, and writes down those that have come to an
 * end. Call it before anything is observed: what has ended decides what is planned.
 *
 * With a wrong clock nothing is asked: how long a change has been pending could not be told.
 *
 * @returns what has ended
 */
export async function pollPending<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
): Promise<readonly SettledChange[]> {
  const { job, options } = context;
  if (!job.poll) return [];
  const pending = (await pendingIntents(store, job))
    .filter(({ entry }) => isWithin(entry, options));
  if (pending.length > 0) {
    const sessions = await context.sessions();
    await sessions.identity();
    if (clockProblem(sessions.clockSkewMs) !== undefined) return [];
  }
  const ended = await pLimit(AT_ONCE).map(pending, (intent) => pollOne(context, store, intent));
  const over = await overRuns(store, job.name);
  if (over.size > 0) {
    const unsettled = await openIntents(store, job.name, [null, "pending"]);
    const left = new Set(unsettled.map(({ entry }) => entry.run_id));
    await closeRuns({ ...context, store }, over.difference(left));
  }
  return ended.flatMap((one) => one ?? []);
}

/** @returns undefined if AWS is still at it, or another run has settled it at the same time */
async function pollOne<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  intent: OpenIntent,
): Promise<SettledChange | undefined> {
  const { job, clock, pendingMaxMs, log } = context;
  const { entry } = intent;
  const recorded = recordedOf(entry, job);
  const now = clock.now();
  const polled = await ask(context, recorded, now);
  const pendingMs = now.getTime() - Date.parse(entry.intended_at);
  if (polled.verdict === "pending" && pendingMs <= pendingMaxMs) return undefined;
  const outcome = polled.verdict === "pending" ? "unknown" : polled.verdict;
  const error = errorOf(polled, pendingMaxMs);
  const closed = finished(entry, outcome, now, error);
  const { written } = await store.write([
    ...outcomeWrites(intent, closed),
    ...job.rowsFor({ change: recorded.change, entry: closed }),
  ]);
  if (!written) return undefined;
  const ended = { ...pendingChange(intent), outcome, error, at: now.toISOString() };
  log[outcome === "done" ? "info" : "warn"]("pending change ended", ended);
  return ended;
}

/** Why a change that has ended is not done; null where it is. */
function errorOf(polled: Polled, pendingMaxMs: number): OutcomeError | null {
  switch (polled.verdict) {
    case "done":
      return null;
    case "failed":
      return polled.error;
    case "unknown":
      return { code: "not-seen", message: polled.detail };
    case "pending": {
      const why = polled.detail === undefined ? "" : `: ${polled.detail}`;
      const message = `It has not ended within ${spanText(pendingMaxMs)} (plans.pendingMax)${why}`;
      return { code: "pending-too-long", message };
    }
  }
}

/** What cannot be asked just now is asked by the next run. */
async function ask<T extends JobTypes>(
  { job, sessions, log }: RunContext<T>,
  recorded: Recorded<T["Change"]>,
  now: Date,
): Promise<Polled> {
  const { account, target } = recorded.entry;
  try {
    const session = await (await sessions()).member({ id: account, name: null }, "observe");
    return await job.poll!(recorded, session, now);
  } catch (error) {
    if (isInterruption(error)) throw new InterruptedError();
    const why = `it cannot be asked about: ${messageOf(error)}`;
    log.warn(`A pending change stays pending: ${why}`, { target, error: errorField(error) });
    return { verdict: "pending", detail: why };
  }
}
