import type { JobTypes } from "../../job_types.ts";
import { EXIT } from "../../errors.ts";
import { errorField } from "../../log/log.ts";
import type { Parts } from "../../parts.ts";
import type { Planned } from "../../plan/document.ts";
import type { RunRecord } from "../../report/sink.ts";
import type { Store } from "../../store/store.ts";
import { unlessFaulty } from "../../unless_faulty.ts";
import type { RunContext } from "../context.ts";
import { isShare, regionsOfAll } from "../make_plan.ts";
import {
  type ChangeOutcome,
  countOutcomes,
  runDocument,
  type RunResult,
  withOutcomes,
} from "../run_document.ts";
import type { RunningRun } from "../run_register.ts";
import { exitCodeOfVerb, type VerbResult } from "../verb_result.ts";

type RunEnd<T extends JobTypes> = {
  readonly started: Date;
  readonly outcomes: ReadonlyMap<string, ChangeOutcome>;
  readonly ownWrites?: RunResult<T>["ownWrites"];
  readonly settled: RunResult<T>["settled"];
  /** null: the store did not take the run. */
  readonly running: RunningRun | null;
  /** false: something was not stored, such as sightings with a wrong clock. */
  readonly isComplete: boolean;
  /** false: AWS is still at a change, or the store did not take what the run gave back. */
  readonly isSettled?: boolean;
};

/**
 * The last step of every run that stores: publishes what was found and done, counted from
 * outcomes, and writes down in the store how the run ended.
 */
export async function record<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  observed: Parts<T["Part"]>,
  plan: Planned<T>,
  { started, outcomes, ownWrites = [], settled, running, isComplete, isSettled }: RunEnd<T>,
): Promise<VerbResult<T>> {
  const { job, config, clock, options, runId } = context;
  const slot = options.slot ?? started;
  const run: RunResult<T> = {
    run_id: runId,
    slot: slot.toISOString(),
    started: started.toISOString(),
    finished: clock.now().toISOString(),
    changes: withOutcomes<T>(plan.changes, outcomes),
    ownWrites,
    settled,
  };
  const regions = regionsOfAll(context.organization, options);
  const reporting = { config, observed, plan, run, regions };
  const { written, failed } = await publish(context, store, {
    job: job.name,
    runId,
    slot,
    documents: job.documents(reporting),
    sheet: job.sheet(plan),
    page: job.page(reporting),
    run: runDocument(plan, run, job.documentParts),
    isShare: isShare(options),
  });
  // A run that was told to stop says so, also if it had come to the last of its changes.
  const isWhole = isComplete && !failed && !context.signal.aborted && !job.unmet?.(plan);
  const exitCode = exitCodeOfVerb(plan, run, isWhole);
  const summary = {
    ...job.summary(plan),
    outcomes: countOutcomes(run),
    refused: plan.refused,
  };
  const finished = await unlessFaulty(
    async () => await running?.finish(clock.now(), exitCode, summary, isSettled),
    context.log,
  );
  return {
    plan,
    run,
    exitCode: exitCode === EXIT.done && finished === null ? EXIT.partly : exitCode,
    written,
    planFile: null,
  };
}

/** Hands the record to every sink; one that fails does not keep it from the others. */
async function publish<T extends JobTypes>(
  { sinks, log }: RunContext<T>,
  store: Store,
  runRecord: RunRecord,
): Promise<{ written: string[]; failed: boolean }> {
  const written: string[] = [];
  let failed = false;
  for (const sink of sinks) {
    try {
      written.push(...await sink.publish(runRecord, store));
    } catch (error) {
      failed = true;
      log.error(`The record could not be written to ${sink.name}`, { error: errorField(error) });
    }
  }
  return { written, failed };
}
