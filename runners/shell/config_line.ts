import { readCommandLine } from "../core/cli/command_line.ts";
import type { Request } from "../core/cli/request.ts";
import type { Terminal } from "../core/cli/terminal.ts";
import { UsageError } from "../core/errors.ts";
import { jsonText } from "../core/json_text.ts";
import type { JobEntry } from "../core/program.ts";
import { part as reports } from "../../reports/needs.ts";
import { loadConfig, type LoadedConfig } from "./config_file.ts";
import { refuseLostStore } from "./container_store.ts";
import { loadJobConfig, unconfigured } from "./job_config.ts";
import { canServe, quoted, type Service, serviceLine } from "./service_line.ts";

type LineRequest = Extract<Request, { kind: "tool" }>;

/**
 * Prints the one command that runs a verb of a job, or of `reports`, as a service: on one line, for a
 * shell to `exec`; with --json as an array of its words.
 *
 * @throws UsageError where the program would not understand the verb or its options, where the job is
 * not configured, or where its store would be lost
 */
export async function configLine(
  jobs: readonly JobEntry[],
  request: LineRequest,
  terminal: Terminal,
): Promise<void> {
  const { host } = terminal;
  const { job, service, loaded } = await serviceAskedFor(jobs, request, terminal);
  await refuseLostStore(loaded, host);
  const words = serviceLine(job, service, loaded, host).flat();
  host.stdout.write(
    request.options.json ? jsonText(words) : `${words.map(quoted).join(" ")}\n`,
  );
}

/** What the line is to run, with its configuration: named before it, or behind its verb. */
async function serviceAskedFor(
  jobs: readonly JobEntry[],
  { line, options: { config } }: LineRequest,
  { host, version }: Terminal,
): Promise<{
  readonly job: Parameters<typeof serviceLine>[0];
  readonly service: Service;
  readonly loaded: LoadedConfig;
}> {
  const request = readCommandLine(line, jobs, version, host.command);
  if (request.kind === "tool" && request.command.startsWith(`${reports.name} `)) {
    const { options, own } = request;
    const named = { config: options.config ?? config };
    const loaded = await loadConfig(jobs, named, host, host.clock.now());
    const written = { ...options, outDirectory: null, saveSnapshotDirectory: null };
    return { job: reports, service: { words: line, options: written, own }, loaded };
  }
  if (request.kind !== "job") {
    throw new UsageError(`"${line.join(" ")}" is not a job and its verb`, {
      help: [{ sentence: "To see the verbs of a job", words: [jobs[0]!.name, "--help"] }],
    });
  }
  const entry = jobs.find(({ name }) => name === request.job)!;
  const options = { ...request.options, config: request.options.config ?? config };
  const loaded = await loadJobConfig(entry, jobs, { ...request, options }, host);
  if (loaded.config[entry.name] === undefined) throw unconfigured(entry, loaded.file);
  if (!canServe(entry, loaded)) {
    throw new UsageError(`deno.json has no permission set "${entry.name}". Add one`);
  }
  return { job: entry, service: { ...request, words: line }, loaded };
}
