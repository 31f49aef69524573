import { type Account, clockProblem } from "../aws/sessions.ts";
import { AwsAccessError, UsageError } from "../errors.ts";
import type { Json } from "../json.ts";
import { wantedOf } from "../limits/limits.ts";
import { changeReservations, finishReservation, reservationsOf } from "../limits/reservations.ts";
import type { OpenIntent } from "../journal/journal.ts";
import { byPlace, type Change, type Place } from "../plan/change.ts";
import type { Coverage } from "../plan/coverage.ts";
import { digestOf, type JobPlan, type PlanDocument } from "../plan/document.ts";
import type { Store } from "../store/store.ts";
import { applyChanges } from "./apply_changes.ts";
import type { RunContext } from "./context.ts";
import { readPlanFile, refuseUsedPlan, useUpPlan } from "./plan_file.ts";
import { record } from "./record.ts";
import { refuseHypothetical, runRow } from "./report_verb.ts";
import { type ChangeOutcome, NOT_TRIED } from "./run_document.ts";
import { registerRun, watchUnfinished } from "./run_register.ts";
import { closeUnplanned, settleIntents, type Undone } from "./settle.ts";
import {
  documentOf,
  isShare,
  judgeLimits,
  type LimitJudgement,
  type Observation,
  observe,
} from "./survey.ts";
import type { VerbResult } from "./verb_result.ts";

/** `report`, and makes the changes: all of them, or none where a limit refuses. */
export async function applyVerb<Config, Observed extends Json, Earlier>(
  context: RunContext<Config, Observed, Earlier>,
): Promise<VerbResult> {
  refuseHypothetical(context, "apply");
  refuseUnattended(context);
  const { job, clock, leaseMs } = context;
  const started = clock.now();
  const planFile = await planToNarrowTo(context);
  const store = context.openStore();
  try {
    if (planFile) await refuseUsedPlan(store, planFile);
    const unfinished = await watchUnfinished(store, job.name, clock, leaseMs);
    const observation = await observe(context, {
      earlier: await job.earlier(store),
      publishes: true,
    });
    await refuseWrongClock(context);
    const dead = await unfinished.dead(context.signal);
    const { plan: whole, undone } = await settleAndPlan(context, store, observation, dead);
    const { plan, vanished } = narrow(whole, planFile);
    const share = isShare(context.options) || plan.changes.length < whole.changes.length;

    const { reservations } = await reservationsOf(store, job.name);
    const foreseen = judgeLimits(context, plan, reservations, share);
    const proposal = documentOf(context, observation, plan, foreseen);
    const wanted = foreseen.refused === null && plan.changes.length > 0 &&
      await agreed(context, proposal);

    await using running = await registerRun(store, runRow(context, "apply", started), leaseMs);
    const judgement = wanted ? await reserve(context, store, plan, share) : foreseen;
    const document = withVanished(documentOf(context, observation, plan, judgement), vanished);
    const make = (changes: readonly Change[], atOnce: number) =>
      makeChanges(context, store, observation, document, { changes, atOnce, undone });
    let outcomes: ReadonlyMap<string, ChangeOutcome> = new Map();
    if (wanted && judgement.refused === null) {
      if (planFile) await useUpPlan(store, planFile, context.runId, clock.now());
      const tell = (outcomes: ReadonlyMap<string, ChangeOutcome> | null) =>
        job.tell?.({ observed: observation.observed, changes: plan.changes, outcomes, ...context });
      const back = await job.withdrawn?.(store, plan.changes) ?? new Map<string, string>();
      await tell(null);
      outcomes = new Map([
        ...await make(plan.changes.filter(({ id }) => !back.has(id)), 1),
        ...withdrawnOutcomes(back, clock.now()),
      ]);
      await giveBack(context, store, plan.changes, outcomes);
      await tell(outcomes);
    }
    // Not where the person said no, nor where something is so odd that nothing may be written.
    const quiet = judgement.refused === null && plan.breakers.length === 0;
    const kept = quiet && (wanted || plan.changes.length === 0)
      ? await make(plan.upkeep, UPKEEP_AT_ONCE)
      : NONE;
    return await record(context, observation.observed, document, {
      started,
      outcomes: new Map([...outcomes, ...gone(vanished, whole.coverage, clock.now())]),
      upkeep: plan.upkeep.map((change) => ({ ...change, ...(kept.get(change.id) ?? NOT_TRIED) })),
      running,
      whole: observation.saved,
    });
  } finally {
    store.close();
  }
}

function withdrawnOutcomes(
  back: ReadonlyMap<string, string>,
  now: Date,
): [string, ChangeOutcome][] {
  const at = now.toISOString();
  return [...back].map(([id, why]) => [
    id,
    { outcome: "skipped", at, error: { code: "withdrawn", message: why } },
  ]);
}

/** Every region may have some, in every run. */
const UPKEEP_AT_ONCE = 10;

const NONE: ReadonlyMap<string, ChangeOutcome> = new Map();

/** Without a terminal no question is asked, and nothing is done that nobody agreed to. */
function refuseUnattended<Config, Observed extends Json, Earlier>(
  { options, confirm }: RunContext<Config, Observed, Earlier>,
): void {
  if (!options.yes && confirm === null) {
    throw new UsageError("apply changes things and there is no terminal to ask: say --yes");
  }
}

async function agreed<Config, Observed extends Json, Earlier>(
  { options, confirm }: RunContext<Config, Observed, Earlier>,
  proposal: PlanDocument,
): Promise<boolean> {
  return options.yes || confirm === null || await confirm(proposal);
}

