import { compareText } from "../../core/plan/canonical.ts";
import { companionText } from "./companions.ts";
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
  readonly actions: string[];
  /** Of those that are known. */
  readonly places: number[];
  /** The latest. */
  lastUsed: string | null;
  /** The last to end. */
  until: string | null;
  /** Which action they accompany. */
  readonly of: string | null;
};

function summaryOf(decided: Decided, verdict: "remove" | "keep"): Sum[] {
  const sums = new Map<string, Sum>();
  const sumOf = (service: string, reason: string, of: string | null = null, why = ""): Sum => {
    const key = `${service} ${reason} ${why}`;
    const empty = { actions: [], places: [], lastUsed: null, until: null };
    const sum = sums.get(key) ?? { service, reason, of, ...empty };
    sums.set(key, sum);
    return sum;
  };
  const { actions: names } = decided.universe;
  const put = (sum: Sum, { lastUsed, until }: Ruling, places: readonly number[]) => {
    for (const index of places) {
      sum.actions.push(names[index]!);
      sum.places.push(index);
    }
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
    sumOf(serviceOfDecision(decision), decision.reason).actions.push(decision.action);
  }
  for (const { actions } of sums.values()) actions.sort(compareText);
  return [...sums.values()].sort((a, b) =>
    compareText(a.service, b.service) || compareText(a.reason, b.reason) ||
    compareText(a.actions[0]!, b.actions[0]!)
  );
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
