import type { Json, JsonObject } from "../json.ts";
import { SCHEMA } from "../contract/names.ts";
import { hashOf } from "./canonical.ts";
import {
  byPlace,
  type Change,
  type Place,
  type Spared,
  written,
  type WrittenChange,
} from "./change.ts";
import type { Coverage } from "./coverage.ts";
import type { JobTypes } from "../job_types.ts";
import type { Examined } from "../limits/counts.ts";
import type { LimitUse, Refusal } from "../limits/limits.ts";
import { sumOf } from "../sum_of.ts";

/** A change of an earlier run that AWS is still at. */
export type PendingChange =
  & Place
  & Pick<WrittenChange, "id" | "action" | "target" | "reason">
  & {
    readonly run_id: string;
    /** When it was announced, RFC 3339. */
    readonly since: string;
  };

/** A breaker that has tripped: something is so unusual that nothing may be changed anywhere. */
export type Breaker = Required<Omit<Refusal, "reserved">>;

/** What a job's pure `plan` answers. */
export type JobPlan<T extends JobTypes = JobTypes> = {
  readonly coverage: Coverage;
  readonly changes: readonly T["Change"][];
  /**
   * Writes to what is Groundskeeper's own, such as the stamp of a canary: journalled, under no
   * limit, and not among the changes.
   */
  readonly ownWrites: readonly T["Change"][];
  /** What has tripped, also where there is nothing to refuse. */
  readonly breakers: readonly Breaker[];
  readonly spared: readonly Spared[];
  /** How many things were examined in each proven account and region; limits count from it. */
  readonly examined: readonly Examined[];
  /** What the job's own keys of the document are made of, and what else its texts are. */
  readonly own: T["Own"];
};

/**
 * A plan as a run works with it: sorted, and judged by the limits. All that is shown is made of it;
 * only what is printed or stored as JSON is encoded, by {@linkcode planDocument}.
 */
export type Planned<T extends JobTypes = JobTypes> = Omit<JobPlan<T>, "ownWrites" | "examined"> & {
  readonly job: string;
  readonly plan_id: string;
  readonly as_of: string;
  readonly hypothetical: boolean;
  readonly config_hash: string;
  /** Its changes hold their locks: what these would change is planned when they have ended. */
  readonly pending: readonly PendingChange[];
  readonly refused: Refusal | null;
  /** How much of its budgets the plan would use. */
  readonly limits: readonly LimitUse[];
  readonly totals: { readonly examined: number; readonly changes: number; readonly spared: number };
};

export type PlannedInput<T extends JobTypes> =
  & Pick<Planned<T>, "job" | "hypothetical" | "refused" | "limits" | "pending">
  & {
    readonly plan: JobPlan<T>;
    /** The hash of what was observed: worked out when somebody asks for the plan's id. */
    readonly observedHash: () => string;
    readonly configHash: string;
    readonly asOf: Date;
  };

/** Puts a plan together: sorted, with an id that follows from its input. */
export function plannedOf<T extends JobTypes>(input: PlannedInput<T>): Planned<T> {
  const { job, plan, configHash, hypothetical, refused, limits, pending } = input;
  const as_of = input.asOf.toISOString();
  let id: string | undefined;
  return {
    job,
    get plan_id() {
      return id ??= hashOf({ job, observed: input.observedHash(), config: configHash, as_of });
    },
    as_of,
    hypothetical,
    config_hash: configHash,
    coverage: plan.coverage,
    changes: [...plan.changes].sort(byPlace((change) => change.action)),
    spared: [...plan.spared].sort(byPlace((spared) => spared.reason)),
    pending: [...pending].sort(byPlace(({ action }) => action)),
    refused,
    breakers: plan.breakers,
    limits,
    totals: {
      examined: sumOf(plan.examined, ({ count }) => count),
      changes: plan.changes.length,
      spared: plan.spared.length,
    },
    own: plan.own,
  };
}

/** A plan as it is printed and stored. */
export type PlanDocument = Omit<Planned, "changes" | "own"> & {
  readonly schema: typeof SCHEMA.plan;
  readonly changes: readonly WrittenChange[];
  /** The hash of all the rest: an edited file is recognized by it. */
  readonly digest: string;
  readonly [own: string]: Json;
};

/** What a job adds to the documents of its plans and runs. */
export type DocumentParts<T extends JobTypes> = {
  /** The job's own keys; arrays sorted. */
  readonly keys: JsonObject;
  /** What a change leaves, where documents have less of it than the journal. */
  readonly after?: (change: T["Change"]) => JsonObject;
};

export function planDocument<T extends JobTypes>(
  { own, ...plan }: Planned<T>,
  documentParts: (own: T["Own"]) => DocumentParts<T>,
): PlanDocument {
  const { keys, after = asItIs } = documentParts(own);
  const changes = plan.changes.map((change) => (
    { ...written<Change>(change), after: after(change) }
  ));
  const body = { schema: SCHEMA.plan, ...plan, changes, ...keys };
  return { ...body, digest: digestOf(body) };
}

/** What a change leaves, as the journal has it too. */
export function asItIs({ after }: Change): JsonObject {
  return after;
}

/** The hash of a document without its own digest. */
export function digestOf({ digest: _own, ...document }: JsonObject): string {
  return hashOf(document);
}
