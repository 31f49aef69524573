import type { Request } from "../core/cli/request.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import { EXIT, type ExitCode, UsageError } from "../core/errors.ts";
import { jsonText } from "../core/json_text.ts";
import { type ConfiguredNeeds, configuredNeeds } from "../core/needs/configured.ts";
import type { JobEntry } from "../core/program.ts";
import { configFolder, type LoadedConfig } from "./config_file.ts";

type ToolRequest = Extract<Request, { kind: "tool" }>;

/**
 * Prints the policies of a job's roles; of one role alone the policy itself, for `put-role-policy`.
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
  const job = jobs.find(({ name }) => name === request.subject);
  if (!job) {
    throw new UsageError(
      `There is no job "${request.subject}". Jobs: ${jobs.map(({ name }) => name).join(", ")}`,
    );
  }
  const part = config[job.name];
  const modules = part === undefined
    ? []
    : await job.modulePermissions?.(part, configFolder(loaded, host.directory)) ?? [];
  const configured = rolesAskedFor(configuredNeeds(job, config, jobs, modules), request);
  if (request.check) {
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

/** Without --role and --check, home roles of single kinds of run are left out. */
function rolesAskedFor(
  { needs, roles }: ConfiguredNeeds,
  { role, check }: ToolRequest,
): ConfiguredNeeds {
  const asked = roles.filter(({ key }) =>
    role === null ? check || key in needs.roles : key === role
  );
  if (asked.length > 0) return { needs, roles: asked };
  throw new UsageError(
    `The job ${needs.job} has no role "${role}". Roles: ${roles.map(({ key }) => key).join(", ")}`,
  );
}
