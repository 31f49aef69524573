import type { SCHEMA } from "../contract/names.ts";
import type { Outcome, OutcomeError } from "../journal/entry.ts";
import type { Refusal } from "../limits/limits.ts";
import type { Coverage } from "../plan/coverage.ts";

/**
 * What became of the run, the first that holds: it ended by an error; a limit refused its changes;
 * it lost coverage; it was done in part for another reason; it was done, and has seen that an
 * earlier change is missed by somebody.
 */
export type NoticeKind = "failed" | "refused" | "coverage" | "partly" | "aftermath";

/** `groundskeeper.notice/1`: what people who are not at the terminal are told of a run. */
export type RunNotice = {
  readonly schema: typeof SCHEMA.notice;
  readonly job: string;
  readonly verb: string;
  readonly run_id: string;
  /** The scheduled instant that the run stands for, RFC 3339. */
  readonly slot: string;
  readonly kind: NoticeKind;
  readonly exit_code: number;
  /** Printable ASCII, fewer than 100 characters, as the subject of a message of SNS must be. */
  readonly title: string;
  /** Sentences for people, a line each; coverage first. */
  readonly text: string;
  /** `unproven` has the first 20 of `unproven_total`. null where the run ended before it knew. */
  readonly coverage: Omit<Coverage, "regions"> & { readonly unproven_total: number } | null;
  readonly refused: Refusal | null;
  /** How many changes ended each way; null where the run ended before it knew. */
  readonly outcomes: Readonly<Record<Outcome, number>> | null;
  /** What ended the run, where that was an error. */
  readonly error: OutcomeError | null;
};

/**
 * Where notices go. `notifySchema` lists the places that a new one is added to.
 *
 * @example A notifier that prints, and gives up when it is told to
 * ```ts
 * import assert from "assert";
 *
 * const printed = [];
 * const notifier = {
 *   name: "console",
 *   send: async ({ title, text }, signal) => {
 *     signal.throwIfAborted();
 *     printed.push(`${title}\n${text}`);
 *   },
 * };
 * await notifier.send({ title: "audit apply failed", text: "" }, new AbortController().signal);
 * await assert.rejects(notifier.send({}, AbortSignal.abort(new Error("late"))), { message: "late" });
 * assert.equal(printed.length, 1);
 * ```
 */
export interface Notifier {
  /** For messages; never holds a secret. */
  readonly name: string;
  /**
   * Sends a notice, and gives up when the signal is aborted.
   *
   * @throws Error when it was not taken. Neither its message nor its causes hold a secret.
   */
  send(notice: RunNotice, signal: AbortSignal): Promise<void>;
}
