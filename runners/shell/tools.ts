import { basename } from "node:path";
import { shellWord } from "../core/cli/next_command.ts";
import type { OrganizationConfig, StoreConfig } from "../core/config/organization.ts";
import { configJsonSchema } from "../core/config/config.ts";
import { configLine } from "./config_line.ts";
import {
  configFolder,
  DEFAULT_CONFIG,
  fromPerson,
  loadConfig,
  type LoadedConfig,
} from "./config_file.ts";
import type { JournalQuestion, Request } from "../core/cli/request.ts";
import { counted } from "../core/cli/words.ts";
import { parseArn } from "../core/aws/arn.ts";
import type { Clock } from "../core/clock.ts";
import { DAY_MS, durationMs } from "../core/duration.ts";
import {
  ConfigError,
  EXIT,
  type ExitCode,
  GroundskeeperError,
  UsageError,
} from "../core/errors.ts";
import type { Disk } from "../core/files/disk.ts";
import { FileError } from "../core/files/file_error.ts";
import { type NewFile, writeFiles } from "../core/files/write_files.ts";
import type { JournalEntry } from "../core/journal/entry.ts";
import { journalBetween, journalOfRun, journalOfTarget } from "../core/journal/journal.ts";
import { compareText } from "../core/plan/canonical.ts";
import { jsonText } from "../core/json_text.ts";
import type { JobEntry } from "../core/program.ts";
import { configuredNotifiers } from "./notifiers.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import { closing, type ReadStore, RETENTION_MS } from "../core/store/store.ts";
import type { Section, Words } from "../core/text/sections.ts";
import { openStoreToList } from "./open_store.ts";
import { permissions } from "./permissions.ts";
import { canServe, type Service, serviceLine, shellLines } from "./service_line.ts";

type ToolRequest = Extract<Request, { kind: "tool" }>;

/** Runs a command that belongs to no job. */
export async function runTool(
  jobs: readonly JobEntry[],
  request: ToolRequest,
  terminal: Terminal,
): Promise<ExitCode> {
  const { host } = terminal;
  const load = () => loadConfig(jobs, request.options, host, host.clock.now());
  switch (request.command) {
    case "config init":
      await initConfig(jobs, request, terminal);
      break;
    case "config check":
      await checkConfigFile(jobs, await load(), request, terminal);
      break;
    case "config line":
      await configLine(jobs, request, terminal);
      break;
    case "config schema":
      host.stdout.write(jsonText(configJsonSchema(jobs)));
      break;
    case "permissions":
      return await permissions(jobs, await load(), request, terminal);
    case "changes":
      await changes(jobs, await load(), request, terminal);
      break;
    case "reports setup":
    case "reports replay": {
      const { reportsTool } = await import("./reports_tools.ts");
      return await reportsTool(jobs, await load(), request, terminal);
    }
  }
  return EXIT.done;
}

/**
 * What `config init` writes. A test holds that it is a right configuration.
 *
 * @param schemaFile the file beside it that has the schema
 */
export function firstConfig(jobs: readonly JobEntry[], schemaFile: string): string {
  const parts = jobs.flatMap(({ firstConfig }) => firstConfig ?? []);
  const schema = `{\n  "$schema": ${JSON.stringify(`./${schemaFile}`)},\n`;
  return `${schema}${[COMMON_PART, ...parts].join(",\n\n")}\n}\n`;
}

const COMMON_PART = `  "version": 1,

  // Which accounts and regions, and by which roles. As it stands: the account of your own
  // credentials, read-only, in every region that it has enabled.
  "organization": {
    "accounts": "current",      // or "organizations", or [{"id": "111111111111", "name": "prod"}]
    "regions": "enabled",       // or ["us-east-1"]
    "roles": null               // or "groundskeeper-{job}-{role}", once the roles are deployed
  }`;

