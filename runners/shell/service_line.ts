import { fileURLToPath } from "node:url";
import denoConfig from "../../deno.json" with { type: "json" };
import { fromPerson, type LoadedConfig } from "./config_file.ts";
import type { Host } from "../core/cli/host.ts";
import type { CommonOptions } from "../core/cli/request.ts";
import { UsageError } from "../core/errors.ts";
import type { JobEntry, JobRequest } from "../core/program.ts";
import { part as reportsPart } from "../../reports/needs.ts";
import { configuredNotifiers } from "./notifiers.ts";
import { documentServers, mailServers } from "./report_servers.ts";

/** The folder that holds deno.json. */
const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));

/** The ends of `AWS_ENDPOINT_URL…`, by which the environment puts others in the place of AWS's own. */
export const ENDPOINTS = [
  "",
  "_ACCESSANALYZER",
  "_AUTO_SCALING",
  "_CLOUDFORMATION",
  "_CLOUDTRAIL",
  "_DYNAMODB",
  "_EC2",
  "_IAM",
  "_ORGANIZATIONS",
  "_S3",
  "_SNS",
  "_SQS",
  "_SSM",
  "_STS",
];

type PermissionSet = {
  readonly env: { readonly allow: readonly string[] };
  readonly net: readonly string[];
};

/** The permission sets of jobs and of the reports; that of the people's command allows every host. */
const { groundskeeper: _people, ...SERVICES } = denoConfig.permissions;
const SETS: { readonly [job: string]: PermissionSet } = SERVICES;

/** A verb that a service runs. */
export type Service = {
  /** The job or `reports`, its verb and all behind them, as the program is to get them. */
  readonly words: readonly string[];
  /** What of them names files and folders that are written, and a configuration. */
  readonly options: Pick<CommonOptions, "config" | "outDirectory" | "saveSnapshotDirectory">;
  readonly own: JobRequest["own"];
};

/** Whether a job can run as a service: it is configured, and has a permission set. */
export function canServe({ name }: Pick<JobEntry, "name">, { config }: LoadedConfig): boolean {
  return name in SETS && config[name] !== undefined;
}

/**
 * The command that runs a verb of a job as a service, with its strict permission set and complete
 * paths, so that it works wherever it is started. An explicit `--allow-…` replaces the list of that
 * kind in the set, so it has the complete list.
 *
 * @returns its words, in groups that belong together; a shell can `exec` them
 * @throws UsageError where Deno cannot be told what is written or reached
 */
export function serviceLine(
  { name, serviceHosts }: Pick<JobEntry, "name" | "serviceHosts">,
  { words, options, own }: Service,
  { config, file }: LoadedConfig,
  host: Host,
): string[][] {
  const set = SETS[name]!;
  const at = (path: string) => fromPerson(path, host.directory);
  const { reports, store } = config;
  const written = [
    reports.directory,
    ...(store.kind === "sqlite" ? [store.path] : []),
    ...[options.outDirectory, options.saveSnapshotDirectory, own["csv"], own["out"]]
      .filter((path) => typeof path === "string"),
  ];
  const endpoints = ENDPOINTS.map((service) => host.env(`AWS_ENDPOINT_URL${service}`))
    .filter((url) => url !== undefined && url !== "").map((url) => new URL(url!).host);
  const servers = serversOf(words, config, host);
  const hosts = [
    ...endpoints,
    ...serviceHosts?.(config[name]) ?? [],
    ...servers.flatMap(({ hosts }) => hosts),
  ];
  const readable = (name: string) =>
    set.env.allow.some((allowed) =>
      allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : name === allowed
    );
  const variables = servers.flatMap(({ variables }) => variables)
    .filter((name) => !readable(name));
  return [
    // Where relative paths start, and what the next commands in its output are called.
    ["env", `INIT_CWD=${host.directory}`, "GROUNDSKEEPER_COMMAND=groundskeeper"],
    [host.deno(), "run", "-q", "--cached-only"],
    [`--config=${CHECKOUT}deno.json`],
    [`-P=${name}`],
    [allow("write", written.map(at))],
    ...(hosts.length === 0 ? [] : [[allow("net", [...set.net, ...hosts])]]),
    ...(variables.length === 0 ? [] : [[allow("env", [...set.env.allow, ...variables])]]),
    [`${CHECKOUT}runners/main.ts`],
    [...words],
    ...(file === null || options.config !== null ? [] : [[`--config=${at(file)}`]]),
  ];
}

/** Whom a service sends to besides AWS: a run its notice and its documents, `reports` one of both. */
function serversOf(
  [name, verb]: readonly string[],
  { notify, reports }: LoadedConfig["config"],
  host: Host,
): readonly { readonly hosts: readonly string[]; readonly variables: readonly string[] }[] {
  if (name !== reportsPart.name) {
    return [...configuredNotifiers(notify, host), ...documentServers(reports, host)];
  }
  return verb === "digest" ? mailServers(reports, host) : documentServers(reports, host);
}

/** Deno takes a comma for the end of an entry, and has no way to write one. */
function allow(kind: string, entries: readonly string[]): string {
  const parted = entries.find((entry) => entry.includes(","));
  if (parted !== undefined) {
    throw new UsageError(
      `Deno cannot be allowed to ${kind === "write" ? "write" : "use"} "${parted}" alone, since ` +
        "the name has a comma. Choose a name without one",
    );
  }
  return `--allow-${kind}=${[...new Set(entries)].join()}`;
}

/** A command of words in groups, a group a line, as a shell takes it. */
export function shellLines(groups: readonly (readonly string[])[]): string[] {
  return groups.map((words, index) =>
    `${words.map(quoted).join(" ")}${index < groups.length - 1 ? " \\" : ""}`
  );
}

/** As a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
