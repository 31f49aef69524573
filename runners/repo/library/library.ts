import type * as z from "zod";
import { CALL_POLICY, type CallPolicy } from "../../core/aws/call_policy.ts";
import type { Environment } from "../../core/aws/caller.ts";
import { isInterruption } from "../../core/aws/failure.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { OrganizationConfig, organizationSchema } from "../../core/config/organization.ts";
import { InterruptedError } from "../../core/errors.ts";
import type { JobTypes } from "../../core/job_types.ts";
import type { Log } from "../../core/log/log.ts";
import { ownRoleNames } from "../../core/needs/role_names.ts";
import type { Notifier } from "../../core/report/notifier.ts";
import type { Sink } from "../../core/report/sink.ts";
import { makeContext, type RunParts } from "../../core/run/make_context.ts";
import { scopeOf } from "../../core/run/make_plan.ts";
import { LEASE_MS } from "../../core/run/run_register.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import { type Asked, ASKED_NOTHING, type RepoConfig, type repoSchema } from "../config.ts";
import { refreshAccount, type RefreshedAccount } from "../inventory/refresh_account.ts";
import { readTracked } from "../inventory/access.ts";
import { repoNeeds } from "../needs.ts";
import { openRun, type RepoRun } from "../open_run.ts";
import { refreshingOf } from "../refresh_run.ts";
import { parseRoleReference } from "../role_reference.ts";
import { knownRole, saidPlainly } from "../verbs/answer.ts";
import { readKnowledge, type RoleKnowledge, roleVerb } from "../verbs/role.ts";
import { readOrganization, readRepoConfig } from "./settings.ts";

/** The settings of the job, as `repo` in a configuration file. */
export type RepoInput = z.input<typeof repoSchema>;

/** Accounts and roles to assume in them, as `organization` in a configuration file. */
export type OrganizationInput = z.input<typeof organizationSchema>;

/**
 * What the functions of the library work with. They read nothing from the process: the caller
 * passes the environment, the store and the clock.
 */
export type RepoLibrary = {
  /** The job's settings. Default: those that a file without `repo` has. */
  readonly repo?: RepoInput;
  /** Default: the account of the caller's own credentials. */
  readonly organization?: OrganizationInput;
  /**
   * Where versions, journal and limits are kept. The command line may work with the same store.
   * Each call opens and closes it; {@linkcode displayRole} and a `repoRole` that commits nothing
   * open it to read.
   */
  readonly store: {
    open(): Store | Promise<Store>;
    openToRead(): ReadStore | Promise<ReadStore>;
  };
  /** The variables that the SDK reads: `AWS_PROFILE`, `AWS_ACCESS_KEY_ID` and so on. */
  readonly env: Environment;
  /** Paths of filters and hooks in `repo` are relative to it. Default: they must be absolute. */
  readonly directory?: string;
  /** Default: nothing is logged; problems are thrown, or are in the answer. */
  readonly log?: Log;
  /** Cuts waiting and reads; a write in flight is finished and journalled. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Where a run that commits publishes its record. Default: nowhere. */
  readonly sinks?: readonly Sink[];
  /** Who is told of a run that was not done. Default: nobody. */
  readonly notifiers?: readonly Notifier[];
  /** What the journal calls the program. Default: `library`. */
  readonly toolVersion?: string;
  /** Time limits and attempts of each call. */
  readonly callPolicy?: CallPolicy;
};

/** The default log: a library has no terminal. */
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens a run over one account, with the limits, journal and locks of the command line. */
export async function openLibraryRun(
  library: RepoLibrary,
  asked: Asked,
  account: string,
): Promise<RepoRun> {
  const config = readRepoConfig(library.repo ?? {});
  const organization = readOrganization(library.organization ?? {});
  const { store, clock = systemClock, log = SILENT } = library;
  const parts: RunParts<JobTypes> = {
    organization,
    env: (name) => library.env.get(name),
    clock,
    log,
    callPolicy: library.callPolicy ?? CALL_POLICY,
    leaseMs: LEASE_MS,
    // No plan file is applied.
    planMaxAgeMs: 0,
    pendingMaxMs: 0,
    options: { accounts: [account], yes: true },
    toolVersion: library.toolVersion ?? "library",
    signal: library.signal ?? new AbortController().signal,
    writeFiles: () => Promise.reject(new Error("A run of the library names no file")),
    openStoreToRead: async () => await store.openToRead(),
    openStore: async () => await store.open(),
    sinks: library.sinks ?? [],
    notifiers: () => library.notifiers ?? [],
    progress: () => {},
    confirm: null,
  };
  return await openRun({
    config,
    directory: library.directory ?? "/",
    ownRoles: ownRolesOf(organization, config),
    clock,
    context: (work) => Promise.resolve(makeContext(work, parts)),
  }, asked);
}

