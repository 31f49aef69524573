import type { JobTypes } from "../../job_types.ts";
import { EXIT } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { errorField } from "../../log/log.ts";
import type { Parts } from "../../parts.ts";
import type { Coverage } from "../../plan/coverage.ts";
import type { Planned } from "../../plan/document.ts";
import { changeDocuments, type EarlierChange } from "../../report/change_documents.ts";
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
  type SettledChange,
  withOutcomes,
} from "../run_document.ts";
import { type RunningRun, runOf } from "../run_register.ts";
import { exitCodeOfVerb, type VerbResult } from "../verb_result.ts";
import { refusedRows } from "./refused_changes.ts";

type RunEnd<T extends JobTypes> = {
  readonly started: Date;
  readonly outcomes: ReadonlyMap<string, ChangeOutcome>;
  readonly ownWrites?: RunResult<T>["ownWrites"];
  readonly settled: RunResult<T>["settled"];
  /** What has become of the changes of runs that have died, or did not learn it. */
  readonly ended?: RunResult<T>["settled"];
  /** null: the store did not take the run. */
  readonly running: RunningRun | null;
  /** false: something was not stored, such as sightings with a wrong clock. */
  readonly isComplete: boolean;
  /** true: it would have made its changes, had no limit refused them. */
  readonly applies?: boolean;
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
  runEnd: RunEnd<T>,
): Promise<VerbResult<T>> {
  const { started, outcomes, ownWrites = [], settled, ended = [] } = runEnd;
  const { running, isComplete, isSettled, applies = false } = runEnd;
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
  const earlier = await unlessFaulty(
    () => withSlots(store, job.name, [...settled, ...ended]),
    context.log,
  );
  const { written, failed } = await publish(context, store, {
    job: job.name,
    runId,
    slot,
    documents: [
      ...job.documents(reporting),
      ...changeDocuments<T>(job, plan, run, earlier ?? []),
    ],
    sheet: job.sheet(plan),
    page: job.page(reporting),
    run: runDocument(plan, run, job.documentParts),
    isShare: isShare(options),
  });
  const refused = applies && plan.refused !== null;
  const rows = refused ? refusedRows(job.name, runId, plan.changes) : [];
  const kept = await unlessFaulty(() => store.writeEach(rows), context.log);
  // A run that was told to stop says so, also if it had come to the last of its changes.
  const isWhole = isComplete && !failed && earlier !== null && kept !== null &&
    !context.signal.aborted && !job.unmet?.(plan);
  const exitCode = exitCodeOfVerb(plan, run, isWhole);
  const summary = {
    ...job.summary(plan),
    outcomes: countOutcomes(run),
    refused: plan.refused,
    ...refused ? { refused_changes: plan.changes.length } : {},
    ...unprovenPart(plan.coverage.unproven),
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

/** The changes of earlier runs with the slots of these. A run that is no longer stored had none. */
async function withSlots(
  store: Store,
  job: string,
  changes: readonly SettledChange[],
): Promise<EarlierChange[]> {
  const slots = new Map<string, string>();
  for (const run_id of new Set(changes.map((one) => one.run_id))) {
    const row = await runOf(store, job, run_id);
    if (row) slots.set(run_id, row.slot);
  }
  // What has ended just now is in the journal of its run, too, if that run is closed.
  const known = new Map(changes.map((one) => [`${one.run_id}/${one.id}`, one]));
  return [...known.values()]
    .map((one) => ({ ...one, slot: slots.get(one.run_id) ?? one.since }));
}

/** How many places that are not proven a summary names, and how many characters of why. */
const NAMED = 100;
const DETAIL_LENGTH = 200;

/** The places of a run that are not proven: what is told of the day is made from the store alone. */
function unprovenPart(unproven: Coverage["unproven"]): JsonObject {
  if (unproven.length === 0) return {};
  const places = unproven.slice(0, NAMED).map(({ account, region, reason, detail }) => (
    { account, region, reason, detail: detail.slice(0, DETAIL_LENGTH).toWellFormed() }
  ));
  return { unproven: { total: unproven.length, places } };
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
