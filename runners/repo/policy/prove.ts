import type { JsonObject } from "../../core/json.ts";
import { canonicalJson } from "../../core/contract/canonical_json.ts";
import type { ActionSet } from "../catalogue/action_set.ts";
import { lowerCase } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { containsPattern, patternsOverlap } from "./glob_language.ts";

/** Policies as they were and as they would be, and what was to be removed. */
type Claim = {
  readonly universe: Universe;
  readonly removed: ActionSet;
  /** Names outside of the universe that were to be removed too. */
  readonly removedLiterals: readonly string[];
  readonly before: ReadonlyMap<string, string>;
  /** null: the policy is deleted. */
  readonly after: ReadonlyMap<string, string | null>;
};

/** Statements that differ in nothing but their actions. */
type Alike = {
  readonly isFixed: boolean;
  readonly before: Actions[];
  readonly after: Actions[];
};

type Actions = {
  readonly isNot: boolean;
  readonly patterns: readonly string[];
};

/**
 * Checks rewritten policies before they are trusted. It knows nothing of how they were written: it
 * reads both texts again and checks, for all statements that differ in nothing but actions, whether
 *
 * - they grant what they granted without the removed actions, action by action (exact),
 * - every text that a new pattern matches was matched before, also names that nobody knows yet
 *   (contained),
 * - unknown names are still named,
 * - Deny and NOREPO statements, and everything around statements, are the same.
 *
 * @returns what does not hold, as a sentence; undefined: everything holds
 */
export function disprove(claim: Claim): string | undefined {
  if (claim.before.size !== claim.after.size) return "A policy was added or left out";
  for (const [name, before] of claim.before) {
    const after = claim.after.get(name);
    if (after === undefined) return `The policy "${name}" was left out`;
    const fault = after === before
      ? disproveUntouched(before, claim)
      : disprovePolicy(before, after, claim);
    if (fault !== undefined) return `In the policy "${name}" ${fault}`;
  }
  return undefined;
}

/** If a policy is the same, nothing of it was to be removed. */
function disproveUntouched(text: string, { universe, removed }: Claim): string | undefined {
  const free = statementsOf(JSON.parse(text) as JsonObject).filter((one) => !isFixed(one));
  const granted = grantedBy(free.map(read), universe);
  if (!granted.overlaps(removed)) return undefined;
  const [wrong] = granted.intersect(removed);
  return `${wrong} is granted`;
}

function disprovePolicy(before: string, after: string | null, claim: Claim): string | undefined {
  const old = JSON.parse(before) as JsonObject;
  const now = after === null ? { ...old, Statement: [] } : JSON.parse(after) as JsonObject;
  if (canonicalJson({ ...old, Statement: null }) !== canonicalJson({ ...now, Statement: null })) {
    return "something around the statements has changed";
  }
  const groups = new Map<string, Alike>();
  for (const statement of statementsOf(old)) {
    groupOf(groups, statement).before.push(read(statement));
  }
  for (const statement of statementsOf(now)) groupOf(groups, statement).after.push(read(statement));
  for (const [rest, group] of groups) {
    const fault = disproveGroup(group, claim);
    if (fault !== undefined) return `${fault}, in statements with ${rest}`;
  }
  return undefined;
}

function disproveGroup({ isFixed, before, after }: Alike, claim: Claim): string | undefined {
  if (isFixed) {
    return canonicalJson(before) === canonicalJson(after)
      ? undefined
      : "a statement that must stay has changed";
  }
  if (isPlain(before, after, claim)) return undefined;
  const granted = grantedBy(before, claim.universe).minus(claim.removed);
  const grantedNow = grantedBy(after, claim.universe);
  if (!granted.equals(grantedNow)) {
    const [lost] = granted.minus(grantedNow);
    const [wrong] = grantedNow.minus(granted);
    return lost === undefined ? `${wrong} is granted` : `${lost} is lost`;
  }
  for (const actions of after) {
    const stray = strayOf(actions, before);
    if (stray !== undefined) return `"${stray}" reaches further than what was there`;
  }
  const asked = new Set(claim.removedLiterals.map(lowerCase));
  for (const { isNot, patterns } of before) {
    if (isNot) continue;
    const lost = patterns.find((pattern) =>
      claim.universe.ranges(pattern).length === 0 && !asked.has(lowerCase(pattern)) &&
      !after.some((actions) => reaches(actions, pattern))
    );
    if (lost !== undefined) return `"${lost}", of which nothing is known, is lost`;
  }
  return undefined;
}

/**
 * The simple case, which needs no sets: the entries that stay name nothing that is removed, and the
 * others name only what is removed.
 */
function isPlain(
  before: readonly Actions[],
  after: readonly Actions[],
  { universe, removed }: Claim,
): boolean {
  if ([...before, ...after].some(({ isNot }) => isNot)) return false;
  const left = new Set(before.flatMap(({ patterns }) => patterns));
  const stays = new Set(after.flatMap(({ patterns }) => patterns));
  for (const pattern of left) {
    const ranges = universe.ranges(pattern);
    if (ranges.length > 2) return false;
    const from = ranges[0];
    const to = ranges[1];
    if (stays.delete(pattern)) {
      if (from !== undefined && removed.hasAnyBetween(from, to!)) return false;
    } else if (from === undefined || !removed.hasAllBetween(from, to!)) return false;
  }
  return stays.size === 0;
}

/** A new pattern that no old statement contains. */
function strayOf(actions: Actions, before: readonly Actions[]): string | undefined {
  if (!actions.isNot) {
    return actions.patterns.find((pattern) => !before.some((old) => reaches(old, pattern)));
  }
  const isContained = before.some((old) =>
    old.isNot
      ? old.patterns.every((not) => actions.patterns.some((now) => containsPattern(now, not)))
      : old.patterns.some((pattern) => containsPattern(pattern, "*:*"))
  );
  return isContained ? undefined : "NotAction";
}

/** Whether a statement's actions include everything that a pattern could match. */
function reaches({ isNot, patterns }: Actions, wanted: string): boolean {
  return isNot
    ? !patterns.some((pattern) => patternsOverlap(pattern, wanted))
    : patterns.some((pattern) => pattern === wanted || containsPattern(pattern, wanted));
}

function grantedBy(statements: readonly Actions[], universe: Universe): ActionSet {
  const positive = statements.filter(({ isNot }) => !isNot).flatMap(({ patterns }) => patterns);
  let granted = universe.union(positive);
  for (const { isNot, patterns } of statements) {
    if (isNot) granted = granted.union(universe.all().minus(universe.union(patterns)));
  }
  return granted;
}

function statementsOf({ Statement }: JsonObject): readonly JsonObject[] {
  return (Array.isArray(Statement) ? Statement : [Statement]) as readonly JsonObject[];
}

/** Whether a statement must not change at all. */
function isFixed({ Effect, Sid }: JsonObject): boolean {
  return Effect !== "Allow" || /^norepo/i.test(String(Sid ?? ""));
}

function groupOf(groups: Map<string, Alike>, statement: JsonObject): Alike {
  const { Action: _action, NotAction: _notAction, ...rest } = statement;
  const key = canonicalJson(rest);
  const known = groups.get(key);
  if (known) return known;
  const group: Alike = { isFixed: isFixed(statement), before: [], after: [] };
  groups.set(key, group);
  return group;
}

function read({ Action, NotAction }: JsonObject): Actions {
  const value = Action ?? NotAction;
  return {
    isNot: Action === undefined,
    patterns: (Array.isArray(value) ? value : [value]) as readonly string[],
  };
}
