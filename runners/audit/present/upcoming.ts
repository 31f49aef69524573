import { instanceIdOf } from "../../core/aws/arn.ts";
import { DAY_MS } from "../../core/limits/limits.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { AuditPlan, AuditRun } from "../audit_plan.ts";
import type { StepName } from "../config.ts";
import type { AuditFinding } from "../findings.ts";
import { cannotStop } from "../ladder/audit_change.ts";
import { blockOf } from "./spared_reasons.ts";

/** How far people look ahead, in days. */
export const DAYS_AHEAD = 7;

/** A step that falls due within the next days, or is due and held back. */
type Upcoming = {
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
export function upcomingSteps(plan: AuditPlan, run: AuditRun): Upcoming[] {
  const now = Date.parse(plan.as_of);
  const changes = new Map(run.changes.map((change) => [instanceIdOf(change.target), change]));
  const spared = new Map(plan.spared.map((one) => [instanceIdOf(one.target), one]));
  return plan.own.findings.flatMap((finding): Upcoming[] => {
    const change = changes.get(finding.id);
    const next = change ? afterMark(change) : finding;
    const cannot = cannotStop(change);
    if (!next?.next || !next.deadline) return [];
    const due = new Date(next.deadline);
    const reason = spared.get(finding.id);
    const block = reason ? blockOf(reason) : null;
    return due.getTime() - now <= DAYS_AHEAD * DAY_MS
      ? [{
        finding,
        step: next.next,
        due,
        heldBack: block === null ? cannot ?? null : reason!.detail,
      }]
      : [];
  }).sort((a, b) =>
    a.due.getTime() - b.due.getTime() || compareText(a.finding.account, b.finding.account) ||
    compareText(a.finding.region, b.finding.region) || compareText(a.finding.id, b.finding.id)
  );
}

function afterMark(
  change: AuditRun["changes"][number],
): Pick<AuditFinding, "next" | "deadline"> | undefined {
  if (change.outcome !== "done" || change.kind !== "mark") return undefined;
  const [first] = Object.entries(change.after.steps ?? {}) as [StepName, string][];
  return first && { next: first[0], deadline: first[1] };
}