async function initConfig(
  jobs: readonly JobEntry[],
  request: ToolRequest,
  terminal: Terminal,
): Promise<void> {
  const { host, command } = terminal;
  const name = request.options.config ?? DEFAULT_CONFIG;
  const path = fromPerson(name, host.directory);
  const schema = schemaFileOf(name);
  const schemaPath = schemaFileOf(path);
  const isThere = await host.disk.kindOf(schemaPath) !== null;
  await writeFirst(host.disk, name, [
    { path, text: firstConfig(jobs, basename(schema)), mode: 0o666 },
    ...isThere ? [] : [{ path: schemaPath, text: jsonText(configJsonSchema(jobs)), mode: 0o666 }],
  ]);
  if (request.options.json) {
    return host.stdout.write(jsonText({ wrote: path, schema: schemaPath }));
  }
  say(terminal, [
    [
      `Wrote ${name}. It enforces nothing. An editor completes and checks its settings by ` +
      `${schema}${isThere ? ", which was there already" : ""}.`,
      {
        next: isThere ? "To write that of this version:" : "To write that again after an update:",
        command: `${command("config schema")} > ${shellWord(schema)}`,
      },
    ],
    [{
      next: "Write your own rules there, then:",
      command: [command("config check"), ...jobs.map((job) => command(`${job.name} plan`))],
    }],
  ]);
}

/** The schema lies beside the configuration: `groundskeeper.schema.json`. */
function schemaFileOf(config: string): string {
  return `${config.replace(/\.jsonc?$/, "")}.schema.json`;
}

/**
 * Writes the first configuration and its schema, never over other files.
 *
 * @throws UsageError when there is one, GroundskeeperError when it cannot be written: exit 1, since
 * the file is all that was asked for
 */
async function writeFirst(disk: Disk, name: string, files: readonly NewFile[]): Promise<void> {
  try {
    await writeFiles(disk, files, { replace: false });
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw cause.isTaken
      ? new UsageError(`Cannot write "${name}": it is there already, and is left as it is`, {
        cause,
      })
      : new GroundskeeperError(cause.code, cause.message, EXIT.failed, { cause: cause.cause });
  }
}

async function checkConfigFile(
  jobs: readonly JobEntry[],
  loaded: LoadedConfig,
  request: ToolRequest,
  terminal: Terminal,
): Promise<void> {
  const { host } = terminal;
  const { config, file } = loaded;
  await checkModules(jobs, loaded, configFolder(loaded, host.directory));
  if (request.options.json) return host.stdout.write(jsonText(config));
  const { organization } = config;
  const accounts = Array.isArray(organization.accounts)
    ? counted(organization.accounts.length, "account")
    : organization.accounts === "current"
    ? "the account of the caller's credentials"
    : "all accounts of the organization";
  const facts: Words[] = [
    ["reads", `${accounts}, regions: ${regionsText(organization.regions)}`],
    ["roles", organization.roles ?? "none: the caller's own credentials"],
    ...jobs.flatMap((job) => job.describe?.(config[job.name]) ?? []),
    ["store", storeText(config.store)],
    ["reports", config.reports.directory],
    ...config.infra
      ? [["hub", `account ${config.infra.hub.account} in ${config.infra.hub.region}`] as const]
      : [],
    ...configuredNotifiers(config.notify, host).map(({ line }): Words => ["tells", line]),
  ];
  const next = "A service runs it with no more rights than it needs:";
  const services = jobs.filter((job) => canServe(job, loaded))
    .map((job) => shellLines(serviceLine(job, reporting(job.name), loaded, host)));
  say(terminal, [
    [
      file ? `${file} is right.` : "There is no configuration file here; these are the defaults.",
    ],
    [{ facts }],
    ...services.map((command, index) => [index === 0 ? { next, command } : { command }]),
  ]);
}

/**
 * Loads the modules that the configuration names.
 *
 * @throws ConfigError with what is wrong in each job: one that is not there, or is none of its kind
 */
