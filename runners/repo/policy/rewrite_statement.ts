import { firstWildcard, lowerCase, matchesLower } from "../catalogue/glob.ts";
import type { Statement } from "./document.ts";
import { containsPattern } from "./glob_language.ts";
import { isNoRepo } from "./granted.ts";
import { excludeFromAll, listInsteadOfAll, rewriteAllBut } from "./rewrite_all.ts";
import type { NewPattern, Outcome, Removal } from "./removal.ts";
import type { Universe } from "../catalogue/universe.ts";
import { type Covering, coverRange, nextCut, NoRoomError } from "./cover.ts";

/** Takes the removed actions out of one statement. */
export function rewriteStatement(statement: Statement, removal: Removal): Outcome {
  if (statement.effect === "Deny" || isNoRepo(statement)) return "same";
  return statement.element === "Action"
    ? rewriteNamed(statement, removal)
    : rewriteAllBut(statement, removal);
}

function rewriteNamed(statement: Statement, removal: Removal): Outcome {
  const { universe, removed, wildcard } = removal;
  const losses = statement.patterns.map(({ pattern }) => lossOf(pattern, removal));
  if (losses.every((loss) => loss === "nothing")) return "same";
  const all = statement.patterns.find(({ pattern }, at) =>
    losses[at] !== "nothing" && coversAll(universe, pattern)
  );
  if (
    all && wildcard === "exclude" && containsPattern(all.pattern, "*:*") &&
    removed.size < universe.size
  ) {
    return excludeFromAll(statement, removal);
  }
  const refined = refineSome(statement, losses, removal);
  const inPlaceOf = statement.patterns.map((entry, at): readonly NewPattern[] => {
    if (losses[at] === "nothing") return [entry];
    const patterns = [
      ...refined.get(at) ?? [],
      ...entry === all ? listInsteadOfAll(statement, removal) : [],
    ];
    return patterns.map((pattern) => ({ pattern }));
  });
  if (inPlaceOf.every((patterns) => patterns.length === 0)) return "gone";
  return { element: "Action", inPlaceOf, listsAll: all !== undefined };
}

type Loss = "nothing" | "something" | "everything";

/** How much of what a pattern matches is removed: nothing unknown, unless it was asked for. */
function lossOf(pattern: string, { universe, removed, removedLiterals }: Removal): Loss {
  const ranges = universe.ranges(pattern);
  if (ranges.length === 0) {
    return removedLiterals.has(lowerCase(pattern)) ? "everything" : "nothing";
  }
  let [some, all] = [false, true];
  for (let at = 0; at < ranges.length; at += 2) {
    some ||= removed.hasAnyBetween(ranges[at]!, ranges[at + 1]!);
    all &&= removed.hasAllBetween(ranges[at]!, ranges[at + 1]!);
  }
  return all ? "everything" : some ? "something" : "nothing";
}

/** By the place of each pattern that loses something: what stays of it that no other one grants. */
function refineSome(
  { patterns }: Statement,
  losses: readonly Loss[],
  { universe, removed, cuts, room }: Removal,
): Map<number, readonly string[]> {
  const refined = new Map<number, readonly string[]>();
  if (!losses.includes("something")) return refined;
  const untouched = patterns.filter((_, at) => losses[at] === "nothing");
  let covered = universe.union(untouched.map(({ pattern }) => pattern));
  patterns.forEach(({ pattern }, at) => {
    if (losses[at] !== "something") return;
    const needed = universe.expand(pattern).minus(removed).minus(covered);
    if (needed.isEmpty) return;
    const found = refine(pattern, { universe, needed, avoided: removed, cuts, room });
    covered = covered.union(universe.union(found));
    refined.set(at, found);
  });
  return refined;
}

/**
 * Patterns for the needed actions of one pattern that match no avoided one. Each is the pattern
 * itself with the beginning of an action instead of its first wildcards (`Get*Tagging` becomes
 * `GetObject*Tagging`): it matches nothing that the pattern did not match, whatever AWS launches
 * later.
 */
