import { textStyle } from "../../../runners/core/cli/text_style.ts";
import type { LimitUse, Refusal } from "../../../runners/core/limits/limits.ts";
import type { ChangeOutcome } from "../../../runners/core/run/run_document.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { auditText } from "../../../runners/audit/text.ts";
import { documentOf, runOf } from "./world.ts";

export interface Told {
  readonly width?: number;
  readonly color?: boolean;
  readonly refused?: Refusal;
  readonly hypothetical?: boolean;
  readonly limits?: readonly LimitUse[];
  readonly planFile?: string;
  readonly written?: readonly string[];
  readonly asking?: boolean;
  /** What became of the changes, in their order; null of one that was not tried. */
  readonly outcomes?: readonly (ChangeOutcome | null)[];
}

/** What people read of a planning: of its plan, or of a run where there are outcomes. */
export function told(planning: AuditPlanning, how: Told = {}): string {
  const { refused, hypothetical = false, outcomes } = how;
  const plan = documentOf(planning, {
    hypothetical,
    limits: how.limits ?? [],
    ...(refused ? { refused } : {}),
  });
  const tried = (outcomes ?? []).flatMap((outcome, index) =>
    outcome ? [[plan.changes[index]!.id, outcome] as const] : []
  );
  return auditText({
    config: planning.config,
    plan,
    run: outcomes ? runOf(plan, tried) : null,
    style: textStyle({ color: how.color ?? false, width: how.width ?? 100 }),
    command: "groundskeeper audit",
    planFile: how.planFile ?? null,
    written: how.written ?? [],
    asking: how.asking ?? false,
  });
}
