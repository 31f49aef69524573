import type { Spared } from "../../core/plan/change.ts";

/** Reasons of instances that only wait for their next step. */
export const WAITING: ReadonlySet<string> = new Set(["marked", "stopped", "not-due"]);

/** Reasons of instances whose step is due, and which something else keeps from it. */
export const HELD_BACK: ReadonlySet<string> = new Set([
  "protected",
  "protection-unread",
  "cannot-stop",
  "too-few-looks",
  "stopping",
  "tag-limit",
]);

/** What keeps an instance from its next step, as far as it is more than time. */
export function blockOf({ reason }: Pick<Spared, "reason">): string | null {
  return WAITING.has(reason) ? null : reason;
}
