import type { JobCommand } from "./core/cli/request.ts";
import type { Config } from "./shell/config.ts";
import type { JobNeeds } from "./core/needs/needs.ts";
import type { JobProgram } from "./core/program.ts";
import { AUDIT_FLAGS, AUDIT_GROUPS } from "./audit/flags.ts";
import { REPO_FLAGS, REPO_GROUPS, REPO_VERBS } from "./repo/flags.ts";

/** The jobs that the command line offers. What a job needs to run is loaded when it is named. */
export const JOBS: readonly JobCommand[] = [
  {
    name: "audit",
    summary: "find EC2 instances that break the tag scheme, and enforce it step by step",
    example: "groundskeeper audit plan --required owner,project",
    explains: {
      argument: "<id>",
      description: "an instance ID, or an account and region: 111111111111/us-east-1",
      example: "groundskeeper audit explain i-0123456789abcdef0",
    },
    own: AUDIT_FLAGS,
    verbs: [],
    groups: AUDIT_GROUPS,
  },
  {
    name: "repo",
    summary: "remove IAM permissions that nobody uses from roles, and bring them back",
    example: "groundskeeper repo plan --role 111111111111/checkout-api",
    explains: {
      argument: "<role> [action]",
      description: "a role, by its ARN or ACCOUNT/NAME, and perhaps one of its actions",
      example: "groundskeeper repo explain 111111111111/checkout-api s3:PutObject",
    },
    own: REPO_FLAGS,
    verbs: REPO_VERBS,
    groups: REPO_GROUPS,
  },
];

/**
 * What runs a job's verbs.
 *
 * @throws Error for a job that the command line does not offer
 */
export async function programOf(job: string): Promise<JobProgram> {
  switch (job) {
    case "audit":
      return (await import("./audit/program.ts")).auditProgram;
    case "repo":
      return (await import("./repo/program.ts")).repoProgram;
    default:
      throw new Error(`There is no job "${job}"`);
  }
}

/**
 * What a job needs in AWS with this configuration, or undefined where there is no such job.
 *
 * @param modules the folder that paths of modules in the configuration are relative to: what these
 * ask for is needed too, under the role that prepares them. null: they are left out
 * @throws ConfigError where a module cannot be loaded: the policies would not be complete
 */
export async function needsOf(
  job: string,
  config: Config,
  modules: string | null,
): Promise<JobNeeds | undefined> {
  switch (job) {
    case "audit":
      return (await import("./audit/needs.ts")).auditNeeds(config.audit);
    case "repo":
      return (await import("./repo/needs.ts")).repoNeeds(
        config.repo,
        modules === null
          ? []
          : (await (await import("./repo/plugins.ts")).loadPlugins(config.repo, modules))
            .permissions,
      );
    default:
      return undefined;
  }
}
