import { ulid } from "ulid";
import type { LoadedConfig } from "./config_file.ts";
import { fromPerson } from "./config_file.ts";
import { openSqliteStore, openSqliteStoreReadOnly } from "../adapters/sqlite/sqlite_store.ts";
import type { CommonOptions } from "../core/cli/request.ts";
import { findCaller } from "../core/aws/caller.ts";
import { RateBudget } from "../core/aws/rate_budget.ts";
import { Sessions } from "../core/aws/sessions.ts";
import { durationMs } from "../core/duration.ts";
import { UsageError } from "../core/errors.ts";
import type { Disk } from "../core/files/disk.ts";
import { writeFiles } from "../core/files/write_files.ts";
import type { Job } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import type { Log } from "../core/log/log.ts";
import { hashOf } from "../core/plan/canonical.ts";
import type { ReadStore, Store } from "../core/store/store.ts";
import type { Sink } from "../core/report/sink.ts";
import { readText } from "../core/run/document_file.ts";
import type { RunContext } from "../core/run/context.ts";
import type { Host } from "../core/cli/host.ts";
import { makeNotifiers } from "./notifiers.ts";

/** What the composition root is handed besides the configuration. */
export interface Composition<Config, Observed extends Json, Earlier> {
  readonly host: Host;
  readonly loaded: LoadedConfig;
  readonly job: Job<Config, Observed, Earlier>;
  readonly jobConfig: Config;
  /** The part of it that plans are held against; absent: all of it. */
  readonly hashed?: Json;
  readonly narrowed?: boolean;
  /** Answers what was stored of an observation, in the place of AWS. */
  readonly cached?: () => Promise<Observed>;
  readonly options: CommonOptions;
  readonly toolVersion: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly progress: RunContext<Config, Observed, Earlier>["progress"];
  readonly confirm: RunContext<Config, Observed, Earlier>["confirm"];
}

/** A notice has seconds, not minutes: the waits between more attempts would not fit. */
const NOTICE_ATTEMPTS = 3;

/** Picks store, sinks, notifiers and AWS from the configuration, and puts a run together. */
export async function composeRun<Config, Observed extends Json, Earlier>(
  composition: Composition<Config, Observed, Earlier>,
): Promise<RunContext<Config, Observed, Earlier>> {
  const { host, loaded, job, jobConfig, options, toolVersion, signal } = composition;
  const { organization, plans, reports, notify } = loaded.config;
  const { clock } = host;
  const at = (path: string | null) => path === null ? null : fromPerson(path, host.directory);
  const runId = ulid(clock.now().getTime());
  const openSessions = async (until: AbortSignal, policy = host.callPolicy) =>
    new Sessions({
      caller: await findCaller({ get: host.env }),
      organization,
      needs: job.needs(jobConfig),
      runId,
      clock,
      budget: new RateBudget(clock, host.rates),
      policy,
      signal: until,
    });
  // The run's own sessions are cut with it, and what became of it must still be told.
  const openHome = async (until: AbortSignal) =>
    await (await openSessions(until, { ...host.callPolicy, attempts: NOTICE_ATTEMPTS })).home();
  let sessions: Promise<Sessions> | undefined;
  return {
    job,
    config: jobConfig,
    organization,
    configHash: hashOf(
      { organization, [job.name]: composition.hashed ?? jobConfig as Json } as unknown as Json,
    ),
    planMaxAgeMs: durationMs(plans.maxAge),
    options: {
      ...options,
      narrowed: composition.narrowed ?? false,
      accounts: [...options.accounts, ...await accountsIn(options.accountsFile, host.directory)],
      snapshotDirectory: at(options.snapshotDirectory),
      saveSnapshotDirectory: at(options.saveSnapshotDirectory),
      planFile: at(options.planFile),
      outDirectory: at(options.outDirectory),
    },
    runId,
    toolVersion,
    clock,
    log: composition.log,
    leaseMs: host.leaseMs,
    sessions: () => sessions ??= openSessions(signal),
    cached: composition.cached ?? null,
    writeFiles: (files) => writeFiles(host.disk, files),
    openStoreToRead: () => openStoreToRead(loaded, host),
    openStore: () => openStore(loaded, host),
    sinks: [lazyFileSink(
      at(options.outDirectory) ?? fromPerson(reports.directory, host.directory),
      { disk: host.disk, toolVersion },
    )],
    notifiers: () => makeNotifiers(notify, host, composition.log, openHome),
    signal,
    progress: composition.progress,
    confirm: composition.confirm,
  };
}

/** The files of a run; what renders them is loaded by the verbs that publish. */
function lazyFileSink(
  directory: string,
  options: { readonly disk: Disk; readonly toolVersion: string },
): Sink {
  return {
    name: "files",
    publish: async (record) => {
      const { fileSink } = await import("../../reports/files/file_sink.ts");
      return await fileSink(directory, options).publish(record);
    },
  };
}

/** Opens the configured store, making it where there is none. */
export function openStore({ config }: LoadedConfig, host: Host): Store {
  return openSqliteStore(fromPerson(config.store.path, host.directory));
}

/** Opens the configured store without leaving a trace; where there is none it answers as empty. */
export function openStoreToRead({ config }: LoadedConfig, host: Host): ReadStore {
  return openSqliteStoreReadOnly(fromPerson(config.store.path, host.directory));
}

/** The accounts in a file, one ID a line; empty lines and lines that begin with # do not count. */
async function accountsIn(path: string | null, directory: string): Promise<string[]> {
  if (path === null) return [];
  const file = fromPerson(path, directory);
  const text = await readText(file, "accounts file");
  const ids = text.split("\n").map((line) => line.trim()).filter((line) =>
    line !== "" && !line.startsWith("#")
  );
  const wrong = ids.find((id) => !/^\d{12}$/.test(id));
  if (wrong !== undefined) {
    throw new UsageError(`The accounts file "${file}" has "${wrong}", which is no account ID`);
  }
  if (ids.length === 0) throw new UsageError(`The accounts file "${file}" names no account`);
  return ids;
}
