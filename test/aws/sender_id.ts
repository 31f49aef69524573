/**
 * The true `SenderId` of SQS messages: `AROA…:session` or `AIDA…` of whoever sent them
 * (SQS API reference, ReceiveMessage). MiniStack answers the account, moto a constant.
 */

import type { Memory } from "./memory.ts";

/** Remembers who sent the messages that an answer to SendMessage or SendMessageBatch names. */
export function learnSender(memory: Memory, json: string, userId: string): void {
  const answer = JSON.parse(json) as {
    readonly MessageId?: string;
    readonly Successful?: readonly { readonly MessageId: string }[];
  };
  for (const { MessageId } of answer.Successful ?? [answer]) {
    if (MessageId !== undefined) memory.senders.set(MessageId, userId);
  }
}

/**
 * Puts the true senders into an answer to ReceiveMessage, where the caller asked for them.
 * A message that a service sent (SNS, EventBridge) keeps what the server says.
 */
export function rewriteSenders(memory: Memory, json: string): string {
  if (!json.includes('"SenderId"')) return json;
  const answer = JSON.parse(json) as {
    readonly Messages?: readonly { MessageId: string; Attributes?: Record<string, string> }[];
  };
  for (const { MessageId, Attributes } of answer.Messages ?? []) {
    const userId = memory.senders.get(MessageId);
    if (userId !== undefined && Attributes?.["SenderId"] !== undefined) {
      Attributes["SenderId"] = userId;
    }
  }
  return JSON.stringify(answer);
}
