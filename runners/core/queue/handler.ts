import type { Json } from "../json.ts";
import type { QueueMessage } from "./queue.ts";

/** What became of a message. All but `retry` are remembered, answered and deleted, in this order. */
export type Outcome =
  | { readonly verdict: "handled"; readonly answer?: Json }
  /** Its work was done before, under another message. */
  | { readonly verdict: "duplicate"; readonly answer?: Json }
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
  handle(message: QueueMessage, signal: AbortSignal): Promise<Outcome>;
  /** Sends an answer of `handle` or `givenUp`. It may be sent twice, and is never lost. */
  answer?(answer: Json, message: QueueMessage, signal: AbortSignal): Promise<void>;
  /** The answer to a message that was tried too often; none by default. Never throws. */
  givenUp?(message: QueueMessage): Json | undefined;
  /** What of a rejected body may be kept: no personal data. All by default. Never throws. */
  kept?(body: string): string;
}
