import type { Account } from "../../aws/session.ts";
import { clockProblem } from "../../aws/sessions.ts";
import { counted } from "../../cli/words.ts";
import { AwsAccessError, UsageError } from "../../errors.ts";
import type { JobTypes } from "../../job_types.ts";
import { wantedOf } from "../../limits/counts.ts";
import { finishReservation, reserve } from "../../limits/reservations.ts";
import type { Place } from "../../plan/change.ts";
import type { Coverage } from "../../plan/coverage.ts";
import type { JobPlan } from "../../plan/document.ts";
import { closing, type Store, writeRounds } from "../../store/store.ts";
import { applyChanges } from "../apply/apply_changes.ts";
import { unlessFaulty } from "../../unless_faulty.ts";
import type { RunContext } from "../context.ts";
import { insideOf, narrow, withMissed } from "../apply/narrow.ts";
import { readPlanFile } from "../apply/plan_file.ts";
import { record } from "../end/record.ts";
import { refuseHypothetical, registered } from "./report_verb.ts";
import { type ChangeOutcome, type Ended, withOutcomes } from "../run_document.ts";
import { watchUnfinished } from "../run_register.ts";
import { closeUnplanned, intentsToSettle, type NoEffect, settleIntents } from "../apply/settle.ts";
import {
  isShare,
  judgedPlan,
  judgeLimits,
  type LimitJudgement,
  type Observation,
  observe,
  othersOf,
  planned,
} from "../make_plan.ts";
import { refuseUsedUp, usedChanges } from "../apply/used_changes.ts";
import type { VerbResult } from "../verb_result.ts";

/** `report`, and makes the changes: all of them, or none where a limit refuses. */
export async function applyVerb<T extends JobTypes>(
  context: RunContext<T>,
): Promise<VerbResult<T>> {
  refuseHypothetical(context, "apply");
  const { job, clock, leaseMs, options, confirm } = context;
  if (!options.yes && confirm === null) {
    throw new UsageError("apply changes things and there is no terminal to ask: say --yes");
  }
  const started = clock.now();
  const planFile = options.planFile === null ? null : readPlanFile(options.planFile, context);
  return await closing(await context.openStore(), async (store) => {
    const isInside = insideOf(context);
    const used = planFile ? await usedChanges(store, job.name, planFile) : new Map();
    if (planFile) refuseUsedUp(planFile, used, isInside);
    const unfinished = await watchUnfinished(store, job.name, clock, leaseMs);
    const observation = await observe(context, store, { publishes: true });
    await refuseWrongClock(context);
    const dead = await unfinished.dead(context.signal);
    const { plan: complete, noEffect } = await settleAndPlan(context, store, observation, dead);
    const narrowing = { store, job: job.name, planFile, used, isInside, now: clock.now() };
    const { plan, missed, aside } = await narrow(complete, narrowing);
    tellAside(context, aside);
    const share = isShare(options) || plan.changes.length < complete.changes.length;

    const foreseen = judgeLimits(context, plan, await othersOf(context, store, share), share);
    const proposal = judgedPlan(context, observation, plan, foreseen);
    const wanted = foreseen.refused === null && plan.changes.length > 0 &&
      (options.yes || confirm === null || await confirm(proposal));

    await using running = await registered(context, store, "apply", started);
    const judgement = wanted ? await reserved(context, store, plan, share) : foreseen;
    const judged = withMissed({ ...proposal, ...judgement }, missed);
    const sessions = await context.sessions();
    const make = (changes: readonly T["Change"][], atOnce: number, planFileId?: string) =>
      applyChanges(changes, {
        ...context,
        store,
        planId: judged.plan_id,
        planFileId: planFileId ?? null,
        plannedAt: observation.now,
        readAt: observation.readAt,
        atOnce,
        accounts: observation.accounts,
        session: (account, role) => sessions.member(account, role),
        noEffect,
        progress: (done, of) => context.progress("applying", done, of),
      });
    let outcomes: ReadonlyMap<string, ChangeOutcome> = new Map();
    let stored = true;
    if (wanted && judgement.refused === null) {
      const tell = (outcomes: ReadonlyMap<string, ChangeOutcome> | null) =>
        job.tell?.({ observed: observation.observed, changes: plan.changes, outcomes, ...context });
      const back = await job.withdrawn?.(store, plan.changes) ?? new Map<string, string>();
      await tell(null);
      outcomes = new Map([
        ...await make(plan.changes.filter(({ id }) => !back.has(id)), 1, planFile?.plan_id),
        ...[...back].map(([id, message]): [string, ChangeOutcome] => [id, {
          outcome: "skipped",
          error: { code: "withdrawn", message },
          at: clock.now().toISOString(),
        }]),
      ]);
      stored = await giveBack(context, store, plan.changes, outcomes);
      await tell(outcomes);
    }
    // Not if the person said no, nor if a breaker has tripped.
    const quiet = judgement.refused === null && plan.breakers.length === 0 && stored;
    const kept = quiet && (wanted || plan.changes.length === 0)
      ? await make(plan.ownWrites, OWN_WRITES_AT_ONCE)
      : new Map();
    const result = await record(context, observation.observed, judged, {
      started,
      outcomes: new Map([...outcomes, ...missed.map((one) => [one.id, one] as const)]),
      ownWrites: withOutcomes<T>(plan.ownWrites, kept),
      running,
      isComplete: observation.saved && stored,
      isSettled: stored,
    });
    return { ...result, aside };
  });
}

