import type { Json } from "../json.ts";
import type { Write } from "../store/store.ts";

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
  /** When it was sent, or first received; null where the queue says neither. */
  readonly sentAt: Date | null;
  /** How often it was delivered, this time included, as far as SQS knows; or tried, if it is stored. */
  readonly receives: number;
};

/** A message for which a call about several failed. */
export type FailedEntry = {
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
  delete(messages: readonly QueueMessage[], signal: AbortSignal): Promise<FailedEntry[]>;
  /**
   * Keeps a batch of at most ten from everybody else for `visibleAfterMs` from now.
   *
   * @returns those for which that failed: somebody else may have been given them
   */
  extend(messages: readonly QueueMessage[], signal: AbortSignal): Promise<FailedEntry[]>;
}

/** What became of a message. All but `retry` are remembered, answered and deleted, in this order. */
export type MessageOutcome =
  /** It cannot be carried out now, and comes back. */
  | { readonly verdict: "retry"; readonly detail: string }
  | MessageEnding
    & (
      /** "duplicate": its work was done before, under another message. */
      | { readonly verdict: "handled" | "duplicate" }
      /** It can never be carried out, or may not be. `reason` is a stable kebab-case code. */
      | { readonly verdict: "rejected"; readonly reason: string }
    );

type MessageEnding = {
  readonly answer?: Json | undefined;
  /**
   * Written together with the row that remembers the message: once, also if the message is delivered
   * to two processes. If one of them is not as it expects, the message is tried again.
   */
  readonly rows?: readonly Write[];
};

/** What a queue job does with one message. Only `handle` and `answer` may throw. */
export interface MessageHandler {
  /**
   * Carries a message out. Whatever is thrown counts as `retry`. A message may be handled twice, also
   * at once in two processes; of what it does besides `rows`, that must do no harm.
   *
   * @param message where it comes from the store, it has the sender and the time of its arrival
   * @param signal fired by SIGINT and SIGTERM: cuts waiting and reads
   */
  handle(message: QueueMessage, signal: AbortSignal): Promise<MessageOutcome>;
  /**
   * In a process, messages of one key are handled one after the other, as they came. null, the
   * default: of none. A message that is tried again comes after others.
   */
  key?(message: QueueMessage): string | null;
  /** Sends an answer of `handle` or `givenUp`. It may be sent twice, and is never lost. */
  answer?(answer: Json, message: QueueMessage, signal: AbortSignal): Promise<void>;
  /** Whether a message that was tried too often is kept and tried on. By default it is rejected. */
  neverGivenUp?(message: QueueMessage): boolean;
  /** The answer to a message that is given up; none by default. */
  givenUp?(message: QueueMessage): Json | undefined;
  /** What of a message is stored, and judged later: no secret. All by default. */
  stored?(message: QueueMessage): QueueMessage;
  /** What of a rejected body may be kept: no personal data without need. All by default. */
  kept?(body: string): string;
}
