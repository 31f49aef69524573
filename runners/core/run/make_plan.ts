import { isInterruption } from "../aws/failure.ts";
import { listAccounts, refuseNoAccount } from "../aws/organization.ts";
import type { Account } from "../aws/session.ts";
import { clockProblem } from "../aws/sessions.ts";
import { AwsAccessError, InterruptedError, UsageError } from "../errors.ts";
import type { Planning, Scope } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import { decideLimits, limitUses, type Reservation } from "../limits/limits.ts";
import { wantedOf } from "../limits/counts.ts";
import { reservationsOf } from "../limits/reservations.ts";
import type { OrganizationConfig } from "../config/organization.ts";
import { hashOf } from "../plan/canonical.ts";
import { type JobPlan, type Planned, plannedOf } from "../plan/document.ts";
import { inTurns } from "../steps.ts";
import type { ReadStore } from "../store/store.ts";
import { unlessFaulty } from "../unless_faulty.ts";
import type { RunContext, RunOptions } from "./context.ts";
import { loadSnapshot, saveSnapshot } from "./snapshot.ts";

/** What was seen, and for which instant it is judged. */
export type Observation<T extends JobTypes> = {
  readonly observed: T["Observed"];
  readonly accounts: readonly Account[];
  readonly now: Date;
  /** Made with --as-of, of a snapshot or of what was stored: nothing applies it. */
  readonly hypothetical: boolean;
  /** false: it could not be stored as a snapshot, which was told. */
  readonly saved: boolean;
};

/** What is asked besides the world itself. */
export type Asking<T extends JobTypes> = {
  readonly earlier: T["Earlier"];
  /** The verb publishes what it finds. */
  readonly publishes?: boolean;
  /** What `explain` is asked about. */
  readonly subject?: string;
};

/** Observes the world, or reads a snapshot of it. Decides nothing. */
export async function observe<T extends JobTypes>(
  context: RunContext<T>,
  asking: Asking<T>,
): Promise<Observation<T>> {
  const { job, options, clock, cached } = context;
  const hypothetical = options.asOf !== null || options.snapshotDirectory !== null ||
    cached !== null;
  const seen = (observed: T["Observed"], at: Date): Observation<T> => (
    { observed, accounts: [], now: options.asOf ?? at, hypothetical, saved: true }
  );
  if (options.snapshotDirectory !== null) {
    const { observed, takenAt } = await loadSnapshot(options.snapshotDirectory, job);
    return seen(observed, takenAt);
  }
  if (cached !== null) return seen(await cached(), clock.now());
  const { observed, accounts } = await observeAws(context, asking);
  const now = clock.now();
  const directory = options.saveSnapshotDirectory;
  const saved = directory === null || await unlessFaulty(
        () => saveSnapshot(context.writeFiles, directory, job.name, observed, now),
        context.log,
      ) !== null;
  return { ...seen(observed, now), accounts, saved };
}

async function observeAws<T extends JobTypes>(
  context: RunContext<T>,
  asking: Asking<T>,
): Promise<{ observed: T["Observed"]; accounts: readonly Account[] }> {
  const { job, config, clock, log, signal, progress } = context;
  try {
    const sessions = await context.sessions();
    // First of all: without an identity nothing can be read of any account.
    await sessions.identity();
    const scope = await scopeOf(context);
    const observed = await job.observe({
      config,
      scope,
      earlier: asking.earlier,
      publishes: asking.publishes ?? false,
      subject: asking.subject ?? null,
      log,
      now: clock.now(),
      judgedAt: context.options.asOf ?? clock.now(),
      clock,
      session: (account) => sessions.member(account, "observe"),
      progress: (done, of) => progress("reading", done, of),
    });
    signal.throwIfAborted();
    const problem = clockProblem(sessions.clockSkewMs);
    if (problem) log.warn(problem);
    return { observed, accounts: scope.accounts };
  } catch (error) {
    throw isInterruption(error) ? new InterruptedError() : error;
  }
}

/**
 * The accounts and regions that a run reads, as far as they were narrowed. All runs that observe
 * pass here.
 *
 * @throws AwsAccessError where no account is left to read
 * @throws UsageError where the run is narrowed to what is not there
 */
export async function scopeOf<T extends JobTypes>(
  { job, config, sessions, organization, options }: RunContext<T>,
): Promise<Scope> {
  const listing = await listAccounts(await sessions(), organization, job.units?.(config));
  refuseNoAccount(listing, organization);
  const { accounts: listed, leftOut } = listing;
  const unknown = options.accounts.filter((id) => !listed.some((account) => account.id === id));
  if (unknown.length > 0) {
    const why = leftOut.filter(({ id }) => unknown.includes(id))
      .map((account) => `; ${account.id}: ${account.why}`).join("");
    const known = listed.length <= 10
      ? listed.map(({ id }) => id).join(", ")
      : `${listed.length} of them`;
    throw new UsageError(
      `--account ${unknown.join(", ")}: not among the accounts of the configuration ` +
        `(${known})${why}`,
    );
  }
  const accounts = options.accounts.length === 0
    ? listed
    : listed.filter(({ id }) => options.accounts.includes(id));
  return { accounts, ...regionsOf(organization.regions, options.regions) };
}

