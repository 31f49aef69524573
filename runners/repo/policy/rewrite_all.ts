import { lowerCase, matchesPattern } from "../catalogue/glob.ts";
import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import { coverAll } from "./cover.ts";
import type { Statement } from "./document.ts";
import { containsPattern, patternsOverlap } from "./glob_language.ts";
import type { Outcome, Removal } from "./removal.ts";

/**
 * What a list that stands for all actions needs besides the actions that stay: the services that
 * only the evidence knows. What is unknown is kept.
 */
export function listInsteadOfAll({ patterns }: Statement, { uncatalogued }: Removal): string[] {
  return uncatalogued.map((service) => `${service}:*`).filter((wanted) =>
    !patterns.some(({ pattern }) => !isAll(pattern) && containsPattern(pattern, wanted))
  );
}

/**
 * All actions but the removed, in place of all actions. The other patterns of the statement need no
 * words any more, but what they name beyond the catalogue must not be among the excluded.
 */
export function excludeFromAll(statement: Statement, removal: Removal): Outcome {
  const { universe, removed, removedLiterals } = removal;
  const unknown = statement.patterns.map(({ pattern }) => pattern).filter((pattern) =>
    universe.ranges(pattern).length === 0 && !removedLiterals.has(lowerCase(pattern))
  );
  const excluded = excludedPatterns(removed, universe.all().minus(removed), unknown, removal);
  const literals = literalsBeyond(universe, removedLiterals, excluded, unknown);
  return {
    element: "NotAction",
    inPlaceOf: statement.patterns.map((_, at) =>
      at === 0 ? [...excluded, ...literals].map((pattern) => ({ pattern })) : []
    ),
    listsAll: false,
  };
}

/**
 * Patterns of what is excluded. Where a person named what goes, they match nothing else: a pattern
 * that reaches further than what was named is written out.
 *
 * @throws NoRoomError
 */
export function excludedPatterns(
  needed: ActionSet,
  avoided: ActionSet,
  avoidPatterns: readonly string[],
  { universe, cuts, room, byName, meant }: Removal,
): string[] {
  const covering = { universe, needed, avoided, room, avoidPatterns };
  if (!byName) return coverAll({ ...covering, cuts });
  return coverAll({ ...covering, cuts: "words" }).flatMap((pattern) =>
    meant.some((one) => containsPattern(one, pattern))
      ? [pattern]
      : [...universe.expand(pattern).intersect(needed)]
  );
}

/** The requested names that must be excluded one by one. */
export function literalsBeyond(
  universe: Universe,
  removedLiterals: ReadonlySet<string>,
  excluded: readonly string[],
  granted: readonly string[],
): string[] {
  return [...removedLiterals].filter((literal) =>
    universe.indexOf(literal) === undefined &&
    ![...excluded, ...granted].some((pattern) => matchesPattern(pattern, literal))
  );
}

/** The positive patterns, and the services that only evidence knows, that a NotAction leaves. */
export function staysBeside(
  not: readonly string[],
  { uncatalogued }: Removal,
): string[] {
  return uncatalogued.map((service) => `${service}:*`).filter((wanted) =>
    !not.some((pattern) => patternsOverlap(pattern, wanted))
  );
}

function isAll(pattern: string): boolean {
  return containsPattern(pattern, "*:*");
}
