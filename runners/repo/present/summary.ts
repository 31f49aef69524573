import type { JsonObject } from "../../core/json.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { figuresOf } from "./account_figures.ts";
import { repoKeys } from "./names.ts";

/** A line of the history: how much was read, before what was found. */
export function repoSummary(plan: PlanDocument): JsonObject {
  const { planned, proven } = plan.coverage;
  const { roles, eligible, withEvidence, permissions, removable } = figuresOf(repoKeys(plan).roles);
  return {
    coverage: { planned, proven },
    roles,
    with_evidence: withEvidence,
    eligible,
    permissions,
    removable,
    changes: plan.changes.length,
  };
}
