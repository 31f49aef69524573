import type { Request } from "../core/cli/request.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import { EXIT, type ExitCode, UsageError } from "../core/errors.ts";
import { jsonText } from "../core/json_text.ts";
import { type ConfiguredNeeds, configuredNeeds } from "../core/needs/configured.ts";
import type { Permission } from "../core/needs/needs.ts";
import type { JobEntry } from "../core/program.ts";
import { part as reports } from "../../reports/needs.ts";
import { configFolder, type LoadedConfig } from "./config_file.ts";

type ToolRequest = Extract<Request, { kind: "tool" }>;

/**
 * Prints the policies of a job's roles, or of the reports'; of one role alone the policy itself, for
 * `put-role-policy`.
 * With --check, what the roles in the accounts lack and have too many.
 */
export async function permissions(
  jobs: readonly JobEntry[],
  loaded: LoadedConfig,
  request: ToolRequest,
  terminal: Terminal,
): Promise<ExitCode> {
  const { host } = terminal;
  const { config } = loaded;
  const all = [...jobs, reports];
  const job = all.find(({ name }) => name === request.subject);
  if (!job) {
    throw new UsageError(
      `There is no job "${request.subject}". Jobs: ${all.map(({ name }) => name).join(", ")}`,
    );
  }
  const modules = await modulePermissionsOf(job, loaded, host.directory);
  const configured = rolesAskedFor(configuredNeeds(job, config, all, modules), request);
  if (request.check) {
    if (job === reports) {
      throw new UsageError("The reports have no role in the accounts that --check could ask for");
    }
    const { checkRoles } = await import("./check_roles.ts");
    const { accounts, json } = request.options;
    const answer = await checkRoles(configured, config, terminal, accounts);
    if (json) host.stdout.write(jsonText(answer.json));
    else say(terminal, answer.text);
    return answer.exitCode;
  }
  const documents = configured.roles.map(({ name, need, policy }) => ({
    role: name,
    purpose: need.purpose,
    policy,
    why: Object.fromEntries(
      [...Map.groupBy(need.permissions, ({ action }) => action)].map(([action, own]) => [
        action,
        [...new Set(own.map(({ why }) => why))].join("; "),
      ]),
    ),
  }));
  host.stdout.write(jsonText(request.role === null ? documents : documents[0]!.policy));
  return EXIT.done;
}

/** What the modules of one's own ask for that a job loads. */
async function modulePermissionsOf(
  job: Pick<JobEntry, "name"> & Partial<Pick<JobEntry, "modulePermissions">>,
  loaded: LoadedConfig,
  directory: string,
): Promise<readonly Permission[]> {
  const part = loaded.config[job.name];
  if (part === undefined) return [];
  return await job.modulePermissions?.(part, configFolder(loaded, directory)) ?? [];
}

/** Without --role and --check, home roles of single kinds of run are left out. */
function rolesAskedFor(
  { needs, roles }: ConfiguredNeeds,
  { role, check }: ToolRequest,
): ConfiguredNeeds {
  const asked = roles.filter(({ key }) =>
    role === null ? check || key in needs.roles : key === role
  );
  // With its store in a file, what works on the store alone needs nothing in AWS.
  if (asked.length > 0 || role === null) return { needs, roles: asked };
  const known = roles.map(({ key }) => key).join(", ") || "none, with this configuration";
  throw new UsageError(`${needs.job} has no role "${role}". Roles: ${known}`);
}
