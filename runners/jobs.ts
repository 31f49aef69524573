import type { JobCommand } from "./core/cli/request.ts";
import type { Config } from "./config.ts";
import type { JobNeeds } from "./core/needs/needs.ts";
import { AUDIT_FLAGS, AUDIT_GROUPS } from "./audit/flags.ts";

/** The jobs that the command line offers. What a job needs to run is loaded when it is named. */
export const JOBS: readonly JobCommand[] = [
  {
    name: "audit",
    summary: "find EC2 instances that break the tag scheme, and enforce it step by step",
    example: "groundskeeper audit plan --required owner,project",
    own: AUDIT_FLAGS,
    groups: AUDIT_GROUPS,
  },
];

/** What a job needs in AWS with this configuration, or undefined where there is no such job. */
export async function needsOf(job: string, config: Config): Promise<JobNeeds | undefined> {
  return job === "audit" ? (await import("./audit/needs.ts")).auditNeeds(config.audit) : undefined;
}
