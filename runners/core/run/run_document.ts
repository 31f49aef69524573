import { SCHEMA } from "../contract/names.ts";
import type { Change } from "../plan/change.ts";
import type { PlanDocument } from "../plan/document.ts";
import type { Outcome, OutcomeError } from "../journal/journal.ts";

/** A change and what became of it; null where the run did not try: it reported only, or refused. */
export type ChangeOutcome = {
  readonly outcome: Outcome | null;
  readonly error: OutcomeError | null;
  /** When the outcome was known, RFC 3339. */
  readonly at: string | null;
};

/** `groundskeeper.run/1`: the plan, and what was done of it. Contracts section 3. */
export type RunDocument = Omit<PlanDocument, "schema" | "changes" | "digest"> & {
  readonly schema: typeof SCHEMA.run;
  readonly run_id: string;
  readonly slot: string;
  readonly started: string;
  readonly finished: string;
  readonly changes: readonly (Change & ChangeOutcome)[];
  /** What was written to Groundskeeper's own things, such as stamps of canaries. */
  readonly upkeep: readonly (Change & ChangeOutcome)[];
};

export type RunFacts = {
  readonly runId: string;
  readonly slot: Date;
  readonly started: Date;
  readonly finished: Date;
};

/** The outcome of what was not tried. */
export const NOT_TRIED: ChangeOutcome = { outcome: null, error: null, at: null };

/** Puts outcomes beside the changes of a plan. */
export function runDocument(
  plan: PlanDocument,
  facts: RunFacts,
  outcomes: ReadonlyMap<string, ChangeOutcome>,
  upkeep: RunDocument["upkeep"] = [],
): RunDocument {
  const { schema: _plan, digest: _digest, changes, ...rest } = plan;
  return {
    schema: SCHEMA.run,
    run_id: facts.runId,
    slot: facts.slot.toISOString(),
    started: facts.started.toISOString(),
    finished: facts.finished.toISOString(),
    ...rest,
    changes: changes.map((change) => ({ ...change, ...(outcomes.get(change.id) ?? NOT_TRIED) })),
    upkeep,
  } as RunDocument;
}

/** How many changes ended each way. */
export function countOutcomes(run: RunDocument): Record<Outcome, number> {
  const counts: Record<Outcome, number> = {
    done: 0,
    failed: 0,
    drifted: 0,
    skipped: 0,
    unknown: 0,
  };
  for (const { outcome } of run.changes) {
    if (outcome !== null) counts[outcome]++;
  }
  return counts;
}
