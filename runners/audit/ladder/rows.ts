import { instanceIdOf } from "../../core/aws/arn.ts";
import type { JournalEntry } from "../../core/journal/journal.ts";
import type { Write } from "../../core/store/store.ts";
import { stampWrite } from "../canary/canary_rows.ts";
import { deedOf } from "./changes.ts";
import { type LiftRow, liftWrite } from "./lifts.ts";
import { sightingWrite } from "./sightings.ts";
import { instanceRowId, type MarkRow, markWrite } from "./mark.ts";
import type { Protection } from "../observed.ts";

/**
 * The audit's rows that an entry of the journal leaves: marks, stops, lifted protections, stamps.
 */
export function rowsFor(entry: JournalEntry): Write[] {
  const { account, region, target, outcome, before, after, intended_at, run_id } = entry;
  const rowId = instanceRowId(account, region, instanceIdOf(target));
  const mark = before["mark"] as unknown as MarkRow;
  switch (deedOf(entry)) {
    case "mark":
      // Also of a mark that could not be seen yet: it counts only where the tag is there too.
      return outcome === "done" || outcome === "unknown"
        ? [markWrite(rowId, {
          value: String(after["value"]),
          deadline: String(after["deadline"]),
          rule_hash: String(after["rule_hash"]),
          marked_at: intended_at,
          run_id,
        })]
        : [];
    case "unmark":
      return outcome === "done"
        ? [markWrite(rowId, undefined), sightingWrite(rowId, undefined)]
        : [];
    case "stop":
      // Before it is told to, so that a stop whose outcome nobody comes to see counts too.
      return outcome === null
        ? [markWrite(rowId, { ...mark, told_to_stop_at: intended_at })]
        : outcome === "done" || outcome === "unknown"
        ? [markWrite(rowId, { ...mark, stopped_at: intended_at })]
        : [];
    case "terminate":
      return [
        ...(outcome === "done" ? [markWrite(rowId, { ...mark, terminated_at: intended_at })] : []),
        ...liftRows(rowId, entry),
      ];
    case "restore":
      return outcome === "done" ? [liftWrite(rowId, undefined)] : [];
    case "stamp":
      return outcome === "done"
        ? [stampWrite({ account, region }, {
          instance_id: instanceIdOf(target),
          value: String(after["value"]),
        })]
        : [];
  }
}

/** The row stands from before the protection is lifted until the instance is gone, or it is back. */
function liftRows(rowId: string, { outcome, before, intended_at, run_id }: JournalEntry): Write[] {
  const protection = before["protection"] as unknown as Protection | undefined;
  if (!protection) return [];
  const lift: LiftRow = { protection, at: intended_at, run_id };
  switch (outcome) {
    case null:
      return [liftWrite(rowId, lift)];
    case "done":
    case "failed":
      return [liftWrite(rowId, undefined)];
    default:
      return [];
  }
}
