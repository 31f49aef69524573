import type { Host } from "../core/cli/host.ts";
import { UsageError } from "../core/errors.ts";
import type { JobEntry, JobRequest } from "../core/program.ts";
import { DEFAULT_CONFIG, loadConfig, type LoadedConfig } from "./config_file.ts";

/**
 * The configuration for a verb of a job, with the job's own options over what the file says.
 *
 * @throws UsageError when the file cannot be read, ConfigError when it is wrong
 */
export async function loadJobConfig(
  entry: JobEntry,
  jobs: readonly JobEntry[],
  { options, own }: JobRequest,
  host: Host,
): Promise<LoadedConfig> {
  return await loadConfig(jobs, options, host, host.clock.now(), (content) => {
    const part = entry.overlay?.(content[entry.name], own);
    return part === undefined ? content : { ...content, [entry.name]: part };
  });
}

/**
 * What to do where a job has no part in the configuration.
 *
 * @param file the configuration that was read, if one was
 */
export function unconfigured({ name, unconfigured }: JobEntry, file: string | null): UsageError {
  const { say, help } = unconfigured!;
  return file
    ? new UsageError(`${file} has no ${name} part. Say there ${say}`, { help: [help] })
    : new UsageError(`There is no ${DEFAULT_CONFIG} here`, {
      help: [{ sentence: "To write a first one", words: ["config init"] }, help],
    });
}
