import { withAuditFlags } from "./audit/flags.ts";
import { auditText } from "./audit/tell/text.ts";
import { runCanaryVerb } from "./canary_command.ts";
import { composeRun, openStoreToRead } from "./compose.ts";
import { loadConfig, type LoadedConfig } from "./config_file.ts";
import type { Request } from "./core/cli/request.ts";
import { textTable } from "./core/cli/table.ts";
import { percentText, relativeText } from "./core/cli/words.ts";
import { EXIT, InterruptedError, UsageError } from "./core/errors.ts";
import type { JsonObject } from "./core/json.ts";
import { announced } from "./core/run/announce.ts";
import { applyVerb } from "./core/run/apply_verb.ts";
import type { RunContext } from "./core/run/context.ts";
import { explainVerb } from "./core/run/explain_verb.ts";
import { planVerb } from "./core/run/plan_verb.ts";
import { reportVerb } from "./core/run/report_verb.ts";
import { type RunRow, runsOf } from "./core/run/run_register.ts";
import type { VerbResult } from "./core/run/verb_result.ts";
import type { AuditConfig } from "./audit/config.ts";
import type { Observed } from "./audit/observed.ts";
import type { Earlier } from "./audit/planning.ts";
import type { Terminal } from "./terminal.ts";

type JobRequest = Extract<Request, { kind: "job" }>;
type AuditContext = RunContext<AuditConfig, Observed, Earlier>;

/** Runs a verb of a job and prints its result. @returns the exit code */
export async function runJob(request: JobRequest, terminal: Terminal): Promise<number> {
  const { host } = terminal;
  const loaded = await loadConfig(
    request.options,
    host,
    host.clock.now(),
    (content) =>
      request.verb.startsWith("canary")
        ? content
        : withPart(content, "audit", withAuditFlags(content["audit"], request.own)),
  );
  if (request.verb === "history") return await history(request, loaded, terminal);
  const stop = new AbortController();
  const forget = host.onStop(() => stop.abort(new InterruptedError()));
  try {
    const context = await auditContext(request, loaded, terminal, stop.signal);
    return await runVerb(request, context, loaded, terminal);
  } finally {
    terminal.progress.clear();
    forget();
  }
}

function withPart(
  content: Record<string, unknown>,
  part: string,
  value: unknown,
): Record<string, unknown> {
  return value === undefined ? content : { ...content, [part]: value };
}

async function auditContext(
  request: JobRequest,
  loaded: LoadedConfig,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<AuditContext> {
  const { host, log, progress, version } = terminal;
  const jobConfig = loaded.config.audit;
  if (!jobConfig) {
    throw new UsageError(
      (loaded.file
        ? `${loaded.file} has no audit part. Say there which tags are required, `
        : 'There is no groundskeeper.json here. "groundskeeper config init" writes a first one, ') +
        "or plan without: groundskeeper audit plan --required owner,project",
    );
  }
  const { auditJob } = await import("./audit/job.ts");
  return await composeRun({
    host,
    loaded,
    job: auditJob,
    jobConfig,
    options: request.options,
    toolVersion: version,
    log,
    signal,
    progress: (stage, done, of) => progress.show(stage, done, of),
    confirm: host.canAsk && !request.options.json
      ? async (plan) => {
        progress.clear();
        host.stderr.write(
          textOf(
            request,
            terminal,
            jobConfig,
            { plan, run: null, planFile: null, written: [] },
            true,
          ),
        );
        const answer = await host.ask(
          `Make these ${plan.changes.length} changes? Type yes:`,
          signal,
        );
        return answer.trim() === "yes";
      }
      : null,
  });
}

async function runVerb(
  request: JobRequest,
  context: AuditContext,
  loaded: LoadedConfig,
  terminal: Terminal,
): Promise<number> {
  const { host, style, progress } = terminal;
  const { json } = request.options;
  if (request.verb === "explain") {
    const { explanation, exitCode } = await explainVerb(context, request.subject ?? "", style);
    progress.clear();
    host.stdout.write(json ? jsonText(explanation.json) : explanation.text);
    return exitCode;
  }
  if (request.verb.startsWith("canary ")) {
    const { adopt } = request.own;
    const told = {
      verb: request.verb,
      adopt: typeof adopt === "string" ? adopt : null,
      json,
      command: commandText(request, host.command),
    };
    return await runCanaryVerb(told, context, terminal);
  }
  const verbs: Record<string, (context: AuditContext) => Promise<VerbResult>> = {
    plan: planVerb,
    report: (run) => announced(run, "report", reportVerb),
    apply: (run) => announced(run, "apply", applyVerb),
  };
  const result = await verbs[request.verb]!(context);
  progress.clear();
  host.stdout.write(
    json
      ? jsonText(result.run ?? result.plan)
      : textOf(request, terminal, loaded.config.audit!, result, false),
  );
  return result.exitCode;
}

function textOf(
  request: JobRequest,
  { host, style }: Terminal,
  config: AuditConfig,
  { plan, run, planFile, written }: Omit<VerbResult, "exitCode">,
  asking: boolean,
): string {
  return auditText({
    config,
    plan,
    run,
    style,
    command: commandText(request, host.command),
    planFile: planFile && shortPath(planFile, host.directory),
    written: run ? written.map((path) => shortPath(path, host.directory)) : [],
    asking,
  });
}

/** How to call the job again with the same configuration and scope. */
function commandText({ job, options }: JobRequest, command: string): string {
  return [
    command,
    job,
    ...(options.config ? ["--config", options.config] : []),
  ].join(" ");
}

/** Relative to where the person stands, where that is shorter. */
function shortPath(path: string, directory: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function history(
  request: JobRequest,
  loaded: LoadedConfig,
  { host, style }: Terminal,
): Promise<number> {
  const store = openStoreToRead(loaded, host);
  try {
    const runs: RunRow[] = [];
    for await (const run of runsOf(store, request.job)) runs.push(run);
    host.stdout.write(
      request.options.json
        ? jsonText(runs)
        : runs.length === 0
        ? `No run has been recorded. Record one:\n  ${host.command} ${request.job} report\n`
        : historyText(runs, host.clock.now(), style),
    );
    return EXIT.done;
  } finally {
    store.close();
  }
}

function historyText(runs: readonly RunRow[], now: Date, style: Terminal["style"]): string {
  const columns = [
    { title: "run" },
    { title: "verb" },
    { title: "when" },
    { title: "coverage", align: "right" },
    { title: "compliant", align: "right" },
    { title: "violating", align: "right" },
    { title: "done", align: "right" },
    { title: "" },
  ] as const;
  const rows = runs.slice(-30).map((run) => {
    const { coverage, examined, compliant, violating, outcomes } = run.summary as JsonObject & {
      coverage?: { planned: number; proven: number };
      outcomes?: { done: number };
    };
    return [
      run.run_id,
      run.verb,
      relativeText(new Date(run.started), now),
      coverage ? `${coverage.proven} of ${coverage.planned}` : "-",
      coverage ? percentText(Number(compliant), Number(examined)) : "-",
      coverage ? String(violating) : "-",
      outcomes ? String(outcomes.done) : "-",
      run.finished === null
        ? "did not finish"
        : run.summary["died"]
        ? "died; its changes were settled by a later run"
        : run.exit_code === EXIT.refused
        ? "refused by a limit"
        : run.exit_code === EXIT.partly
        ? "done in part"
        : "",
    ];
  });
  return `${textTable(columns, rows, style, "")}\n`;
}
