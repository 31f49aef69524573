import { settingsAgain } from "../core/cli/same_again.ts";
import { rendered } from "../core/cli/terminal.ts";
import type { ExitCode } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { jsonPieces } from "../core/json_text.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import type { JobEntry, Running } from "../core/program.ts";
import { announced } from "../core/run/announce.ts";
import { applyVerb } from "../core/run/apply_verb.ts";
import type { JobWork, RunContext } from "../core/run/context.ts";
import { explainVerb } from "../core/run/explain_verb.ts";
import { withAside } from "../core/run/narrow.ts";
import { planVerb } from "../core/run/plan_verb.ts";
import { reportVerb } from "../core/run/report_verb.ts";
import type { VerbResult } from "../core/run/verb_result.ts";
import type { Text } from "../core/text/sections.ts";

/** Runs `plan`, `report`, `apply` or `explain` and prints the result. */
export async function runVerb<Config, Observed extends Json, Earlier>(
  { request, terminal, print }: Omit<Running, "context" | "verb">,
  entry: JobEntry,
  context: RunContext<Config, Observed, Earlier>,
): Promise<ExitCode> {
  const { host, progress } = terminal;
  if (request.verb === "explain") {
    const { explanation, exitCode } = await explainVerb(
      context,
      request.subject ?? "",
      terminal.command,
    );
    return print({ ...explanation, exitCode });
  }
  const verbs: Record<string, () => Promise<VerbResult>> = {
    plan: () => planVerb(context),
    report: () => announced(context, "report", reportVerb),
    apply: () => announced(context, "apply", applyVerb),
  };
  const result = await verbs[request.verb]!();
  progress.clear();
  const answer = request.options.json
    ? jsonPieces(result.run ? withAside(result.run, result.aside ?? []) : result.plan)
    : [
      rendered(
        terminal,
        textOf(context, entry, { request, terminal }, result, false),
        new Date(result.plan.as_of),
      ),
    ];
  for (const piece of answer) host.stdout.write(piece);
  return result.exitCode;
}

/** Shows the plan and asks; null where nobody can be asked. */
export function confirmOf<Config, Observed extends Json, Earlier>(
  running: Pick<Running, "request" | "terminal" | "ask">,
  entry: JobEntry,
  work: JobWork<Config, Observed, Earlier>,
): ((plan: PlanDocument) => Promise<boolean>) | null {
  const { ask } = running;
  return ask && (async (plan) => {
    const shown = { plan, run: null, planFile: null, written: [] };
    const count = plan.changes.length;
    const what = count === 1 ? "this change" : `these ${count.toLocaleString("en")} changes`;
    return await ask(textOf(work, entry, running, shown, true), `Make ${what}?`);
  });
}

function textOf<Config, Observed extends Json, Earlier>(
  { job, config }: Pick<JobWork<Config, Observed, Earlier>, "job" | "config">,
  entry: JobEntry,
  { request, terminal: { host, command } }: Pick<Running, "request" | "terminal">,
  { plan, run, planFile, written }: Omit<VerbResult, "exitCode">,
  asking: boolean,
): Text {
  return job.text({
    config,
    plan,
    run,
    command,
    settings: settingsAgain(entry.own, request.own).map(([option]) => option),
    planFile: planFile && shortPath(planFile, host.directory),
    written: run ? written.map((path) => shortPath(path, host.directory)) : [],
    asking,
  });
}

/** Relative to where the person stands, where that is shorter. */
function shortPath(path: string, directory: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}
