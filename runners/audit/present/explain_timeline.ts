import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import type { JsonObject } from "../../core/json.ts";
import type { JournalEntry } from "../../core/journal/journal.ts";
import { deedOf } from "../ladder/changes.ts";
import { deedText, happenedText } from "./action_words.ts";
import type { Coming } from "./explain_next.ts";
import type { Earlier } from "../planning.ts";

/** Something that happened to an instance, or will. */
export type TimelineEvent = {
  readonly at: Date;
  /** "first seen", "marked", "stop". */
  readonly what: string;
  readonly detail: string;
  readonly run_id: string | null;
  readonly past: boolean;
};

/**
 * What is known of an instance in the order of time: from the journal, and from rows where the
 * journal says nothing.
 */
export function timelineOf(
  rowId: string,
  { looks, marks, lifts }: Earlier,
  journal: readonly JournalEntry[],
  coming: readonly Coming[],
): TimelineEvent[] {
  const past = (at: string, what: string, detail: string, run_id: string | null = null) => ({
    at: new Date(at),
    what,
    detail,
    run_id,
    past: true,
  });
  const look = looks.get(rowId);
  const mark = marks.get(rowId);
  const lift = lifts.get(rowId);
  const entries = journal.map((entry) => {
    const deed = deedOf(entry);
    const said = entry.outcome === "done"
      ? happenedText(deed)
      : `${deedText(deed)} ${entry.outcome ?? "not known yet"}`;
    const detail = entry.error?.message ?? (deed === "unmark" ? entry.reason : "");
    return past(entry.intended_at, said, detail, entry.run_id);
  });
  const told = new Set(entries.map(({ at, what }) => `${what} ${at.getTime()}`));
  const rows = [
    ...(mark ? [past(mark.marked_at, "marked", "", mark.run_id)] : []),
    ...(mark?.stopped_at === undefined ? [] : [past(mark.stopped_at, "stopped", "")]),
    ...(mark?.terminated_at === undefined ? [] : [past(mark.terminated_at, "terminated", "")]),
    ...(lift ? [past(lift.at, "protection lifted", "to be put back", lift.run_id)] : []),
  ].filter(({ at, what }) => !told.has(`${what} ${at.getTime()}`));
  return [
    ...(look ? [past(look.first_seen, "first seen", `in ${counted(look.count, "look")}`)] : []),
    ...entries,
    ...rows,
    ...coming.map(({ step, at, detail }) => ({
      at,
      what: step,
      detail,
      run_id: null,
      past: false,
    })),
  ].sort((a, b) => a.at.getTime() - b.at.getTime() || Number(b.past) - Number(a.past));
}

/** The timeline for people: each instant exact and relative. */
export function timelineLines(
  events: readonly TimelineEvent[],
  now: Date,
  style: TextStyle,
): string[] {
  if (events.length === 0) return ["  nothing was ever done to it"];
  const days = events.map(({ at }) => dayText(at, now));
  const dayWidth = Math.max(12, ...days.map((day) => day.length));
  const whatWidth = Math.max(...events.map(({ what }) => what.length));
  const indent = " ".repeat(dayWidth + 5);
  return events.flatMap(({ at, what, detail, run_id }, index) => {
    const text = [
      what.padEnd(whatWidth),
      ...(detail === "" ? [] : [visible(detail)]),
      ...(run_id === null ? [] : [`run ${run_id}`]),
      `(${relativeText(at, now)})`,
    ].join("   ");
    const [first, ...more] = wrapText(text, style.width - indent.length);
    return [
      `  ${days[index]!.padStart(dayWidth)}   ${first}`,
      ...more.map((line) => indent + line),
    ];
  });
}

/** The timeline for programs. */
export function timelineJson(events: readonly TimelineEvent[]): JsonObject[] {
  return events.map(({ at, what, detail, run_id, past }) => ({
    at: at.toISOString(),
    what,
    detail,
    run_id,
    past,
  }));
}
