import { SCHEMA } from "../contract/names.ts";
import type { JobTypes } from "../job_types.ts";
import type { Json } from "../json.ts";
import { byPlace, written, type WrittenChange } from "../plan/change.ts";
import { asItIs, type DocumentParts, type PendingChange, type Planned } from "../plan/document.ts";
import type { Outcome, OutcomeError } from "../journal/entry.ts";

/** A change and what became of it; null where the run did not try: it reported only, or refused. */
export type ChangeOutcome = {
  readonly outcome: Outcome | null;
  readonly error: OutcomeError | null;
  /** When the outcome was known, RFC 3339. */
  readonly at: string | null;
  /** The ARN of what was made, where the change announced none. */
  readonly target?: string;
};

/** A change of a job, and what became of it. */
export type Ended<T extends JobTypes = JobTypes> = T["Change"] & ChangeOutcome;

/** A pending change of an earlier run that has ended, as this run has learned. */
export type SettledChange = PendingChange & ChangeOutcome;

/** What was done of a plan. */
export type RunResult<T extends JobTypes = JobTypes> = {
  readonly run_id: string;
  readonly slot: string;
  readonly started: string;
  readonly finished: string;
  readonly changes: readonly Ended<T>[];
  /** What was written to Groundskeeper's own things, such as stamps of canaries. */
  readonly ownWrites: readonly Ended<T>[];
  readonly settled: readonly SettledChange[];
};

/** `groundskeeper.run/1`: the plan, and what was done of it. */
export type RunDocument =
  & Omit<Planned, "changes" | "own">
  & Omit<RunResult, "changes" | "ownWrites">
  & {
    readonly schema: typeof SCHEMA.run;
    readonly changes: readonly (WrittenChange & ChangeOutcome)[];
    readonly upkeep: readonly (WrittenChange & ChangeOutcome)[];
    readonly [own: string]: Json;
  };

/** The outcome of what was not tried. */
export const NOT_TRIED: ChangeOutcome = { outcome: null, error: null, at: null };

/** Puts outcomes beside changes. */
export function withOutcomes<T extends JobTypes>(
  changes: readonly T["Change"][],
  outcomes: ReadonlyMap<string, ChangeOutcome>,
): Ended<T>[] {
  return changes.map((change) => ({ ...change, ...(outcomes.get(change.id) ?? NOT_TRIED) }));
}

/**
 * The document of a run.
 *
 * @param documentParts as in the document of the plan
 * @param aside changes of a plan file that the run has left aside, to stand among the others
 */
export function runDocument<T extends JobTypes>(
  { own, changes: _planned, totals, ...plan }: Planned<T>,
  { changes, ownWrites, ...run }: RunResult<T>,
  documentParts: (own: T["Own"]) => DocumentParts<T>,
  aside: readonly Ended<T>[] = [],
): RunDocument {
  const { keys, after = asItIs } = documentParts(own);
  const all = [...changes, ...aside].sort(byPlace((change) => change.action));
  return {
    schema: SCHEMA.run,
    ...run,
    ...plan,
    totals: { ...totals, changes: all.length },
    ...keys,
    changes: all.map((change) => ({ ...written<Ended>(change), after: after(change) })),
    upkeep: ownWrites.map((change) => written<Ended>(change)),
  };
}

/** Whether a change keeps a run from being done: it was tried, and neither made nor under way. */
export function fallsShort({ outcome }: Pick<ChangeOutcome, "outcome">): boolean {
  return ![null, "done", "pending"].includes(outcome);
}

/** How many changes ended each way. */
export function countOutcomes(run: Pick<RunResult, "changes">): Record<Outcome, number> {
  const counts = { done: 0, pending: 0, failed: 0, drifted: 0, skipped: 0, unknown: 0 };
  for (const { outcome } of run.changes) {
    if (outcome !== null) counts[outcome]++;
  }
  return counts;
}
