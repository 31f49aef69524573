import type { Account } from "../../aws/session.ts";
import { clockProblem } from "../../aws/sessions.ts";
import { counted } from "../../cli/words.ts";
import { AwsAccessError, UsageError } from "../../errors.ts";
import type { JobTypes } from "../../job_types.ts";
import type { Parts } from "../../parts.ts";
import type { Place } from "../../plan/change.ts";
import type { Coverage } from "../../plan/coverage.ts";
import type { JobPlan, Planned } from "../../plan/document.ts";
import { closing, type Store, writeRounds } from "../../store/store.ts";
import { applyChanges } from "../apply/apply_changes.ts";
import { giveBack, hasPending, reserved } from "../apply/budget.ts";
import { insideOf, narrow, withMissed } from "../apply/narrow.ts";
import { pollPending } from "../apply/pending.ts";
import { type PlanFile, readPlanFile } from "../apply/plan_file.ts";
import { closeUnplanned, intentsToSettle, type NoEffect, settleIntents } from "../apply/settle.ts";
import { refuseUsedUp, type UsedChange, usedChanges } from "../apply/used_changes.ts";
import type { Applying } from "../apply/write_batch.ts";
import type { RunContext } from "../context.ts";
import { record } from "../end/record.ts";
import {
  isShare,
  judgedPlan,
  judgeLimits,
  type Observation,
  observe,
  othersOf,
  pendingIntents,
  planned,
} from "../make_plan.ts";
import {
  type ChangeOutcome,
  type Ended,
  type SettledChange,
  withOutcomes,
} from "../run_document.ts";
import { watchUnfinished } from "../run_register.ts";
import type { VerbResult } from "../verb_result.ts";
import { refuseHypothetical, registered } from "./report_verb.ts";

/**
 * `report`, and makes the changes: all of them, or none where a limit refuses. Its steps stand here
 * in their order. `verb` is what the person has typed.
 */
export async function applyVerb<T extends JobTypes>(
  context: RunContext<T>,
  verb = "apply",
): Promise<VerbResult<T>> {
  refuseHypothetical(context, verb);
  refuseUnasked(context, verb);
  const { job, clock, leaseMs, options } = context;
  const started = clock.now();
  const planFile = options.planFile === null ? null : readPlanFile(options.planFile, context);
  return await closing(await context.openStore(), async (store) => {
    const used = await refuseUsed(context, store, planFile);
    const unfinished = await watchUnfinished(store, job.name, clock, leaseMs);
    const settled = await pollPending(context, store);
    const observation = await observe(context, store, { publishes: true, applies: true });
    const { observed } = observation;
    await refuseWrongClock(context);
    const dead = await unfinished.dead(context.signal);
    const known = await settleAndPlan(context, store, observation, dead);
    const { plan, missed, aside } = await narrow(known.plan, {
      store,
      job: job.name,
      planFile,
      used,
      isInside: insideOf(context),
      now: clock.now(),
    });
    tellAside(context, aside);

    const share = isShare(options) || plan.changes.length < known.plan.changes.length;
    const foreseen = judgeLimits(context, plan, await othersOf(context, store, share), share);
    const proposal = judgedPlan(context, known.observation, plan, foreseen);
    const agreed = await isAgreed(context, proposal);
    await using running = await registered(context, store, verb, started);
    const judgement = agreed ? await reserved(context, store, plan, share) : foreseen;
    const judged = withMissed({ ...proposal, ...judgement }, missed);

    const making = await makingOf(context, store, known, judged.plan_id);
    const mayMake = agreed && judgement.refused === null;
    const outcomes = mayMake
      ? await makeChanges(context, observed, plan, { ...making, planFileId: planFile?.plan_id })
      : NONE;
    const stored = !mayMake || await giveBack(context, store, plan.changes, outcomes);
    if (mayMake) await tell(context, observed, plan, outcomes);
    // Not if the person said no, nor if a breaker has tripped.
    const mayWriteOwn = judgement.refused === null && plan.breakers.length === 0 && stored &&
      (agreed || plan.changes.length === 0);
    const ownWrites = mayWriteOwn
      ? await applyChanges(plan.ownWrites, { ...making, atOnce: OWN_WRITES_AT_ONCE })
      : NONE;

    const result = await record(context, store, observed, judged, {
      started,
      outcomes: new Map([...outcomes, ...missed.map((one) => [one.id, one] as const)]),
      ownWrites: withOutcomes<T>(plan.ownWrites, ownWrites),
      settled,
      ended: known.ended,
      running,
      applies: true,
      isComplete: observation.saved && stored,
      isSettled: stored && !hasPending(outcomes) && !hasPending(ownWrites),
    });
    return { ...result, aside };
  });
}

/** Every region may have some, in every run. */
const OWN_WRITES_AT_ONCE = 10;

const NONE: ReadonlyMap<string, ChangeOutcome> = new Map();

