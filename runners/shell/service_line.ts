import { fileURLToPath } from "node:url";
import denoConfig from "../../deno.json" with { type: "json" };
import { fromPerson, type LoadedConfig } from "./config_file.ts";
import type { JobEntry } from "../core/program.ts";
import type { Host } from "../core/cli/host.ts";
import { configuredNotifiers } from "./notifiers.ts";

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

/** The permission sets of jobs; that of the people's command allows every host. */
const { groundskeeper: _people, ...SERVICES } = denoConfig.permissions;

/**
 * The command that runs a job as a service, with its strict permission set and complete paths, so
 * that it works wherever it is started. An explicit `--allow-…` replaces the list of that kind in the
 * set, so it has the complete list. Empty for a job that is not configured, or has no permission set.
 */
export function serviceLine(
  { name, serviceHosts }: Pick<JobEntry, "name" | "serviceHosts">,
  { config, file }: LoadedConfig,
  host: Host,
): string[] {
  const sets: { readonly [job: string]: PermissionSet } = SERVICES;
  const set = sets[name];
  if (!set || config[name] === undefined) return [];
  const at = (path: string) => fromPerson(path, host.directory);
  const { reports, store } = config;
  const written = [reports.directory, ...(store.kind === "sqlite" ? [store.path] : [])];
  const endpoints = ENDPOINTS.map((service) => host.env(`AWS_ENDPOINT_URL${service}`))
    .filter((url) => url !== undefined && url !== "").map((url) => new URL(url!).host);
  const own = serviceHosts?.(config[name]) ?? [];
  const notifiers = configuredNotifiers(config.notify, host);
  const hosts = [...endpoints, ...own, ...notifiers.flatMap(({ hosts }) => hosts)];
  const readable = (name: string) =>
    set.env.allow.some((allowed) =>
      allowed.endsWith("*") ? name.startsWith(allowed.slice(0, -1)) : name === allowed
    );
  const variables = notifiers.flatMap(({ variables }) => variables)
    .filter((name) => !readable(name));
  const parts = [
    "deno run -q --cached-only",
    quoted(`--config=${CHECKOUT}deno.json`),
    `-P=${name}`,
    quoted(`--allow-write=${written.map(at).join()}`),
    ...(hosts.length === 0
      ? []
      : [quoted(`--allow-net=${[...new Set([...set.net, ...hosts])].join(",")}`)]),
    ...(variables.length === 0
      ? []
      : [quoted(`--allow-env=${[...set.env.allow, ...variables].join(",")}`)]),
    quoted(`${CHECKOUT}runners/main.ts`),
    `${name} report`,
    ...(file === null ? [] : [quoted(`--config=${at(file)}`)]),
  ];
  const start = `cd ${quoted(host.directory)} &&`;
  return [start, ...parts].map((part, index, all) =>
    `${part}${index < all.length - 1 ? " \\" : ""}`
  );
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
