import { readCommandLine } from "../core/cli/command_line.ts";
import type { Request } from "../core/cli/request.ts";
import type { Terminal } from "../core/cli/terminal.ts";
import { UsageError } from "../core/errors.ts";
import { jsonText } from "../core/json_text.ts";
import type { JobEntry } from "../core/program.ts";
import { refuseLostStore } from "./container_store.ts";
import { loadJobConfig, unconfigured } from "./job_config.ts";
import { canServe, quoted, serviceLine } from "./service_line.ts";

/**
 * Prints the one command that runs a verb of a job as a service: on one line, for a shell to `exec`;
 * with --json as an array of its words.
 *
 * @throws UsageError where the program would not understand the verb or its options, where the job is
 * not configured, or where its store would be lost
 */
export async function configLine(
  jobs: readonly JobEntry[],
  { line, options: { config, json } }: Extract<Request, { kind: "tool" }>,
  { host, version }: Terminal,
): Promise<void> {
  const request = readCommandLine(line, jobs, version, host.command);
  if (request.kind !== "job") {
    throw new UsageError(`"${line.join(" ")}" is not a job and its verb`, {
      help: [{ sentence: "To see the verbs of a job", words: [jobs[0]!.name, "--help"] }],
    });
  }
  const entry = jobs.find(({ name }) => name === request.job)!;
  const named = request.options.config ?? config;
  const loaded = await loadJobConfig(
    entry,
    jobs,
    { ...request, options: { ...request.options, config: named } },
    host,
  );
  if (loaded.config[entry.name] === undefined) throw unconfigured(entry, loaded.file);
  if (!canServe(entry, loaded)) {
    throw new UsageError(`deno.json has no permission set "${entry.name}". Add one`);
  }
  await refuseLostStore(loaded, host);
  const words = serviceLine(entry, { ...request, words: line }, loaded, host).flat();
  host.stdout.write(json ? jsonText(words) : `${words.map(quoted).join(" ")}\n`);
}
