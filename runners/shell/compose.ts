import type { JobTypes } from "../core/job_types.ts";
import type { CommonOptions } from "../core/cli/request.ts";
import type { Host } from "../core/cli/host.ts";
import { durationMs } from "../core/duration.ts";
import { UsageError } from "../core/errors.ts";
import { writeFiles } from "../core/files/write_files.ts";
import type { Sink } from "../core/report/sink.ts";
import { readText } from "../core/run/document_file.ts";
import type { RunParts } from "../core/run/make_context.ts";
import { fromPerson } from "./config_file.ts";
import { makeNotifiers } from "./notifiers.ts";
import { openStore, openStoreToRead } from "./open_store.ts";
import { sendingOf } from "./sending.ts";
import type { StoreUser } from "./store_user.ts";

/** Picks store, sinks, notifiers and AWS for a run from the configuration and the command line. */
export function partsOf(
  options: CommonOptions,
  storeUser: StoreUser,
): Omit<RunParts<JobTypes>, "confirm"> {
  const { loaded, terminal: { host, log, progress, version }, signal } = storeUser;
  const { organization, plans, reports, notify } = loaded.config;
  const at = (path: string | null) => path === null ? null : fromPerson(path, host.directory);
  const outDirectory = at(options.outDirectory);
  return {
    organization,
    env: host.env,
    clock: host.clock,
    callPolicy: host.callPolicy,
    ...(host.rates ? { rates: host.rates } : {}),
    leaseMs: host.leaseMs,
    planMaxAgeMs: durationMs(plans.maxAge),
    pendingMaxMs: durationMs(plans.pendingMax),
    options: {
      ...options,
      accounts: [...options.accounts, ...accountsIn(options.accountsFile, host.directory)],
      snapshotDirectory: at(options.snapshotDirectory),
      saveSnapshotDirectory: at(options.saveSnapshotDirectory),
      planFile: at(options.planFile),
      outDirectory,
    },
    toolVersion: version,
    log,
    signal,
    progress: (stage, done, of) => progress.show(stage, done, of),
    writeFiles: (files) => writeFiles(host.disk, files),
    openStoreToRead: (runId) => openStoreToRead({ ...storeUser, runId }),
    openStore: (runId) => openStore({ ...storeUser, runId }),
    sinks: sinksOf(outDirectory ?? fromPerson(reports.directory, host.directory), storeUser),
    notifiers: (openHome) => makeNotifiers(notify, host, log, openHome),
  };
}

/** Where a run publishes: its files, then the server that gets its documents, if there is one. */
function sinksOf(directory: string, user: StoreUser): readonly Sink[] {
  const { host, version } = user.terminal;
  const files = fileSink(directory, host, version);
  const sending = sendingOf(user);
  if (sending === null) return [files];
  const load = async () => {
    const { documentsFile } = await import("../../reports/files/file_sink.ts");
    const sinks = await import("../../reports/elasticsearch/sink.ts");
    return { ...sinks, fileOf: documentsFile.bind(null, directory) };
  };
  return [
    {
      name: files.name,
      publish: async (record, store) => {
        const { announced, fileOf } = await load();
        return await announced(files, fileOf).publish(record, store);
      },
    },
    {
      name: "Elasticsearch",
      publish: async (record, store) => {
        const { elasticsearchSink, fileOf } = await load();
        const { disk } = host;
        return await elasticsearchSink(fileOf, { ...sending, disk }).publish(record, store);
      },
    },
  ];
}

/** The files of a run; what renders them is loaded by the verbs that publish. */
function fileSink(directory: string, { disk }: Host, toolVersion: string): Sink {
  return {
    name: "files",
    publish: async (record, store) => {
      const { fileSink } = await import("../../reports/files/file_sink.ts");
      return await fileSink(directory, { disk, toolVersion }).publish(record, store);
    },
  };
}

/** The accounts in a file, one ID a line; empty lines and lines that begin with # do not count. */
function accountsIn(path: string | null, directory: string): string[] {
  if (path === null) return [];
  const file = fromPerson(path, directory);
  const text = readText(file, "accounts file");
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
