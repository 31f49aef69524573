import { instanceIdOf } from "../../core/aws/arn.ts";
import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dateText } from "../../core/cli/words.ts";
import type { Change } from "../../core/plan/change.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { RunDocument } from "../../core/run/run_document.ts";
import { beside } from "../../core/cli/beside.ts";
import { byDeed, deedText, outcomesText } from "./action_words.ts";
import type { AuditFinding } from "../findings.ts";
import type { MarkRow } from "../ladder/mark.ts";
import { causeOf, findingsById, ownerText, placeName } from "./names.ts";

/** How many changes of a deed are named one by one. */
const NAMED = 20;

/** What a plan would do, by deed: what cannot be undone comes first, and is red. */
export function wouldText(plan: PlanDocument, style: TextStyle): string {
  if (plan.changes.length === 0) return "Would do nothing";
  return ["Would do", ...deedLines(plan.changes, plan, style, () => "")].join("\n");
}

/** What a run did, counted from outcomes, and what became of each change that is not done. */
export function doneText(run: RunDocument, plan: PlanDocument, style: TextStyle): string {
  const tried = run.changes.filter(({ outcome }) => outcome !== null);
  if (tried.length === 0) {
    return run.changes.length === 0 || plan.refused ? "" : wouldText(plan, style);
  }
  const outcomes = new Map(tried.map((change) => [change.id, change]));
  return [
    beside("Done", outcomesText(run.changes), style),
    ...deedLines(run.changes, plan, style, ({ id }) => {
      const { outcome, error } = outcomes.get(id) ?? { outcome: "not tried", error: null };
      return outcome === "done" ? "" : [outcome, ...(error ? [error.message] : [])].join(": ");
    }),
  ].join("\n");
}

/** One quiet line on the stamps of the canaries; what failed is told. */
export function upkeepText(run: RunDocument, plan: PlanDocument, style: TextStyle): string {
  const tried = run.upkeep.filter(({ outcome }) => outcome !== null);
  if (tried.length === 0) return "";
  const done = tried.filter(({ outcome }) => outcome === "done").length;
  const sentence = done === tried.length
    ? `${counted(done, "canary", "canaries")} stamped`
    : `${done} of ${counted(tried.length, "canary", "canaries")} stamped`;
  return [
    style.dim(sentence),
    ...tried.filter(({ outcome }) => outcome !== "done").flatMap((stamp) =>
      wrapText(
        visible(
          `${placeName(plan, stamp)} ${instanceIdOf(stamp.target)}: ${stamp.outcome}` +
            (stamp.error ? `: ${stamp.error.message}` : ""),
        ),
        style.width,
        "  ",
      )
    ),
  ].join("\n");
}

function deedLines(
  changes: readonly Change[],
  plan: PlanDocument,
  style: TextStyle,
  note: (change: Change) => string,
): string[] {
  const groups = byDeed(changes);
  const findings = findingsById(plan);
  const wordWidth = Math.max(...groups.map(([deed]) => deedText(deed).length));
  const countWidth = Math.max(...groups.map(([, own]) => String(own.length).length));
  return groups.flatMap(([deed, own]) => {
    const paint = deed === "terminate" ? style.red : (line: string) => line;
    const heading = `  ${deedText(deed).padEnd(wordWidth)}   ` +
      String(own.length).padStart(countWidth);
    const left = own.length - NAMED;
    return [
      paint(heading),
      ...own.slice(0, NAMED).flatMap((change) => {
        const finding = findings.get(instanceIdOf(change.target));
        return [
          ...wrapText(nameLine(change, finding, plan), style.width, "    ").map(paint),
          ...[whyText(change, findings, plan), visible(note(change))]
            .filter((text) => text !== "")
            .flatMap((text) => wrapText(text, style.width, "        ")),
        ];
      }),
      ...(left > 0 ? wrapText(`and ${left} more; --json has them all`, style.width, "    ") : []),
    ];
  });
}

function nameLine(
  change: Change,
  finding: AuditFinding | undefined,
  plan: PlanDocument,
): string {
  const name = finding?.tags["Name"];
  return [
    visible(placeName(plan, change)),
    instanceIdOf(change.target),
    ...(name ? [visible(name)] : []),
  ].join("   ");
}

/** Why, since when, and whom to ask. */
function whyText(
  change: Change,
  findings: ReadonlyMap<string, AuditFinding>,
  plan: PlanDocument,
): string {
  const finding = findings.get(instanceIdOf(change.target));
  const mark = change.before["mark"] as unknown as MarkRow | undefined;
  if (!finding || !mark) {
    return [
      visible(change.reason),
      ...(finding?.owner ? [`owner ${ownerText(finding.owner)}`] : []),
    ]
      .join("; ");
  }
  const now = new Date(plan.as_of);
  const date = (instant: string) => dateText(new Date(instant), now);
  return [
    visible(causeOf(change, findings)),
    ...(finding.note ? [visible(finding.note)] : []),
    ...(finding.asked ? [visible(finding.asked)] : []),
    ...(finding.outlook ? [visible(finding.outlook)] : []),
    `marked ${date(mark.marked_at)}` +
    (mark.stopped_at === undefined ? "" : `, stopped ${date(mark.stopped_at)}`),
    ...(change.before["protection"] ? ["its protection is lifted"] : []),
    ...(finding.owner ? [`owner ${ownerText(finding.owner)}`] : []),
  ].join("; ");
}
