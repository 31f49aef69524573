import { MAX_CLOCK_SKEW_MS } from "../aws/sessions.ts";
import type { Clock } from "../clock.ts";
import * as z from "zod";
import { isArn } from "../aws/arn.ts";
import { SCHEMA } from "../contract/names.ts";
import { spanText } from "../duration.ts";
import { UsageError } from "../errors.ts";
import type { PlanDocument } from "../plan/document.ts";
import { readDocumentFile } from "./document_file.ts";

/** What a plan file is held against before it may narrow an apply. */
export interface PlanFileTerms {
  readonly job: string;
  readonly configHash: string;
  readonly maxAgeMs: number;
  readonly clock: Clock;
  /** Why the plan answers another question than this run; null: it does not. */
  readonly otherwise?: (plan: PlanDocument) => string | null;
}

/** As much of the file as decides what it narrows to; a digest proves no shape. */
const narrowing = z.looseObject({
  plan_id: z.string().min(1),
  as_of: z.iso.datetime(),
  changes: z.array(z.looseObject({
    id: z.string().min(1),
    account: z.string(),
    region: z.string(),
    action: z.string(),
    target: z.string().refine(isArn, "must be an ARN"),
    reason: z.string(),
    before: z.record(z.string(), z.unknown()),
    after: z.record(z.string(), z.unknown()),
  })),
});

/**
 * Reads the plan that an apply is to be narrowed to.
 *
 * @throws UsageError when it is cut short, edited, hypothetical, too old, of another job or of
 * another configuration
 */
export async function readPlanFile(path: string, terms: PlanFileTerms): Promise<PlanDocument> {
  const document = await readDocumentFile(path, "plan", SCHEMA.plan);
  const refuse = (why: string): never => {
    throw new UsageError(`Cannot apply the plan "${path}": ${why}`);
  };
  const problem = narrowing.safeParse(document).error?.issues[0];
  if (problem) refuse(`${problem.path.join(".")} ${problem.message}. Make a new one`);
  const plan = document as unknown as PlanDocument;
  if (plan.job !== terms.job) refuse(`it is a plan of the job "${plan.job}"`);
  if (plan.hypothetical) {
    refuse("it is hypothetical, made with --as-of or --snapshot. Plan without them");
  }
  if (plan.config_hash !== terms.configHash) {
    refuse("it was made with another configuration. Plan again with this one");
  }
  const otherwise = terms.otherwise?.(plan) ?? null;
  if (otherwise !== null) refuse(otherwise);
  const ageMs = terms.clock.now().getTime() - Date.parse(plan.as_of);
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    refuse(`it is of ${plan.as_of}, which is still to come. Set the clock, and plan again`);
  }
  if (ageMs > terms.maxAgeMs) {
    refuse(`it is ${spanText(ageMs)} old; plans.maxAge allows ${spanText(terms.maxAgeMs)}`);
  }
  return plan;
}
