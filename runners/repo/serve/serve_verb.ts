import { type ExitCode, UsageError } from "../../core/errors.ts";
import { exitCodeOf } from "../../core/queue/serve_queue.ts";
import { announced } from "../../core/run/announce.ts";
import { applyVerb } from "../../core/run/apply_verb.ts";
import type { Store } from "../../core/store/store.ts";
import type { Running as JobRunning } from "../../core/program.ts";
import { ASKED_NOTHING, type RepoConfig, type RoleReference } from "../config.ts";
import type { Commands } from "./repo_handler.ts";
import { servedText, serveRepo } from "./serve.ts";
import { findRole } from "../inventory/role_state.ts";
import { knownRole, saidPlainly, typed } from "../verbs/answer.ts";
import { optOutVerb, removeOptOutVerb } from "../verbs/opt_out.ts";
import { versionsVerb } from "../verbs/versions.ts";
import { openRun } from "../open_run.ts";

type Running = JobRunning<RepoConfig>;

/** `repo serve`: carries out the commands of the configured queue. */
export async function repoServe(running: Running): Promise<ExitCode> {
  const { request, terminal: { log }, clock, signal } = running;
  const { context } = await openRun(running, ASKED_NOTHING);
  const { serve } = context.config;
  if (serve === null) {
    throw new UsageError(
      "There is nothing to serve: repo.serve names no queue. Say there queueUrl, topicArn and the " +
        "requestors",
    );
  }
  const sessions = await context.sessions();
  const home = await sessions.home();
  const served = await running.writing((store) =>
    serveRepo({
      config: serve,
      commands: commandsOf(running, store),
      home,
      region: sessions.region,
      observe: (account) => sessions.member(account, "observe"),
      store,
      clock,
      log,
      signal,
      once: request.own["once"] === true,
    })
  );
  return running.print({ text: servedText(served), json: served, exitCode: exitCodeOf(served) });
}

function commandsOf(running: Running, store: Store): Commands {
  const { clock } = running;
  return {
    listRepoableServices: async (reference) => {
      const row = await knownRole(store, reference);
      return row.removable_services.length === 0
        ? `Nothing of ${row.name} could be removed, as of ${row.refreshed}.`
        : `${row.removable} of ${row.permissions} permissions of ${row.name} could be removed, as ` +
          `of ${row.refreshed}: ${row.removable_services.join(", ")}.`;
    },
    listRollbacks: (reference) =>
      saidPlainly(clock, (answering) => versionsVerb(store, reference, answering)),
    optOut: (reference, optOut) =>
      saidPlainly(clock, (answering) => optOutVerb(store, reference, optOut, answering)),
    removeOptOut: (reference) =>
      saidPlainly(clock, (answering) => removeOptOutVerb(store, reference, answering)),
    rollback: (reference, seq) => rollBack(running, store, reference, seq),
  };
}

/** One run of `apply --restore`, with its own limits, journal and record. */
async function rollBack(
  running: Running,
  store: Store,
  reference: RoleReference,
  seq: number,
): Promise<string> {
  const asked = { ...ASKED_NOTHING, roles: [reference], restore: seq };
  const { context } = await openRun(running, asked);
  const unasked = { ...context, options: { ...context.options, yes: true } };
  const { plan, run } = await announced(unasked, "apply", applyVerb);
  const name = typed(reference);
  const notRestored = (why: string) => new UsageError(`${name} was not restored${why}`);
  if (plan.refused) {
    throw notRestored(`: ${plan.refused.limit} allows ${plan.refused.value}`);
  }
  const change = run?.changes[0];
  if (!change) {
    const why = plan.spared[0] ?? plan.coverage.unproven[0];
    if (why) throw notRestored(`: ${why.detail}`);
    if (!await findRole(store, reference)) throw notRestored(": there is no such role");
    return `${name} has version ${seq} already.`;
  }
  if (change.outcome !== "done") {
    throw notRestored(` (${change.outcome}): ${change.error?.message ?? "see changes"}`);
  }
  return `${name}: ${change.reason}. It is done (run ${run!.run_id}).`;
}
