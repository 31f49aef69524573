import { firstWildcard, lowerCase } from "../catalogue/glob.ts";

/**
 * Whether `outer` matches every text that `inner` matches, also actions that AWS has not launched
 * yet. It is never true if that does not hold.
 */
export function containsPattern(outer: string, inner: string): boolean {
  const wide = settled(outer);
  const narrow = settled(inner);
  const wildcard = firstWildcard(wide);
  if (wildcard < 0) return wide === narrow;
  if (wildcard === wide.length - 1 && wide.endsWith("*")) {
    return narrow.startsWith(wide.slice(0, wildcard));
  }
  // ends[j]: the wide pattern's first i symbols take all of the narrow one's first j.
  let ends = new Array<boolean>(narrow.length + 1).fill(false);
  ends[0] = true;
  for (const symbol of wide) {
    const next = new Array<boolean>(narrow.length + 1).fill(false);
    next[0] = symbol === "*" && ends[0]!;
    for (let j = 1; j <= narrow.length; j++) {
      const taken = narrow[j - 1]!;
      if (symbol === "*") next[j] = ends[j]! || next[j - 1]!;
      else if (symbol === "?") next[j] = taken !== "*" && ends[j - 1]!;
      else next[j] = taken === symbol && ends[j - 1]!;
    }
    ends = next;
  }
  return ends[narrow.length]!;
}

/** Whether some text is matched by both. */
export function patternsOverlap(one: string, other: string): boolean {
  const a = settled(one);
  const b = settled(other);
  const first = firstWildcard(a);
  const second = firstWildcard(b);
  const literal = Math.min(first < 0 ? a.length : first, second < 0 ? b.length : second);
  if (a.slice(0, literal) !== b.slice(0, literal)) return false;
  // both[j]: some text is matched by the first i symbols of a and the first j of b.
  let both = new Array<boolean>(b.length + 1).fill(false);
  both[0] = true;
  for (let j = 1; j <= b.length && b[j - 1] === "*"; j++) both[j] = true;
  for (const symbol of a) {
    const next = new Array<boolean>(b.length + 1).fill(false);
    next[0] = symbol === "*" && both[0]!;
    for (let j = 1; j <= b.length; j++) {
      const facing = b[j - 1]!;
      if (symbol === "*" || facing === "*") next[j] = both[j]! || next[j - 1]!;
      else next[j] = (symbol === "?" || facing === "?" || symbol === facing) && both[j - 1]!;
    }
    both = next;
  }
  return both[b.length]!;
}

/** The same in lower case, with one star for several, and `?` before `*`. */
function settled(pattern: string): string {
  const lower = lowerCase(pattern);
  const wildcard = firstWildcard(lower);
  if (wildcard < 0 || wildcard === lower.length - 1) return lower;
  return lower.replace(/[*?]{2,}/g, (run) => {
    const single = run.replaceAll("*", "");
    return single === run ? run : `${single}*`;
  });
}
