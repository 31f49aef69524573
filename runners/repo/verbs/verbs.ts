import { EXIT, type ExitCode, UsageError } from "../../core/errors.ts";
import type { OwnValues } from "../../core/cli/request.ts";
import type { OrganizationConfig } from "../../core/config/organization.ts";
import { durationMs } from "../../core/duration.ts";
import type { Running as JobRunning } from "../../core/program.ts";
import type { Sheet } from "../../core/report/sink.ts";
import { refuseWrongClock } from "../../core/run/apply_verb.ts";
import { readText } from "../../core/run/document_file.ts";
import { observe, planned, scopeOf } from "../../core/run/make_plan.ts";
import { ASKED_NOTHING, type RepoConfig } from "../config.ts";
import { tellScheduled } from "../hooks/tell_hooks.ts";
import { openRun } from "../open_run.ts";
import { parseRoleReference } from "../role_reference.ts";
import type { Answering, VerbAnswer } from "./answer.ts";

type Running = JobRunning<RepoConfig>;

/** Runs a verb that only this job has, and prints its answer. */
export async function runRepoVerb(running: Running): Promise<ExitCode> {
  const { request: { verb }, terminal: { command }, clock } = running;
  if (verb === "serve") return await (await import("../serve/serve_verb.ts")).repoServe(running);
  if (verb === "access export") return await exportAccess(running);
  return running.print(await VERBS[verb]!(running, { now: clock.now(), command }));
}

type Verb = (running: Running, answering: Answering) => Promise<VerbAnswer>;

const VERBS: Readonly<Record<string, Verb>> = {
  "refresh": refresh,
  "schedule": schedule,
  "roles": (running, answering) =>
    running.reading(async (store) => {
      const { rolesVerb } = await import("./roles.ts");
      const question = {
        ...accountsOf(running),
        inactive: running.request.own["inactive"] === true,
      };
      return await withCsv(running, await rolesVerb(store, question, answering));
    }),
  "role": (running, answering) =>
    running.reading(async (store) => {
      const { roleVerb } = await import("./role.ts");
      return await roleVerb(store, subjectOf(running), answering);
    }),
  "find": (running, answering) =>
    running.reading(async (store) => {
      const { findVerb } = await import("./find.ts");
      const actions = (running.request.subject ?? "").split(" ");
      return await findVerb(store, actions, accountsOf(running), answering);
    }),
  "versions": (running, answering) =>
    running.reading(async (store) => {
      const { versionsVerb } = await import("./versions.ts");
      return await versionsVerb(store, subjectOf(running), answering);
    }),
  "stats": (running, answering) =>
    running.reading(async (store) => {
      const { statsVerb } = await import("./stats.ts");
      return await withCsv(running, await statsVerb(store, accountsOf(running), answering));
    }),
  "opt-out": (running, answering) =>
    running.writing(async (store) => {
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
    const path = running.path(running.request.subject!);
    return importConfigVerb(await readText(path, "configuration"), path);
  },
  "import-table": (running, answering) =>
    running.writing(async (store) => {
      const { importTableVerb } = await import("./import_table.ts");
      const { context } = await openRun(running, ASKED_NOTHING);
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

async function refresh(running: Running, answering: Answering): Promise<VerbAnswer> {
  const [{ refreshVerb }, { refreshingOf }] = await Promise.all([
    import("./refresh.ts"),
    import("../refresh_run.ts"),
  ]);
  const run = await openRun(running, ASKED_NOTHING);
  // First of all: without an identity nothing can be read, which is no gap of some account.
  const refreshing = await refreshingOf(run);
  const { accounts } = await scopeOf(run.context);
  return await running.writing(async (store) =>
    await refreshVerb(
      accounts,
      { ...refreshing, store },
      answering,
      (done, of) => run.context.progress("refreshing", done, of),
    )
  );
}

async function schedule(running: Running, answering: Answering): Promise<VerbAnswer> {
  const { own } = running.request;
  const roles = own["role"] === undefined
    ? null
    : [own["role"]].flat().map((role) => parseRoleReference(String(role)));
  if (own["list"] === true) {
    const { scheduledVerb } = await import("./scheduled.ts");
    return await running.reading((store) =>
      scheduledVerb(store, accountsOf(running).accounts, answering)
    );
  }
  if (own["cancel"] === true) {
    const { cancelVerb } = await import("./scheduled.ts");
    if (roles && roles.length > 1) {
      throw new UsageError("--cancel takes one --role, or none for all");
    }
    return await running.writing((store) =>
      cancelVerb(store, roles?.[0] ?? { accounts: accountsOf(running).accounts }, answering)
    );
  }
  const { scheduleVerb } = await import("./schedule.ts");
  const { context, extensions } = await openRun(running, { ...ASKED_NOTHING, roles });
  const { config, job } = context;
  return await running.writing(async (store) => {
    const earlier = await job.earlier(store);
    const { observed, now } = await observe(context, { earlier });
    await refuseWrongClock(context);
    const planning = { config, observed, earlier, now };
    const plan = await planned(context, planning);
    await store.write(job.observationRows(planning, plan));
    return await scheduleVerb(store, plan, {
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

async function exportAccess(running: Running): Promise<ExitCode> {
  const [{ exportAccess }, { inventoryAge }] = await Promise.all([
    import("./access_export.ts"),
    import("./inventory_age.ts"),
  ]);
  const { host: { stdout }, log } = running.terminal;
  return await running.reading(async (store) => {
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

function subjectOf({ request }: Running) {
  return parseRoleReference(request.subject ?? "");
}

/** What was narrowed on the command line, and what the configuration names. */
function accountsOf({ request, organization }: Running) {
  const { accounts } = request.options;
  return {
    accounts: accounts.length === 0 ? null : accounts,
    configured: namedAccounts(organization),
  };
}

/** Where the file cannot be written the figures are shown all the same: done in part. */
async function withCsv<Answer extends VerbAnswer & { readonly sheet: Sheet }>(
  { request, csv }: Running,
  answer: Answer,
): Promise<VerbAnswer> {
  const path = request.own["csv"];
  if (typeof path !== "string") return answer;
  return await csv(path, answer.sheet)
    ? { ...answer, text: [...answer.text, ["Written:", { items: [{ name: path }] }]] }
    : { ...answer, exitCode: EXIT.partly };
}

/** The accounts that the configuration names one by one, or null. */
export function namedAccounts({ accounts }: OrganizationConfig): string[] | null {
  return Array.isArray(accounts) ? accounts.map(({ id }) => id) : null;
}

function text(own: OwnValues, name: string): string {
  return typeof own[name] === "string" ? own[name] : "";
}
