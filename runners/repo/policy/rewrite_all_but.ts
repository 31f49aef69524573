import { coverAll, NoRoomError } from "./cover.ts";
import type { Statement } from "./document.ts";
import { expandStatement } from "./granted.ts";
import { excludedPatterns, literalsBeyond, staysBeside } from "./rewrite_all.ts";
import type { NewPattern, Outcome, Removal } from "./removal.ts";

/**
 * Takes removed actions out of a statement that grants all but some: they join the excluded. No
 * entry ever leaves the excluded, known or not, since that would grant it. Where a list of what
 * stays is shorter, and lists are what is wanted, the statement becomes one; what it names then is
 * nothing that the excluded could mean.
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

/** The shorter of the two; one that has no room is not. */
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
