import { EXIT, type ExitCode } from "../core/errors.ts";
import type { JobProgram, Running } from "../core/program.ts";
import type { RunContext } from "../core/run/context.ts";
import type { AuditTypes } from "./audit_plan.ts";
import { canaryJson, canaryText } from "./canary/canary_text.ts";
import {
  canaryApplyVerb,
  type CanaryEntry,
  canaryPlanVerb,
  type CanaryResult,
} from "./canary/canary_verbs.ts";
import type { AuditConfig } from "./config.ts";
import { auditJob } from "./job.ts";

/** The verbs of the audit. */
export const program: JobProgram<AuditConfig> = {
  run: async (running) => {
    const { verb } = running.request;
    const context = await running.context({ job: auditJob, config: running.config });
    return verb.startsWith("canary ")
      ? await runCanaries(running, context)
      : await running.verb(context);
  },
};

/** `canary plan` and `canary apply`. */
async function runCanaries(
  { request: { verb, own }, terminal: { command }, ask, print }: Running<AuditConfig>,
  context: RunContext<AuditTypes>,
): Promise<ExitCode> {
  const { config } = context;
  const text = (result: CanaryResult, asking: boolean) =>
    canaryText(result, { config, command, asking });
  const confirm = ask &&
    ((entries: readonly CanaryEntry[]) =>
      ask(text({ verb: "plan", entries, exitCode: EXIT.done }, true), "Make these canaries?"));
  const adopt = typeof own["adopt"] === "string" ? own["adopt"] : null;
  const result = verb === "canary plan"
    ? await canaryPlanVerb(context)
    : await canaryApplyVerb(context, adopt, confirm);
  return print({ text: text(result, false), json: canaryJson(result), exitCode: result.exitCode });
}
