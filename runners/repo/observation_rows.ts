import type { JobPlan } from "../core/plan/document.ts";
import type { Write } from "../core/store/store.ts";
import { observationWrites } from "./inventory/observation_writes.ts";
import { judgedOf } from "./numbers.ts";
import type { RepoPlan } from "./plan.ts";
import type { RepoPlanning } from "./planning.ts";

/**
 * The rows that a run leaves of what it saw: the same as a refresh, also where it was asked for
 * something else than what the evidence says.
 *
 * @param plan what the job's `plan` has answered
 */
export function repoObservationRows({ observed, earlier }: RepoPlanning, plan: JobPlan): Write[] {
  const { verdicts } = plan as RepoPlan;
  return observationWrites({
    observed,
    earlier,
    judge: ({ roleId }) => judgedOf(verdicts.get(roleId)!),
  });
}
