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
  /** How often it was delivered, this time included; about that, says SQS. */
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
