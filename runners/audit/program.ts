import { resolve } from "node:path";
import { EXIT, type ExitCode, UsageError } from "../core/errors.ts";
import type { JobProgram, Running } from "../core/program.ts";
import { notifying } from "../core/run/end/notifying.ts";
import { applyVerb } from "../core/run/verbs/apply_verb.ts";
import { planVerb } from "../core/run/verbs/plan_verb.ts";
import { adoptCanary } from "./canary/adopt_canary.ts";
import { canaryJob } from "./canary/canary_job.ts";
import { canaryText, entriesJson, entriesOf, entriesText } from "./canary/canary_text.ts";
import type { AuditConfig } from "./config.ts";
import { auditJobWith } from "./job.ts";
import { readLists } from "./listings.ts";
import { undoJob } from "./undo/undo_job.ts";
import { refuseUndo } from "./undo/undone_run.ts";

export const program: JobProgram<AuditConfig> = {
  run: async (running) => {
    if (running.request.verb.startsWith("canary ")) return await runCanaries(running);
    if (running.request.own["undoRun"] !== undefined) return await runUndo(running);
    const { config, directory } = running;
    const job = auditJobWith(() => readLists(config, (file) => resolve(directory, file)));
    return await running.verb(await running.context({ job, config }));
  },
};

/** `plan`, `report` and `apply` with --undo-run. */
async function runUndo(running: Running<AuditConfig>): Promise<ExitCode> {
  const { request: { verb, own, options }, config } = running;
  const { accounts, regions } = options;
  refuseSnapshots(options);
  const undoing = { runId: String(own["undoRun"]), accounts, regions };
  // What a killed run has left half written is taken back only by who may write.
  const open = verb === "plan" ? running.reading : running.writing;
  await open((store) => refuseUndo(store, undoing));
  return await running.verb(await running.context({ job: undoJob(undoing), config }));
}

/**
 * An undo observes the instances of its run alone: kept as a snapshot that would pass for all of an
 * account, and in a snapshot it cannot see what it needs.
 */
function refuseSnapshots(
  { snapshotDirectory, saveSnapshotDirectory }: Running<AuditConfig>["request"]["options"],
): void {
  const given = snapshotDirectory !== null
    ? "--snapshot"
    : saveSnapshotDirectory !== null
    ? "--save-snapshot"
    : null;
  if (given === null) return;
  throw new UsageError(
    `--undo-run reads the instances of one run, and no others. Leave out ${given}`,
  );
}

/** `canary plan` and `canary apply`. */
async function runCanaries(running: Running<AuditConfig>): Promise<ExitCode> {
  const { request: { verb, own }, config, terminal: { command, progress }, print } = running;
  // The audit's page and table are of its own runs.
  const context = { ...await running.context({ job: canaryJob, config }), sinks: [] };
  const telling = { config, command, asking: false };
  if (verb === "canary apply" && typeof own["adopt"] === "string") {
    const adopted = [await adoptCanary(context, own["adopt"])];
    const text = entriesText(adopted, telling);
    return print({ text, json: entriesJson(adopted), exitCode: EXIT.done });
  }
  const { plan, run, exitCode } = verb === "canary plan"
    ? await planVerb(context)
    : await notifying(context, verb, (context) => applyVerb(context, verb));
  progress.clear();
  const text = canaryText({ plan, run, ...telling });
  const { run_id = null, settled = [] } = run ?? {};
  const json = { ...entriesJson(entriesOf({ plan, run })), run_id, pending: plan.pending, settled };
  return print({ text, json, exitCode });
}
