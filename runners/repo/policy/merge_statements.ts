import { canonicalJson, compareText } from "../../core/plan/canonical.ts";
import { lowerCase, matchesPattern } from "../catalogue/glob.ts";
import type { Statement } from "./document.ts";
import { containsPattern } from "./glob_language.ts";
import type { NewPattern, Outcome } from "./removal.ts";

/**
 * Puts the actions of statements that say the same of everything else into the first of them, which
 * saves the repetition. A statement with a Sid has a name that somebody may rely on, and stays.
 */
export function mergeStatements(
  statements: readonly Statement[],
  outcomes: readonly Outcome[],
): Outcome[] {
  const alike = new Map<string, number[]>();
  statements.forEach((statement, at) => {
    if (!canMerge(statement, outcomes[at]!)) return;
    const others = [...statement.others].sort((a, b) => compareText(a.key, b.key));
    const key = canonicalJson(others);
    alike.set(key, [...alike.get(key) ?? [], at]);
  });
  const merged = [...outcomes];
  for (const [first, ...others] of alike.values()) {
    if (others.length === 0) continue;
    merged[first!] = joined(statements, outcomes, first!, others);
    for (const at of others) merged[at] = "gone";
  }
  return merged;
}

function canMerge({ sid, effect, element }: Statement, outcome: Outcome): boolean {
  if (sid !== undefined || effect !== "Allow" || outcome === "gone") return false;
  return (outcome === "same" ? element : outcome.element) === "Action";
}

function joined(
  statements: readonly Statement[],
  outcomes: readonly Outcome[],
  first: number,
  others: readonly number[],
): Outcome {
  const patternsOf = (at: number): (readonly NewPattern[])[] => {
    const outcome = outcomes[at]!;
    if (outcome === "same") return statements[at]!.patterns.map((entry) => [entry]);
    return outcome === "gone" ? [] : [...outcome.inPlaceOf];
  };
  const own = patternsOf(first);
  const more = others.flatMap((at) => patternsOf(at).flat());
  const inPlaceOf = own.map((patterns, at) =>
    at < own.length - 1 ? patterns : [...patterns, ...more]
  );
  return {
    element: "Action",
    inPlaceOf: withoutContained(inPlaceOf),
    listsAll: [first, ...others].some((at) => {
      const outcome = outcomes[at]!;
      return typeof outcome === "object" && outcome.listsAll;
    }),
  };
}

/** Without the patterns that another one of them contains; of equal ones the first stays. */
function withoutContained(
  inPlaceOf: readonly (readonly NewPattern[])[],
): (readonly NewPattern[])[] {
  const seen = new Set<string>();
  const distinct = inPlaceOf.map((patterns) =>
    patterns.filter(({ pattern }) => {
      const lower = lowerCase(pattern);
      return !seen.has(lower) && seen.add(lower);
    })
  );
  const wide = distinct.flat().map(({ pattern }) => pattern).filter((one) => /[*?]/.test(one));
  return distinct.map((patterns) =>
    patterns.filter(({ pattern }) =>
      !wide.some((other) => other !== pattern && holds(other, pattern, wide))
    )
  );
}

/** Two patterns that contain each other must not both go: the first stays. */
function holds(outer: string, inner: string, all: readonly string[]): boolean {
  if (!/[*?]/.test(inner)) return matchesPattern(outer, inner);
  return containsPattern(outer, inner) &&
    (!containsPattern(inner, outer) || all.indexOf(outer) < all.indexOf(inner));
}
