import { parseArn } from "../../core/aws/arn.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Json } from "../../core/json.ts";

/** Where answers are published. */
export interface AnswerTopic {
  /** @param messageId of the message that is answered: a FIFO topic takes its answer once */
  publish(answer: Json, messageId: string, signal: AbortSignal): Promise<void>;
}

/** The topic of an ARN, in its own region. Needs sns:Publish. */
export function answerTopic(session: Session, arn: string): AnswerTopic {
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
