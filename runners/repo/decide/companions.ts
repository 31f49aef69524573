import type { ActionSet } from "../catalogue/action_set.ts";
import { serviceOf } from "../catalogue/catalogue.ts";
import type { Universe } from "../catalogue/universe.ts";
import { COMPANIONSHIPS, MAKING, UNTAGGING } from "./companionships.ts";
import { setOfPlaces } from "./decided.ts";

/** Companions, counted in one universe. */
export interface Companions {
  /**
   * Which of the candidates stay, each with the action that it accompanies.
   *
   * @param candidates what would go
   * @param used what is used, then what may be, since its use is not tracked; the first that fits is
   * named
   */
  kept(candidates: ActionSet, used: readonly ActionSet[]): ReadonlyMap<number, number>;
}

interface Rule {
  readonly used: ActionSet;
  readonly keeps: ActionSet;
}

/** Prepares the companionships for the actions of a universe. */
export function companionsIn(universe: Universe): Companions {
  const rules = COMPANIONSHIPS.map(({ used, keeps }) => ({
    used: universe.union(used),
    keeps: universe.union(keeps),
  }));
  const tagRules = new Map<string, Rule>();
  const tagRule = (service: string): Rule => {
    const rule = tagRules.get(service) ?? tagRuleOf(service, universe);
    tagRules.set(service, rule);
    return rule;
  };
  return {
    kept: (candidates, used) => {
      const services = new Set(
        candidates.indices().map((index) => serviceOf(universe.lowerAt(index))),
      );
      const kept = new Map<number, number>();
      for (const rule of [...Array.from(services, tagRule), ...rules]) {
        const going = candidates.intersect(rule.keeps);
        if (going.isEmpty) continue;
        for (const set of used) accompany(kept, going, set.intersect(rule.used));
      }
      return kept;
    },
  };
}

/** A service's actions that tag stay with those that make something of it. */
function tagRuleOf(service: string, universe: Universe): Rule {
  const { catalogue, actions } = universe;
  const tagging = universe.expand(`${service}:*`).indices().filter((index) =>
    catalogue.level(actions[index]!) === "Tagging" && !UNTAGGING.test(actions[index]!)
  );
  const keeps = setOfPlaces(universe, tagging);
  return { used: universe.union(MAKING.map((verb) => `${service}:${verb}*`)).minus(keeps), keeps };
}

/** An action never accompanies itself. */
function accompany(kept: Map<number, number>, going: ActionSet, used: ActionSet): void {
  const [first, second] = used.indices();
  for (const index of going.indices()) {
    const companion = first === index ? second : first;
    if (companion !== undefined && !kept.has(index)) kept.set(index, companion);
  }
}