function refine(pattern: string, covering: Covering): string[] {
  const { universe } = covering;
  const ranges = universe.ranges(pattern);
  const wildcard = firstWildcard(pattern);
  const prefix = lowerCase(pattern.slice(0, wildcard));
  if (/^\*+$/.test(pattern.slice(wildcard)) || coversAll(universe, pattern)) {
    const least = coversAll(universe, pattern) ? 0 : prefix.length;
    return coverRange(covering, ranges[0]!, ranges[1]!, least);
  }
  return refineEach(pattern, covering);
}

/** Whether a pattern matches every action. */
export function coversAll(universe: Universe, pattern: string): boolean {
  const ranges = universe.ranges(pattern);
  return ranges[0] === 0 && ranges[1] === universe.size;
}

/**
 * The same for patterns with a text after their first wildcard.
 *
 * @throws NoRoomError
 */
function refineEach(pattern: string, covering: Covering): string[] {
  const { universe } = covering;
  const places = placesIn(universe, pattern);
  const avoided = places.filter((at) => covering.avoided.hasIndex(at)).map((at) =>
    universe.lowerAt(at)
  );
  const tried = new Map<string, boolean>();
  const isRight = (candidate: string) => {
    const known = tried.get(candidate);
    if (known !== undefined) return known;
    const right = !avoided.some((action) => matchesLower(candidate, action));
    tried.set(candidate, right);
    return right;
  };
  const patterns: string[] = [];
  let length = 0;
  let open = places.filter((at) => covering.needed.hasIndex(at));
  while (open.length > 0) {
    const found = widest(pattern, open[0]!, covering, isRight);
    const inLower = lowerCase(found);
    const action = universe.actions[open[0]!]!;
    const isShorter = covering.cuts === "letters" && found.length < action.length;
    const chosen = isShorter || matchCount(universe, places, inLower) > 1 ? found : action;
    patterns.push(chosen);
    length += chosen.length;
    if (length > covering.room) throw new NoRoomError(length);
    open = open.slice(1).filter((at) => !matchesLower(inLower, universe.lowerAt(at)));
  }
  return patterns;
}

/** The refinement with the shortest beginning of one action that matches no avoided action. */
function widest(
  pattern: string,
  at: number,
  { universe, cuts }: Covering,
  isRight: (candidate: string) => boolean,
): string {
  const action = universe.actions[at]!;
  const lower = universe.lowerAt(at);
  const least = Math.max(firstWildcard(pattern), action.indexOf(":") + 1);
  for (let cut = nextCut(action, least, cuts); cut < action.length;) {
    for (const rest of restsAfter(pattern, lower.slice(0, cut))) {
      const candidate = lower.slice(0, cut) + lowerCase(rest);
      if (matchesLower(candidate, lower) && isRight(candidate)) return action.slice(0, cut) + rest;
    }
    cut = nextCut(action, cut + 1, cuts);
  }
  return action;
}

/**
 * The rests of a pattern that remain after it has matched a beginning; the widest first. There may
 * be several: a star may have ended there or not.
 */
function restsAfter(pattern: string, beginning: string): string[] {
  const wanted = lowerCase(pattern);
  let states = withStarsPassed(pattern, new Set([0]));
  for (const character of beginning) {
    const next = new Set<number>();
    for (const state of states) {
      const symbol = wanted[state];
      if (symbol === "*") next.add(state);
      else if (symbol === "?" || symbol === character) next.add(state + 1);
    }
    states = withStarsPassed(pattern, next);
  }
  return [...states].sort((a, b) => a - b).map((state) => pattern.slice(state))
    .filter((rest) => rest.includes("*"));
}

/** A star may also match nothing. */
function withStarsPassed(pattern: string, states: ReadonlySet<number>): Set<number> {
  const all = new Set(states);
  for (const state of all) {
    if (pattern[state] === "*") all.add(state + 1);
  }
  return all;
}

function placesIn(universe: Universe, pattern: string): number[] {
  const ranges = universe.ranges(pattern);
  const places: number[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    for (let place = ranges[at]!; place < ranges[at + 1]!; place++) places.push(place);
  }
  return places;
}

function matchCount(universe: Universe, places: readonly number[], lower: string): number {
  let count = 0;
  for (const at of places) if (matchesLower(lower, universe.lowerAt(at))) count++;
  return count;
}
