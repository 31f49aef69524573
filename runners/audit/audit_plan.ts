import type * as job from "../core/job.ts";
import type { DocumentParts, JobPlan, Planned } from "../core/plan/document.ts";
import type { RunResult } from "../core/run/run_document.ts";
import type { AuditCanary } from "./canary/canary.ts";
import type { Exemption } from "./config.ts";
import type { AuditAccount, AuditFinding, sinceLastRun } from "./findings.ts";
import type { JudgedRegion } from "./evaluate_region.ts";
import type { AuditChange } from "./ladder/audit_change.ts";
import type { LadderPosition } from "./ladder/ladder.ts";
import type { StopOutlook } from "./ladder/obstacles.ts";
import type { AuditPlanningTypes } from "./planning.ts";

/** The audit's own keys of the plan document, arrays sorted, and what no document has. */
type AuditOwn = {
  readonly rule_hash: string;
  readonly findings: readonly AuditFinding[];
  readonly since: ReturnType<typeof sinceLastRun>;
  readonly accounts: readonly AuditAccount[];
  readonly canaries: readonly AuditCanary[];
  readonly exemptions_ended: readonly Pick<Exemption, "match" | "reason" | "until">[];
  /** Not in the document: how each region was judged, by its row's ID. */
  readonly regions: ReadonlyMap<string, JudgedRegion>;
  /** Not in the document: where each violating instance is on the ladder, by its ID. */
  readonly ladders: ReadonlyMap<string, LadderPosition & Pick<StopOutlook, "obstacle">>;
  /** Not in the document: the rows of instances that keep the rules again, or are gone. */
  readonly settled: ReadonlySet<string>;
};

export type AuditTypes = AuditPlanningTypes & {
  readonly Change: AuditChange;
  readonly Own: AuditOwn;
};

/** The audit's own keys, as documents have them. */
export function documentParts(
  { regions: _judged, ladders: _all, settled: _rows, ...keys }: AuditOwn,
): DocumentParts<AuditTypes> {
  return { keys };
}

export type AuditJobPlan = JobPlan<AuditTypes>;
export type AuditPlan = Planned<AuditTypes>;
export type AuditRun = RunResult<AuditTypes>;
export type AuditReporting = job.Reporting<AuditTypes>;
export type RenderInput = job.RenderInput<AuditTypes>;
export type Explaining = job.Explaining<AuditTypes>;
