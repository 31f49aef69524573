import { instanceIdOf } from "../../core/aws/arn.ts";
import { DAY_MS } from "../../core/limits/limits.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { RunDocument } from "../../core/run/run_document.ts";
import { deedOf } from "../ladder/changes.ts";
import type { StepName } from "../config.ts";
import type { AuditFinding } from "../findings.ts";
import type { Steps } from "../ladder/mark.ts";
import { auditKeys } from "./names.ts";
import { blockOf } from "./spared_reasons.ts";

/** How far people look ahead, in days. */
export const DAYS_AHEAD = 7;

/** A step that falls due within the next days, or is due and held back. */
export type Upcoming = {
  readonly finding: AuditFinding;
  readonly step: StepName;
  readonly due: Date;
  /** Why it is spared although the step is due; null where it only waits. */
  readonly heldBack: string | null;
};

/**
 * The steps that come after this run, the next first. What the run itself would do or tried is not
 * among them, but what follows on a mark that it has set is.
 */
export function upcomingSteps(plan: PlanDocument, run: RunDocument): Upcoming[] {
  const now = Date.parse(plan.as_of);
  const changes = new Map(run.changes.map((change) => [instanceIdOf(change.target), change]));
  const spared = new Map(plan.spared.map((one) => [instanceIdOf(one.target), one]));
  return auditKeys(plan).findings.flatMap((finding): Upcoming[] => {
    const change = changes.get(finding.id);
    const next = change ? afterMark(change) : finding;
    const cannot = change?.after["cannot_stop"];
    if (!next?.next || !next.deadline) return [];
    const due = new Date(next.deadline);
    const reason = spared.get(finding.id);
    const block = reason ? blockOf(reason) : null;
    return due.getTime() - now <= DAYS_AHEAD * DAY_MS
      ? [{
        finding,
        step: next.next,
        due,
        heldBack: block === null ? typeof cannot === "string" ? cannot : null : reason!.detail,
      }]
      : [];
  }).sort((a, b) =>
    a.due.getTime() - b.due.getTime() || compareText(a.finding.account, b.finding.account) ||
    compareText(a.finding.region, b.finding.region) || compareText(a.finding.id, b.finding.id)
  );
}

function afterMark(
  change: RunDocument["changes"][number],
): Pick<AuditFinding, "next" | "deadline"> | undefined {
  if (change.outcome !== "done" || deedOf(change) !== "mark") return undefined;
  const steps = (change.after["steps"] ?? {}) as Steps;
  const [first] = Object.entries(steps) as [StepName, string][];
  return first && { next: first[0], deadline: first[1] };
}
