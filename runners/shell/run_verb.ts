import { counted, numberText } from "../core/cli/words.ts";
import { settingsAgain } from "../core/cli/same_again.ts";
import { rendered, type Terminal } from "../core/cli/terminal.ts";
import { EXIT, type ExitCode } from "../core/errors.ts";
import type { JobTypes } from "../core/job_types.ts";
import { jsonPieces } from "../core/json_text.ts";
import type { Job } from "../core/job.ts";
import type { JobEntry, JobRequest, Running } from "../core/program.ts";
import { notifying } from "../core/run/end/notifying.ts";
import { applyVerb } from "../core/run/verbs/apply_verb.ts";
import type { JobWork, RunContext } from "../core/run/context.ts";
import { explainVerb } from "../core/run/verbs/explain_verb.ts";
import { type PlanDocument, planDocument, type Planned } from "../core/plan/document.ts";
import { type RunDocument, runDocument } from "../core/run/run_document.ts";
import { regionsOfAll } from "../core/run/make_plan.ts";
import { planVerb } from "../core/run/verbs/plan_verb.ts";
import { reportVerb } from "../core/run/verbs/report_verb.ts";
import type { VerbResult } from "../core/run/verb_result.ts";
import type { Text } from "../core/text/sections.ts";

/** Runs `plan`, `report`, `apply` or `explain` and prints the result. */
export async function runVerb<T extends JobTypes>(
  { request, terminal, organization, print }: Omit<Running, "context" | "verb">,
  entry: JobEntry,
  context: RunContext<T>,
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
  const verbs: Record<string, () => Promise<VerbResult<T>>> = {
    plan: () => planVerb(context),
    report: () => notifying(context, "report", reportVerb),
    apply: () => notifying(context, "apply", applyVerb),
  };
  const result = await verbs[request.verb]!();
  progress.clear();
  const answer = request.options.format
    ? await findingsOf(context, request, terminal, result)
    : request.options.json
    ? jsonPieces(documentOf(result, context.job))
    : [
      rendered(
        terminal,
        textOf(context, entry, { request, terminal, organization }, result, false),
        new Date(result.plan.as_of),
      ),
    ];
  for (const piece of answer) host.stdout.write(piece);
  // What is not known, or refused, is the more important answer.
  if (result.exitCode !== EXIT.done) return result.exitCode;
  const why = failure(request, context.job, result);
  if (why === null) return EXIT.done;
  terminal.log.warn(why);
  return EXIT.found;
}

/** The findings as other programs take them; what renders them is loaded by those who ask for it. */
async function findingsOf<T extends JobTypes>(
  { job }: RunContext<T>,
  { options: { format } }: Pick<JobRequest, "options">,
  { command, version, host }: Terminal,
  { plan, planFile }: VerbResult<T>,
): Promise<Iterable<string>> {
  const findings = job.findings(plan);
  if (format === "ocsf") {
    const { ocsfLines } = await import("../../reports/ocsf/ocsf.ts");
    return ocsfLines(findings, plan, version);
  }
  const { markdownSummary } = await import("../../reports/markdown/markdown.ts");
  const next = planFile
    ? command(`${plan.job} apply`, "--plan", shortPath(planFile, host.directory))
    : command(`${plan.job} plan`);
  return [markdownSummary(plan, findings, next)];
}

/** Why a plan fails the pipeline that asked for it; null: it does not. */
function failure<T extends JobTypes>(
  { options: { failOn } }: Pick<JobRequest, "options">,
  job: Job<T>,
  { plan }: VerbResult<T>,
): string | null {
  if (failOn === null) return null;
  const [{ length }, what] = failOn === "changes"
    ? [plan.changes, "change"]
    : [job.findings(plan), "finding"];
  return length === 0
    ? null
    : `The plan has ${
      counted(length, what)
    }: with --fail-on ${failOn} the exit code is ${EXIT.found}`;
}

/** Shows the plan and asks; null where nobody can be asked. */
export function confirmOf<T extends JobTypes>(
  running: Pick<Running, "request" | "terminal" | "organization" | "ask">,
  entry: JobEntry,
  work: JobWork<T>,
): ((plan: Planned<T>) => Promise<boolean>) | null {
  const { ask } = running;
  return ask && (async (plan) => {
    const shown = { plan, run: null, planFile: null, written: [] };
    const count = plan.changes.length;
    const what = count === 1 ? "this change" : `these ${numberText(count)} changes`;
    const warning = work.job.warning?.(plan.changes) ?? "";
    const question = `${warning && `${warning}. `}Make ${what}?`;
    return await ask(textOf(work, entry, running, shown, true), question);
  });
}

function documentOf<T extends JobTypes>(
  { plan, run, aside }: VerbResult<T>,
  { documentParts }: Job<T>,
): PlanDocument | RunDocument {
  return run ? runDocument(plan, run, documentParts, aside) : planDocument(plan, documentParts);
}

function textOf<T extends JobTypes>(
  { job, config }: Pick<JobWork<T>, "job" | "config">,
  entry: JobEntry,
  { request, terminal: { host, command }, organization }: Pick<
    Running,
    "request" | "terminal" | "organization"
  >,
  { plan, run, planFile, written }: Omit<VerbResult<T>, "exitCode">,
  asking: boolean,
): Text {
  return job.text({
    config,
    plan,
    run,
    regions: regionsOfAll(organization, {
      ...request.options,
      narrowed: request.options.accountsFile !== null,
    }),
    command,
    settings: settingsAgain(entry.own ?? [], request.own).map(([option]) => option),
    planFile: planFile && shortPath(planFile, host.directory),
    written: run ? written.map((path) => shortPath(path, host.directory)) : [],
    asking,
  });
}

/** Relative to where the person stands, where that is shorter. */
function shortPath(path: string, directory: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}
