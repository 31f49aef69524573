import { fewText } from "../../core/cli/words.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { ActionSet } from "../catalogue/action_set.ts";
import { firstWildcard, lowerCase, matchesPattern } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { deniedBy, DENY_POLICY } from "./deny_policy.ts";
import type { PolicyDocument, Statement } from "./document.ts";

/** What the inline policies of a role grant. */
export type Granted = {
  /**
   * Everything that Allow statements grant, by Action and by NotAction, without what the deny
   * policy of Groundskeeper denies. Other Deny statements are ignored: most of them hold for some
   * resources or under a condition. That can only count too much as granted: then more evidence is
   * needed, and an Allow that a Deny overrules is removed by the same rules.
   */
  readonly actions: ActionSet;
  /**
   * Everything that statements grant whose Sid begins with NOREPO, also if other statements grant
   * it, too: to remove it there would change nothing.
   */
  readonly noRepo: ActionSet;
  /**
   * Names in Allow statements that match nothing in the universe, as they are written: services and
   * actions that are newer than the catalogue, retired, or misspelled. Sorted, each once in any
   * case. They are never removed unless a person names them.
   */
  readonly unknown: readonly string[];
  /** What Allow statements would grant if the deny policy did not deny it. */
  readonly denied: ActionSet;
  /**
   * Actions that Allow statements name one by one and of which the catalogue knows only the name.
   * They are treated like unknown ones.
   */
  readonly unlisted: ActionSet;
};

/** What the Allow statements of some policies grant together. */
export function grantedBy(policies: readonly PolicyDocument[], universe: Universe): Granted {
  const allows = policies.flatMap(({ statements }) => statements)
    .filter(({ effect }) => effect === "Allow");
  const denies = denialsIn(policies);
  const unknown = new Map<string, string>();
  const note = (pattern: string) => {
    const lower = lowerCase(pattern);
    if (!unknown.has(lower) && !denies.has(lower)) unknown.set(lower, pattern);
  };
  const free = grantedTogether(allows.filter((statement) => !isNoRepo(statement)), universe, note);
  const noRepo = grantedTogether(allows.filter(isNoRepo), universe, note);
  const allowed = noRepo.isEmpty ? free : free.union(noRepo);
  const denied = denies.size === 0 ? universe.none() : universe.union(denies).intersect(allowed);
  const actions = denied.isEmpty ? allowed : allowed.minus(denied);
  return {
    actions,
    denied,
    unlisted: actions.overlaps(universe.unlisted())
      ? literalsIn(allows, universe).intersect(universe.unlisted())
      : universe.none(),
    noRepo,
    unknown: [...unknown].sort(([a], [b]) => compareText(a, b)).map(([, pattern]) => pattern),
  };
}

/** What the deny policy denies, in lower case. In another shape it counts as any other Deny. */
function denialsIn(policies: readonly PolicyDocument[]): ReadonlySet<string> {
  const own = policies.find(({ name }) => name === DENY_POLICY);
  return new Set(own ? deniedBy({ [DENY_POLICY]: own.text })?.map(lowerCase) : []);
}

/** The actions that statements name without a wildcard. */
function literalsIn(allows: readonly Statement[], universe: Universe): ActionSet {
  const patterns = allows.filter(({ element }) => element === "Action")
    .flatMap(({ patterns }) => patterns.map(({ pattern }) => pattern));
  return universe.union(patterns.filter((pattern) => firstWildcard(pattern) < 0));
}

/** @param note gets each name that matches nothing */
function grantedTogether(
  allows: readonly Statement[],
  universe: Universe,
  note: (pattern: string) => void,
): ActionSet {
  if (allows.length === 0) return universe.none();
  const named = allows.filter(({ element }) => element === "Action");
  const allBut = allows.filter(({ element }) => element === "NotAction");
  return allBut.reduce(
    (granted, statement) => granted.union(expandStatement(statement, universe)),
    universe.union(named.flatMap(({ patterns }) => patterns.map(({ pattern }) => pattern)), note),
  );
}

/** The actions of a statement: with Action those it names, with NotAction all others. */
export function expandStatement(statement: Statement, universe: Universe): ActionSet {
  const named = universe.union(statement.patterns.map(({ pattern }) => pattern));
  return statement.element === "Action" ? named : universe.all().minus(named);
}

/**
 * Whether a statement must stay as it is: its Sid begins with NOREPO (Repokid's word), in any case:
 * "NoRepo" means the same.
 */
export function isNoRepo({ sid }: Statement): boolean {
  return sid !== undefined && /^norepo/i.test(sid);
}

/** A statement about an action. */
export type Grant = {
  readonly policy: string;
  /** The statement's place in the policy, from 0. */
  readonly statement: number;
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
  readonly element: "Action" | "NotAction";
  /** The first pattern that matches it; with NotAction all patterns, since none matches it. */
  readonly pattern: string;
  /** What it is about, for people: `arn:aws:s3:::a, arn:aws:s3:::b, and 3 more`. */
  readonly resources: string;
  /** Whether it holds only under a condition. */
  readonly conditional: boolean;
};

/** Which statements grant or deny an action, in the order of the policies. */
export function grantsOf(action: string, policies: readonly PolicyDocument[]): Grant[] {
  return policies.flatMap(({ name, statements }) =>
    statements.flatMap((statement) => {
      const pattern = patternFor(action, statement);
      if (pattern === undefined) return [];
      return {
        policy: name,
        statement: statement.index,
        sid: statement.sid ?? null,
        effect: statement.effect,
        element: statement.element,
        pattern,
        resources: resourcesOf(statement),
        conditional: statement.others.some(({ key }) => key === "Condition"),
      };
    })
  );
}

function patternFor(action: string, { element, patterns }: Statement): string | undefined {
  const match = patterns.find(({ pattern }) => matchesPattern(pattern, action));
  if (element === "Action") return match?.pattern;
  return match ? undefined : patterns.map(({ pattern }) => pattern).join(", ");
}

/** How many resources are named one by one. */
const NAMED = 2;

function resourcesOf({ others }: Statement): string {
  const found = others.find(({ key }) => key === "Resource" || key === "NotResource");
  if (!found) return "no resource";
  const values = (Array.isArray(found.value) ? found.value : [found.value]).map(String);
  const list = fewText(values, NAMED);
  return found.key === "Resource" ? list : `all but ${list}`;
}
