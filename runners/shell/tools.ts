import type { OrganizationConfig } from "../core/config/organization.ts";
import { configJsonSchema } from "./config.ts";
import { configFolder, DEFAULT_CONFIG, fromPerson, loadConfig } from "./config_file.ts";
import { openStoreToRead } from "./compose.ts";
import type { Request } from "../core/cli/request.ts";
import { counted } from "../core/cli/words.ts";
import { parseArn } from "../core/aws/arn.ts";
import { EXIT, GroundskeeperError, UsageError } from "../core/errors.ts";
import type { Disk } from "../core/files/disk.ts";
import { FileError } from "../core/files/file_error.ts";
import { writeFiles } from "../core/files/write_files.ts";
import { journalEntries, type JournalEntry } from "../core/journal/journal.ts";
import { policyDocument } from "../core/needs/policy.ts";
import { AUDIT_MARK_TAG, CANARY_STAMP_TAG } from "../core/contract/names.ts";
import type { RepoConfig } from "../repo/config.ts";
import { FIRST_CONFIG } from "./first_config.ts";
import { JOBS, needsOf } from "../jobs.ts";
import { notifyLines } from "./notifiers.ts";
import { ownRoleNames } from "./own_roles.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import type { Section, Words } from "../core/text/sections.ts";
import { serviceLine } from "./service_line.ts";

type ToolRequest = Extract<Request, { kind: "tool" }>;

/** Runs a command that belongs to no job. @returns the exit code */
export async function runTool(request: ToolRequest, terminal: Terminal): Promise<number> {
  switch (request.command) {
    case "config init":
      return await initConfig(request, terminal);
    case "config check":
      return await checkConfigFile(request, terminal);
    case "config schema":
      terminal.host.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      return EXIT.done;
    case "permissions":
      return await permissions(request, terminal);
    case "changes":
      return await changes(request, terminal);
  }
}

async function initConfig(request: ToolRequest, terminal: Terminal): Promise<number> {
  const { host, command } = terminal;
  const name = request.options.config ?? DEFAULT_CONFIG;
  const path = fromPerson(name, host.directory);
  await writeFirst(host.disk, name, path);
  if (request.options.json) {
    host.stdout.write(`${JSON.stringify({ wrote: path }, null, 2)}\n`);
    return EXIT.done;
  }
  say(terminal, [[{
    next: `Wrote ${name}. It enforces nothing: say there which tags you require, then`,
    command: [command("config check"), command("audit plan")],
  }]]);
  return EXIT.done;
}

/**
 * Writes the first configuration, never over another file.
 *
 * @throws UsageError when there is one, GroundskeeperError when it cannot be written: exit 1, since
 * the file is all that was asked for
 */
async function writeFirst(disk: Disk, name: string, path: string): Promise<void> {
  try {
    await writeFiles(disk, [{ path, text: FIRST_CONFIG, mode: 0o666 }], { replace: false });
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw cause.isTaken
      ? new UsageError(`Cannot write "${name}": it is there already, and is left as it is`, {
        cause,
      })
      : new GroundskeeperError(cause.code, cause.message, EXIT.failed, { cause: cause.cause });
  }
}

async function checkConfigFile(request: ToolRequest, terminal: Terminal): Promise<number> {
  const { host } = terminal;
  const loaded = await loadConfig(request.options, host, host.clock.now());
  const { config, file } = loaded;
  if (request.options.json) {
    host.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
    return EXIT.done;
  }
  const { organization, audit, repo } = config;
  const accounts = Array.isArray(organization.accounts)
    ? counted(organization.accounts.length, "account")
    : organization.accounts === "current"
    ? "the account of the caller's credentials"
    : "all accounts of the organization";
  const enforced = [...audit?.enforce.accounts ?? [], ...audit?.enforce.units ?? []];
  const facts: Words[] = [
    ["looks at", `${accounts}, regions: ${regionsText(organization.regions)}`],
    ["roles", organization.roles ?? "none: the caller's own credentials"],
    ["audit", audit ? audit.required.map(({ key }) => key).join(", ") : "not configured"],
    ["repo", repoLine(repo)],
    ["enforces", enforced.length === 0 ? "nothing: report only" : enforced.join(", ")],
    ["store", config.store.path],
    ["reports", config.reports.directory],
    ...notifyLines(config.notify, host).map((line): Words => ["tells", line]),
  ];
  const next = "A service runs it with no more rights than it needs:";
  say(terminal, [
    [
      file ? `${file} is right.` : "There is no configuration file here; these are the defaults.",
    ],
    [{ facts }],
    ...(audit ? [[{ next, command: serviceLine("audit", loaded, host) }]] : []),
    [{ ...(audit ? {} : { next }), command: serviceLine("repo", loaded, host) }],
  ]);
  return EXIT.done;
}

