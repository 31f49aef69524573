import { MAX_CLOCK_SKEW_MS } from "../aws/sessions.ts";
import type { Clock } from "../clock.ts";
import { SCHEMA } from "../contract/names.ts";
import { spanText } from "../duration.ts";
import { UsageError } from "../errors.ts";
import type { PlanDocument } from "../plan/document.ts";
import type { Store } from "../store/store.ts";
import { readDocumentFile } from "./document_file.ts";

/** What a plan file is held against before it may narrow an apply. */
export interface PlanFileTerms {
  readonly job: string;
  readonly configHash: string;
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

/**
 * Reads the plan that an apply is to be narrowed to.
 *
 * @throws UsageError when it is cut short, edited, hypothetical, too old, of another job or of
 * another configuration
 */
export async function readPlanFile(path: string, terms: PlanFileTerms): Promise<PlanDocument> {
  const plan = await readDocumentFile(path, "plan", SCHEMA.plan) as unknown as PlanDocument;
  const refuse = (why: string) => {
    throw new UsageError(`Cannot apply the plan "${path}": ${why}`);
  };
  if (plan.job !== terms.job) refuse(`it is a plan of the job "${plan.job}"`);
  if (plan.hypothetical) {
    refuse("it is hypothetical, made with --as-of or --snapshot. Plan without them");
  }
  if (plan.config_hash !== terms.configHash) {
    refuse("it was made with another configuration. Plan again with this one");
  }
  const ageMs = terms.clock.now().getTime() - Date.parse(plan.as_of);
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    refuse(`it is of ${plan.as_of}, which is still to come. Set the clock, and plan again`);
  }
  if (ageMs > terms.maxAgeMs) {
    refuse(`it is ${spanText(ageMs)} old; plans.maxAge allows ${spanText(terms.maxAgeMs)}`);
  }
  return plan;
}

const USED_PLAN = "used-plan";

/** @throws UsageError when the plan has been applied before */
export async function refuseUsedPlan(store: Pick<Store, "get">, plan: PlanDocument): Promise<void> {
  const row = await store.get(USED_PLAN, plan.plan_id);
  if (row) throw usedPlan(plan, (row.value as { run_id: string }).run_id);
}

/**
 * Uses the plan up.
 *
 * @throws UsageError when another run was faster
 */
export async function useUpPlan(
  store: Store,
  plan: PlanDocument,
  runId: string,
  now: Date,
): Promise<void> {
  const value = { run_id: runId, at: now.toISOString() };
  const written = await store.write([
    { kind: USED_PLAN, id: plan.plan_id, value, expect: "absent" },
  ]);
  if (!written) await refuseUsedPlan(store, plan);
}

function usedPlan(plan: PlanDocument, runId: string): UsageError {
  return new UsageError(
    `The plan of ${plan.as_of} was applied by run ${runId}; a plan works once. Plan again`,
  );
}
