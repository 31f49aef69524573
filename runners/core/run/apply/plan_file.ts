import { MAX_CLOCK_SKEW_MS } from "../../clock.ts";
import * as z from "zod";
import { isArn } from "../../aws/arn.ts";
import { SCHEMA } from "../../contract/names.ts";
import { spanText } from "../../duration.ts";
import { checked } from "../../checked.ts";
import { UsageError } from "../../errors.ts";
import type { JobTypes } from "../../job_types.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { changeOfKind } from "../../plan/change.ts";
import type { Planned } from "../../plan/document.ts";
import { changeOf } from "./read_change.ts";
import type { RunContext } from "../context.ts";
import { readDocumentFile } from "../document_file.ts";

/** As much of a plan file as an apply is narrowed to. */
export type PlanFile<T extends JobTypes> = Pick<Planned<T>, "plan_id" | "as_of" | "changes">;

const half = z.custom<JsonObject>(isJsonObject, "must be an object");

/** What decides what the file narrows to; a digest proves no shape. */
const NARROWING = z.looseObject({
  job: z.string(),
  plan_id: z.string().min(1),
  as_of: z.iso.datetime(),
  hypothetical: z.boolean(),
  config_hash: z.string(),
  changes: z.array(
    changeOfKind("", half, half).omit({ kind: true })
      .extend({ id: z.string().min(1), target: z.string().refine(isArn, "must be an ARN") }),
  ),
});

/**
 * Reads the plan that an apply is to be narrowed to.
 *
 * @throws UsageError when it is cut short, edited, hypothetical, too old, of another job or of
 * another configuration
 */
export function readPlanFile<T extends JobTypes>(
  path: string,
  { job, configHash, planMaxAgeMs, clock }: Pick<
    RunContext<T>,
    "job" | "configHash" | "planMaxAgeMs" | "clock"
  >,
): PlanFile<T> {
  const document = readDocumentFile(path, "plan", SCHEMA.plan);
  const refuse = (why: string): never => {
    throw new UsageError(`Cannot apply the plan "${path}": ${why}`);
  };
  const read = checked(document, NARROWING);
  if ("problem" in read) return refuse(`${read.problem}. Make a new one`);
  const plan = read.value;
  if (plan.job !== job.name) refuse(`it is a plan of the job "${plan.job}"`);
  if (plan.hypothetical) {
    refuse("it is hypothetical, made with --as-of or --snapshot. Plan without them");
  }
  if (plan.config_hash !== configHash) {
    refuse("it was made with another configuration. Plan again with this one");
  }
  const otherwise = job.otherwise?.(document) ?? null;
  if (otherwise !== null) refuse(otherwise);
  const ageMs = clock.now().getTime() - Date.parse(plan.as_of);
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    refuse(`it is of ${plan.as_of}, which is still to come. Set the clock, and plan again`);
  }
  if (ageMs > planMaxAgeMs) {
    refuse(`it is ${spanText(ageMs)} old; plans.maxAge allows ${spanText(planMaxAgeMs)}`);
  }
  const changes = plan.changes.map((one) => {
    const change = changeOf(one, job);
    return "problem" in change
      ? refuse(`${one.action} of ${one.target}: ${change.problem}. Make a new one`)
      : change.value;
  });
  return { ...plan, changes };
}
