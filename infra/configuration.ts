import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkConfig } from "../runners/core/config/config.ts";
import { readJsonc } from "../runners/core/config/read.ts";
import { configText } from "../runners/core/config/text.ts";
import { ConfigError, UsageError } from "../runners/core/errors.ts";
import { configuredNeeds } from "../runners/core/needs/configured.ts";
import type { DeployedJob } from "../runners/core/program.ts";
import { part as reports } from "../reports/needs.ts";
import { type Installation, installationOf } from "./installation.ts";
import { installationProblems } from "./problems.ts";

const RUNNERS = fileURLToPath(new URL("../runners/", import.meta.url));

/** The jobs: the folders of `runners/` with a `needs.ts` that exports a `part`, by name. */
export async function deployedJobs(): Promise<DeployedJob[]> {
  const folders = [...Deno.readDirSync(RUNNERS)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).sort();
  const jobs: DeployedJob[] = [];
  for (const folder of folders) {
    const file = `${RUNNERS}${folder}/needs.ts`;
    if (!isFile(file)) continue;
    const { part } = await import(new URL(`file://${file}`).href) as { part: DeployedJob };
    jobs.push(part);
  }
  return jobs;
}

/**
 * Reads a configuration and works out what it comes to in AWS.
 *
 * @param path of the configuration's file
 * @param directory what a relative path is relative to
 * @throws UsageError if the file cannot be read; ConfigError with one sentence per problem
 */
export async function readInstallation(
  path: string,
  directory: string,
  today: Date,
): Promise<Installation> {
  const file = isAbsolute(path) ? path : resolve(directory, path);
  const content = readJsonc(configText(readFile(file), path), path);
  const jobs = await deployedJobs();
  const config = checkConfig(jobs, content, path, today);
  const { infra } = config;
  if (infra === undefined) {
    throw new ConfigError([
      `${path}: infra is missing. Say there where the hub is: ` +
      '"infra": {"hub": {"account": "111111111111", "region": "us-east-1"}}',
    ]);
  }
  const all = [...jobs, reports];
  const configured = [];
  for (const job of jobs) {
    // A job that the file does not name is not deployed.
    if (!isNamed(content, job.name) || config[job.name] === undefined) continue;
    const modules = await job.modulePermissions?.(config[job.name], dirname(file)) ?? [];
    configured.push(configuredNeeds(job, config, all, modules));
  }
  configured.push(configuredNeeds(reports, config, all, []));
  const installation = installationOf(config, infra, configured, content);
  const problems = installationProblems(config, installation);
  if (problems.length > 0) throw new ConfigError(problems.map((one) => `${path}: ${one}`));
  return installation;
}

function isNamed(content: unknown, job: string): boolean {
  return content !== null && typeof content === "object" && job in content;
}

function readFile(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UsageError(`Cannot read the configuration "${path}": there is no such file`, {
      cause,
    });
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
