import type { Spared } from "../../core/plan/change.ts";

/** Reasons of instances that only wait for their next step. */
export const WAITING: ReadonlySet<string> = new Set(["marked", "stopped", "not-due"]);

/** Reasons of instances whose step is due, and is not made. */
export const HELD_BACK: ReadonlySet<string> = new Set([
  "protected",
  "protection-unread",
  "imports-unread",
  "cannot-stop",
  "too-few-looks",
  "stopping",
  "tag-limit",
]);

/** Reasons of instances whose records are in doubt: they are named, since somebody must check. */
export const DOUBTFUL: ReadonlySet<string> = new Set([
  "listed-twice",
  "incomplete-record",
  "unknown-state",
]);

/** The reason that keeps an instance from its next step; null where it only waits. */
export function blockOf({ reason }: Pick<Spared, "reason">): string | null {
  return WAITING.has(reason) ? null : reason;
}
