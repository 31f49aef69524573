import type { Sessions } from "../../core/aws/session.ts";
import { EXIT, type ExitCode, UsageError } from "../../core/errors.ts";
import type { OwnValues } from "../../core/cli/request.ts";
import { durationMs } from "../../core/duration.ts";
import type { Running as JobRunning } from "../../core/program.ts";
import type { Sheet } from "../../core/report/sink.ts";
import { rejectedVerb } from "../../core/queue/rejected_verb.ts";
import { refuseWrongClock } from "../../core/run/verbs/apply_verb.ts";
import { readText } from "../../core/run/document_file.ts";
import { observe, planned, scopeOf } from "../../core/run/make_plan.ts";
import { writeRounds } from "../../core/store/store.ts";
import { ASKED_NOTHING, type RepoConfig } from "../config.ts";
import { NO_EXTENSIONS } from "../extensions.ts";
import { tellScheduled } from "../hooks/tell_hooks.ts";
import { repoJob } from "../job.ts";
import { openRun } from "../open_run.ts";
import { refreshingOf } from "../refresh_run.ts";
import type { RepoTypes } from "../repo_plan.ts";
import { parseRoleReference } from "../role_reference.ts";
import { repoServe } from "../serve/serve.ts";
import { exportAccess } from "./access_export.ts";
import type { Answering, VerbAnswer } from "./answer.ts";
import { findVerb, wantedActions } from "./find.ts";
import { importConfigVerb } from "./import_config.ts";
import { importTableVerb } from "./import_table.ts";
import { ageExit, inventoryAge, namedAccounts } from "./inventory_age.ts";
import { optOutsVerb, optOutVerb, removeOptOutVerb } from "./opt_out.ts";
import { refreshVerb } from "./refresh.ts";
import { roleVerb } from "./role.ts";
import { rolesVerb } from "./roles.ts";
import { cancelVerb, scheduledVerb, scheduleVerb } from "./schedule.ts";
import { statsVerb } from "./stats.ts";
import { versionsVerb } from "./versions.ts";

type Running = JobRunning<RepoConfig>;

/** Runs a verb that only this job has, and prints its answer. */
export async function runRepoVerb(running: Running): Promise<ExitCode> {
  const { request: { verb }, terminal: { command }, clock } = running;
  if (verb === "serve") return await repoServe(running);
  if (verb === "access export") return await printAccess(running);
  return running.print(await VERBS[verb]!(running, { now: clock.now(), command }));
}

type Verb = (running: Running, answering: Answering) => Promise<VerbAnswer> | VerbAnswer;

const VERBS: Readonly<Record<string, Verb>> = {
  "refresh": refresh,
  "schedule": schedule,
  "rejected": rejectedVerb,
  "roles": (running, answering) =>
    running.listing(async (store) => {
      const inactive = running.request.own["inactive"] === true;
      const asked = { ...accountsOf(running), inactive };
      return await withCsv(running, await rolesVerb(store, asked, answering));
    }),
  "role": (running, answering) => {
    const role = subjectOf(running);
    return running.listing((store) => roleVerb(store, role, answering));
  },
  "find": (running, answering) => {
    const wanted = wantedActions(running.request.subject!.split(" "));
    return running.listing(async (store) => {
      const found = await findVerb(store, wanted, accountsOf(running), answering);
      // The list that --role-file reads cannot say it.
      if (running.request.options.json) {
        found.doubts.forEach((doubt) => running.terminal.log.warn(doubt));
      }
      return found;
    });
  },
  "versions": (running, answering) => {
    const role = subjectOf(running);
    return running.listing((store) => versionsVerb(store, role, answering));
  },
  "stats": (running, answering) =>
    running.listing(async (store) =>
      await withCsv(running, await statsVerb(store, accountsOf(running), answering))
    ),
  "opt-out": (running, answering) => {
    const { own, subject } = running.request;
    if (own["list"] === true) {
      if (subject !== null) throw new UsageError("opt-out --list takes no role: it lists them all");
      return running.listing((store) => optOutsVerb(store, answering));
    }
    if (subject === null) throw new UsageError("opt-out needs a role, or --list");
    return running.writing((store) =>
      own["remove"] === true
        ? removeOptOutVerb(store, subjectOf(running), answering)
        : optOutVerb(store, subjectOf(running), {
          owner: text(own, "owner"),
          reason: text(own, "reason"),
          until: text(own, "until"),
        }, answering)
    );
  },
  "import-config": (running) => {
    const path = running.path(running.request.subject!);
    return importConfigVerb(readText(path, "configuration"), path);
  },
  "import-table": (running, answering) =>
    running.writing(async (store) => {
      const sessions = await sessionsOf(running);
      return await importTableVerb(store, {
        session: await sessions.home(),
        region: text(running.request.own, "tableRegion") || sessions.region,
        table: running.request.subject!,
      }, answering);
    }),
};

