import { beside } from "../../core/cli/beside.ts";
import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, relativeText } from "../../core/cli/words.ts";
import { figuresOf } from "./account_figures.ts";
import {
  accountIds,
  accountName,
  hasEvidence,
  hasNothingToLose,
  type Named,
  repoKeys,
} from "./names.ts";

/** How many accounts that could not be read are named one by one. */
const NAMED = 20;
/** How many reasons of missing evidence are told. */
const GAPS = 5;

/** "2 of 3 accounts read; whole evidence of 11 of 12 roles". */
export function coverageSentence(plan: Named): string {
  const { roles } = repoKeys(plan);
  const all = accountIds(plan).length;
  const unread = new Set(plan.coverage.unproven.map(({ account }) => account)).size;
  const { withEvidence } = figuresOf(roles);
  const none = roles.filter(hasNothingToLose).length;
  const asked = roles.length - none;
  return `${all - unread} of ${counted(all, "account")} read` +
    (asked === 0 ? "" : `; whole evidence of ${withEvidence.toLocaleString("en")} of ` +
      counted(asked, "role")) +
    (none === 0 ? "" : `; ${counted(none, "role")} ${none === 1 ? "has" : "have"} nothing to lose`);
}

/**
 * Until when the evidence of all roles speaks; "" where there is none. IAM shows a use within about
 * four hours (IAM API Reference, GenerateServiceLastAccessedDetails).
 */
export function speaksUntilSentence(plan: Named & { readonly as_of: string }): string {
  const ends = repoKeys(plan).roles.flatMap(({ evidence }) =>
    "reason" in evidence || !evidence.speaks_until ? [] : [evidence.speaks_until]
  ).sort();
  if (ends.length === 0) return "";
  return "IAM shows a use within about 4 hours, so the evidence speaks until " +
    relativeText(new Date(ends[0]!), new Date(plan.as_of));
}

/** How much was read, what was not and why, before any other number. */
export function coverageText(plan: Named, style: TextStyle): string {
  const { unproven } = plan.coverage;
  const line = beside("Coverage", visible(coverageSentence(plan)), style);
  const gaps = evidenceGaps(plan);
  if (unproven.length === 0 && gaps.length === 0) return line;
  const left = unproven.length - NAMED;
  return [
    line,
    "",
    ...unproven.slice(0, NAMED).flatMap(({ account, detail }) => [
      ...wrapText(
        `not read   ${style.bold(visible(accountName(plan, account)))}`,
        style.width,
        "  ",
      ),
      beside("", visible(detail), style, 13),
    ]),
    ...(left > 0 ? [beside("  not read", `${left} more; --json has them all`, style, 13)] : []),
    ...gaps.slice(0, GAPS).map(([detail, roles]) =>
      beside("  no proof", `${counted(roles, "role")}: ${visible(detail)}`, style, 13)
    ),
    ...moreGaps(gaps.slice(GAPS), style),
    "",
    ...wrapText(meaning(unproven.length, gaps.length), style.width),
  ].join("\n");
}

/** Why evidence is missing, the most frequent reason first. */
function evidenceGaps(plan: Named): (readonly [string, number])[] {
  const without = repoKeys(plan).roles.filter((entry) =>
    !hasEvidence(entry) && !hasNothingToLose(entry)
  );
  const groups = Map.groupBy(
    without,
    ({ evidence }) => "reason" in evidence ? evidence.detail : "",
  );
  return [...groups].map(([detail, roles]) => [detail, roles.length] as const)
    .sort(([, a], [, b]) => b - a);
}

function moreGaps(gaps: ReturnType<typeof evidenceGaps>, style: TextStyle): string[] {
  if (gaps.length === 0) return [];
  const roles = gaps.reduce((sum, [, roles]) => sum + roles, 0);
  const text = `and ${counted(roles, "role")} for ${counted(gaps.length, "more reason")}; ` +
    "--json has them all";
  return [beside("  no proof", text, style, 13)];
}

function meaning(unread: number, gaps: number): string {
  const what = [
    ...(unread > 0 ? ["in an account that was not read"] : []),
    ...(gaps > 0 ? ["of a role without whole evidence"] : []),
  ];
  return `Nothing is removed ${what.join(", nor ")}.`;
}