/** People are told how many; the JSON says what became of each. */
function tellAside<T extends JobTypes>(
  { log }: RunContext<T>,
  aside: readonly Ended<T>[],
): void {
  for (const [why, own] of Map.groupBy(aside, ({ error }) => error!.code)) {
    const of = counted(own.length, "change");
    log.info(
      why === "already-made"
        ? `${of} of the plan file: made by an earlier run, and not made again`
        : `${of} of the plan file: outside of what this run was narrowed to, and skipped`,
    );
  }
}

/** Every region may have some, in every run. */
const OWN_WRITES_AT_ONCE = 10;

/**
 * Refuses to write with a wrong clock, in AWS and in the store. Call it when STS has said its time.
 *
 * @throws AwsAccessError when the clock is too far off AWS's: deadlines would be wrong
 */
export async function refuseWrongClock<T extends JobTypes>(
  context: RunContext<T>,
): Promise<void> {
  const problem = clockProblem((await context.sessions()).clockSkewMs);
  if (problem) throw new AwsAccessError("clock", `${problem}. Nothing was changed`);
}

/**
 * Settles what dead runs have left, plans by what that has shown, and stores what was seen. Where
 * nothing is to be settled, it plans once.
 */
async function settleAndPlan<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  observation: Observation<T>,
  dead: ReadonlySet<string>,
): Promise<{ plan: JobPlan<T>; noEffect: ReadonlyMap<string, NoEffect> }> {
  const { job, config, clock, options, signal } = context;
  const { observed, accounts, scope, now } = observation;
  let planning = { config, observed, earlier: observation.earlier, now };
  let plan = await planned(context, planning);
  const intents = await intentsToSettle(store, job.name, dead);
  const { coverage } = plan;
  const noEffect = await settleIntents({
    ...context,
    store,
    intents,
    dead,
    observed,
    // A run over a share cannot tell: the place may only be left out this time.
    isGone: (place) => !isShare(options) && !isPartOf(place, accounts, coverage),
    plan,
  });
  if (intents.length > 0) {
    planning = { ...planning, earlier: await job.earlier(store, scope) };
    plan = await planned(context, planning);
    await closeUnplanned(store, noEffect, plan, clock.now());
  }
  await writeRounds(store, job.observationRows(planning, plan), signal);
  return { plan, noEffect };
}

/** Whether the configuration speaks of a place, read or not. */
function isPartOf(
  { account, region }: Place,
  accounts: readonly Account[],
  { regions, unproven }: Coverage,
): boolean {
  if (!accounts.some(({ id }) => id === account)) return false;
  // "global" stands for all regions of an account that could not be opened.
  const known = [...regions, ...unproven].filter((one) => one.account === account);
  return known.length === 0 ||
    known.some((one) => one.region === region || one.region === "global");
}

/**
 * Reserves the complete count of the run, or refuses it. Decided and written by compare-and-set, so
 * that two runs never spend the same budget.
 */
async function reserved<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  plan: JobPlan<T>,
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

/** Keeps of the reservation what had an effect, or may have; answers whether the store took it. */
async function giveBack<T extends JobTypes>(
  { job, runId, log }: RunContext<T>,
  store: Store,
  changes: readonly T["Change"][],
  outcomes: ReadonlyMap<string, ChangeOutcome>,
): Promise<boolean> {
  const effective = changes.filter(({ id }) => {
    const outcome = outcomes.get(id)?.outcome;
    return outcome === "done" || outcome === "unknown";
  });
  const wanted = wantedOf(effective, job.countsAs);
  const finish = () => finishReservation(store, job.name, runId, wanted);
  return await unlessFaulty(finish, log) !== null;
}
