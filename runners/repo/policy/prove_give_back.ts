import { canonicalJson } from "../../core/contract/canonical_json.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ActionSet } from "../catalogue/action_set.ts";
import { firstWildcard, lowerCase } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { deniedBy, DENY_POLICY } from "./deny_policy.ts";
import { containsPattern, patternsOverlap } from "./glob_language.ts";

/** The texts of inline policies, by name. */
type Texts = { readonly [name: string]: string };

/** Actions that are given back as one version of the role's policies had them. */
export type GivenFrom = {
  readonly actions: ActionSet;
  readonly policies: Texts;
};

/** Policies as they are and as they would be, and what was to be given back. */
type Claim = {
  readonly universe: Universe;
  /** The patterns that a person named. */
  readonly asked: readonly string[];
  /** No action is in two of them. */
  readonly given: readonly GivenFrom[];
  readonly before: Texts;
  /** null: the policy is deleted. */
  readonly after: { readonly [name: string]: string | null };
};

type Plain = {
  readonly isNot: boolean;
  readonly patterns: readonly string[];
  readonly actions: ActionSet;
  readonly effect: unknown;
  /** Whether it denies its actions on all resources, whatever the request. */
  readonly isEverywhere: boolean;
  /** All but Sid and actions. */
  readonly rest: string;
};

/**
 * Checks what a role would get back before it is trusted. It knows nothing of how that was written:
 * it reads all texts again and checks whether
 *
 * - every policy keeps what it has, in its order; the deny policy loses nothing but given actions,
 * - what is added allows given actions alone, by patterns that lie within one that was asked for
 *   and within a statement of the version with the same resources and conditions,
 * - each given action is allowed by exactly the statements that allowed it in its version, whatever
 *   denied it there for some requests still does, and nothing denies it everywhere.
 *
 * @returns what does not hold, as a sentence; undefined: everything holds
 */
export function disproveGiveBack(claim: Claim): string | undefined {
  const { universe, given } = claim;
  const all = given.reduce((sum, { actions }) => sum.union(actions), universe.none());
  const after: Record<string, string> = {};
  for (const [name, text] of Object.entries(claim.after)) {
    if (text !== null) Object.defineProperty(after, name, { value: text, enumerable: true });
  }
  const added: Plain[] = [];
  for (const name of new Set([...Object.keys(claim.before), ...Object.keys(after)])) {
    const found = addedTo(name, claim.before, after, universe, all);
    if (typeof found === "string") return `In the policy "${name}" ${found}`;
    added.push(...found);
  }
  return strayOf(added, all, claim) ?? differenceOf(after, claim);
}

/** The statements that a policy gains; a text: what else has become of it. */
function addedTo(
  name: string,
  before: Texts,
  after: Texts,
  universe: Universe,
  given: ActionSet,
): Plain[] | string {
  const [was, is] = [before, after].map((texts) =>
    Object.hasOwn(texts, name) ? texts[name]! : undefined
  );
  if (was === is) return [];
  if (name === DENY_POLICY) return faultOfDeny(before, after, given) ?? [];
  if (is === undefined) return "everything is gone";
  const now = JSON.parse(is) as JsonObject;
  const then = was === undefined ? {} : JSON.parse(was) as JsonObject;
  if (was !== undefined) {
    if (
      canonicalJson({ ...then, Statement: null }) !== canonicalJson({ ...now, Statement: null })
    ) {
      return "something around the statements has changed";
    }
  } else if (Object.keys(now).some((key) => key !== "Version" && key !== "Statement")) {
    return "there is more than statements";
  }
  const old = was === undefined ? [] : statementsOf(then);
  const statements = statementsOf(now);
  if (canonicalJson(statements.slice(0, old.length)) !== canonicalJson(old)) {
    return "a statement has changed";
  }
  const added = statements.slice(old.length);
  const odd = added.flatMap((one) => Object.keys(one)).find((key) => !ELEMENTS.has(key));
  if (odd !== undefined) return `a new statement has the element ${odd}`;
  return added.map((one) => read(one, now["Version"], universe));
}

/** What a statement may have that gives something back. */
const ELEMENTS = new Set(["Effect", "Action", "Resource", "NotResource", "Condition"]);

