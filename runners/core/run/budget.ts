import type { JobTypes } from "../job_types.ts";
import { wantedOf } from "../limits/counts.ts";
import { changeReservations, finishReservation } from "../limits/reservations.ts";
import type { JobPlan } from "../plan/document.ts";
import type { Store } from "../store/store.ts";
import type { RunContext } from "./context.ts";
import { unlessFaulty } from "./record.ts";
import type { ChangeOutcome } from "./run_document.ts";
import { judgeLimits, type LimitJudgement } from "./make_plan.ts";

/**
 * Reserves the whole count of the run, or refuses it. Decided and written by compare-and-set, so
 * that two runs never spend the same budget.
 */
export async function reserve<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  plan: JobPlan<T>,
  share: boolean,
): Promise<LimitJudgement> {
  const { job, clock, runId } = context;
  let judgement: LimitJudgement = { refused: null, limits: [] };
  await changeReservations(store, job.name, clock.now(), (reservations) => {
    judgement = judgeLimits(context, plan, reservations, share);
    if (judgement.refused) return undefined;
    return [...reservations, {
      run_id: runId,
      at: clock.now().toISOString(),
      share,
      finished: false,
      wanted: wantedOf(plan.changes, job.countsAs),
      examined: plan.examined,
    }];
  });
  return judgement;
}

/** Keeps of the reservation what had an effect, or may have; answers whether the store took it. */
export async function giveBack<T extends JobTypes>(
  { job, clock, runId, log }: RunContext<T>,
  store: Store,
  changes: readonly T["Change"][],
  outcomes: ReadonlyMap<string, ChangeOutcome>,
): Promise<boolean> {
  const effective = changes.filter(({ id }) => {
    const outcome = outcomes.get(id)?.outcome;
    return outcome === "done" || outcome === "unknown";
  });
  const wanted = wantedOf(effective, job.countsAs);
  const finish = () => finishReservation(store, job.name, clock.now(), runId, wanted);
  return await unlessFaulty(finish, log) !== null;
}
