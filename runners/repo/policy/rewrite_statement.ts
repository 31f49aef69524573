import { lowerCase } from "../catalogue/glob.ts";
import type { Statement } from "./document.ts";
import { containsPattern } from "./glob_language.ts";
import { isNoRepo } from "./granted.ts";
import { excludeFromAll, listInsteadOfAll, rewriteAllBut } from "./rewrite_all.ts";
import { coversAll, refine } from "./refine.ts";
import type { NewPattern, Outcome, Removal } from "./removal.ts";

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

/** How much of what a pattern matches is removed. Of what is unknown, nothing, unless asked for. */
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

/** For each pattern that loses something, by its place: what stays of it and no other one says. */
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
