import { composeRun } from "./compose.ts";
import { settingsAgain } from "../core/cli/same_again.ts";
import type { Text } from "../core/text/sections.ts";
import { terminalText } from "../core/text/terminal_text.ts";
import type { Job } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import { jsonPieces } from "../core/json_text.ts";
import { announced } from "../core/run/announce.ts";
import { applyVerb } from "../core/run/apply_verb.ts";
import type { RunContext } from "../core/run/context.ts";
import { explainVerb } from "../core/run/explain_verb.ts";
import { withAside } from "../core/run/narrow.ts";
import { planVerb } from "../core/run/plan_verb.ts";
import { reportVerb } from "../core/run/report_verb.ts";
import type { VerbResult } from "../core/run/verb_result.ts";
import type { JobRequest, JobRunning } from "../core/program.ts";
import { JOBS } from "../jobs.ts";
import type { Terminal } from "../core/cli/terminal.ts";

/** A job with the settings that this run works by. */
export interface JobWork<Config, Observed extends Json, Earlier> {
  readonly job: Job<Config, Observed, Earlier>;
  readonly jobConfig: Config;
  /** The part of the settings that the file decides, where that is not all of them. */
  readonly hashed?: Json;
  /** The run was asked about some of its things only. */
  readonly narrowed?: boolean;
  /** Answers what was stored of an observation, in the place of AWS. */
  readonly cached?: () => Promise<Observed>;
}

/** Puts a run together; `confirm` shows the plan on the terminal and asks. */
export async function contextOf<Config, Observed extends Json, Earlier>(
  { request, loaded, terminal, signal }: JobRunning,
  work: JobWork<Config, Observed, Earlier>,
): Promise<RunContext<Config, Observed, Earlier>> {
  const { host, log, progress, version } = terminal;
  return await composeRun({
    ...work,
    host,
    loaded,
    options: request.options,
    toolVersion: version,
    log,
    signal,
    progress: (stage, done, of) => progress.show(stage, done, of),
    confirm: host.canAsk && !request.options.json
      ? async (plan) => {
        progress.clear();
        const shown = { plan, run: null, planFile: null, written: [] };
        host.stderr.write(textOf(request, terminal, work, shown, true));
        const count = plan.changes.length;
        const what = count === 1 ? "this change" : `these ${count.toLocaleString("en")} changes`;
        const question = `Make ${what}? Type yes:`;
        return (await host.ask(question, signal)).trim() === "yes";
      }
      : null,
  });
}

/** Runs `plan`, `report`, `apply` or `explain` and prints the result. @returns the exit code */
export async function runVerb<Config, Observed extends Json, Earlier>(
  { request, terminal }: JobRunning,
  context: RunContext<Config, Observed, Earlier>,
): Promise<number> {
  const { host, progress } = terminal;
  const { json } = request.options;
  if (request.verb === "explain") {
    const { explanation, exitCode } = await explainVerb(context, request.subject ?? "", terminal);
    progress.clear();
    host.stdout.write(json ? jsonText(explanation.json) : saidIn(terminal, explanation.text));
    return exitCode;
  }
  const verbs: Record<string, () => Promise<VerbResult>> = {
    plan: () => planVerb(context),
    report: () => announced(context, "report", reportVerb),
    apply: () => announced(context, "apply", applyVerb),
  };
  const result = await verbs[request.verb]!();
  progress.clear();
  const work = { job: context.job, jobConfig: context.config };
  const answer = json
    ? jsonPieces(result.run ? withAside(result.run, result.aside ?? []) : result.plan)
    : [textOf(request, terminal, work, result, false)];
  for (const piece of answer) host.stdout.write(piece);
  return result.exitCode;
}

function textOf<Config, Observed extends Json, Earlier>(
  request: JobRequest,
  terminal: Terminal,
  { job, jobConfig }: JobWork<Config, Observed, Earlier>,
  { plan, run, planFile, written }: Omit<VerbResult, "exitCode">,
  asking: boolean,
): string {
  const { host, style, command } = terminal;
  const text = job.text({
    config: jobConfig,
    plan,
    run,
    style,
    command,
    settings: settingsAgain(JOBS, request).map(([option]) => option),
    planFile: planFile && shortPath(planFile, host.directory),
    written: run ? written.map((path) => shortPath(path, host.directory)) : [],
    asking,
  });
  return saidIn(terminal, text, new Date(plan.as_of));
}

/** A text as the terminal shows it. */
function saidIn({ host, style }: Terminal, text: string | Text, now = host.clock.now()): string {
  return typeof text === "string" ? text : terminalText(text, { style, now });
}

/** Relative to where the person stands, where that is shorter. */
function shortPath(path: string, directory: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}

/** A document on stdout. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
