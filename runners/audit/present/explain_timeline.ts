import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import type { JournalEntry } from "../../core/journal/entry.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Block } from "../../core/text/sections.ts";
import { kindOf } from "../ladder/audit_change.ts";
import type { Earlier } from "../planning.ts";
import { actionText, doneText } from "./action_words.ts";
import type { TimelineEvent } from "./explain_next.ts";

/** What is known of an instance, in the order of time: by rows only what the journal lacks. */
export function timelineOf(
  rowId: string,
  { sightings, marks, lifts }: Earlier,
  journal: readonly JournalEntry[],
  coming: readonly TimelineEvent[],
): TimelineEvent[] {
  const past = (at: string, what: string, detail: string, run_id: string | null = null) => (
    { at: new Date(at), what, detail, run_id, past: true }
  );
  const [sighting, mark, lift] = [sightings.get(rowId), marks.get(rowId), lifts.get(rowId)];
  const entries = journal.map((entry) => {
    const action = kindOf(entry);
    const done = action === "restore" ? "protection restored" : doneText(action);
    const said = entry.outcome === "done"
      ? done
      : `${actionText(action)} ${entry.outcome ?? "not known yet"}`;
    const why = action === "create-canary" ? "as the region's canary" : "";
    const detail = entry.error?.message ?? (action === "unmark" ? entry.reason : why);
    return past(entry.intended_at, said, detail, entry.run_id);
  });
  const told = new Set(entries.map(({ at, what }) => `${what} ${at.getTime()}`));
  const rows = [
    ...(mark ? [past(mark.marked_at, "marked", "", mark.run_id)] : []),
    ...(mark?.stopped_at ? [past(mark.stopped_at, "stopped", "")] : []),
    ...(mark?.terminated_at ? [past(mark.terminated_at, "terminated", "")] : []),
    ...(lift ? [past(lift.at, "protection lifted", "to be put back", lift.run_id)] : []),
  ].filter(({ at, what }) => !told.has(`${what} ${at.getTime()}`));
  return [
    ...(sighting
      ? [past(sighting.first_seen, "first seen", `in ${counted(sighting.count, "look")}`)]
      : []),
    ...entries,
    ...rows,
    ...coming,
  ].sort((a, b) => a.at.getTime() - b.at.getTime() || Number(b.past) - Number(a.past));
}

/** How many events people see, the last ones. */
const LAST = 50;

/** The timeline for people: each instant exact and relative. */
export function timelineBlock(events: readonly TimelineEvent[], now: Date): Block {
  return events.length === 0 ? { items: [{ name: "nothing was ever done to it" }] } : {
    columns: [{ title: "", align: "right" }, "", ""],
    rows: events.slice(-LAST).map(({ at, what, detail, run_id }) => [
      dayText(at, now),
      what,
      [
        ...(detail === "" ? [] : [detail]),
        ...(run_id === null ? [] : [`run ${run_id}`]),
        `(${relativeText(at, now)})`,
      ].join("   "),
    ]),
    show: LAST,
    total: events.length,
  };
}

/** The same for programs. */
export function timelineJson(events: readonly TimelineEvent[]): JsonObject[] {
  return events.map((event) => ({ ...event, at: event.at.toISOString() }));
}
