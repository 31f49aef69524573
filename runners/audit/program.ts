import { auditJob } from "./job.ts";
import { withAuditFlags } from "./flags.ts";
import { runCanaryVerb } from "./canary/canary_command.ts";
import { percentText } from "../core/cli/words.ts";
import { UsageError } from "../core/errors.ts";
import { DEFAULT_CONFIG, type LoadedConfig } from "../shell/config_file.ts";
import type { JobProgram } from "../core/program.ts";
import { contextOf, runVerb } from "../shell/run_verb.ts";

/** The verbs of the audit. */
export const auditProgram: JobProgram = {
  overlay: (content, { verb, own }) => {
    if (verb.startsWith("canary")) return content;
    const audit = withAuditFlags(content["audit"], own);
    return audit === undefined ? content : { ...content, audit };
  },
  run: async (running) => {
    const { request, loaded, terminal } = running;
    const context = await contextOf(running, { job: auditJob, jobConfig: auditPart(loaded) });
    if (!request.verb.startsWith("canary ")) return await runVerb(running, context);
    const { adopt } = request.own;
    const told = {
      verb: request.verb,
      adopt: typeof adopt === "string" ? adopt : null,
      json: request.options.json,
      command: terminal.command,
    };
    return await runCanaryVerb(told, context, terminal);
  },
  history: [
    {
      title: "compliant",
      value: ({ compliant, examined }) => percentText(Number(compliant), Number(examined)),
    },
    { title: "violating", value: ({ violating }) => String(violating) },
  ],
};

function auditPart({ config, file }: LoadedConfig) {
  if (config.audit) return config.audit;
  throw new UsageError(
    file
      ? `${file} has no audit part. Say there which tags are required`
      : `There is no ${DEFAULT_CONFIG} here`,
    {
      help: [
        ...(file ? [] : [{ sentence: "To write a first one", words: ["config init"] } as const]),
        { sentence: "To plan without", words: ["audit plan", "--required", "owner,project"] },
      ],
    },
  );
}