function regionsOf(
  configured: OrganizationConfig["regions"],
  wanted: readonly string[],
): Pick<Scope, "regions" | "except"> {
  const isList = Array.isArray(configured);
  const except = isList || configured === "enabled" ? [] : configured.allExcept;
  // A Region that is named twice would be read twice, and all in it would count twice.
  const once = (regions: readonly string[]) => [...new Set(regions)];
  if (wanted.length === 0) return { regions: isList ? once(configured) : "enabled", except };
  const unknown = wanted.filter((region) =>
    isList ? !configured.includes(region) : except.includes(region)
  );
  if (unknown.length > 0) {
    const why = isList
      ? `not among organization.regions (${configured.join(", ")})`
      : "organization.regions leaves it out";
    throw new UsageError(`--region ${unknown.join(", ")}: ${why}`);
  }
  return { regions: once(wanted) };
}

/** Whether the run reads a share of the organization only; shares have one budget together. */
export function isShare(
  { accounts, regions, narrowed }: Pick<RunOptions, "accounts" | "regions" | "narrowed">,
): boolean {
  return accounts.length > 0 || regions.length > 0 || narrowed;
}

/** What limits and breakers say of a plan: whether it is refused, and what it would use. */
export type LimitJudgement = Pick<Planned, "refused" | "limits">;

/**
 * The job's plan. All runs that plan pass here.
 *
 * @throws InterruptedError when a signal comes before its end
 */
export async function planned<T extends JobTypes>(
  context: RunContext<T>,
  planning: Planning<T>,
): Promise<JobPlan<T>> {
  const { job } = context;
  const steps = job.planInSteps?.(planning);
  return steps ? await inTurns(steps, context) : job.plan(planning);
}

/** What was seen, what the job plans of it, and that plan as breakers and limits judge it. */
export async function observeAndPlan<T extends JobTypes>(
  context: RunContext<T>,
  store: ReadStore,
  asking: Asking<T>,
) {
  const { job, config } = context;
  const observation = await observe(context, asking);
  const { observed, now } = observation;
  const planning: Planning<T> = { config, observed, earlier: asking.earlier, now };
  const plan = await planned(context, planning);
  const { reservations } = await reservationsOf(store, job.name);
  const judgement = judgeLimits(context, plan, reservations);
  return { observation, planning, plan, judged: judgedPlan(context, observation, plan, judgement) };
}

/** Judges a plan's changes by the breakers, the limits, and what other runs have reserved. */
export function judgeLimits<T extends JobTypes>(
  { job, config, options, clock, runId }: RunContext<T>,
  plan: Pick<JobPlan<T>, "changes" | "examined" | "breakers">,
  reservations: readonly Reservation[],
  share: boolean = isShare(options),
): LimitJudgement {
  const limits = job.limits(config);
  const question = {
    limits,
    ...(options.maxChanges === null ? {} : { maxChanges: options.maxChanges }),
    wanted: wantedOf(plan.changes, job.countsAs),
    examined: plan.examined,
    share,
    others: reservations.filter((one) => one.run_id !== runId),
    now: clock.now(),
  };
  const [breaker] = plan.changes.length === 0 ? [] : plan.breakers;
  const refused = breaker ? { ...breaker, reserved: 0 } : decideLimits(question);
  return { refused, limits: limitUses(question) };
}

/**
 * The plan of an observation, with what limits and breakers say of it.
 *
 * @throws AwsAccessError where nothing was observed: an empty snapshot, or an empty store
 */
export function judgedPlan<T extends JobTypes>(
  { job, configHash, options }: RunContext<T>,
  { observed, now, hypothetical }: Observation<T>,
  plan: JobPlan<T>,
  judgement: LimitJudgement,
): Planned<T> {
  if (plan.coverage.planned === 0) {
    const source = options.snapshotDirectory === null ? "What was observed" : "The snapshot";
    throw new AwsAccessError(
      "no-account",
      `There is no account to read: ${source} holds none. Check --account, --snapshot and ` +
        "organization.accounts",
    );
  }
  return plannedOf({
    job: job.name,
    plan,
    observedHash: () => hashOf(job.withoutAnswerTimes(observed)),
    configHash,
    asOf: now,
    hypothetical,
    ...judgement,
  });
}
