import type { Message } from "@aws-sdk/client-sqs";
import type { Session } from "../aws/session.ts";
import type { Queue, QueueMessage, Undeleted } from "./queue.ts";
import { queueOf } from "./queue_url.ts";

/**
 * For how long nobody else is given a received message, in seconds. The messages of a batch are
 * handled one by one in this time, or left; what is to be tried again comes back after it.
 */
const VISIBILITY_S = 300;

/** As many as SQS gives out and deletes at once. */
const BATCH = 10;

/**
 * The queue of a URL, by SQS. Needs sqs:ReceiveMessage and sqs:DeleteMessage.
 *
 * @param url the region is the URL's, else the session's default
 */
export function sqsQueue(session: Session, url: string, defaultRegion: string): Queue {
  const { region } = queueOf(url);
  const open = async () => {
    const sdk = await import("@aws-sdk/client-sqs");
    return { sdk, client: session.client(sdk.SQSClient, region ?? defaultRegion) };
  };
  return {
    name: url,
    visibleAfterMs: VISIBILITY_S * 1_000,
    async receive(waitSeconds, abortSignal) {
      const { sdk, client } = await open();
      const { Messages = [] } = await client.send(
        new sdk.ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: BATCH,
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: VISIBILITY_S,
          MessageSystemAttributeNames: ["SenderId", "SentTimestamp", "ApproximateReceiveCount"],
        }),
        { abortSignal },
      );
      return Messages.flatMap(messagesIn);
    },
    async delete(messages, abortSignal) {
      const { sdk, client } = await open();
      const { Successful = [], Failed = [] } = await client.send(
        new sdk.DeleteMessageBatchCommand({
          QueueUrl: url,
          Entries: messages.map(({ receipt }, index) => ({
            Id: String(index),
            ReceiptHandle: receipt,
          })),
        }),
        { abortSignal },
      );
      const deleted = new Set(Successful.map(({ Id }) => Id));
      return messages.flatMap((message, index): Undeleted[] => {
        const failed = Failed.find(({ Id }) => Id === String(index));
        if (!failed && deleted.has(String(index))) return [];
        const { Code = "NotInAnswer", Message = "the answer does not name it" } = failed ?? {};
        return [{ message, code: Code, detail: Message }];
      });
    },
  };
}

/** What has neither ID nor receipt can be neither remembered nor deleted, and is left. */
function messagesIn({ MessageId, ReceiptHandle, Body = "", Attributes = {} }: Message) {
  if (!MessageId || !ReceiptHandle) return [];
  const sentMs = Number(Attributes.SentTimestamp);
  const message: QueueMessage = {
    id: MessageId,
    body: Body,
    receipt: ReceiptHandle,
    sender: Attributes.SenderId ?? null,
    sentAt: Attributes.SentTimestamp && Number.isFinite(sentMs) ? new Date(sentMs) : null,
    receives: Number(Attributes.ApproximateReceiveCount) || 1,
  };
  return [message];
}
