import { madeOnce } from "../../core/made_once.ts";
import type { ActionSet } from "../catalogue/action_set.ts";
import { loadCatalogue, serviceOf } from "../catalogue/catalogue.ts";
import { lowerCase } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { BY_TRUST, companionships, MAKING, UNTAGGING } from "./companionships.ts";
import { setOfPlaces } from "./decided.ts";
import { byService, serviceTable } from "./service_table.ts";

/** The companions of used actions, in one universe. */
export interface Companions {
  /**
   * Which of the candidates stay, each with the action that it accompanies.
   *
   * @param candidates what would be removed
   * @param used the used actions, then those that may be used; the first that needs a candidate is
   * named
   */
  kept(candidates: ActionSet, used: readonly ActionSet[]): ReadonlyMap<number, number>;
}

/**
 * What stays with a role because of the services that its trust policy names.
 *
 * @returns by the place of the action the service principal
 */
export function keptByTrust(candidates: ActionSet, trust: string): ReadonlyMap<number, string> {
  const { universe } = candidates;
  return new Map(
    BY_TRUST.filter(({ users }) => trust.includes(users)).flatMap(({ users, keeps }) =>
      keeps.split(" ").flatMap((action) => {
        const place = universe.indexOf(action);
        return place !== undefined && candidates.hasIndex(place) ? [[place, users] as const] : [];
      })
    ),
  );
}

/** Who needs an action, in lower case: an action, or a service by its prefix. */
type Need = {
  readonly user: string;
  readonly source: string;
};

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

/** The companionships for the actions of a universe, prepared once. */
export const companionsIn = madeOnce((universe: Universe): Companions => {
  const tagging = universe.expand("tag:TagResources").indices();
  const table = serviceTable(universe);
  const tags = tagsIn(universe);
  // The actions that create something, by service.
  const makers = new Map<string, readonly number[]>();
  const makersOf = (service: string) => {
    const some = makers.get(service) ?? makersIn(universe, service, tags);
    makers.set(service, some);
    return some;
  };
  const needs = needsIn(universe);
  const needing = setOfPlaces(universe, needs.keys());
  return {
    kept: (candidates, used) => {
      const kept = new Map<number, number>();
      for (const { service, actions } of byService(table, candidates.intersect(tags))) {
        for (const set of used) accompany(kept, actions, set, makersOf(service));
        // Not for actions that only may be used: it would keep the tagging actions of all services.
        accompany(kept, actions, used[0]!, tagging);
      }
      const asked = candidates.intersect(needing).indices();
      // A companion may need a companion itself: code from S3 that a key encrypts.
      for (let sets = used; sets.length > 0;) {
        const found = needed(asked, kept, sets, needs);
        for (const [index, user] of found) kept.set(index, user);
        sets = found.size === 0 ? [] : [setOfPlaces(universe, found.keys())];
      }
      return kept;
    },
  };
});

/** An action by its place, or all actions of a service: from the first to after the last. */
type Span = readonly [from: number, to: number];

/** Who needs an action, in one universe. */
type Needs = ReadonlyMap<number, readonly Span[]>;

function needsIn(universe: Universe): Needs {
  const needs = new Map<number, Span[]>();
  for (const [action, some] of needsByAction()) {
    const place = universe.indexOf(action);
    if (place === undefined) continue;
    const users = some.flatMap(({ user }): Span[] => {
      const [from, to] = universe.ranges(user.includes(":") ? user : `${user}:*`);
      return from === undefined || from === place && user.includes(":") ? [] : [[from, to!]];
    });
    needs.set(place, users);
  }
  return needs;
}

/** The candidates that used actions need by the table, without those that stay already. */
function needed(
  candidates: readonly number[],
  kept: ReadonlyMap<number, number>,
  sets: readonly ActionSet[],
  needs: Needs,
): Map<number, number> {
  const found = new Map<number, number>();
  for (const index of candidates) {
    if (kept.has(index)) continue;
    const user = firstUser(needs.get(index)!, sets);
    if (user !== undefined) found.set(index, user);
  }
  return found;
}

/** The first of the users that is in a set; in the first of the sets that has one. */
function firstUser(users: readonly Span[], sets: readonly ActionSet[]): number | undefined {
  for (const set of sets) {
    for (const [from, to] of users) {
      const user = set.firstBetween(from, to);
      if (user !== undefined) return user;
    }
  }
  return undefined;
}

/**
 * What tags. A service's actions that tag stay with those that make something of it;
 * `tag:TagResources` calls them in the caller's name (Resource Groups Tagging API Reference,
 * TagResources).
 */
function tagsIn(universe: Universe): ActionSet {
  const { catalogue } = universe;
  return universe.where((action) =>
    catalogue.level(action) === "Tagging" && !UNTAGGING.test(action)
  );
}

/** What makes something that can be tagged. */
function makersIn(universe: Universe, service: string, tags: ActionSet): readonly number[] {
  return universe.union(MAKING.map((verb) => `${service}:${verb}*`)).minus(tags).indices();
}

/** An action never accompanies itself. */
function accompany(
  kept: Map<number, number>,
  going: readonly number[],
  set: ActionSet,
  users: readonly number[],
): void {
  const first = users.find((user) => set.hasIndex(user));
  if (first === undefined) return;
  for (const index of going) {
    if (kept.has(index)) continue;
    const user = index === first
      ? users.find((user) => user !== first && set.hasIndex(user))
      : first;
    if (user !== undefined) kept.set(index, user);
  }
}

/** What an action that stays does for the one that it accompanies: a sentence without a period. */
export function companionText(action: string, of: string): string {
  const catalogue = loadCatalogue();
  const prefix = serviceOf(of).replace(/\.amazonaws\.com$/, "");
  const service = catalogue.serviceName(prefix) ?? prefix;
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
  const trusted = BY_TRUST.find(({ users, keeps }) =>
    users === user && keeps.split(" ").some((one) => lowerCase(one) === lowerCase(action))
  );
  if (trusted) return trusted.source;
  return needsByAction().get(lowerCase(action))
    ?.find((need) => need.user === user || need.user === serviceOf(user))?.source;
}
