import type { Text } from "../../core/text/sections.ts";
import type { Account, Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import { durationMs } from "../../core/duration.ts";
import type { Log } from "../../core/log/log.ts";
import { type Served, serveQueue } from "../../core/queue/serve_queue.ts";
import { sqsQueue } from "../../core/queue/sqs_queue.ts";
import type { Store } from "../../core/store/store.ts";
import type { RepoConfig } from "../config.ts";
import { answerTopic } from "./answer_topic.ts";
import { type Commands, repoHandler } from "./repo_handler.ts";
import { readRequestors } from "./requestors.ts";

/** What `repo serve` works with. */
export interface RepoServing {
  readonly config: NonNullable<RepoConfig["serve"]>;
  readonly commands: Commands;
  /** The home session: receives, deletes and publishes. */
  readonly home: Session;
  /** The caller's region, for a queue whose URL names none. */
  readonly region: string;
  /** Opens the observing role in an account, to read the IDs of the requestors. */
  readonly observe: (account: Account) => Promise<Session>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Fired by SIGINT and SIGTERM: the message in hand is finished, and no other begun. */
  readonly signal: AbortSignal;
  /** Handle what is there, and end. */
  readonly once: boolean;
}

/**
 * Serves the queue of `repo.serve`, as Repokid's dispatcher did: commands by SQS, answers by SNS.
 *
 * @throws AwsAccessError when the queue cannot be read at all; StoreError
 */
export async function serveRepo(serving: RepoServing): Promise<Served> {
  const { config, home, region, observe, log, commands, clock, store, signal, once } = serving;
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
  const queue = sqsQueue(home, config.queueUrl, region);
  return await serveQueue({ job: "repo", queue, handler, store, clock, log, signal, once });
}

/** What `repo serve` says when it ends, in one line for people. */
export function servedText(
  { handled, duplicate, rejected, left, undeleted, stopped }: Served,
): Text {
  const parts = [
    [handled, "handled"],
    [duplicate, "known already"],
    [rejected, "rejected"],
    [left, "left to be tried again"],
    [undeleted, "done with but not deleted"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const messages = said.length === 0 ? "There was no message" : `Messages: ${said.join(", ")}`;
  return [[`${messages}.${stopped ? " Stopped by a signal." : ""}`]];
}
