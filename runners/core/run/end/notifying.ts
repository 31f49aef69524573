import { before } from "../../deadline.ts";
import { EXIT } from "../../errors.ts";
import type { JobTypes } from "../../job_types.ts";
import { errorField } from "../../log/log.ts";
import { embeddedMetrics, type Metrics } from "../../log/metrics.ts";
import type { Notifier, RunNotice } from "../../report/notifier.ts";
import type { RunContext } from "../context.ts";
import { type Ending, endingOf, exitCodeOfEnding, noticeOf } from "./notice.ts";
import { countOutcomes } from "../run_document.ts";
import type { VerbResult } from "../verb_result.ts";

/** How long all notifiers together may take. */
const SEND_MS = 10_000;

/** The same after a signal: with a write in flight before it, the run ends within 10 s. */
const SEND_AFTER_SIGNAL_MS = 3_000;

/**
 * Runs a verb that leaves a record. When the record is written, it logs the run's figures, and
 * notifies of a run that was not done, or that has seen an aftermath of earlier changes. A notice
 * that cannot be sent is logged and leaves the result and the exit code as they are.
 *
 * A command line or a configuration that is wrong (exit code 2) is no run: nobody is notified.
 *
 * @throws whatever the verb throws
 */
export async function notifying<T extends JobTypes>(
  context: RunContext<T>,
  verb: string,
  run: (context: RunContext<T>) => Promise<VerbResult<T>>,
): Promise<VerbResult<T>> {
  const { job, runId, clock, log, options } = context;
  const notifiers = context.notifiers();
  const started = clock.now();
  const sinceMs = clock.monotonicMs();
  const ending = await endingOf(run(context));
  const exitCode = exitCodeOfEnding(ending);
  if (exitCode !== EXIT.usage) {
    const own = ending.result && job.metrics?.(job.summary(ending.result.plan));
    const metrics = metricsOf(ending, own ?? {}, clock.monotonicMs() - sinceMs);
    log.info("run finished", {
      run_id: runId,
      exit_code: exitCode,
      ...embeddedMetrics(metrics, { job: job.name, verb }, clock.now()),
    });
    const stopped = context.signal.aborted;
    const told = { job: job.name, verb, runId, slot: options.slot ?? started, stopped };
    const aftermath = ending.result && job.aftermath?.(ending.result.plan) || null;
    const notice = noticeOf(told, ending, aftermath);
    if (notice) await sendAll(context, notifiers, notice);
  }
  if (ending.result) return ending.result;
  throw ending.thrown;
}

/**
 * The figures of a run that has ended; of one that ended by an error little is known.
 *
 * @param own the job's figures
 */
function metricsOf({ result, fault }: Ending, own: Metrics, durationMs: number): Metrics {
  const always = { Failed: fault ? 1 : 0, DurationMs: Math.round(durationMs) };
  if (!result?.run) return { Refused: 0, ...always };
  const { coverage, totals, changes, refused } = result.plan;
  const { done, failed, unknown } = countOutcomes(result.run);
  return {
    RegionsPlanned: coverage.planned,
    RegionsProven: coverage.proven,
    RegionsUnproven: coverage.unproven.length,
    Examined: totals.examined,
    ...own,
    ChangesPlanned: changes.length,
    ChangesDone: done,
    ChangesFailed: failed,
    ChangesUnknown: unknown,
    Refused: refused ? 1 : 0,
    ...always,
  };
}

/** Sends to all at the same time; one that fails does not keep it from the others. */
async function sendAll<T extends JobTypes>(
  { clock, log, signal }: RunContext<T>,
  notifiers: readonly Notifier[],
  notice: RunNotice,
): Promise<void> {
  if (notifiers.length === 0) return;
  const sent = new AbortController();
  const late = new AbortController();
  const limitMs = signal.aborted ? SEND_AFTER_SIGNAL_MS : SEND_MS;
  void clock.wait(limitMs, sent.signal).then(
    () => late.abort(new Error(`there was no answer within ${limitMs / 1000} seconds`)),
    () => {},
  );
  // A signal that comes while this waits ends the waiting.
  const over = AbortSignal.any(signal.aborted ? [late.signal] : [late.signal, signal]);
  await Promise.all(notifiers.map(async (notifier) => {
    try {
      await before(over, notifier.send(notice, over));
    } catch (error) {
      // An aborted call may say so in the words of its library.
      const reason = over.aborted ? over.reason : error;
      log.error(`The notification could not be sent to ${notifier.name}`, {
        run_id: notice.run_id,
        error: errorField(reason),
      });
    }
  }));
  sent.abort();
}
