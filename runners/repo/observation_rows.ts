import type { Write } from "../core/store/store.ts";
import { observationWrites } from "./inventory/observation_writes.ts";
import { judgedOf } from "./numbers.ts";
import type { RepoJobPlan } from "./repo_plan.ts";
import type { RepoPlanning } from "./planning.ts";

/**
 * The rows that a run leaves of what it saw: the same as a refresh, also where it was asked for
 * something else than what the evidence says.
 *
 * @param plan what the job's `plan` has answered
 */
export function repoObservationRows(
  { observed, earlier }: RepoPlanning,
  plan: RepoJobPlan,
): Write[] {
  const { verdicts } = plan.own;
  return observationWrites({
    observed,
    earlier,
    judge: ({ roleId }) => judgedOf(verdicts.get(roleId)!),
  });
}
