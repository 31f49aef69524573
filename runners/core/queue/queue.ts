import type { Json } from "../json.ts";

/** A message as a queue delivers it. Nothing in it but `sender` can be relied on to be true. */
export type QueueMessage = {
  /** The queue's own ID: the same each time that the message is delivered. */
  readonly id: string;
  readonly body: string;
  /** What this delivery is deleted by. */
  readonly receipt: string;
  /**
   * Who sent it, as SQS says: `AROA…:session` for a role, `AIDA…` for a user (SQS API Reference,
   * ReceiveMessage); null where it does not say.
   */
  readonly sender: string | null;
  /** When it was sent; null where the queue does not say. */
  readonly sentAt: Date | null;
  /** How often it was delivered, this time included, as far as SQS knows. */
  readonly receives: number;
};

/** A message that is still in the queue although it was to be deleted. */
export type Undeleted = {
  readonly message: QueueMessage;
  readonly code: string;
  readonly detail: string;
};

/** What a queue job needs of a queue. */
export interface Queue {
  /** For messages to people, such as the queue's URL. */
  readonly name: string;
  /** For how long nobody else is given what was received. */
  readonly visibleAfterMs: number;
  /**
   * Waits for messages.
   *
   * @param waitSeconds how long to wait for the first one
   * @returns at most ten; none when there were none in that time
   */
  receive(waitSeconds: number, signal: AbortSignal): Promise<QueueMessage[]>;
  /** Deletes a batch of at most ten. @returns those that are still there */
  delete(messages: readonly QueueMessage[], signal: AbortSignal): Promise<Undeleted[]>;
}

/** What became of a message. All but `retry` are remembered, answered and deleted, in this order. */
export type MessageOutcome =
  /** "duplicate": its work was done before, under another message. */
  | { readonly verdict: "handled" | "duplicate"; readonly answer?: Json }
  /** It can never be carried out, or may not be. `reason` is a stable kebab-case code. */
  | { readonly verdict: "rejected"; readonly reason: string; readonly answer?: Json }
  /** It stays in the queue and comes back. */
  | { readonly verdict: "retry"; readonly detail: string };

/** What a queue job does with one message. */
export interface MessageHandler {
  /**
   * Carries a message out. Whatever is thrown counts as `retry`.
   *
   * @param signal fired by SIGINT and SIGTERM: cuts waiting and reads
   */
  handle(message: QueueMessage, signal: AbortSignal): Promise<MessageOutcome>;
  /** Sends an answer of `handle` or `givenUp`. It may be sent twice, and is never lost. */
  answer?(answer: Json, message: QueueMessage, signal: AbortSignal): Promise<void>;
  /** The answer to a message that was tried too often; none by default. Never throws. */
  givenUp?(message: QueueMessage): Json | undefined;
  /** What of a rejected body may be kept: no personal data. All by default. Never throws. */
  kept?(body: string): string;
}
