import type { NextCommand } from "../../core/cli/next_command.ts";
import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import type { Breaker, PlanDocument } from "../../core/plan/document.ts";
import type { LimitUse } from "../../core/limits/limits.ts";
import { beside } from "../../core/cli/beside.ts";
import { readInstants } from "./read_instants.ts";
import { causeOf, findingsById } from "./names.ts";
import {
  actionOf,
  breakerSentence,
  countsForLimits,
  NOTHING_ANYWHERE,
  refusalSentence,
  refusedChanges,
} from "./refusal_sentence.ts";

/** Of what is left of the budgets, while nothing is refused; a refusal has a block of its own. */
export function limitsText({ changes, limits, refused }: PlanDocument, style: TextStyle): string {
  if (refused || limits.length === 0 || !changes.some(countsForLimits)) return "";
  return beside("Limits", limits.map(useText).join(", "), style);
}

/** "2 of 10 stops for this run". */
function useText({ limit, value, would, reserved = 0 }: LimitUse): string {
  const [, step] = /^limits\.(stop|terminate)\./.exec(limit) ?? [];
  const what = step === undefined ? "" : step === "stop" ? " stops" : " terminations";
  const when = limit.includes("rollingDay")
    ? "the last 24 hours"
    : "this run" + (reserved > 0 ? ` and those that share its limit (${reserved} of these)` : "");
  return `${would} of ${value}${what} for ${when}` + (limit.startsWith("--") ? ` (${limit})` : "");
}

/** Why nothing is changed, with what most of the changes have in common. */
export function refusedText(plan: PlanDocument, style: TextStyle, command: NextCommand): string {
  const sentence = refusalSentence(plan);
  if (sentence === null) return breakersText(plan, style);
  const now = new Date(plan.as_of);
  const action = actionOf(plan.refused);
  const path = action === null
    ? ".changes[].target"
    : `.changes[] | select(.action == "${action}") | .target`;
  return [
    ...wrapText(visible(readInstants(`${sentence}.`, now)), style.width).map((line) =>
      style.bold(line)
    ),
    ...otherBreakers(plan).flatMap((text) => wrapText(text, style.width, "  ")),
    ...mainCause(plan, style),
    "To see them:",
    `  ${command("audit plan", "--json")} | jq -r '${path}'`,
  ].join("\n");
}

/** A breaker that has tripped where there was nothing to refuse. */
function breakersText({ breakers, as_of }: PlanDocument, style: TextStyle): string {
  if (breakers.length === 0) return "";
  const sentence = `${breakers.length === 1 ? "A breaker has" : "Breakers have"} tripped: ` +
    `${NOTHING_ANYWHERE}.`;
  return [
    ...wrapText(sentence, style.width).map((line) => style.bold(line)),
    ...breakers.flatMap((one) => wrapText(breakerLine(one, as_of), style.width, "  ")),
  ].join("\n");
}

function breakerLine(breaker: Breaker, asOf: string): string {
  return visible(readInstants(`${breakerSentence(breaker)}.`, new Date(asOf)));
}

/** What has tripped besides the breaker that refuses. */
function otherBreakers({ refused, breakers, as_of }: PlanDocument): string[] {
  return breakers.filter(({ detail }) => detail !== refused?.detail)
    .map((one) => breakerLine(one, as_of));
}

/** What most of the refused changes have in common, which is often an edited rule. */
function mainCause(plan: PlanDocument, style: TextStyle): string[] {
  const findings = findingsById(plan);
  const causes = Map.groupBy(refusedChanges(plan), (change) => causeOf(change, findings));
  const [top] = [...causes].sort(([, a], [, b]) => b.length - a.length);
  if (!top || top[1].length < 2) return [];
  return wrapText(`${top[1].length} of them: ${visible(top[0])}.`, style.width, "  ");
}
