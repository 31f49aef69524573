import { ulid } from "ulid";
import type * as z from "zod";
import { type Environment, findCaller } from "../../core/aws/caller.ts";
import { CALL_POLICY, type CallPolicy } from "../../core/aws/clients.ts";
import { RateBudget } from "../../core/aws/rate_budget.ts";
import { Sessions } from "../../core/aws/sessions.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { OrganizationConfig, organizationSchema } from "../../core/config/organization.ts";
import type { Json } from "../../core/json.ts";
import type { Log } from "../../core/log/log.ts";
import { hashOf } from "../../core/plan/canonical.ts";
import type { Notifier } from "../../core/report/notifier.ts";
import type { Sink } from "../../core/report/sink.ts";
import { LEASE_MS } from "../../core/run/run_register.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import type { Asked, repoSchema } from "../config.ts";
import { withBlocklistRole } from "../filters/blocklist_role.ts";
import { ownRolesOf } from "./own_roles.ts";
import { prepareRun, type RepoContext, type RepoRun, type RepoRunWork } from "../prepare_run.ts";
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

/** Prepares one run over one account: with the very limits, journal and locks of the command line. */
export async function openRun(
  library: RepoLibrary,
  asked: Asked,
  account: string,
): Promise<RepoRun> {
  const part = readRepoConfig(library.repo ?? {});
  const organization = withBlocklistRole(readOrganization(library.organization ?? {}), part);
  return await prepareRun({
    part,
    asked,
    directory: library.directory ?? "/",
    ownRoles: ownRolesOf(organization),
    clock: library.clock ?? systemClock,
    log: library.log ?? SILENT,
    context: (work) => Promise.resolve(contextOf(library, organization, work, account)),
  });
}

function contextOf(
  library: RepoLibrary,
  organization: OrganizationConfig,
  { job, jobConfig, hashed, narrowed }: RepoRunWork,
  account: string,
): RepoContext {
  const {
    clock = systemClock,
    signal = new AbortController().signal,
    callPolicy = CALL_POLICY,
  } = library;
  const runId = ulid(clock.now().getTime());
  let sessions: Promise<Sessions> | undefined;
  const openSessions = async () =>
    new Sessions({
      caller: await findCaller(library.env),
      organization,
      needs: job.needs(jobConfig),
      runId,
      clock,
      budget: new RateBudget(clock),
      policy: callPolicy,
      signal,
    });
  return {
    job,
    config: jobConfig,
    organization,
    configHash: hashOf({ organization, [job.name]: hashed } as unknown as Json),
    // No plan is kept that another run could apply.
    planMaxAgeMs: 0,
    options: {
      accounts: [account],
      regions: [],
      narrowed,
      snapshotDirectory: null,
      saveSnapshotDirectory: null,
      asOf: null,
      planFile: null,
      slot: null,
      outDirectory: null,
      maxChanges: null,
      yes: true,
    },
    runId,
    toolVersion: library.toolVersion ?? "library",
    clock,
    log: library.log ?? SILENT,
    leaseMs: LEASE_MS,
    sessions: () => sessions ??= openSessions(),
    cached: null,
    writeFiles: () => Promise.reject(new Error("A run of the library names no file")),
    openStoreToRead: () => library.store.openToRead(),
    openStore: () => library.store.open(),
    sinks: library.sinks ?? [],
    notifiers: () => library.notifiers ?? [],
    signal,
    progress: () => {},
    confirm: null,
  };
}
