import type { JobTypes } from "../../core/job_types.ts";
import type * as z from "zod";
import { CALL_POLICY, type CallPolicy } from "../../core/aws/call_policy.ts";
import type { Environment } from "../../core/aws/caller.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { OrganizationConfig, organizationSchema } from "../../core/config/organization.ts";
import type { Log } from "../../core/log/log.ts";
import { ownRoleNames } from "../../core/needs/role_names.ts";
import type { Notifier } from "../../core/report/notifier.ts";
import type { Sink } from "../../core/report/sink.ts";
import { makeContext, type RunParts } from "../../core/run/make_context.ts";
import { LEASE_MS } from "../../core/run/run_register.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import type { Asked, RepoConfig, repoSchema } from "../config.ts";
import { repoNeeds } from "../needs.ts";
import { openRun, type RepoRun } from "../open_run.ts";
import { readOrganization, readRepoConfig } from "./settings.ts";

/** The settings of the job, as `repo` in a configuration file. */
export type RepoInput = z.input<typeof repoSchema>;

/** Accounts and roles to assume in them, as `organization` in a configuration file. */
export type OrganizationInput = z.input<typeof organizationSchema>;

/**
 * What the functions of the library work with. Nothing is read from the process: the environment,
 * the store and the clock are handed in.
 */
export type RepoLibrary = {
  /** The job's settings. Default: those that a file without `repo` has. */
  readonly repo?: RepoInput;
  /** Default: the account of the caller's own credentials. */
  readonly organization?: OrganizationInput;
  /**
   * Where versions, journal and limits are kept, the same that the command line works with. Each
   * call opens it and closes it; {@linkcode displayRole} and a `repoRole` that commits nothing open
   * it to read.
   */
  readonly store: { open(): Store; openToRead(): ReadStore };
  /** Says who the caller is: `AWS_PROFILE`, `AWS_ACCESS_KEY_ID` and so on, as the SDK has them. */
  readonly env: Environment;
  /** What paths of filters and hooks in `repo` are relative to. Default: they must be absolute. */
  readonly directory?: string;
  /** Default: nothing is logged; what goes wrong is thrown or stands in the answer. */
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

/** Without a terminal there is nobody to tell. */
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens one run over one account: with the very limits, journal and locks of the command line. */
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
    // No plan is kept that another run could apply.
    planMaxAgeMs: 0,
    options: { accounts: [account], yes: true },
    toolVersion: library.toolVersion ?? "library",
    signal: library.signal ?? new AbortController().signal,
    writeFiles: () => Promise.reject(new Error("A run of the library names no file")),
    openStoreToRead: () => store.openToRead(),
    openStore: () => store.open(),
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

/** The roles of the jobs, where the pattern of their names does not say the job. */
const ROLES = ["apply", "canary", "home", "observe"];

/**
 * The names of Groundskeeper's own roles by these settings, without paths and with `*` for what the
 * library cannot know of other jobs: rather too many than one too few. None of them is ever changed.
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
  const named = ownRoleNames({ ...organization, roles: null }, [repoNeeds(config)]);
  return [...new Set([...named, ...others])].sort();
}