async function checkModules(
  jobs: readonly JobEntry[],
  { config, file }: LoadedConfig,
  directory: string,
): Promise<void> {
  const problems: string[] = [];
  for (const job of jobs) {
    const part = config[job.name];
    if (part === undefined) continue;
    try {
      await job.modulePermissions?.(part, directory);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems.map((one) => `${file}: ${one}`));
}

function reporting(job: string): Service {
  const options = { config: null, outDirectory: null, saveSnapshotDirectory: null };
  return { words: [job, "report"], options, own: {} };
}

function storeText(store: StoreConfig): string {
  return store.kind === "sqlite" ? store.path : `DynamoDB table ${store.table} in ${store.region}`;
}

function regionsText(regions: OrganizationConfig["regions"]): string {
  if (regions === "enabled") return "all enabled";
  return "allExcept" in regions
    ? `all enabled except ${regions.allExcept.join(", ")}`
    : regions.join(", ");
}

async function changes(
  jobs: readonly JobEntry[],
  loaded: LoadedConfig,
  { options: { accounts, json }, entries: question }: ToolRequest,
  terminal: Terminal,
): Promise<void> {
  const { host } = terminal;
  const { signal } = new AbortController();
  // A retention that was shortened holds for rows that are written since.
  const retentionMs = Math.max(durationMs(loaded.config.store.retention), RETENTION_MS);
  const found = await closing(
    await openStoreToList({ loaded, terminal, jobs, signal }),
    (store) =>
      Promise.all(
        jobs.map(({ name }) =>
          entriesOf(store, name, question, { clock: host.clock, retentionMs })
        ),
      ),
  );
  const entries = found.flat().filter(({ account }) =>
    accounts.length === 0 || accounts.includes(account)
  ).sort((a, b) => compareText(a.intended_at, b.intended_at));
  if (json) host.stdout.write(jsonText(entries));
  else {say(terminal, [
      changesSection(jobs, entries),
      // Of a part of a run that command would undo more.
      accounts.length > 0 ? [] : undoSection(jobs, entries, question, terminal),
    ]);}
}

/** How to undo the run that was asked about, if all of it was. */
function undoSection(
  jobs: readonly JobEntry[],
  entries: readonly JournalEntry[],
  { run, target, since }: JournalQuestion,
  { command }: Terminal,
): Section {
  if (run === null || target !== null || since !== null) return [];
  return jobs.flatMap((job) => {
    const help = job.undoing?.(run, entries.filter((entry) => entry.job === job.name)) ?? null;
    if (!help) return [];
    const [verb, ...words] = help.words;
    return [{ next: `${help.sentence}:`, command: command(verb, ...words) }];
  });
}

/** The entries of a job that are asked for, as the journal finds them. */
async function entriesOf(
  store: ReadStore,
  job: string,
  { run, target, since }: JournalQuestion,
  { clock, retentionMs }: { readonly clock: Clock; readonly retentionMs: number },
): Promise<JournalEntry[]> {
  const now = clock.now().getTime();
  const from = since ?? new Date(now - retentionMs);
  // Another machine's clock may be ahead.
  const entries = target !== null
    ? await journalOfTarget(store, job, { account: parseArn(target).account, target })
    : run !== null
    ? await journalOfRun(store, job, run)
    : await Array.fromAsync(journalBetween(store, job, from, new Date(now + DAY_MS)));
  return entries.filter(({ run_id, intended_at }) =>
    (run === null || run_id === run) &&
    (since === null || Date.parse(intended_at) >= since.getTime())
  );
}

/** How many entries are shown to people; --json has all. */
const SHOWN = 50;

function changesSection(jobs: readonly JobEntry[], entries: readonly JournalEntry[]): Section {
  if (entries.length === 0) {
    return ["The journal has no such change; what is older than store.retention is gone."];
  }
  const shown: JournalEntry[] = [];
  const own = new Map<JobEntry, number>();
  for (const entry of entries) {
    const job = jobs.find(({ name, ownWrites }) => name === entry.job && ownWrites?.has(entry));
    if (job) own.set(job, (own.get(job) ?? 0) + 1);
    else shown.push(entry);
  }
  return [
    {
      columns: ["When", "Account", "Region", "Action", "Target", "Outcome", ""],
      rows: shown.slice(-SHOWN).map((entry) => [
        { at: new Date(entry.intended_at) },
        entry.account,
        entry.region,
        entry.action,
        entry.target.split(":").at(-1)!,
        entry.outcome ?? "not known yet",
        [entry.reason, ...(entry.error ? [entry.error.message] : [])].join("; "),
      ]),
      show: SHOWN,
      total: shown.length,
      rest: "--json has the older ones too",
    },
    ...[...own].map(([job, count]) => `and ${job.ownWrites!.counted(count)}; --json has them`),
  ];
}
