import type { BatchResultErrorEntry, Message } from "@aws-sdk/client-sqs";
import type { Session } from "../../core/aws/session.ts";
import { queueOf } from "../../core/contract/queue_url.ts";
import type { FailedEntry, Queue, QueueMessage } from "../../core/queue/queue.ts";

/** What is to be tried again comes back after this time; what takes longer is kept for longer. */
const VISIBILITY_S = 300;

/** As many as SQS gives out and deletes at once. */
const BATCH = 10;

/**
 * The queue of a URL, by SQS. Needs sqs:ReceiveMessage, sqs:DeleteMessage and
 * sqs:ChangeMessageVisibility.
 *
 * @param url the region is the URL's, else the session's default
 * @param visibilityS for how long nobody else is given a received message, in seconds
 */
export function sqsQueue(
  session: Session,
  url: string,
  defaultRegion: string,
  visibilityS: number = VISIBILITY_S,
): Queue {
  const { region } = queueOf(url);
  const open = async () => {
    const sdk = await import("@aws-sdk/client-sqs");
    return { sdk, client: session.client(sdk.SQSClient, region ?? defaultRegion) };
  };
  return {
    name: url,
    visibleAfterMs: visibilityS * 1_000,
    async receive(waitSeconds, abortSignal) {
      const { sdk, client } = await open();
      const { Messages = [] } = await client.send(
        new sdk.ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: BATCH,
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: visibilityS,
          MessageSystemAttributeNames: [
            "SenderId",
            "SentTimestamp",
            "ApproximateFirstReceiveTimestamp",
            "ApproximateReceiveCount",
          ],
        }),
        { abortSignal },
      );
      return Messages.flatMap(messagesIn);
    },
    async delete(messages, abortSignal) {
      const { sdk, client } = await open();
      const command = new sdk.DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: entriesOf(messages),
      });
      return failedEntries(messages, await client.send(command, { abortSignal }));
    },
    async extend(messages, abortSignal) {
      const { sdk, client } = await open();
      const command = new sdk.ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: entriesOf(messages).map((one) => ({ ...one, VisibilityTimeout: visibilityS })),
      });
      return failedEntries(messages, await client.send(command, { abortSignal }));
    },
  };
}

function entriesOf(messages: readonly QueueMessage[]) {
  return messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
}

/** What the answer does not name as done has failed. */
function failedEntries(
  messages: readonly QueueMessage[],
  { Successful = [], Failed = [] }: {
    readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
    readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
  },
): FailedEntry[] {
  const done = new Set(Successful.map(({ Id }) => Id));
  return messages.flatMap((message, index): FailedEntry[] => {
    const failed = Failed.find(({ Id }) => Id === String(index));
    if (!failed && done.has(String(index))) return [];
    const { Code = "NotInAnswer", Message = "the answer does not name it" } = failed ?? {};
    return [{ message, code: Code, detail: Message }];
  });
}

/** What has neither ID nor receipt can be neither remembered nor deleted, and is left. */
function messagesIn({ MessageId, ReceiptHandle, Body = "", Attributes = {} }: Message) {
  if (!MessageId || !ReceiptHandle) return [];
  const at = Attributes.SentTimestamp ?? Attributes.ApproximateFirstReceiveTimestamp;
  const message: QueueMessage = {
    id: MessageId,
    body: Body,
    receipt: ReceiptHandle,
    sender: Attributes.SenderId ?? null,
    sentAt: at && Number.isFinite(Number(at)) ? new Date(Number(at)) : null,
    receives: Number(Attributes.ApproximateReceiveCount) || 1,
  };
  return [message];
}
