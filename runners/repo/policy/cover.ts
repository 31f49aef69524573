import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import { patternsOverlap } from "./glob_language.ts";

/** What a few patterns must match. */
export type Covering = {
  readonly universe: Universe;
  /** What must be matched. */
  readonly needed: ActionSet;
  /** What must not be matched. Everything else may be. */
  readonly avoided: ActionSet;
  readonly cuts: Cuts;
  /** How many characters the patterns may have together. */
  readonly room: number;
  /** Patterns: no text of theirs may be matched, be it a known action or not. */
  readonly avoidPatterns?: readonly string[];
};

/** The patterns would be longer than all policies of a role may be. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";

  /** @param length how many characters they had when they became too long */
  constructor(readonly length: number) {
    super(`The patterns have more than ${length} characters`);
  }
}

/**
 * Patterns `prefix*`, and single actions, that match every needed action between two places and no
 * avoided one. No prefix is shorter than `least`, nor than a service with its colon, which IAM
 * requires. A pattern that would match one action is written as that action, unless room is scarce.
 *
 * @param least how many characters all actions between the two places have in common
 * @throws NoRoomError
 */
export function coverRange(covering: Covering, from: number, to: number, least: number): string[] {
  const { universe, needed, avoided } = covering;
  const patterns: string[] = [];
  let length = 0;
  let before = -1;
  let after = from;
  for (let at = from; at < to;) {
    if (avoided.hasIndex(at)) before = at;
    if (!needed.hasIndex(at)) {
      at++;
      continue;
    }
    // Neighbours in this order share the longest beginnings, so these two decide.
    while (after <= at || (after < to && !avoided.hasIndex(after))) after++;
    const shared = Math.max(
      before >= from ? sharedLength(universe, at, before) : -1,
      after < to ? sharedLength(universe, at, after) : -1,
    );
    const shortest = Math.max(least, shared + 1, universe.actions[at]!.indexOf(":") + 1);
    const { pattern, end } = shortestPattern(covering, at, shortest);
    patterns.push(pattern);
    length += pattern.length;
    if (length > covering.room) throw new NoRoomError(length);
    at = end;
  }
  return patterns;
}

/** The same for all actions there are. @throws NoRoomError */
export function coverAll(covering: Covering): string[] {
  return coverRange(covering, 0, covering.universe.size, 0);
}

/** A pattern for the action at a place, and the first place after all that it matches. */
function shortestPattern(
  { universe, cuts, avoidPatterns = [] }: Covering,
  at: number,
  shortest: number,
): { pattern: string; end: number } {
  const action = universe.actions[at]!;
  const wholeService = action.indexOf(":") + 1;
  for (let least = shortest; least <= action.length;) {
    const cut = nextCut(action, least, cuts);
    const prefix = universe.lowerAt(at).slice(0, cut);
    const end = universe.endOf(prefix, at);
    const isAlone = end === at + 1 && !(at > 0 && universe.lowerAt(at - 1).startsWith(prefix));
    const isShorter = cuts === "letters" && cut + 1 < action.length;
    if (isAlone && cut > wholeService && !isShorter) break;
    const pattern = `${action.slice(0, cut)}*`;
    if (!avoidPatterns.some((avoid) => patternsOverlap(avoid, pattern))) return { pattern, end };
    least = cut + 1;
  }
  return { pattern: action, end: at + 1 };
}

/** How many characters two actions have in common at their beginning. */
function sharedLength(universe: Universe, a: number, b: number): number {
  const one = universe.lowerAt(a);
  const other = universe.lowerAt(b);
  let length = 0;
  while (length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length++;
  return length;
}

/**
 * Where a name may be cut to put a star: at the borders of its words (`Get|Object|Tagging`), which
 * is how people write patterns, or after any letter, which gives the shortest text.
 */
export type Cuts = "words" | "letters";

/** The first place to cut an action, as AWS writes it, at or after a place; at most its length. */
export function nextCut(action: string, from: number, cuts: Cuts): number {
  if (cuts === "letters") return Math.min(from, action.length);
  for (let at = from; at < action.length; at++) {
    if (isBorder(action, at)) return at;
  }
  return action.length;
}

/** Before a capital that begins a word: `Get|Object`, `Describe|DB|Instances`; after the colon. */
function isBorder(action: string, at: number): boolean {
  if (action[at - 1] === ":") return true;
  if (!isUpper(action[at])) return false;
  return !isUpper(action[at - 1]) || isLower(action[at + 1]);
}

function isUpper(character: string | undefined): boolean {
  return character !== undefined && character >= "A" && character <= "Z";
}

function isLower(character: string | undefined): boolean {
  return character !== undefined && character >= "a" && character <= "z";
}
