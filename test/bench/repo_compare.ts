import { serviceOf } from "../../runners/repo/catalogue/catalogue.ts";
import type { ActionSet } from "../../runners/repo/catalogue/action_set.ts";
import type { Universe } from "../../runners/repo/catalogue/universe.ts";
import type { ObservedRole } from "../../runners/repo/observed.ts";
import { canonicalJson } from "../../runners/core/contract/canonical_json.ts";
import type { Json } from "../../runners/core/json.ts";
import { parsePolicy } from "../../runners/repo/policy/document.ts";
import { grantedBy } from "../../runners/repo/policy/granted.ts";
import {
  besidesActions,
  grantsName,
  namesFor,
  patternsOf,
  type PlainStatement,
  statementsIn,
} from "../runners/repo/policy/policy_oracle.ts";
import type { RepokidRole } from "./repokid.ts";
import type { Policies } from "./repo_work.ts";

/** What all Allow statements of policies grant. */
export function grantedIn(policies: Policies, universe: Universe): ActionSet {
  const documents = Object.entries(policies)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([name, text]) => parsePolicy(text, name));
  return grantedBy(documents, universe).actions;
}

/**
 * Names that new policies grant and old ones do not, on the same resources and under the same
 * conditions. Tried for every pattern with texts in place of its wildcards, most of which are the
 * names of no action: those that AWS launches tomorrow are such.
 */
export function strayNames(before: Policies, after: Policies): string[] {
  return Object.entries(after).flatMap(([policy, text]) => {
    if (text === before[policy]) return [];
    const old = Map.groupBy(statementsIn(before[policy] ?? null), besides);
    return statementsIn(text).flatMap((statement) => {
      const alike = old.get(besides(statement)) ?? [];
      const unchanged = new Set(alike.flatMap((one) => patternsOf(one, "Action")));
      const tried = [
        ...patternsOf(statement, "Action").filter((pattern) => !unchanged.has(pattern)),
        ...alike.flatMap((one) => patternsOf(one, "NotAction")),
      ];
      return tried.flatMap(namesFor).filter((name) =>
        grantsName(statement, name) && !alike.some((one) => grantsName(one, name))
      );
    });
  });
}

function besides(statement: PlainStatement): string {
  return canonicalJson(besidesActions(statement) as Json);
}

/** How two programs have judged the same roles, counted by services of roles and by actions. */
export interface Agreement {
  /** Services on which both decide alike, that something of them goes or that nothing does. */
  readonly alike: number;
  /** Services of which only one removes something. */
  readonly onlyOurs: number;
  readonly onlyTheirs: number;
  /** Where both remove: the actions that one of them leaves. */
  readonly left: { readonly byUs: number; readonly byThem: number };
  /** Actions that are lost of services that were to stay whole. */
  readonly lost: { readonly byUs: number; readonly byThem: number };
}

/** One role as it was and as both would have it. */
export interface Compared {
  readonly role: ObservedRole;
  readonly ours: Policies;
  /** The services of which we decided to remove something. */
  readonly goes: ReadonlySet<string>;
  readonly theirs: Policies;
  readonly removable: RepokidRole["removable"];
}

/** Compares what came out for the same roles. */
export function agreementOn(roles: readonly Compared[], universe: Universe): Agreement {
  const sum = {
    alike: 0,
    onlyOurs: 0,
    onlyTheirs: 0,
    left: { byUs: 0, byThem: 0 },
    lost: { byUs: 0, byThem: 0 },
  };
  for (const { role, ours, goes, theirs, removable } of roles) {
    const before = grantedIn(role.inline, universe);
    const lostByUs = before.minus(grantedIn(ours, universe));
    const lostByThem = before.minus(grantedIn(theirs, universe));
    const goesByThem = new Set(removable.map(serviceOf));
    for (const service of universe.servicesOf(before)) {
      const own = universe.expand(`${service}:*`);
      const [us, them] = [lostByUs.intersect(own), lostByThem.intersect(own)];
      if (goes.has(service) && goesByThem.has(service)) {
        sum.alike++;
        sum.left.byUs += them.minus(us).size;
        sum.left.byThem += us.minus(them).size;
      } else if (goes.has(service)) {
        sum.onlyOurs++;
        sum.lost.byThem += them.size;
      } else if (goesByThem.has(service)) {
        sum.onlyTheirs++;
        sum.lost.byUs += us.size;
      } else {
        sum.alike++;
        sum.lost.byUs += us.size;
        sum.lost.byThem += them.size;
      }
    }
  }
  return sum;
}
