import { stsOf } from "../adapters/sts/ask_sts.ts";
import { sqsQueue } from "../adapters/sqs/sqs_queue.ts";
import { rendered, type Terminal } from "../core/cli/terminal.ts";
import type { ExitCode } from "../core/errors.ts";
import { writeFiles } from "../core/files/write_files.ts";
import { jsonText } from "../core/json_text.ts";
import type { Config } from "../core/config/config.ts";
import type { Needing } from "../core/needs/configured.ts";
import { ownRoleNames } from "../core/needs/role_names.ts";
import type { JobEntry, JobRequest, Running } from "../core/program.ts";
import { makeContext } from "../core/run/make_context.ts";
import { closing } from "../core/store/store.ts";
import { unlessFaulty } from "../core/unless_faulty.ts";
import { part as reports } from "../../reports/needs.ts";
import { partsOf } from "./compose.ts";
import { configFolder, fromPerson, type LoadedConfig } from "./config_file.ts";
import { history } from "./history.ts";
import { loadJobConfig, unconfigured } from "./job_config.ts";
import { openStore, openStoreToList, openStoreToRead } from "./open_store.ts";
import { confirmOf, runVerb } from "./run_verb.ts";
import type { StoreUser } from "./store_user.ts";
import { untilStopped } from "./until_stopped.ts";

/** Runs a verb of a job and prints its result. */
export async function runJob(
  jobs: readonly JobEntry[],
  request: JobRequest,
  terminal: Terminal,
): Promise<ExitCode> {
  const { host } = terminal;
  const entry = jobs.find(({ name }) => name === request.job)!;
  const loaded = await loadJobConfig(entry, jobs, request, host);
  if (request.verb === "history") {
    return await history(request, loaded, terminal, entry);
  }
  const program = await entry.load();
  try {
    return await untilStopped(
      host,
      (signal) => program.run(runningOf(jobs, entry, request, loaded, terminal, signal)),
    );
  } finally {
    terminal.progress.clear();
  }
}

/** The names of Groundskeeper's own roles: those of all jobs, and those of the reports. */
export function ownRolesOf(jobs: readonly JobEntry[], config: Config): string[] {
  const all: readonly Needing[] = [...jobs, reports];
  return ownRoleNames(config, all.map((one) => one.needs(config[one.name])));
}

/** Hands a program what it works with. */
function runningOf(
  jobs: readonly JobEntry[],
  entry: JobEntry,
  request: JobRequest,
  loaded: LoadedConfig,
  terminal: Terminal,
  signal: AbortSignal,
): Running {
  const { host, progress, log } = terminal;
  const { json } = request.options;
  const { organization } = loaded.config;
  const config = loaded.config[entry.name];
  if (config === undefined) throw unconfigured(entry, loaded.file);
  const user: StoreUser = { loaded, terminal, jobs: [entry], signal };
  const path = (path: string) => fromPerson(path, host.directory);
  const ask: Running["ask"] = async (text, question) => {
    progress.clear();
    host.stderr.write(rendered(terminal, text));
    return (await host.ask(`${question} Type yes:`, signal)).trim() === "yes";
  };
  const running: Omit<Running, "context" | "verb"> = {
    request,
    config,
    organization,
    directory: configFolder(loaded, host.directory),
    ownRoles: ownRolesOf(jobs, loaded.config),
    terminal,
    clock: host.clock,
    signal,
    path,
    reading: async (work) => await closing(await openStoreToRead(user), work),
    listing: async (work) => await closing(await openStoreToList(user), work),
    writing: async (work) => await closing(await openStore(user), work),
    queue: sqsQueue,
    askSts: stsOf(host.env, host.callPolicy),
    ask: host.canAsk && !json ? ask : null,
    print: ({ text, json: document, exitCode }) => {
      progress.clear();
      host.stdout.write(json ? jsonText(document) : rendered(terminal, text));
      return exitCode;
    },
    csv: async (to, sheet) => {
      const { sheetCsv } = await import("../../reports/files/sheet_csv.ts");
      const file = { path: path(to), text: sheetCsv(sheet) };
      return await unlessFaulty(() => writeFiles(host.disk, [file]), log) !== null;
    },
  };
  return {
    ...running,
    context: (work) =>
      Promise.try(makeContext, work, {
        ...partsOf(request.options, user),
        confirm: confirmOf(running, entry, work),
      }),
    verb: (context) => runVerb(running, entry, context),
  };
}
