import type { Json, JsonObject } from "../json.ts";
import { SCHEMA } from "../contract/names.ts";
import { hashOf } from "./canonical.ts";
import { byPlace, type Change, type Spared } from "./change.ts";
import type { Coverage } from "./coverage.ts";
import type { Examined, LimitUse, Refusal } from "../limits/limits.ts";

/** A breaker that has tripped: something is so unusual that nothing may be changed anywhere. */
export type Breaker = {
  /** Its path in the job's configuration: `breakers.ratioJump`. */
  readonly limit: string;
  /** What the configuration allows, and what was seen. */
  readonly value: number;
  readonly would: number;
  /** The account/region that tripped it, null for the whole run. */
  readonly scope: string | null;
  /** A sentence for people. */
  readonly detail: string;
};

/** What a job's pure `plan` answers. */
export type JobPlan = {
  readonly coverage: Coverage;
  readonly changes: readonly Change[];
  /**
   * Writes to what is Groundskeeper's own, such as the stamp of a canary: journalled, under no
   * limit, and not among the changes.
   */
  readonly upkeep: readonly Change[];
  readonly breakers: readonly Breaker[];
  readonly spared: readonly Spared[];
  /** How many things were examined in each proven account and region; limits count from it. */
  readonly examined: readonly Examined[];
  /** The job's own keys of the plan document; arrays sorted. */
  readonly own: JsonObject;
};

/** The plan document of contracts section 3. */
export type PlanDocument = {
  readonly schema: typeof SCHEMA.plan;
  readonly job: string;
  readonly plan_id: string;
  readonly as_of: string;
  readonly hypothetical: boolean;
  readonly config_hash: string;
  readonly coverage: Coverage;
  readonly changes: readonly Change[];
  readonly spared: readonly Spared[];
  readonly refused: Refusal | null;
  /** What has tripped, also where there was nothing left to refuse. */
  readonly breakers: readonly Breaker[];
  /** How much of its budgets the plan would use. */
  readonly limits: readonly LimitUse[];
  readonly totals: { readonly examined: number; readonly changes: number; readonly spared: number };
  readonly [own: string]: unknown;
  /** The hash of all the rest: an edited file is recognized by it. */
  readonly digest: string;
};

export type PlanDocumentInput = {
  readonly job: string;
  readonly plan: JobPlan;
  readonly observedHash: string;
  readonly configHash: string;
  readonly asOf: Date;
  readonly hypothetical: boolean;
  readonly refused: Refusal | null;
  readonly limits: readonly LimitUse[];
};

/** Assembles the document: sorted, with an id that follows from its input and a digest. */
export function planDocument(input: PlanDocumentInput): PlanDocument {
  const { job, plan, configHash, hypothetical, refused, limits } = input;
  const as_of = input.asOf.toISOString();
  const body = {
    schema: SCHEMA.plan,
    job,
    plan_id: hashOf({ job, observed: input.observedHash, config: configHash, as_of }),
    as_of,
    hypothetical,
    config_hash: configHash,
    coverage: plan.coverage,
    changes: [...plan.changes].sort(byPlace((change) => change.action)),
    spared: [...plan.spared].sort(byPlace((spared) => spared.reason)),
    refused,
    breakers: plan.breakers,
    limits,
    totals: {
      examined: plan.examined.reduce((sum, place) => sum + place.count, 0),
      changes: plan.changes.length,
      spared: plan.spared.length,
    },
    ...plan.own,
  };
  return { ...body, digest: digestOf(body) };
}

/** The hash of a document without its own digest. */
export function digestOf(document: { readonly [key: string]: unknown }): string {
  const { digest: _own, ...rest } = document;
  return hashOf(rest as Json);
}
