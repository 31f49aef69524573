import type { JobCommand } from "./core/cli/command_line.ts";
import type { JobNeeds } from "./core/needs/needs.ts";
import { AUDIT_FLAGS } from "./audit/flags.ts";

/** The jobs that the command line offers. What a job needs to run is loaded when it is named. */
export const JOBS: readonly JobCommand[] = [
  {
    name: "audit",
    summary: "find EC2 instances that break the tag scheme, report them, and mark them",
    example: "groundskeeper audit plan --required owner,project",
    own: AUDIT_FLAGS,
  },
];

/** What a job needs in AWS, or undefined where there is no such job. */
export async function needsOf(job: string): Promise<JobNeeds | undefined> {
  return job === "audit" ? (await import("./audit/needs.ts")).auditNeeds : undefined;
}
