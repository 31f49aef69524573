import { compareText } from "../../core/plan/canonical.ts";
import type { Universe } from "../catalogue/universe.ts";
import { companionText } from "./companions.ts";
import { namesAt } from "./service_table.ts";
import type { Kept, Loss } from "../present/names.ts";
import { type ClaimLimits, unusedClaim } from "./unused_claim.ts";
import { type Decided, type Ruling, serviceOfDecision } from "./decided.ts";
import type { KeepReason, RemoveReason } from "./decision.ts";

/**
 * What a role would lose, service by service and reason by reason; sorted.
 *
 * @param limits what limits for how long it can be said to be unused; null: that is not said
 */
export function lossesOf(decided: Decided, limits: ClaimLimits | null = null): Loss[] {
  return summaryOf(decided, "remove").map(({ service, reason, actions, places, lastUsed }) => ({
    service,
    reason: reason as RemoveReason,
    actions,
    last_used: lastUsed,
    unused: limits && unusedClaim(reason as RemoveReason, lastUsed, places, limits),
  }));
}

/**
 * What a role keeps, service by service and reason by reason; sorted.
 *
 * @param unprotected what is decided where nothing counts as new: it says of new permissions why
 * they would go; null where nothing is new
 */
export function keptOf(decided: Decided, unprotected: Decided | null = null): Kept[] {
  const goes = new Map(
    (unprotected ? lossesOf(unprotected) : []).flatMap(({ actions, reason }) =>
      actions.map((action) => [action, reason])
    ),
  );
  return summaryOf(decided, "keep").flatMap(({ service, reason, actions, lastUsed, until, of }) => {
    const kept = {
      service,
      reason: reason as KeepReason,
      last_used: lastUsed,
      until,
      ...(of === null ? {} : { of, why: companionText(actions[0]!, of) }),
    };
    if (reason !== "new-permission") return [{ ...kept, actions }];
    const parts = Map.groupBy(actions, (action) => goes.get(action) ?? null);
    return [...parts].map(([otherwise, some]) => ({ ...kept, actions: some, otherwise }));
  });
}

type Sum = {
  readonly service: string;
  readonly reason: string;
  /** The names of unknown ones. */
  readonly unknown: string[];
  /** The places of those that are known: mostly one group. */
  readonly groups: (readonly number[])[];
  /** The latest. */
  lastUsed: string | null;
  /** The last to end. */
  until: string | null;
  /** Which action they accompany. */
  readonly of: string | null;
};

type Summed = Omit<Sum, "groups" | "unknown"> & {
  readonly actions: readonly string[];
  /** The places of those that are known. */
  readonly places: readonly number[];
};

function summaryOf(decided: Decided, verdict: "remove" | "keep"): Summed[] {
  const sums = new Map<string, Sum>();
  const sumOf = (service: string, reason: string, of: string | null = null, why = ""): Sum => {
    const key = `${service} ${reason} ${why}`;
    const empty = { unknown: [], groups: [], lastUsed: null, until: null };
    const sum = sums.get(key) ?? { service, reason, of, ...empty };
    sums.set(key, sum);
    return sum;
  };
  const { actions: names } = decided.universe;
  const put = (sum: Sum, { lastUsed, until }: Ruling, places: readonly number[]) => {
    sum.groups.push(places);
    sum.lastUsed = later(sum.lastUsed, lastUsed);
    sum.until = later(sum.until, until);
  };
  for (const { ruling, actions } of decided.groups) {
    if (ruling.verdict !== verdict) continue;
    const { service, reason, of } = ruling;
    if (of === null) put(sumOf(service, reason), ruling, actions);
    else {
      for (const index of actions) {
        put(sumOf(service, reason, of, companionText(names[index]!, of)), ruling, [index]);
      }
    }
  }
  for (const decision of decided.unknown) {
    if (decision.verdict !== verdict) continue;
    sumOf(serviceOfDecision(decision), decision.reason).unknown.push(decision.action);
  }
  return [...sums.values()].map((sum) => summed(sum, decided.universe)).sort((a, b) =>
    compareText(a.service, b.service) || compareText(a.reason, b.reason) ||
    compareText(a.actions[0]!, b.actions[0]!)
  );
}

function summed({ groups, unknown, ...sum }: Sum, universe: Universe): Summed {
  const places = groups.length === 1 ? groups[0]! : groups.flat();
  const known = namesAt(universe, places);
  const actions = unknown.length === 0 ? known : [...known, ...unknown].sort(compareText);
  return { ...sum, places, actions };
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