function faultOfDeny(before: Texts, after: Texts, given: ActionSet): string | undefined {
  const [was, is] = [deniedBy(before), deniedBy(after)];
  if (was === null || is === null) return "somebody else's Deny has changed";
  const left = new Set(is.map(lowerCase));
  const [more] = left.difference(new Set(was.map(lowerCase)));
  if (more !== undefined) return `${more} is denied`;
  const lost = was.find((action) => !left.has(lowerCase(action)) && !given.has(action));
  return lost === undefined ? undefined : `${lost} is no longer denied`;
}

/** A new pattern that allows more than what was given, asked for, or there in the version. */
function strayOf(
  added: readonly Plain[],
  all: ActionSet,
  { universe, asked, given }: Claim,
): string | undefined {
  const then = given.flatMap(({ policies }) => readAll(policies, universe));
  for (const { effect, isNot, patterns, actions, rest } of added) {
    if (effect !== "Allow" || isNot) return "A new statement does more than to allow actions";
    const [wrong] = actions.minus(all);
    if (wrong !== undefined) return `${wrong} is given, too`;
    const alike = then.filter((one) => one.rest === rest);
    const stray = patterns.find((pattern) =>
      universe.ranges(pattern).length === 0 ||
      firstWildcard(pattern) >= 0 && !asked.some((one) => containsPattern(one, pattern)) ||
      !alike.some((one) => reaches(one, pattern))
    );
    if (stray !== undefined) return `"${stray}" reaches further than what was there`;
  }
  return undefined;
}

/** How a given action would be allowed or denied otherwise than it was. */
function differenceOf(after: Texts, { universe, given }: Claim): string | undefined {
  const now = readAll(after, universe);
  for (const { actions, policies } of given) {
    const [denied] = unionOf(now.filter(({ isEverywhere }) => isEverywhere)).intersect(actions);
    if (denied !== undefined) return `${denied} is denied everywhere`;
    const then = readAll(policies, universe);
    const all = [...then, ...now];
    for (const rest of new Set(all.map((one) => one.rest))) {
      const [was, is] = [then, now].map((some) =>
        unionOf(some.filter((one) => one.rest === rest)).intersect(actions)
      ) as [ActionSet, ActionSet];
      const [lost] = was.minus(is);
      if (lost !== undefined) return `${lost} has no statement with ${rest}`;
      const isDeny = all.some((one) => one.rest === rest && one.effect === "Deny");
      const [wrong] = isDeny ? [] : is.minus(was);
      if (wrong !== undefined) return `${wrong} has a statement with ${rest}`;
    }
  }
  return undefined;

  function unionOf(some: readonly Plain[]): ActionSet {
    return some.reduce((sum, { actions }) => sum.union(actions), universe.none());
  }
}

function readAll(texts: Texts, universe: Universe): Plain[] {
  return Object.values(texts).flatMap((text) => {
    const policy = JSON.parse(text) as JsonObject;
    return statementsOf(policy).map((one) => read(one, policy["Version"], universe));
  });
}

function read(statement: JsonObject, language: unknown, universe: Universe): Plain {
  const { Action, NotAction } = statement;
  const value = Action ?? NotAction;
  const patterns = (Array.isArray(value) ? value : [value]) as readonly string[];
  const named = universe.union(patterns);
  const isNot = Action === undefined;
  const { Effect, Resource, Condition, NotResource } = statement;
  return {
    isEverywhere: Effect === "Deny" && Condition === undefined && NotResource === undefined &&
      (Array.isArray(Resource) ? Resource.includes("*") : Resource === "*"),
    isNot,
    patterns,
    actions: isNot ? universe.all().minus(named) : named,
    effect: Effect,
    rest: restOf(statement, language),
  };
}

/** A policy variable means another thing in each version of the language. */
function restOf(
  { Sid: _sid, Action: _action, NotAction: _not, Effect, ...rest }: JsonObject,
  language: unknown,
): string {
  const said = canonicalJson([Effect, rest]);
  return said.includes("${") ? `${said} ${String(language)}` : said;
}

function reaches({ isNot, patterns }: Plain, wanted: string): boolean {
  return isNot
    ? !patterns.some((pattern) => patternsOverlap(pattern, wanted))
    : patterns.some((pattern) => containsPattern(pattern, wanted));
}

function statementsOf({ Statement }: JsonObject): readonly JsonObject[] {
  return (Array.isArray(Statement) ? Statement : [Statement]) as readonly JsonObject[];
}