/** @throws UsageError where nobody has agreed to changes, and nobody can be asked */
export function refuseUnasked<T extends JobTypes>(
  { options, confirm }: RunContext<T>,
  verb: string,
): void {
  if (options.yes || confirm !== null) return;
  throw new UsageError(`${verb} changes things and there is no terminal to ask: say --yes`);
}

/**
 * The changes of a plan file that earlier runs have begun.
 *
 * @throws UsageError where nothing of it is left for this run
 */
async function refuseUsed<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  planFile: PlanFile<T> | null,
): Promise<ReadonlyMap<string, UsedChange>> {
  if (planFile === null) return new Map();
  const used = await usedChanges(store, context.job.name, planFile);
  refuseUsedUp(planFile, used, insideOf(context));
  return used;
}

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

/** What a run knows when its changes are to be made. */
export type Known<T extends JobTypes> = {
  readonly observation: Observation<T>;
  readonly plan: JobPlan<T>;
  readonly noEffect: ReadonlyMap<string, NoEffect<T>>;
  /** What has become of the changes of runs that have died, or did not learn it. */
  readonly ended: readonly SettledChange[];
};

/**
 * Settles what dead runs have left, plans by what that has shown, and stores what was seen. Where
 * nothing is to be settled, it plans once.
 */
export async function settleAndPlan<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  read: Observation<T>,
  dead: ReadonlySet<string>,
): Promise<Known<T>> {
  const { job, config, clock, options, pendingMaxMs, signal } = context;
  const { observed, accounts, scope, now } = read;
  let observation = read;
  let planning = { config, observed, earlier: read.earlier, now };
  let plan = await planned(context, planning, read.pending);
  const intents = await intentsToSettle(store, job.name, dead);
  const { coverage } = plan;
  const { noEffect, ended: settled } = await settleIntents({
    ...context,
    store,
    intents,
    dead,
    observed,
    // A run over a share cannot tell: the place may only be left out this time.
    isGone: (place) => !isShare(options) && !isPartOf(place, accounts, coverage),
    plan,
  });
  let ended = settled;
  if (intents.length > 0) {
    const pending = await pendingIntents(store, job);
    observation = { ...read, pending };
    planning = { ...planning, earlier: await job.earlier(store, scope) };
    plan = asAnnounced(await planned(context, planning, pending), noEffect);
    const time = { now: clock.now(), pendingMaxMs };
    ended = [...settled, ...await closeUnplanned({ store, job }, noEffect, plan, time)];
  }
  await writeRounds(store, job.observationRows(planning, plan), signal);
  return { observation, plan, noEffect, ended };
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

/** The plan with those changes as they were announced that AWS may know by their client tokens. */
function asAnnounced<T extends JobTypes>(
  plan: JobPlan<T>,
  noEffect: ReadonlyMap<string, NoEffect<T>>,
): JobPlan<T> {
  const changes = plan.changes.map((change) => noEffect.get(change.id)?.announced ?? change);
  return { ...plan, changes };
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

/** Whether there is something to be made, and who is asked has agreed to it. */
async function isAgreed<T extends JobTypes>(
  { options, confirm }: RunContext<T>,
  proposal: Planned<T>,
): Promise<boolean> {
  return proposal.refused === null && proposal.changes.length > 0 &&
    (options.yes || confirm === null || await confirm(proposal));
}

/** What changes are made with. */
export async function makingOf<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  { observation, noEffect }: Known<T>,
  planId: string,
): Promise<Applying<T>> {
  const sessions = await context.sessions();
  return {
    ...context,
    store,
    planId,
    planFileId: null,
    plannedAt: observation.now,
    readAt: observation.readAt,
    atOnce: context.job.groupsAtOnce ?? 1,
    accounts: observation.accounts,
    session: (account, role) => sessions.member(account, role),
    noEffect,
    progress: (done, of) => context.progress("applying", done, of),
  };
}

/** Makes the changes of a plan, but those that somebody has taken back since it was made. */
export async function makeChanges<T extends JobTypes>(
  context: RunContext<T>,
  observed: Parts<T["Part"]>,
  plan: JobPlan<T>,
  making: Applying<T>,
): Promise<ReadonlyMap<string, ChangeOutcome>> {
  const { job, clock } = context;
  const back = await job.withdrawn?.(making.store, plan.changes) ?? new Map<string, string>();
  await tell(context, observed, plan, null);
  const made = await applyChanges(plan.changes.filter(({ id }) => !back.has(id)), making);
  const at = clock.now().toISOString();
  return new Map([
    ...made,
    ...[...back].map(([id, message]): [string, ChangeOutcome] => [
      id,
      { outcome: "skipped", error: { code: "withdrawn", message }, at },
    ]),
  ]);
}

/** Tells hooks that changes are about to be made (null), or what became of them. */
export async function tell<T extends JobTypes>(
  context: RunContext<T>,
  observed: Parts<T["Part"]>,
  { changes }: Pick<JobPlan<T>, "changes">,
  outcomes: ReadonlyMap<string, ChangeOutcome> | null,
): Promise<void> {
  await context.job.tell?.({ ...context, observed, changes, outcomes });
}