function regionsText(regions: OrganizationConfig["regions"]): string {
  if (regions === "enabled") return "all enabled";
  return "allExcept" in regions
    ? `all enabled except ${regions.allExcept.join(", ")}`
    : regions.join(", ");
}

function repoLine({ usageWindow, level, protectNew, limits }: RepoConfig): string {
  return `what was not used for ${usageWindow}, by ${level}; new ones stay ${protectNew}; ` +
    `at most ${counted(limits.perRun.roles, "role")} a run`;
}

async function permissions(request: ToolRequest, { host }: Terminal): Promise<number> {
  const loaded = await loadConfig(request.options, host, host.clock.now());
  const { config } = loaded;
  const modules = configFolder(loaded, host.directory);
  const needs = await needsOf(request.subject ?? "", config, modules);
  if (!needs) {
    throw new UsageError(
      `There is no job "${request.subject}". Jobs: ${JOBS.map(({ name }) => name).join(", ")}`,
    );
  }
  const roles = Object.entries(needs.roles).filter(([role]) =>
    request.role === null || request.role === role
  );
  if (roles.length === 0) {
    throw new UsageError(
      `The job ${needs.job} has no role "${request.role}". Roles: ${
        Object.keys(needs.roles).join(", ")
      }`,
    );
  }
  const { homeRole } = config.organization;
  const values = {
    partition: homeRole === null ? "aws" : parseArn(homeRole).partition,
    mark: config.audit?.mark ?? AUDIT_MARK_TAG,
    // Only those that this job may meet as roles of an account.
    ownRoles: (await ownRoleNames(config)).flatMap((name) => [
      `arn:{partition}:iam::*:role/${name}`,
      `arn:{partition}:iam::*:role/*/${name}`,
    ]),
    notifyTopics: config.notify.flatMap((entry) => "sns" in entry ? [entry.sns] : []),
  };
  const documents = roles.map(([role, need]) => ({
    role: `groundskeeper-${needs.job}-${role}`,
    purpose: need.purpose,
    policy: policyDocument(need, values),
    why: Object.fromEntries(
      [...Map.groupBy(need.permissions, ({ action }) => action)].map(([action, own]) => [
        action,
        [...new Set(own.map(({ why }) => why))].join("; "),
      ]),
    ),
  }));
  // One role alone is printed as the policy itself, ready for `aws iam put-role-policy`.
  const printed = request.role === null ? documents : documents[0]!.policy;
  host.stdout.write(`${JSON.stringify(printed, null, 2)}\n`);
  return EXIT.done;
}

async function changes(request: ToolRequest, terminal: Terminal): Promise<number> {
  const { host } = terminal;
  const { options } = request;
  const loaded = await loadConfig(options, host, host.clock.now());
  const store = openStoreToRead(loaded, host);
  try {
    const entries: JournalEntry[] = [];
    for await (const entry of journalEntries(store)) {
      if (options.accounts.length === 0 || options.accounts.includes(entry.account)) {
        entries.push(entry);
      }
    }
    if (options.json) host.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
    else say(terminal, [changesSection(entries)]);
    return EXIT.done;
  } finally {
    store.close();
  }
}

/** How many entries are shown to people; --json has all. */
const SHOWN = 50;

function changesSection(entries: readonly JournalEntry[]): Section {
  if (entries.length === 0) return ["The journal is empty: nothing was ever changed."];
  const shown = entries.filter((entry) => !isStamp(entry));
  const stamps = entries.length - shown.length;
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
    stamps === 0 ? "" : `and ${counted(stamps, "stamp")} of canaries; --json has them`,
  ];
}

/** Every run stamps every canary; a person who looks for what was done looks for the rest. */
function isStamp({ after }: JournalEntry): boolean {
  return after["key"] === CANARY_STAMP_TAG;
}
