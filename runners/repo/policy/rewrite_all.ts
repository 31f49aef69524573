import { lowerCase, matchesPattern } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { coverAll } from "./cover.ts";
import type { Statement } from "./document.ts";
import { containsPattern, patternsOverlap } from "./glob_language.ts";
import type { Outcome, Removal } from "./removal.ts";

/**
 * What a list that stands for all actions needs besides the actions that stay: the services that
 * only the evidence knows. What is unknown is kept.
 */
export function listInsteadOfAll({ patterns }: Statement, { strangers }: Removal): string[] {
  return strangers.map((service) => `${service}:*`).filter((wanted) =>
    !patterns.some(({ pattern }) => !isAll(pattern) && containsPattern(pattern, wanted))
  );
}

/**
 * All actions but the removed, in place of all actions. The other patterns of the statement need no
 * words any more, but what they name beyond the catalogue must not be among the excluded.
 */
export function excludeFromAll(statement: Statement, removal: Removal): Outcome {
  const { universe, removed, removedLiterals, cuts, room } = removal;
  const unknown = statement.patterns.map(({ pattern }) => pattern).filter((pattern) =>
    universe.ranges(pattern).length === 0 && !removedLiterals.has(lowerCase(pattern))
  );
  const excluded = coverAll({
    universe,
    needed: removed,
    avoided: universe.all().minus(removed),
    cuts,
    room,
    avoidPatterns: unknown,
  });
  const literals = literalsBeyond(universe, removedLiterals, excluded, unknown);
  return {
    element: "NotAction",
    inPlaceOf: statement.patterns.map((_, at) =>
      at === 0 ? [...excluded, ...literals].map((pattern) => ({ pattern })) : []
    ),
    listsAll: false,
  };
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
  { strangers }: Removal,
): string[] {
  return strangers.map((service) => `${service}:*`).filter((wanted) =>
    !not.some((pattern) => patternsOverlap(pattern, wanted))
  );
}

function isAll(pattern: string): boolean {
  return containsPattern(pattern, "*:*");
}
