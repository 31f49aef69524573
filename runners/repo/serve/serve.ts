import { counted } from "../../core/cli/words.ts";
import { parseArn } from "../../core/aws/arn.ts";
import { reasonOfCode } from "../../core/aws/failure.ts";
import type { Account, Session } from "../../core/aws/session.ts";
import { durationMs } from "../../core/duration.ts";
import { type ExitCode, UsageError } from "../../core/errors.ts";
import type { Running as JobRunning } from "../../core/program.ts";
import {
  exitCodeOfServing,
  type Served,
  serveQueues,
  type Serving,
} from "../../core/queue/serve_queues.ts";
import { applyOne, planOne } from "../../core/run/verbs/apply_one.ts";
import type { Store } from "../../core/store/store.ts";
import { servedText } from "../../core/queue/served_text.ts";
import { ASKED_NOTHING, type RepoConfig, type RoleReference } from "../config.ts";
import { findRole } from "../inventory/role_state.ts";
import { openRun } from "../open_run.ts";
import { knownRole, saidPlainly, typed } from "../verbs/answer.ts";
import { optOutVerb, removeOptOutVerb } from "../verbs/opt_out.ts";
import { versionsVerb } from "../verbs/versions.ts";
import { type AnswerTopic, type Commands, repoHandler } from "./repo_handler.ts";
import { readRequestors } from "./requestors.ts";

/** What `repo serve` works with. */
export type RepoServing = Omit<Serving, "job" | "source" | "handler"> & {
  readonly config: NonNullable<RepoConfig["serve"]>;
  readonly commands: Commands;
  /** The home session, which publishes the answers. */
  readonly home: Session;
  /** Opens the observing role in an account, to read the IDs of the requestors. */
  readonly observe: (account: Account) => Promise<Session>;
};

/**
 * Serves the queue of `repo.serve`, as Repokid's dispatcher did: commands by SQS, answers by SNS.
 *
 * @throws AwsAccessError if the queue cannot be read at all; StoreError
 */
export async function serveRepo(
  { config, commands, home, observe, ...serving }: RepoServing,
): Promise<Served> {
  const { clock, log } = serving;
  const requestors = await readRequestors(config.requestors, observe, log);
  log.info(`Serving ${config.queueUrl}`, { requestors: requestors.size });
  const handler = repoHandler({
    commands,
    requestors,
    topic: answerTopic(home, config.topicArn),
    optOutMs: durationMs(config.optOutPeriod),
    clock,
    log,
  });
  return await serveQueues([{ job: "repo", source: "commands", handler, ...serving }]);
}

/** The topic of an ARN, in its own region. Needs sns:Publish. */
function answerTopic(session: Session, arn: string): AnswerTopic {
  return {
    async publish(answer, messageId, abortSignal) {
      const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
      await session.client(SNSClient, parseArn(arn).region).send(
        new PublishCommand({
          TopicArn: arn,
          Message: JSON.stringify(answer),
          // A FIFO topic refuses a message without them (SNS API Reference, Publish).
          ...(arn.endsWith(".fifo")
            ? { MessageGroupId: "repo", MessageDeduplicationId: messageId }
            : {}),
        }),
        { abortSignal },
      );
    },
  };
}

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
      queue: running.queue(home, serve.queueUrl, sessions.region),
      observe: (account) => sessions.member(account, "observe"),
      store,
      clock,
      log,
      signal,
      once: request.own["once"] === true,
    })
  );
  return running.print({
    text: servedText(served),
    json: served,
    exitCode: exitCodeOfServing(served),
  });
}

function commandsOf(running: Running, store: Store): Commands {
  const { clock } = running;
  return {
    listRepoableServices: async (reference) => {
      const row = await knownRole(store, reference);
      return row.removable_services.length === 0
        ? `Nothing of ${row.name} could be removed, as of ${row.refreshed}.`
        : `${row.removable} of ${
          counted(row.permissions, "permission")
        } of ${row.name} could be removed, as ` +
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

/** What AWS says where trying again is in vain. */
const FINAL: ReadonlySet<string> = new Set([
  "access-denied",
  "denied-by-policy",
  "credentials-invalid",
  "wrong-account",
]);

/** What AWS says where it has refused a write that may be made later. */
const MAY_PASS: ReadonlySet<string> = new Set([
  "throttled",
  "timeout",
  "unreachable",
  "incomplete-answer",
  "credentials-expired",
]);

/** The reason that the code of an outcome stands for. */
function reasonOf(code: string): string {
  return reasonOfCode(code) ?? code;
}

/**
 * What `apply --restore` does, under its own limits and in the journal, without its record.
 *
 * @throws UsageError where it is not restored, and trying again is in vain; Error where it is not
 */
async function rollBack(
  running: Running,
  store: Store,
  reference: RoleReference,
  seq: number,
): Promise<string> {
  const asked = { ...ASKED_NOTHING, roles: [reference], restore: seq };
  const { context } = await openRun(running, asked);
  const known = await planOne(context, store);
  const { changes: [change], spared, coverage } = known.plan;
  const name = typed(reference);
  const notRestored = (why: string, mayPass = false) =>
    new (mayPass ? Error : UsageError)(`${name} was not restored${why}`);
  if (!change) {
    if (spared[0]) throw notRestored(`: ${spared[0].detail}`);
    const [unread] = coverage.unproven;
    if (unread) throw notRestored(`: ${unread.detail}`, !FINAL.has(unread.reason));
    if (!await findRole(store, reference)) throw notRestored(": there is no such role");
    return `${name} has version ${seq} already.`;
  }
  const { refused, outcome, error } = await applyOne(context, store, known, change);
  if (refused) throw notRestored(`: ${refused.limit} allows ${refused.value}`);
  if (outcome !== "done") {
    // What AWS has refused is refused again; all else is planned again by the next try.
    const why = ` (${outcome}): ${error?.message ?? "see changes"}`;
    throw notRestored(why, outcome !== "failed" || MAY_PASS.has(reasonOf(error?.code ?? "")));
  }
  return `${name}: ${change.reason}. It is done (run ${context.runId}).`;
}
