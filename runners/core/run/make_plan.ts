import { isInterruption } from "../aws/failure.ts";
import { listAccounts, refuseNoAccount } from "../aws/organization.ts";
import type { Account } from "../aws/session.ts";
import { clockProblem } from "../aws/sessions.ts";
import { AwsAccessError, ConfigError, InterruptedError, UsageError } from "../errors.ts";
import type { EarlierScope, Job, Planning, Scope } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import { decideLimits, limitUses, type Reservation } from "../limits/limits.ts";
import { wantedOf } from "../limits/counts.ts";
import { reservationsOf } from "../limits/reservations.ts";
import type { NamedAccount, OrganizationConfig } from "../config/organization.ts";
import { lockOf, type OpenIntent, openIntents } from "../journal/journal.ts";
import { type Parts, partsOf } from "../parts.ts";
import { hashOf } from "../plan/canonical.ts";
import { type JobPlan, type PendingChange, type Planned, plannedOf } from "../plan/document.ts";
import { inTurns } from "../steps.ts";
import type { ReadStore } from "../store/store.ts";
import { unlessFaulty } from "../unless_faulty.ts";
import type { RunContext, RunOptions } from "./context.ts";
import { observeAccounts } from "./observe_accounts.ts";
import { loadSnapshot, saveSnapshot } from "./snapshot.ts";

/** What was seen, and for which instant it is judged. */
export type Observation<T extends JobTypes> = {
  readonly observed: Parts<T["Part"]>;
  readonly accounts: readonly Account[];
  readonly now: Date;
  /** Made with --as-of, of a snapshot or of what was stored: nothing applies it. */
  readonly hypothetical: boolean;
  /** false: it could not be stored as a snapshot, which was told. */
  readonly saved: boolean;
  /** When the first of it was read, the rows of earlier runs among it. */
  readonly readAt: Date;
  /** What earlier runs left, and how much of it was read. */
  readonly earlier: T["Earlier"];
  readonly scope: EarlierScope;
  /** The changes of earlier runs that AWS is still at. */
  readonly pending: readonly OpenIntent[];
};

/** What is asked besides the world itself. */
export type Asking = {
  /** The verb publishes what it finds. */
  readonly publishes?: boolean;
  /** What `explain` is asked about. */
  readonly subject?: string;
  /** The verb makes what is planned. */
  readonly applies?: boolean;
};

/**
 * Reads what earlier runs left, and observes the world, or reads a snapshot of it. Decides nothing.
 */
export async function observe<T extends JobTypes>(
  context: RunContext<T>,
  store: ReadStore,
  asking: Asking = {},
): Promise<Observation<T>> {
  const { job, options, clock, cached } = context;
  const { snapshotDirectory } = options;
  if (snapshotDirectory === null && cached === null) {
    return await observeAws(context, store, asking);
  }
  const { observed, takenAt } = snapshotDirectory === null
    ? { observed: partsOf(await cached!()), takenAt: clock.now() }
    : loadSnapshot(snapshotDirectory, job);
  const scope = { accounts: observed.accounts, publishes: asking.publishes ?? false };
  return {
    observed,
    accounts: [],
    now: options.asOf ?? takenAt,
    hypothetical: true,
    saved: true,
    readAt: clock.now(),
    earlier: await job.earlier(store, scope),
    scope,
    pending: await pendingIntents(store, job),
  };
}

async function observeAws<T extends JobTypes>(
  context: RunContext<T>,
  store: ReadStore,
  asking: Asking,
): Promise<Observation<T>> {
  const { job, config, clock, log, options, signal, progress } = context;
  try {
    const sessions = await context.sessions();
    // First of all: without an identity nothing can be read of any account.
    await sessions.identity();
    const read = await scopeOf(
      context,
      asking.applies ? refuseUnlisted : (problems) => {
        for (const problem of problems) log.warn(`${problem}. No apply makes changes until then`);
      },
    );
    const readAt = clock.now();
    const scope = {
      accounts: read.accounts.map(({ id }) => id),
      publishes: asking.publishes ?? false,
    };
    const pending = await pendingIntents(store, job);
    const earlier = await job.earlier(store, scope);
    const observed = await observeAccounts(job, {
      config,
      scope: read,
      earlier,
      publishes: scope.publishes,
      subject: asking.subject ?? null,
      log,
      now: clock.now(),
      judgedAt: options.asOf ?? clock.now(),
      clock,
      session: (account) => sessions.member(account, "observe"),
    }, (done, of) => progress("reading", done, of));
    signal.throwIfAborted();
    const problem = clockProblem(sessions.clockSkewMs);
    if (problem) log.warn(problem);
    const at = clock.now();
    const directory = options.saveSnapshotDirectory;
    const save = directory === null
      ? null
      : () => saveSnapshot(context.writeFiles, directory, job.name, observed, at);
    return {
      observed,
      accounts: read.accounts,
      now: options.asOf ?? at,
      hypothetical: options.asOf !== null,
      saved: save === null || await unlessFaulty(save, log) !== null,
      readAt,
      earlier,
      scope,
      pending,
    };
  } catch (error) {
    throw isInterruption(error) ? new InterruptedError() : error;
  }
}

