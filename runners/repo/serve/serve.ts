import { parseArn } from "../../core/aws/arn.ts";
import type { Account, Session } from "../../core/aws/session.ts";
import { durationMs } from "../../core/duration.ts";
import { type Served, serveQueue, type Serving } from "../../core/queue/serve_queue.ts";
import { sqsQueue } from "../../core/queue/sqs_queue.ts";
import type { Text } from "../../core/text/sections.ts";
import type { RepoConfig } from "../config.ts";
import { type AnswerTopic, type Commands, repoHandler } from "./repo_handler.ts";
import { readRequestors } from "./requestors.ts";

/** What `repo serve` works with. */
export type RepoServing = Omit<Serving, "job" | "queue" | "handler"> & {
  readonly config: NonNullable<RepoConfig["serve"]>;
  readonly commands: Commands;
  /** The home session: receives, deletes and publishes. */
  readonly home: Session;
  /** The caller's region, for a queue whose URL names none. */
  readonly region: string;
  /** Opens the observing role in an account, to read the IDs of the requestors. */
  readonly observe: (account: Account) => Promise<Session>;
};

/**
 * Serves the queue of `repo.serve`, as Repokid's dispatcher did: commands by SQS, answers by SNS.
 *
 * @throws AwsAccessError when the queue cannot be read at all; StoreError
 */
export async function serveRepo(
  { config, commands, home, region, observe, ...serving }: RepoServing,
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
  const queue = sqsQueue(home, config.queueUrl, region);
  return await serveQueue({ job: "repo", queue, handler, ...serving });
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
