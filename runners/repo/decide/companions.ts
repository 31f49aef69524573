import type { ActionSet } from "../catalogue/action_set.ts";
import { loadCatalogue, serviceOf } from "../catalogue/catalogue.ts";
import { lowerCase } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { companionships, MAKING, UNTAGGING } from "./companionships.ts";
import { setOfPlaces } from "./decided.ts";

/** Companions, counted in one universe. */
export interface Companions {
  /**
   * Which of the candidates stay, each with the action that it accompanies.
   *
   * @param candidates what would go
   * @param used what is used, then what may be, since its use is not known; the first that fits is
   * named
   */
  kept(candidates: ActionSet, used: readonly ActionSet[]): ReadonlyMap<number, number>;
}

/** Who needs an action, in lower case: an action, or a service by its prefix. */
interface Need {
  readonly user: string;
  readonly source: string;
}

let indexed: ReadonlyMap<string, readonly Need[]> | undefined;

/** The companionships by the action that stays, in lower case. */
function needsByAction(): ReadonlyMap<string, readonly Need[]> {
  if (indexed) return indexed;
  const needs = new Map<string, Need[]>();
  for (const { users, keeps, source } of companionships()) {
    const some = users.split(" ").map((user) => ({ user: lowerCase(user), source }));
    for (const action of keeps.split(" ").map(lowerCase)) {
      const known = needs.get(action) ?? [];
      needs.set(action, known);
      known.push(...some);
    }
  }
  return indexed = needs;
}

/** Prepares the companionships for the actions of a universe. */
export function companionsIn(universe: Universe): Companions {
  const tagging = universe.expand("tag:TagResources");
  const tagRules = new Map<string, TagRule>();
  const tagRule = (service: string): TagRule => {
    const rule = tagRules.get(service) ?? tagRuleOf(service, universe);
    tagRules.set(service, rule);
    return rule;
  };
  return {
    kept: (candidates, used) => {
      const kept = new Map<number, number>();
      const services = new Set(
        candidates.indices().map((index) => serviceOf(universe.lowerAt(index))),
      );
      for (const rule of Array.from(services, tagRule)) {
        const going = candidates.intersect(rule.keeps);
        if (going.isEmpty) continue;
        for (const set of used) accompany(kept, going, set.intersect(rule.used));
        // Of what only may be used it would keep the tagging of all services.
        accompany(kept, going, used[0]!.intersect(tagging));
      }
      // What stays for another may need something itself: code from S3 that a key encrypts.
      for (let sets = used; sets.length > 0;) {
        const found = needed(candidates, kept, sets, universe);
        for (const [index, user] of found) kept.set(index, user);
        sets = found.size === 0 ? [] : [setOfPlaces(universe, found.keys())];
      }
      return kept;
    },
  };
}

/** What the table says that the used actions need, of the candidates that do not stay yet. */
function needed(
  candidates: ActionSet,
  kept: ReadonlyMap<number, number>,
  sets: readonly ActionSet[],
  universe: Universe,
): Map<number, number> {
  const needs = needsByAction();
  const users = sets.map((set) => usersIn(set, universe));
  const found = new Map<number, number>();
  for (const index of candidates.indices()) {
    const some = kept.has(index) ? undefined : needs.get(universe.lowerAt(index));
    if (!some) continue;
    for (const userOf of users) {
      const user = firstOf(some, ({ user }) => userOf(user, index));
      if (user === undefined) continue;
      found.set(index, user);
      break;
    }
  }
  return found;
}

/** Looks a user up in a set: its place, or that of the first action of its service. */
function usersIn(
  set: ActionSet,
  universe: Universe,
): (user: string, except: number) => number | undefined {
  let firsts: Map<string, number> | undefined;
  return (user, except) => {
    if (user.includes(":")) {
      const place = universe.indexOf(user);
      return place !== undefined && place !== except && set.hasIndex(place) ? place : undefined;
    }
    if (!firsts) {
      firsts = new Map();
      for (const index of set.indices()) {
        const service = serviceOf(universe.lowerAt(index));
        if (!firsts.has(service)) firsts.set(service, index);
      }
    }
    return firsts.get(user);
  };
}

function firstOf<One, Found>(some: readonly One[], find: (one: One) => Found | undefined) {
  for (const one of some) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface TagRule {
  readonly used: ActionSet;
  readonly keeps: ActionSet;
}

/**
 * A service's actions that tag stay with those that make something of it. `tag:TagResources` calls
 * them in the caller's name (Resource Groups Tagging API Reference, TagResources).
 */
function tagRuleOf(service: string, universe: Universe): TagRule {
  const { catalogue, actions } = universe;
  const tagging = universe.expand(`${service}:*`).indices().filter((index) =>
    catalogue.level(actions[index]!) === "Tagging" && !UNTAGGING.test(actions[index]!)
  );
  const keeps = setOfPlaces(universe, tagging);
  const making = universe.union(MAKING.map((verb) => `${service}:${verb}*`)).minus(keeps);
  return { used: making, keeps };
}

/** An action never accompanies itself. */
function accompany(kept: Map<number, number>, going: ActionSet, used: ActionSet): void {
  const [first, second] = used.indices();
  for (const index of going.indices()) {
    const companion = first === index ? second : first;
    if (companion !== undefined && !kept.has(index)) kept.set(index, companion);
  }
}

/** What an action that stays does for the one that it accompanies: a sentence without a period. */
export function companionText(action: string, of: string): string {
  const catalogue = loadCatalogue();
  const service = catalogue.serviceName(serviceOf(of)) ?? serviceOf(of);
  const lower = lowerCase(action);
  const found = KINDS.find(([kind]) => kind.test(lower));
  if (found) return `${service} ${found[1]} on the caller's behalf`;
  return catalogue.level(action) === "Tagging"
    ? `${of} may tag what it makes in the same request`
    : `${of} needs it in the caller's name`;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^kms:/, "asks KMS for data keys and grants"],
  [/^iam:createservicelinkedrole$/, "creates its service-linked role"],
  [/^ssm:getparameter/, "reads parameters"],
  [/^secretsmanager:/, "keeps secrets"],
  [/^logs:.*(delivery|deliveries|resourcepolic)/, "sets up log delivery"],
  [/^ec2:.*(networkinterface|subnet|securitygroup|vpcs)/, "sets up network interfaces"],
];

/** Where AWS says that an action accompanies another; undefined: the catalogue's tagging does. */
export function companionSource(action: string, of: string): string | undefined {
  const user = lowerCase(of);
  return needsByAction().get(lowerCase(action))
    ?.find((need) => need.user === user || need.user === serviceOf(user))?.source;
}