/**
 * The accounts and regions that a run reads, as far as they were narrowed. All runs that observe
 * pass here.
 *
 * @param unlisted is told of named accounts that AWS Organizations has not listed, if there are any
 * @throws AwsAccessError where no account is left to read
 * @throws UsageError where the run is narrowed to what is not there
 */
export async function scopeOf<T extends JobTypes>(
  { job, config, sessions, organization, options }: RunContext<T>,
  unlisted: (problems: readonly string[]) => void = () => {},
): Promise<Scope> {
  const listing = await listAccounts(await sessions(), organization, job.units?.(config));
  refuseNoAccount(listing, organization);
  const { accounts: listed, leftOut } = listing;
  const problems = unlistedAccounts(job.named?.(config) ?? [], listing, organization);
  if (problems.length > 0) unlisted(problems);
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

/**
 * An account that is to be left alone and is written with a wrong digit would not be. One that has
 * left the organization looks the same, so that what changes nothing goes on.
 *
 * @throws ConfigError always
 */
function refuseUnlisted(problems: readonly string[]): never {
  throw new ConfigError([...problems]);
}

/** The accounts that settings name and AWS Organizations has not listed, a sentence for each. */
function unlistedAccounts(
  named: readonly NamedAccount[],
  { accounts, leftOut }: Awaited<ReturnType<typeof listAccounts>>,
  organization: OrganizationConfig,
): string[] {
  // Where the file names the accounts, it was compared with them before.
  if (organization.accounts !== "organizations") return [];
  const known = new Set([...accounts, ...leftOut].map(({ id }) => id));
  return named.filter(({ id }) => !known.has(id)).map(({ path, id }) =>
    `${path} is ${id}, which is not among the accounts that AWS Organizations lists` +
    (organization.units.length > 0 ? " in organization.units" : "") +
    ". Correct it, or remove it if the account has left"
  );
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

/**
 * `organization.regions`, if the run asks the complete organization, so that it may say what can be
 * left out of all accounts; else null.
 */
export function regionsOfAll(
  { regions }: OrganizationConfig,
  options: Parameters<typeof isShare>[0] & Pick<RunOptions, "snapshotDirectory">,
): OrganizationConfig["regions"] | null {
  return isShare(options) || options.snapshotDirectory !== null ? null : regions;
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
 * The job's plan, without the changes whose locks AWS is still at: they are planned when that has
 * ended. All runs that plan pass here.
 *
 * @throws InterruptedError when a signal comes before its end
 */
export async function planned<T extends JobTypes>(
  context: RunContext<T>,
  planning: Planning<T>,
  pending: readonly OpenIntent[] = [],
): Promise<JobPlan<T>> {
  const { job } = context;
  const steps = job.planInSteps?.(planning);
  const plan = steps ? await inTurns(steps, context) : job.plan(planning);
  const held = new Set(pending.map(({ entry }) => lockOf(entry)));
  const isFree = ({ id, lock = id }: T["Change"]) => !held.has(lock);
  return {
    ...plan,
    changes: plan.changes.filter(isFree),
    ownWrites: plan.ownWrites.filter(isFree),
  };
}

/** What was seen, what the job plans of it, and that plan as breakers and limits judge it. */
export async function observeAndPlan<T extends JobTypes>(
  context: RunContext<T>,
  store: ReadStore,
  asking: Asking = {},
) {
  const { config } = context;
  const observation = await observe(context, store, asking);
  const { observed, earlier, now, pending } = observation;
  const planning: Planning<T> = { config, observed, earlier, now };
  const plan = await planned(context, planning, pending);
  const judgement = judgeLimits(context, plan, await othersOf(context, store));
  return { observation, planning, plan, judged: judgedPlan(context, observation, plan, judgement) };
}

/** What other runs have reserved of the budgets of this one. */
export async function othersOf<T extends JobTypes>(
  { job, config, options }: RunContext<T>,
  store: ReadStore,
  share: boolean = isShare(options),
): Promise<readonly Reservation[]> {
  const reading = { limits: job.limits(config), share };
  return (await reservationsOf(store, job.name, reading)).reservations;
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
  { observed, now, hypothetical, pending }: Observation<T>,
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
    observedHash: () =>
      hashOf(Array.from(observed, (part) => hashOf(job.withoutAnswerTimes(part)))),
    configHash,
    asOf: now,
    hypothetical,
    pending: pending.map(pendingChange),
    ...judgement,
  });
}

/** The changes that AWS is still at; a job that cannot ask has none. */
export async function pendingIntents<T extends JobTypes>(
  store: ReadStore,
  { name, poll }: Pick<Job<T>, "name" | "poll">,
): Promise<readonly OpenIntent[]> {
  return poll ? await openIntents(store, name, ["pending"]) : [];
}

/** A pending change as plans show it. */
export function pendingChange({ entry }: Pick<OpenIntent, "entry">): PendingChange {
  const { change_id: id, account, region, action, target, reason, run_id, intended_at } = entry;
  return { id, account, region, action, target, reason, run_id, since: intended_at };
}