async function planToNarrowTo<Config, Observed extends Json, Earlier>(
  { options, job, configHash, planMaxAgeMs, clock }: RunContext<Config, Observed, Earlier>,
): Promise<PlanDocument | null> {
  if (options.planFile === null) return null;
  const terms = { job: job.name, configHash, maxAgeMs: planMaxAgeMs, clock };
  return await readPlanFile(options.planFile, terms);
}

/**
 * Refuses to write by a wrong clock, once STS has said its time: in AWS, and in the store since when
 * something is known.
 *
 * @throws AwsAccessError when the clock is too far off AWS's (design rule 8)
 */
export async function refuseWrongClock<Config, Observed extends Json, Earlier>(
  context: RunContext<Config, Observed, Earlier>,
): Promise<void> {
  const problem = clockProblem((await context.sessions()).clockSkewMs);
  if (problem) throw new AwsAccessError("clock", `${problem}. Nothing was changed`);
}

/** Settles what dead runs have left, then plans with what that has taught, and stores the looks. */
async function settleAndPlan<Config, Observed extends Json, Earlier>(
  { job, config, clock, log, options }: RunContext<Config, Observed, Earlier>,
  store: Store,
  { observed, accounts, now }: Observation<Observed>,
  dead: ReadonlySet<string>,
): Promise<{ plan: JobPlan; undone: ReadonlyMap<string, Undone> }> {
  const before = job.plan({ config, observed, earlier: await job.earlier(store), now });
  const undone = await settleIntents({
    job,
    store,
    clock,
    log,
    dead,
    observed,
    // A run over a share cannot tell: the place may only be left out this time.
    isGone: (place) => !isShare(options) && !isPartOf(place, accounts, before.coverage),
    plan: before,
    limits: job.limits(config),
  });
  const planning = { config, observed, earlier: await job.earlier(store), now };
  const plan = job.plan(planning);
  await closeUnplanned(store, undone, plan, clock.now());
  await store.write(job.looks(planning, plan));
  return { plan, undone };
}

/** Whether a place is among what the configuration speaks of, read or not. */
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
 * Narrows a plan to what stands equal in a plan file (design rule 9).
 *
 * @returns the narrowed plan, and the changes of the file that no longer stand
 */
function narrow(
  plan: JobPlan,
  planFile: PlanDocument | null,
): { plan: JobPlan; vanished: readonly Change[] } {
  if (planFile === null) return { plan, vanished: [] };
  const agreedTo = new Set(planFile.changes.map(({ id }) => id));
  const stands = new Set(plan.changes.map(({ id }) => id));
  return {
    plan: { ...plan, changes: plan.changes.filter(({ id }) => agreedTo.has(id)) },
    vanished: planFile.changes.filter(({ id }) => !stands.has(id)),
  };
}

function withVanished(document: PlanDocument, vanished: readonly Change[]): PlanDocument {
  if (vanished.length === 0) return document;
  const changes = [...document.changes, ...vanished].sort(byPlace((change) => change.action));
  const body = { ...document, changes, totals: { ...document.totals, changes: changes.length } };
  return { ...body, digest: digestOf(body) };
}

/** Where the place was not looked at or not proven in this run, nothing is known of a drift. */
function gone(
  vanished: readonly Change[],
  { regions }: Coverage,
  now: Date,
): [string, ChangeOutcome][] {
  const proven = new Set(regions.map(({ account, region }) => `${account}/${region}`));
  const at = now.toISOString();
  return vanished.map(({ id, account, region }) => [
    id,
    proven.has(`${account}/${region}`)
      ? { outcome: "drifted", at, error: { code: "drifted", message: DRIFTED } }
      : { outcome: "skipped", at, error: { code: "not-proven", message: NOT_PROVEN } },
  ]);
}

const DRIFTED = "It no longer stands as the plan saw it";
const NOT_PROVEN = "Its account and region were not looked at, or not proven, in this run";

/**
 * Reserves the whole count of the run, or refuses it. Decided and written by compare-and-set, so
 * that two runs never spend the same budget.
 */
async function reserve<Config, Observed extends Json, Earlier>(
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

async function makeChanges<Config, Observed extends Json, Earlier>(
  context: RunContext<Config, Observed, Earlier>,
  store: Store,
  { accounts, now }: Observation<Observed>,
  { plan_id }: PlanDocument,
  { changes, atOnce, undone }: {
    readonly changes: readonly Change[];
    readonly atOnce: number;
    readonly undone: ReadonlyMap<string, OpenIntent>;
  },
): Promise<ReadonlyMap<string, ChangeOutcome>> {
  const { job, config, clock, log, runId, toolVersion, signal } = context;
  const sessions = await context.sessions();
  return await applyChanges(changes, {
    job,
    config,
    store,
    clock,
    log,
    runId,
    planId: plan_id,
    plannedAt: now,
    atOnce,
    toolVersion,
    accounts,
    session: (account, role) => sessions.member(account, role),
    undone,
    signal,
    progress: (done, of) => context.progress("applying", done, of),
  });
}

/** A run that has ended keeps of its reservation what had an effect, or may have had one. */
async function giveBack<Config, Observed extends Json, Earlier>(
  { job, config, clock, runId }: RunContext<Config, Observed, Earlier>,
  store: Store,
  changes: readonly Change[],
  outcomes: ReadonlyMap<string, ChangeOutcome>,
): Promise<void> {
  const effective = changes.filter(({ id }) => {
    const outcome = outcomes.get(id)?.outcome;
    return outcome === "done" || outcome === "unknown";
  });
  const wanted = wantedOf(effective, job.limits(config));
  await finishReservation(store, job.name, clock.now(), runId, wanted);
}
