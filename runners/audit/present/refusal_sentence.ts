import { counted } from "../../core/cli/words.ts";
import type { Change } from "../../core/plan/change.ts";
import type { Breaker, PlanDocument } from "../../core/plan/document.ts";
import type { Refusal } from "../../core/limits/limits.ts";
import { deedOf, STEP_ACTIONS } from "../ladder/changes.ts";
import { STEPS } from "../config.ts";
import { deedText } from "./action_words.ts";
import { accountName, limitName } from "./names.ts";

/** Said of a run in which a breaker has tripped. */
export const NOTHING_ANYWHERE = "nothing is changed anywhere in this run";

/**
 * Why nothing was changed: the limit and by how much it was passed, or the breaker. Without a
 * period; null where nothing is refused.
 */
export function refusalSentence(plan: PlanDocument): string | null {
  const { refused } = plan;
  if (!refused) return null;
  if (refused.detail !== undefined) {
    return `Refused: ${counted(plan.changes.length, "change")} planned, and ` +
      `${NOTHING_ANYWHERE}: ${breakerSentence({ ...refused, detail: refused.detail })}`;
  }
  const where = refused.scope === null ? "" : ` in ${scopeName(plan, refused.scope)}`;
  const others = refused.reserved > 0
    ? `, and other runs that share the budget have taken ${refused.reserved}`
    : "";
  const own = counted(refused.would - refused.reserved, "instance");
  return `Refused: this run would ${verbOf(plan, refused)} ${own}${where}${others}; ` +
    `${limitName(refused)} allows ${refused.value}. Nothing was changed`;
}

/** What a breaker saw, and what is allowed. Without a period. */
export function breakerSentence(
  breaker: Pick<Breaker, "limit" | "value" | "would" | "detail">,
): string {
  return `${breaker.detail} (${
    limitName(breaker)
  } allows ${breaker.value}, found ${breaker.would})`;
}

/** The changes that a refusal speaks of: all that the limits count, or those of one action. */
export function refusedChanges(
  { changes, refused }: Pick<PlanDocument, "changes" | "refused">,
): readonly Change[] {
  const action = actionOf(refused);
  if (refused?.detail !== undefined) return changes;
  return changes.filter((change) =>
    action === null ? countsForLimits(change) : change.action === action
  );
}

/** Whether the limits count a change; what gives back counts nowhere. */
export function countsForLimits(change: Pick<Change, "action" | "after">): boolean {
  return STEPS.some((step) => step === deedOf(change));
}

/** The action that the refusing limit is about, as IAM spells it; null for all actions. */
export function actionOf(refused: Refusal | null): string | null {
  const step = STEPS.find((step) => refused?.limit.startsWith(`limits.${step}.`));
  return step ? STEP_ACTIONS[step] : null;
}

/** An account or account/region, as people call it. */
export function scopeName(plan: PlanDocument, scope: string): string {
  const [account, region] = scope.split("/") as [string, string?];
  return [accountName(plan, account), ...(region ? [region] : [])].join(" ");
}

/** "stop" where all that counts is to be stopped; "change" where it is not all the same. */
function verbOf(plan: PlanDocument, refused: Refusal): string {
  const deeds = new Set(refusedChanges({ ...plan, refused }).map(deedOf));
  const [only] = deeds;
  return deeds.size === 1 && only ? deedText(only) : "change";
}
