import { dirname, isAbsolute, resolve } from "node:path";
import { checkConfig, type Config, type JobPart } from "../core/config/config.ts";
import { readJsonc } from "../core/config/read.ts";
import { configText } from "../core/config/text.ts";
import type { CommonOptions } from "../core/cli/request.ts";
import { ConfigError, messageOf, UsageError } from "../core/errors.ts";

/** The file that is read where none is named. */
export const DEFAULT_CONFIG = "groundskeeper.json";

/** The configuration as it stands after file, environment and flags. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read, or null where there is none. */
  readonly file: string | null;
}

/** What paths in the configuration are relative to. @param directory where the person stands */
export function configFolder({ file }: LoadedConfig, directory: string): string {
  return file === null ? directory : dirname(fromPerson(file, directory));
}

/**
 * Reads and checks the configuration: defaults, file, environment, flags, in this order.
 *
 * @param overlay puts the job's own options over the file's content
 * @throws UsageError when the file cannot be read, ConfigError when it is wrong
 */
export async function loadConfig(
  jobs: readonly JobPart[],
  options: Pick<CommonOptions, "config">,
  person: { readonly directory: string; readonly env: (name: string) => string | undefined },
  today: Date,
  overlay: (content: Record<string, unknown>) => Record<string, unknown> = (content) => content,
): Promise<LoadedConfig> {
  const named = options.config ?? person.env("GROUNDSKEEPER_CONFIG") ?? null;
  const path = fromPerson(named ?? DEFAULT_CONFIG, person.directory);
  const name = named ?? DEFAULT_CONFIG;
  const text = await readConfigText(path, name, named !== null);
  const content = text === null ? { version: 1 } : readJsonc(text, name);
  const overlaid = content !== null && typeof content === "object" && !Array.isArray(content)
    ? overlay(withEnvironment(content as Record<string, unknown>, person.env))
    : content;
  const source = text === null ? "The command line" : name;
  return { config: checkConfig(jobs, overlaid, source, today), file: text === null ? null : name };
}

/** A path as the person means it: relative to where they stand. */
export function fromPerson(path: string, directory: string): string {
  return isAbsolute(path) ? path : resolve(directory, path);
}

/**
 * The one setting that the environment may give. Whom to enforce, limits, and the store that holds
 * their budgets come from the file: another store would be another budget.
 */
function withEnvironment(
  content: Record<string, unknown>,
  env: (name: string) => string | undefined,
): Record<string, unknown> {
  const directory = env("GROUNDSKEEPER_REPORTS_DIRECTORY");
  const { reports = {} } = content;
  // The check tells what is no object.
  return directory === undefined || typeof reports !== "object"
    ? content
    : { ...content, reports: { ...reports, directory } };
}

async function readConfigText(
  path: string,
  name: string,
  mustExist: boolean,
): Promise<string | null> {
  try {
    return configText(await Deno.readFile(path), name);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotFound && !mustExist) return null;
    const missing = error instanceof Deno.errors.NotFound;
    const state = missing ? "there is no such file" : messageOf(error);
    throw new UsageError(`Cannot read the configuration "${path}": ${state}`, {
      cause: error,
      help: missing ? [{ sentence: "To write a first one", words: ["config init"] }] : [],
    });
  }
}
