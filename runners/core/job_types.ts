import type { Json } from "./json.ts";
import type { Change } from "./plan/change.ts";

/** The types of a job in one bundle: what is written for all jobs is generic over it. */
export type JobTypes = {
  readonly Config: unknown;
  /** What was observed of one account: plain data with the ID of the account. */
  readonly Part: Json & { readonly id: string };
  /** What earlier runs left in the store. */
  readonly Earlier: unknown;
  readonly Change: Change;
  /** What a plan of the job holds besides what all plans have. */
  readonly Own: unknown;
};

/** Those that are needed before there is a plan. */
export type PlanningTypes = Pick<JobTypes, "Config" | "Part" | "Earlier">;
