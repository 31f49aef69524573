import type { Help } from "../../core/errors.ts";
import type { JournalEntry } from "../../core/journal/entry.ts";
import { counted } from "../../core/cli/words.ts";

/**
 * The command that undoes what a run did, as far as that is possible; null: nothing of it can be
 * undone. What an unknown stop came to is found out then.
 */
export function undoing(
  runId: string,
  changes: readonly Pick<JournalEntry, "action" | "after" | "outcome">[],
): Help | null {
  const stops = changes.filter(({ action, after, outcome }) =>
    action === "ec2:StopInstances" && after["canary"] === undefined &&
    (outcome === "done" || outcome === "unknown")
  );
  return stops.length === 0 ? null : {
    sentence: `To start again what it has stopped (${counted(stops.length, "instance")})`,
    words: ["audit apply", "--undo-run", runId],
  };
}
