import type { Help } from "../../core/errors.ts";
import { type JournalEntry, mayHaveEffect } from "../../core/journal/entry.ts";
import { counted } from "../../core/cli/words.ts";
import { ACTIONS } from "../ladder/audit_change.ts";

/**
 * The command that undoes what a run did, as far as that is possible; null: nothing of it can be
 * undone. What an unknown write came to, and whether a termination that was not made has left
 * protection lifted, is found out then.
 */
export function undoing(
  runId: string,
  changes: readonly Pick<JournalEntry, "action" | "before" | "after" | "outcome">[],
): Help | null {
  const stops = changes.filter((one) =>
    one.action === ACTIONS.stop && one.after["canary"] === undefined && mayHaveEffect(one)
  );
  const lifts = changes.filter(({ action, before, outcome }) =>
    action === ACTIONS.terminate && before["protection"] !== undefined &&
    (outcome === "failed" || outcome === "unknown")
  );
  const parts = [
    ...stops.length > 0
      ? [`start again what it has stopped (${counted(stops.length, "instance")})`]
      : [],
    ...lifts.length > 0
      ? [`set protection again that it may have left lifted (${counted(lifts.length, "instance")})`]
      : [],
  ];
  return parts.length === 0 ? null : {
    sentence: `To ${parts.join(", and ")}`,
    words: ["audit apply", "--undo-run", runId],
  };
}
