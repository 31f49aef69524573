import { counted } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { accountName, limitName } from "./names.ts";

/**
 * Why nothing was changed: which limit, and by how much it was passed. Without a period; null where
 * nothing is refused.
 */
export function refusalSentence(plan: PlanDocument): string | null {
  const { refused } = plan;
  if (!refused) return null;
  if (refused.detail !== undefined) {
    return `Refused: ${counted(plan.changes.length, "change")} planned, and nothing is changed ` +
      `anywhere in this run: ${refused.detail} (${limitName(refused)} allows ${refused.value}, ` +
      `found ${refused.would})`;
  }
  const verb = refused.limit.startsWith("limits.restore.") ? "restore" : "change";
  const where = refused.scope === null
    ? ""
    : ` in ${accountName(plan, refused.scope.split("/")[0]!)}`;
  const others = refused.reserved > 0
    ? `, and other runs that share the budget have taken ${refused.reserved}`
    : "";
  return `Refused: this run would ${verb} ` +
    `${counted(refused.would - refused.reserved, "role")}${where}${others}; ` +
    `${limitName(refused)} allows ${refused.value}. Nothing was changed`;
}
