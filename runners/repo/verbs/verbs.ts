import { openStore, openStoreToRead } from "../../shell/compose.ts";
import { fromPerson } from "../../shell/config_file.ts";
import { isInterruption } from "../../core/aws/failure.ts";
import type { OwnValues } from "../../core/cli/request.ts";
import { durationMs } from "../../core/duration.ts";
import { EXIT, InterruptedError, messageOf, UsageError } from "../../core/errors.ts";
import { refuseWrongClock } from "../../core/run/apply_verb.ts";
import { isWritten, writeFiles } from "../../core/files/write_files.ts";
import { observe, planned, scopeOf } from "../../core/run/make_plan.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import type { Sheet } from "../../core/report/sink.ts";
import type { JobRunning } from "../../core/program.ts";
import { terminalText } from "../../core/text/terminal_text.ts";
import { ASKED_NOTHING } from "../config.ts";
import { tellScheduled } from "../hooks/tell_hooks.ts";
import { parseRoleReference } from "../role_reference.ts";
import type { Answering, VerbAnswer } from "./answer.ts";
import { namedAccounts, repoRun } from "../program.ts";
import { jsonText } from "../../shell/run_verb.ts";

/** Runs a verb that only this job has, and prints its answer. @returns the exit code */
export async function runRepoVerb(running: JobRunning): Promise<number> {
  const { request: { verb, options }, terminal: { host, style, progress } } = running;
  if (verb === "serve") return await (await import("../serve/serve_verb.ts")).repoServe(running);
  if (verb === "access export") return await exportAccess(running);
  const answer = await answerOf(VERBS[verb]!, running);
  progress.clear();
  const now = host.clock.now();
  host.stdout.write(
    options.json ? jsonText(answer.json) : terminalText(answer.text, { style, now }),
  );
  return answer.exitCode;
}

/** @throws InterruptedError where a signal has cut it; what was stored until then stays */
async function answerOf(verb: Verb, running: JobRunning): Promise<VerbAnswer> {
  const { host, command } = running.terminal;
  try {
    return await verb(running, { now: host.clock.now(), command });
  } catch (error) {
    throw isInterruption(error) ? new InterruptedError() : error;
  }
}

type Verb = (running: JobRunning, answering: Answering) => Promise<VerbAnswer>;

const VERBS: Readonly<Record<string, Verb>> = {
  "refresh": refresh,
  "schedule": schedule,
  "roles": (running, answering) =>
    reading(running, async (store) => {
      const { rolesVerb } = await import("./roles.ts");
      const question = {
        ...accountsOf(running),
        inactive: running.request.own["inactive"] === true,
      };
      return await withCsv(running, await rolesVerb(store, question, answering));
    }),
  "role": (running, answering) =>
    reading(running, async (store) => {
      const { roleVerb } = await import("./role.ts");
      return await roleVerb(store, subjectOf(running), answering);
    }),
  "find": (running, answering) =>
    reading(running, async (store) => {
      const { findVerb } = await import("./find.ts");
      const actions = (running.request.subject ?? "").split(" ");
      return await findVerb(store, actions, accountsOf(running), answering);
    }),
  "versions": (running, answering) =>
    reading(running, async (store) => {
      const { versionsVerb } = await import("./versions.ts");
      return await versionsVerb(store, subjectOf(running), answering);
    }),
  "stats": (running, answering) =>
    reading(running, async (store) => {
      const { statsVerb } = await import("./stats.ts");
      return await withCsv(running, await statsVerb(store, accountsOf(running), answering));
    }),
  "opt-out": (running, answering) =>
    writing(running, async (store) => {
      const { optOutVerb, removeOptOutVerb } = await import("./opt_out.ts");
      const { own } = running.request;
      if (own["remove"] === true) {
        return await removeOptOutVerb(store, subjectOf(running), answering);
      }
      const request = {
        owner: text(own, "owner"),
        reason: text(own, "reason"),
        until: text(own, "until"),
      };
      return await optOutVerb(store, subjectOf(running), request, answering);
    }),
  "import-config": async (running) => {
    const { importConfigVerb } = await import("./import_config.ts");
    const path = fromPerson(running.request.subject!, running.terminal.host.directory);
    return importConfigVerb(await fileText(path), path);
  },
  "import-table": (running, answering) =>
    writing(running, async (store) => {
      const { importTableVerb } = await import("./import_table.ts");
      const { context } = await repoRun(running, ASKED_NOTHING);
      const sessions = await context.sessions();
      const region = text(running.request.own, "tableRegion") || sessions.region;
      const home = await sessions.home();
      return await importTableVerb(store, {
        session: home,
        region,
        table: running.request.subject!,
      }, answering);
    }),
};

