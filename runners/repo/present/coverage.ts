import { counted, fewText, numberText, relativeText } from "../../core/cli/words.ts";
import {
  detailOfAll,
  unprovenByReason,
  type UnprovenGroup,
  type UnprovenRegion,
} from "../../core/plan/coverage.ts";
import { sumOf } from "../../core/sum_of.ts";
import { LISTED, REST, type Text } from "../../core/text/sections.ts";
import { figuresOf } from "./figures.ts";
import { accountIds, accountName, hasNothingToLose, type Named } from "./names.ts";

/** "2 of 3 accounts read; complete evidence of 11 of 12 roles". */
export function coverageSentence(plan: Named): string {
  const { roles } = plan.own;
  const all = accountIds(plan).length;
  const unread = new Set(plan.coverage.unproven.map(({ account }) => account)).size;
  const { withEvidence } = figuresOf(roles);
  const none = roles.filter(hasNothingToLose).length;
  const asked = roles.length - none;
  return `${all - unread} of ${counted(all, "account")} read` +
    (asked === 0 ? "" : `; complete evidence of ${numberText(withEvidence)} of ` +
      counted(asked, "role")) +
    (none === 0 ? "" : `; ${counted(none, "role has", "roles have")} nothing to lose`);
}

/**
 * Until when the evidence of all roles speaks; "" where there is none. IAM shows a use within about
 * four hours (IAM API Reference, GenerateServiceLastAccessedDetails).
 */
export function speaksUntilSentence(plan: Named & { readonly as_of: string }): string {
  const ends = plan.own.roles.flatMap(({ evidence }) =>
    "reason" in evidence || !evidence.speaks_until ? [] : [evidence.speaks_until]
  ).sort();
  if (ends.length === 0) return "";
  return "IAM shows a use within about 4 hours, so the evidence speaks until " +
    relativeText(new Date(ends[0]!), new Date(plan.as_of));
}

/** How many reasons for missing evidence are told. */
const GAPS = 5;

/** How much was read, what was not and why, before any other number. */
export function coverageText(plan: Named): Text {
  const { unproven } = plan.coverage;
  const gaps = evidenceGaps(plan);
  const rest = sumOf(gaps.slice(GAPS), ([, roles]) => roles);
  const unread = [
    ...(unproven.length > 0 ? ["in an account that was not read"] : []),
    ...(gaps.length > 0 ? ["of a role without complete evidence"] : []),
  ];
  return [
    [{ words: [["Coverage", coverageSentence(plan)]] }],
    [
      {
        facts: unprovenByReason(unproven).map((group) => [
          "not read",
          unreadText(group, plan, LISTED, `; ${REST}`),
        ]),
      },
      {
        facts: gaps.map(([detail, count]) => ["no proof", `${counted(count, "role")}: ${detail}`]),
        show: GAPS,
        rest: `they are why ${
          counted(rest, "role has", "roles have")
        } no proof; --json has them all`,
      },
    ],
    [unread.length === 0 ? "" : `Nothing is removed ${unread.join(", nor ")}.`],
  ];
}

/**
 * The accounts of one reason, and the detail as far as it is the same of all.
 *
 * @param few how many are named
 * @param rest where the others are, said if there are any
 */
export function unreadText(
  { reason, places }: UnprovenGroup,
  plan: Named,
  few: number,
  rest: string,
): string {
  const [first] = places as readonly [UnprovenRegion];
  const names = places.map(({ account }) => accountName(plan, account));
  if (places.length === 1) return `${names[0]}: ${first.detail}`;
  const detail = detailOfAll(places, () => names[0]!);
  return `${reason} in ${counted(places.length, "account")}: ${fewText(names, few)}` +
    `${places.length > few ? rest : ""}. ${detail}`;
}

/** Why evidence is missing, and for how many roles; the most frequent reason first. */
function evidenceGaps(plan: Named): (readonly [detail: string, roles: number])[] {
  const gaps = plan.own.roles.flatMap((entry) =>
    "reason" in entry.evidence && !hasNothingToLose(entry) ? [entry.evidence.detail] : []
  );
  return [...Map.groupBy(gaps, (detail) => detail)]
    .map(([detail, own]) => [detail, own.length] as const).sort(([, a], [, b]) => b - a);
}
