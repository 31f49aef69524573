import type { ActionSet } from "../catalogue/action_set.ts";
import { lowerCase, matchesPattern } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { coverAll, NoRoomError } from "./cover.ts";
import type { Statement } from "./document.ts";
import { containsPattern, patternsOverlap } from "./glob_language.ts";
import { expandStatement } from "./granted.ts";
import type { NewPattern, Outcome, Removal } from "./removal.ts";

/**
 * What a list that replaces all actions needs besides the actions that stay: the services that only
 * the evidence knows, since unknown actions are kept.
 */
export function listInsteadOfAll({ patterns }: Statement, { uncatalogued }: Removal): string[] {
  return uncatalogued.map((service) => `${service}:*`).filter((wanted) =>
    !patterns.some(({ pattern }) => !isAll(pattern) && containsPattern(pattern, wanted))
  );
}

/**
 * Replaces all actions by all but the removed ones. The statement's other patterns are dropped, but
 * what they name beyond the catalogue must not be excluded.
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
 * Patterns of what is excluded. If a person named what is removed, they match nothing else: a
 * pattern that would match more than what was named is written out.
 *
 * @throws NoRoomError
 */
function excludedPatterns(
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
function literalsBeyond(
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
function staysBeside(not: readonly string[], { uncatalogued }: Removal): string[] {
  return uncatalogued.map((service) => `${service}:*`).filter((wanted) =>
    !not.some((pattern) => patternsOverlap(pattern, wanted))
  );
}

function isAll(pattern: string): boolean {
  return containsPattern(pattern, "*:*");
}

/**
 * Takes removed actions out of a statement with NotAction: they are excluded, too. No entry is ever
 * taken out of the exclusions, known or not, since that would grant it. If a list of what stays is
 * shorter, and lists are wanted, the statement becomes one; the list then has nothing that an
 * exclusion could match.
 *
 * @throws NoRoomError
 */
export function rewriteAllBut(statement: Statement, removal: Removal): Outcome {
  const { universe, removed, removedLiterals, wildcard } = removal;
  const granted = expandStatement(statement, universe);
  const going = granted.intersect(removed);
  const not = statement.patterns.map(({ pattern }) => pattern);
  const literals = literalsBeyond(universe, removedLiterals, not, []);
  if (going.isEmpty && literals.length === 0) return "same";
  const staying = granted.minus(removed);
  const uncatalogued = staysBeside(not, removal);
  if (staying.isEmpty && uncatalogued.length === 0) return "gone";
  const excludes = () => [...excludedPatterns(going, staying, [], removal), ...literals];
  if (wildcard === "exclude" || going.isEmpty) return excluding(statement, excludes());
  const lists = () => {
    const avoid = [...not, ...removedLiterals];
    const { cuts, room } = removal;
    const listed = coverAll({
      universe,
      needed: staying,
      avoided: universe.all().minus(staying),
      avoidPatterns: avoid,
      cuts,
      room,
    });
    return [...listed, ...uncatalogued];
  };
  return shorter(statement, excludes, lists);
}

/** The shorter of the two; one that does not fit does not count. */
function shorter(
  statement: Statement,
  excludes: () => readonly string[],
  lists: () => readonly string[],
): Outcome {
  const listed = unlessTooLong(lists);
  if (!listed) return excluding(statement, excludes());
  const excluded = unlessTooLong(excludes);
  const not = statement.patterns.map(({ pattern }) => pattern);
  return excluded && lengthOf([...not, ...excluded]) <= lengthOf(listed)
    ? excluding(statement, excluded)
    : listing(statement, listed);
}

function unlessTooLong(write: () => readonly string[]): readonly string[] | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof NoRoomError) return undefined;
    throw error;
  }
}

function excluding({ patterns }: Statement, excluded: readonly string[]): Outcome {
  const last = patterns.length - 1;
  return {
    element: "NotAction",
    inPlaceOf: patterns.map((entry, at): readonly NewPattern[] =>
      at < last ? [entry] : [entry, ...excluded.map((pattern) => ({ pattern }))]
    ),
    listsAll: false,
  };
}

function listing({ patterns }: Statement, listed: readonly string[]): Outcome {
  return {
    element: "Action",
    inPlaceOf: patterns.map((_, at) => at === 0 ? listed.map((pattern) => ({ pattern })) : []),
    listsAll: true,
  };
}

/** In a list, with quotes and commas. */
function lengthOf(patterns: readonly string[]): number {
  return patterns.reduce((sum, pattern) => sum + pattern.length + 3, 0);
}
