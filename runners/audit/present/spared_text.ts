import { instanceIdOf } from "../../core/aws/arn.ts";
import { visible } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import type { Spared } from "../../core/plan/change.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { beside } from "../../core/cli/beside.ts";
import { doneText } from "./action_words.ts";
import type { AuditFinding } from "../findings.ts";
import { GRANTS_NONE } from "../ladder/until.ts";
import { auditKeys, findingsById, notesOf, placeName } from "./names.ts";
import { DOUBTFUL, HELD_BACK, WAITING } from "./spared_reasons.ts";

/** How many reasons are told. */
const TOLD = 10;
/** How many instances with the same note, or whose records are in doubt, are named. */
const NAMED = 5;

const SAID: Readonly<Record<string, string>> = {
  "not-enforced": "in accounts that are not enforced (report only)",
  quarantine: "in accounts that are new (report only)",
};

/** Spared violators by reason; those in grace stand in the figures. */
export function sparedText(plan: PlanDocument, style: TextStyle): string {
  const findings = findingsById(plan);
  const told = plan.spared.filter(({ reason }) => reason !== "in-grace");
  if (told.length === 0) return "";
  const groups = Map.groupBy(
    told,
    (spared) => groupOf(spared, findings.get(instanceIdOf(spared.target))),
  );
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const left = sorted.slice(TOLD).reduce((sum, [, spared]) => sum + spared.length, 0);
  const line = (count: number, text: string) =>
    beside(`  ${String(count).padStart(8)}`, text, style, 15);
  return [
    beside(
      "Spared",
      `${counted(plan.totals.spared, "instance")}, ` +
        `${plan.totals.spared - told.length} of them in grace`,
      style,
    ),
    ...sorted.slice(0, TOLD).map(([text, spared]) =>
      line(spared.length, visible(text) + namesText(spared) + whenText(spared, findings, plan))
    ),
    ...(left > 0 ? [line(left, "for other reasons; --json has them all")] : []),
  ].join("\n");
}

/** What several spared instances have in common. */
function groupOf({ reason, detail }: Spared, finding: AuditFinding | undefined): string {
  if (WAITING.has(reason)) {
    const begun = reason === "not-due" ? [] : [reason];
    const next = finding?.next ?? null;
    return [...begun, next ? `to be ${doneText(next)}` : "and nothing follows"].join(", ");
  }
  if (reason === "cannot-stop") return `cannot be stopped: ${detail}`;
  if (HELD_BACK.has(reason) && finding?.next) {
    return `due to be ${doneText(finding.next)}, but ${detail}`;
  }
  return SAID[reason] ?? detail;
}

/** Which instances they are, where their records are in doubt. */
function namesText(spared: readonly Spared[]): string {
  if (!DOUBTFUL.has(spared[0]!.reason)) return "";
  const names = spared.slice(0, NAMED).map(({ target }) => instanceIdOf(target)).join(", ");
  return `: ${names}${spared.length > NAMED ? `, and ${spared.length - NAMED} more` : ""}`;
}

/** When those that wait come to their next step. */
function whenText(
  spared: readonly Spared[],
  findings: ReadonlyMap<string, AuditFinding>,
  { as_of }: PlanDocument,
): string {
  if (!WAITING.has(spared[0]!.reason)) return "";
  const now = new Date(as_of);
  const dues = spared.flatMap(({ target }) => {
    const { next, deadline } = findings.get(instanceIdOf(target)) ?? { next: null, deadline: null };
    return next && deadline ? [deadline] : [];
  }).sort();
  const [first, last] = [dues[0], dues.at(-1)];
  if (first === undefined || last === undefined) return "";
  const [firstDay, lastDay] = [first, last].map((due) => dayText(new Date(due), now));
  const firstText = `${firstDay} (${relativeText(new Date(first), now)})`;
  return firstDay === lastDay
    ? ` from ${firstText} on`
    : `: the first from ${firstText} on, the last from ${lastDay} on`;
}

/** What is odd about marks: forged and altered ones, instances that were started again. */
export function notesText(plan: PlanDocument, style: TextStyle): string {
  return notesOf(plan).map(([note, findings]) => {
    const names = findings.slice(0, NAMED).map((finding) =>
      `${placeName(plan, finding)} ${finding.id}`
    );
    const left = findings.length - NAMED;
    return beside(
      "Noted",
      visible(
        `${counted(findings.length, "instance")}: ${note}: ${names.join(", ")}` +
          (left > 0 ? `, and ${left} more` : ""),
      ),
      style,
    );
  }).join("\n");
}

/** What owners ask for, one by one; those who get nothing by it come first. */
export function asksText(plan: PlanDocument, style: TextStyle): string {
  const asking = auditKeys(plan).findings.filter(({ asked }) => asked !== null)
    .sort((a, b) => Number(isGranted(a)) - Number(isGranted(b)));
  const left = asking.length - TOLD;
  return [
    ...asking.slice(0, TOLD).map((finding) =>
      `${placeName(plan, finding)} ${finding.id}: ${finding.asked}`
    ),
    ...(left > 0 ? [`${counted(left, "more owner")}; --json has them all`] : []),
  ].map((text) => beside("Asked", visible(text), style)).join("\n");
}

function isGranted({ asked }: AuditFinding): boolean {
  return !asked?.includes(GRANTS_NONE);
}
