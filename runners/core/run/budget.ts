import type { Json } from "../json.ts";
import { wantedOf } from "../limits/limits.ts";
import { changeReservations, finishReservation } from "../limits/reservations.ts";
import type { Change } from "../plan/change.ts";
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
export async function reserve<Config, Observed extends Json, Earlier>(
  context: RunContext<Config, Observed, Earlier>,
  store: Store,
  plan: JobPlan,
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
      wanted: wantedOf(plan.changes, job.limits(context.config)),
      examined: plan.examined,
    }];
  });
  return judgement;
}

/** Keeps of the reservation what had an effect, or may have; answers whether the store took it. */
export async function giveBack<Config, Observed extends Json, Earlier>(
  { job, config, clock, runId, log }: RunContext<Config, Observed, Earlier>,
  store: Store,
  changes: readonly Change[],
  outcomes: ReadonlyMap<string, ChangeOutcome>,
): Promise<boolean> {
  const effective = changes.filter(({ id }) => {
    const outcome = outcomes.get(id)?.outcome;
    return outcome === "done" || outcome === "unknown";
  });
  const wanted = wantedOf(effective, job.limits(config));
  const finish = () => finishReservation(store, job.name, clock.now(), runId, wanted);
  return await unlessFaulty(finish, log) !== null;
}