/** Every job of Groundskeeper has roles of its own. */
const JOBS = ["ami", "audit", "dirty", "repo", "salt"];

/** Roles of jobs, for a pattern of names without the job. */
const ROLES = ["apply", "canary", "home", "observe"];

/**
 * The names of Groundskeeper's own roles by these settings, without paths. `*` stands for what the
 * library cannot know of other jobs: a name too many is better than one too few. None of these
 * roles is ever changed.
 */
export function ownRolesOf(
  organization: Pick<OrganizationConfig, "roles" | "namedRoles" | "homeRole">,
  config: RepoConfig,
): string[] {
  const { roles } = organization;
  const others = roles === null
    ? []
    : roles.includes("{job}")
    ? JOBS.map((job) => roles.replaceAll("{job}", job).replaceAll("{role}", "*"))
    : ROLES.map((role) => roles.replaceAll("{role}", role));
  const named = ownRoleNames({ organization: { ...organization, roles: null } }, [
    repoNeeds(config),
  ]);
  return [...new Set([...named, ...others])].sort();
}

/** What the inventory knows of a role, and the same for people. */
export type DisplayedRole = RoleKnowledge & {
  /** As `repo role` prints it, without colours, at most 100 characters wide. */
  readonly text: string;
};

/**
 * What the inventory knows of a role: its versions, its numbers over time, its evidence, opt-out
 * and schedule. It reads only the store, and makes no call to AWS.
 *
 * @param role its ARN, or `ACCOUNT/NAME`
 * @throws UsageError if the inventory does not know it: call {@linkcode updateRoleCache} first
 * @throws StoreError
 *
 * @example Show what is known of a role; `library` is as in `examples/repo/library.ts`
 * ```ts
 * import assert from "assert";
 * import { displayRole, updateRoleCache } from "./runners/repo/mod.ts";
 *
 * await updateRoleCache("111111111111", library);
 * const { role, versions, text } = await displayRole("111111111111/checkout-api", library);
 * assert.deepEqual([role.name, versions.length], ["checkout-api", 1]);
 * console.log(text);
 * ```
 */
export async function displayRole(
  role: string,
  library: Pick<RepoLibrary, "store" | "clock">,
): Promise<DisplayedRole> {
  const reference = parseRoleReference(role);
  const { clock = systemClock } = library;
  const store = await library.store.openToRead();
  try {
    const row = await knownRole(store, reference);
    const text = await saidPlainly(clock, (answering) => roleVerb(store, reference, answering));
    return { ...await readKnowledge(store, row), text };
  } finally {
    store.close();
  }
}

/**
 * Reads the roles of an account and stores what is seen of them, as `repo refresh` does: new
 * versions of their policies, evidence of their use, numbers, and which were deleted. It changes
 * nothing in the account.
 *
 * @param account twelve digits
 * @returns what was seen; with `failure` if the account could not be read completely: then nothing
 * is concluded of its other roles
 * @throws UsageError if the account is none of `organization`'s
 * @throws AwsAccessError, ConfigError, StoreError
 *
 * @example Read an account; `library` is as in `examples/repo/library.ts`
 * ```ts
 * import assert from "assert";
 * import { updateRoleCache } from "./runners/repo/mod.ts";
 *
 * const { roles, failure } = await updateRoleCache("111111111111", library);
 * assert.equal(failure, null);
 * assert.equal(roles, 1);
 * ```
 */
export async function updateRoleCache(
  account: string,
  library: RepoLibrary,
): Promise<RefreshedAccount> {
  try {
    const run = await openLibraryRun(library, ASKED_NOTHING, account);
    const { accounts: [found] } = await scopeOf(run.context);
    const refreshing = await refreshingOf(run);
    const store = await library.store.open();
    try {
      const tracked = await readTracked(store);
      return await refreshAccount(found!, { ...refreshing, store, tracked });
    } finally {
      store.close();
    }
  } catch (error) {
    throw isInterruption(error) ? new InterruptedError() : error;
  }
}
