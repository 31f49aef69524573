import { parseArn } from "../../core/aws/arn.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Notifier } from "../../core/report/notifier.ts";

/**
 * Publishes notices to a topic, in the topic's own region. Subscriptions can filter by the message
 * attributes `job` and `kind`.
 *
 * @param topic its ARN
 * @param home opens the home session, whose calls the signal cuts
 */
export function snsNotifier(
  topic: string,
  home: (signal: AbortSignal) => Promise<Session>,
): Notifier {
  const { region } = parseArn(topic);
  return {
    name: `the SNS topic ${topic}`,
    async send(notice, signal) {
      const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
      const text = (StringValue: string) => ({ DataType: "String", StringValue });
      const session = await home(signal);
      await session.client(SNSClient, region).send(
        new PublishCommand({
          TopicArn: topic,
          Subject: notice.title,
          Message: notice.text,
          MessageAttributes: { job: text(notice.job), kind: text(notice.kind) },
          // A FIFO topic refuses a message without them (SNS API Reference, Publish).
          ...(topic.endsWith(".fifo")
            ? { MessageGroupId: notice.job, MessageDeduplicationId: notice.run_id }
            : {}),
        }),
        { abortSignal: signal },
      );
    },
  };
}