async function refresh(running: JobRunning, answering: Answering): Promise<VerbAnswer> {
  const [{ refreshVerb }, { refreshingOf }] = await Promise.all([
    import("./refresh.ts"),
    import("../refresh_run.ts"),
  ]);
  const run = await repoRun(running, ASKED_NOTHING);
  // First of all: without an identity nothing can be read, which is no gap of some account.
  const refreshing = await refreshingOf(run);
  const { accounts } = await scopeOf(run.context);
  return await writing(running, async (store) =>
    await refreshVerb(
      accounts,
      { ...refreshing, store },
      answering,
      (done, of) => run.context.progress("refreshing", done, of),
    ));
}

async function schedule(running: JobRunning, answering: Answering): Promise<VerbAnswer> {
  const { own } = running.request;
  const roles = own["role"] === undefined
    ? null
    : [own["role"]].flat().map((role) => parseRoleReference(String(role)));
  if (own["list"] === true) {
    const { scheduledVerb } = await import("./scheduled.ts");
    return await reading(
      running,
      (store) => scheduledVerb(store, accountsOf(running).accounts, answering),
    );
  }
  if (own["cancel"] === true) {
    const { cancelVerb } = await import("./scheduled.ts");
    if (roles && roles.length > 1) {
      throw new UsageError("--cancel takes one --role, or none for all");
    }
    return await writing(
      running,
      (store) =>
        cancelVerb(store, roles?.[0] ?? { accounts: accountsOf(running).accounts }, answering),
    );
  }
  const { scheduleVerb } = await import("./schedule.ts");
  const { context, extensions } = await repoRun(running, { ...ASKED_NOTHING, roles });
  const { config, job } = context;
  return await writing(running, async (store) => {
    const earlier = await job.earlier(store);
    const { observed, now } = await observe(context, { earlier });
    await refuseWrongClock(context);
    const planning = { config, observed, earlier, now };
    const plan = await planned(context, planning);
    await store.write(job.observationRows(planning, plan));
    return await scheduleVerb(store, { coverage: plan.coverage, ...plan.own }, {
      scheduleAfterMs: durationMs(config.scheduleAfter),
      afterSchedule: (scheduled) =>
        tellScheduled(scheduled.map(({ role_id }) => role_id), observed, {
          hooks: extensions.hooks,
          log: context.log,
          signal: context.signal,
        }),
    }, answering);
  });
}

async function exportAccess(running: JobRunning): Promise<number> {
  const [{ exportAccess }, { inventoryAge }] = await Promise.all([
    import("./access_export.ts"),
    import("./inventory_age.ts"),
  ]);
  const { host: { stdout }, log } = running.terminal;
  return await reading(running, async (store) => {
    const { accounts, configured } = accountsOf(running);
    for await (const part of exportAccess(store, accounts)) stdout.write(part);
    const { refreshed, never } = await inventoryAge(store, accounts ?? configured);
    for (const { account, why } of never) {
      log.warn("an account was never refreshed: nothing of its roles is exported", {
        account,
        why,
      });
    }
    return never.length > 0 || refreshed.length === 0 ? EXIT.partly : EXIT.done;
  });
}

async function reading<Answer>(
  { loaded, terminal: { host } }: JobRunning,
  work: (store: ReadStore) => Promise<Answer>,
): Promise<Answer> {
  const store = openStoreToRead(loaded, host);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

async function writing<Answer>(
  { loaded, terminal: { host } }: JobRunning,
  work: (store: Store) => Promise<Answer>,
): Promise<Answer> {
  const store = openStore(loaded, host);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

function subjectOf({ request }: JobRunning) {
  return parseRoleReference(request.subject ?? "");
}

/** What was narrowed on the command line, and what the configuration names. */
function accountsOf({ request, loaded }: JobRunning) {
  const { accounts } = request.options;
  return { accounts: accounts.length === 0 ? null : accounts, configured: namedAccounts(loaded) };
}

/** Where the file cannot be written the figures are shown all the same: done in part. */
async function withCsv<Answer extends VerbAnswer & { readonly sheet: Sheet }>(
  { request, terminal: { host, log } }: JobRunning,
  answer: Answer,
): Promise<VerbAnswer> {
  const path = request.own["csv"];
  if (typeof path !== "string") return answer;
  const { sheetCsv } = await import("../../../reports/files/sheet_csv.ts");
  const file = { path: fromPerson(path, host.directory), text: sheetCsv(answer.sheet) };
  return await isWritten(() => writeFiles(host.disk, [file]), log)
    ? { ...answer, text: [...answer.text, ["Written:", { items: [{ name: path }] }]] }
    : { ...answer, exitCode: EXIT.partly };
}

async function fileText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read "${path}": ${messageOf(error)}`, { cause: error });
  }
}

function text(own: OwnValues, name: string): string {
  return typeof own[name] === "string" ? own[name] : "";
}
