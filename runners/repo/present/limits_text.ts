import { beside } from "../../core/cli/beside.ts";
import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { LimitUse } from "../../core/limits/limits.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { accountName } from "./names.ts";
import { refusalSentence } from "./refusal_sentence.ts";

/** Of what is left of the budgets, while nothing is refused; a refusal has a block of its own. */
export function limitsText({ changes, limits, refused }: PlanDocument, style: TextStyle): string {
  if (refused || limits.length === 0 || changes.length === 0) return "";
  return beside("Limits", limits.map(useText).join(", "), style);
}

/** "3 of 5 restores for this run". */
function useText({ limit, value, would, reserved = 0 }: LimitUse): string {
  const what = limit.startsWith("limits.restore.") ? " restores" : " roles";
  const when = limit.includes("rollingDay")
    ? "the last 24 hours"
    : "this run" + (reserved > 0 ? ` and those that share its limit (${reserved} of these)` : "");
  return `${would.toLocaleString("en")} of ${value.toLocaleString("en")}${what} for ${when}` +
    (limit.startsWith("--") ? ` (${limit})` : "");
}

/** Why nothing is changed, where most of it would be, and how to see it. */
export function refusedText(plan: PlanDocument, style: TextStyle, planJsonCommand: string): string {
  const sentence = refusalSentence(plan);
  if (sentence === null) return "";
  return [
    ...wrapText(visible(`${sentence}.`), style.width).map((line) => style.bold(line)),
    ...mainAccount(plan, style),
    "To see them:",
    `  ${planJsonCommand} | jq -r '.changes[].target'`,
  ].join("\n");
}

function mainAccount(plan: PlanDocument, style: TextStyle): string[] {
  const groups = Map.groupBy(plan.changes, ({ account }) => account);
  if (groups.size < 2) return [];
  const [account, changes] = [...groups].sort(([, a], [, b]) => b.length - a.length)[0]!;
  return wrapText(
    `${counted(changes.length, "of them is", "of them are")} in ` +
      `${visible(accountName(plan, account))}; --account ${account} narrows the run to it.`,
    style.width,
    "  ",
  );
}