/** The sessions of a run that judges no role: its filters and hooks are not asked. */
async function sessionsOf({ config, clock, context }: Running): Promise<Sessions> {
  const settings = { ...config, asked: ASKED_NOTHING };
  const job = repoJob({ settings, extensions: () => NO_EXTENSIONS, clock });
  return await (await context<RepoTypes>({ job, config: settings })).sessions();
}

async function refresh(running: Running, answering: Answering): Promise<VerbAnswer> {
  const run = await openRun(running, ASKED_NOTHING);
  // First of all: without an identity nothing can be read, which is not the failure of one account.
  const refreshing = await refreshingOf(run);
  const { accounts } = await scopeOf(run.context);
  const progress = (done: number, of: number) => run.context.progress("refreshing", done, of);
  return await running.writing((store) =>
    refreshVerb(accounts, { ...refreshing, store }, answering, progress)
  );
}

async function schedule(running: Running, answering: Answering): Promise<VerbAnswer> {
  const { own } = running.request;
  const roles = own["role"] === undefined
    ? null
    : [own["role"]].flat().map((role) => parseRoleReference(String(role)));
  if (own["list"] === true) {
    return await running.listing((store) =>
      scheduledVerb(store, accountsOf(running).accounts, answering)
    );
  }
  if (own["cancel"] === true) {
    if (roles && roles.length > 1) {
      throw new UsageError("--cancel takes one --role, or none for all");
    }
    return await running.writing((store) =>
      cancelVerb(store, roles?.[0] ?? { accounts: accountsOf(running).accounts }, answering)
    );
  }
  const { context, extensions } = await openRun(running, { ...ASKED_NOTHING, roles });
  const { config, job } = context;
  return await running.writing(async (store) => {
    const { observed, earlier, now } = await observe(context, store);
    await refuseWrongClock(context);
    const planning = { config, observed, earlier, now };
    const plan = await planned(context, planning);
    await writeRounds(store, job.observationRows(planning, plan), context.signal);
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

async function printAccess(running: Running): Promise<ExitCode> {
  const { host: { stdout }, log } = running.terminal;
  return await running.listing(async (store) => {
    const { accounts, configured } = accountsOf(running);
    const age = await inventoryAge(store, accounts ?? configured);
    for await (const part of exportAccess(store, accounts)) stdout.write(part);
    for (const { account, why } of age.never) {
      log.warn("an account was never refreshed: nothing of its roles is exported", {
        account,
        why,
      });
    }
    return ageExit(age);
  });
}

function subjectOf({ request }: Running) {
  return parseRoleReference(request.subject ?? "");
}

/** The accounts of the command line, and those that the configuration names. */
function accountsOf({ request, organization }: Running) {
  const { accounts } = request.options;
  return {
    accounts: accounts.length === 0 ? null : accounts,
    configured: namedAccounts(organization),
  };
}

/** If the file cannot be written, the answer is shown all the same: done in part. */
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

function text(own: OwnValues, name: string): string {
  return typeof own[name] === "string" ? own[name] : "";
}
