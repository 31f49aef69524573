import type { JobTypes } from "../../job_types.ts";
import { wantedOf } from "../../limits/counts.ts";
import { reduceReservation, reserve } from "../../limits/reservations.ts";
import type { JobPlan } from "../../plan/document.ts";
import type { Store } from "../../store/store.ts";
import { unlessFaulty } from "../../unless_faulty.ts";
import type { RunContext } from "../context.ts";
import { judgeLimits, type LimitJudgement } from "../make_plan.ts";
import { TAKEN_FOR_DEAD } from "./write_batch.ts";
import type { ChangeOutcome } from "../run_document.ts";

/**
 * Reserves the complete count of a run, or refuses it. Decided and written by compare-and-set, so
 * that two runs never spend the same budget.
 *
 * @param share whether the run may make a part of the organization's changes only
 */
export async function reserved<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  plan: Pick<JobPlan<T>, "changes" | "examined" | "breakers">,
  share: boolean,
): Promise<LimitJudgement> {
  const { job, config, clock, runId } = context;
  let judgement: LimitJudgement = { refused: null, limits: [] };
  await reserve(store, job.name, { limits: job.limits(config), share }, (others) => {
    judgement = judgeLimits(context, plan, others, share);
    return judgement.refused ? undefined : {
      run_id: runId,
      at: clock.now().toISOString(),
      share,
      finished: false,
      wanted: wantedOf(plan.changes, job.countsAs),
      examined: plan.examined,
    };
  });
  return judgement;
}

/**
 * Keeps of a run's reservation what had an effect, or may have one. All that is kept counts as under
 * way while AWS is still at a part of it.
 *
 * @returns whether the store took it
 */
export async function giveBack<T extends JobTypes>(
  { job, runId, log }: Pick<RunContext<T>, "job" | "runId" | "log">,
  store: Store,
  changes: readonly T["Change"][],
  outcomes: ReadonlyMap<string, ChangeOutcome>,
): Promise<boolean> {
  // Who took the run for dead settles its reservation with its changes.
  if (outcomes.values().some(({ error }) => error?.code === TAKEN_FOR_DEAD)) return true;
  const effective = changes.filter(({ id }) => {
    const outcome = outcomes.get(id)?.outcome;
    return outcome === "done" || outcome === "unknown" || outcome === "pending";
  });
  const left = { effective: wantedOf(effective, job.countsAs), finished: !hasPending(outcomes) };
  const reduce = () => reduceReservation(store, job.name, runId, left);
  return await unlessFaulty(reduce, log) !== null;
}

/** Whether AWS is still at one of the changes. */
export function hasPending(outcomes: ReadonlyMap<string, ChangeOutcome>): boolean {
  return outcomes.values().some(({ outcome }) => outcome === "pending");
}
