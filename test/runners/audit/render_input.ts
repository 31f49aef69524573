import { PLAIN_COMMAND } from "../../../runners/core/cli/next_command.ts";
import { textStyle } from "../../../runners/core/cli/text_style.ts";
import type { LimitUse, Refusal } from "../../../runners/core/limits/limits.ts";
import type { AuditPlan, AuditRun } from "../../../runners/audit/audit_plan.ts";
import type { ChangeOutcome } from "../../../runners/core/run/run_document.ts";
import { plan as planOf } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { explain } from "../../../runners/audit/present/explain.ts";
import type { JsonObject } from "../../../runners/core/json.ts";
import type { JournalEntry } from "../../../runners/core/journal/entry.ts";
import { terminalText } from "../../../runners/core/text/terminal_text.ts";
import { auditText } from "../../../runners/audit/present/text.ts";
import { owned } from "./ladder_story.ts";
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
  /** Rules that came from the command line: `--required`. */
  readonly settings?: readonly string[];
  /** What became of the changes, in their order; null of one that was not tried. */
  readonly outcomes?: readonly (ChangeOutcome | null)[];
  /** What became of the canaries' stamps, in their order. */
  readonly stamps?: readonly ChangeOutcome[];
}

/** What people read of a planning: of its plan, or of a run where there are outcomes. */
export function told(planning: AuditPlanning, how: Told = {}): string {
  const { hypothetical = false, outcomes, stamps } = how;
  const refused = how.refused ?? refusedByBreaker(planning);
  const plan = owned(documentOf(planning, {
    hypothetical,
    limits: how.limits ?? [],
    ...(refused ? { refused } : {}),
  }));
  const tried = (outcomes ?? []).flatMap((outcome, index) =>
    outcome ? [[plan.changes[index]!.id, outcome] as const] : []
  );
  const style = textStyle({ color: how.color ?? false, width: how.width ?? 100 });
  const text = auditText({
    config: planning.config,
    plan,
    run: outcomes
      ? { ...runOf(plan, tried), ownWrites: ownWritesOf(planning, stamps ?? []) }
      : null,
    command: PLAIN_COMMAND,
    settings: how.settings ?? [],
    planFile: how.planFile ?? null,
    written: how.written ?? [],
    asking: how.asking ?? false,
  });
  return terminalText(text, { style, now: planning.now });
}

/** What is explained of a subject, its text as a terminal shows it; null where it is not found. */
export function explained(
  planning: AuditPlanning,
  subject: string,
  { journal = [], plan = owned(documentOf(planning)), width = 100 }: {
    readonly journal?: readonly JournalEntry[];
    readonly plan?: AuditPlan;
    readonly width?: number;
  } = {},
): { readonly text: string; readonly json: JsonObject } | null {
  const style = textStyle({ color: false, width });
  const explanation = explain({ subject, planning, plan, journal, command: PLAIN_COMMAND });
  return explanation && {
    ...explanation,
    text: terminalText(explanation.text, { style, now: planning.now }),
  };
}

/** As in a run, a breaker refuses if there is anything to refuse. */
export function refusedByBreaker(planning: AuditPlanning): Refusal | undefined {
  const { breakers: [breaker], changes } = planOf(planning);
  return breaker && changes.length > 0 ? { ...breaker, reserved: 0 } : undefined;
}

/** The stamps of a planning, with what became of them. */
export function ownWritesOf(
  planning: AuditPlanning,
  outcomes: readonly ChangeOutcome[],
): AuditRun["ownWrites"] {
  return planOf(planning).ownWrites.slice(0, outcomes.length)
    .map((change, index) => ({ ...change, ...outcomes[index]! }));
}
