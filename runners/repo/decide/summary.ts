import { madeOnce } from "../../core/made_once.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Universe } from "../catalogue/universe.ts";
import { companionText } from "./companions.ts";
import { namesAt } from "./service_table.ts";
import type { Kept, Loss } from "../present/names.ts";
import { type ClaimLimits, unusedClaim } from "./unused_claim.ts";
import { serviceOf } from "../catalogue/catalogue.ts";
import type { Decided, KeepReason, RemoveReason } from "./decided.ts";

/**
 * What a role would lose, service by service and reason by reason; sorted.
 *
 * @param limits what bounds the time for which it can be said to be unused; null: no time is said
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
 * @param unprotected the decision as if nothing were new: it says why new permissions would be
 * removed; null: nothing is new
 */
export function keptOf(decided: Decided, unprotected: Decided | null = null): Kept[] {
  const goes = new Map(
    (unprotected ? lossesOf(unprotected) : []).flatMap(({ actions, reason }) =>
      actions.map((action) => [action, reason])
    ),
  );
  const kept = summaryOf(decided, "keep").flatMap((one): Kept | Kept[] => {
    const { service, reason: coded, actions, lastUsed: last_used, until, of, why } = one;
    const reason = coded as KeepReason;
    if (reason === "new-permission") {
      const parts = Map.groupBy(actions, (action) => goes.get(action) ?? null);
      return [...parts].map(([otherwise, actions]) => (
        { service, reason, actions, last_used, until, otherwise }
      ));
    }
    return of === null
      ? { service, reason, actions, last_used, until }
      : { service, reason, actions, last_used, until, of, why };
  });
  // A copy has no room for more, of which `flatMap` leaves much.
  return [...kept];
}

type Sum = {
  readonly service: string;
  readonly reason: string;
  /** Which action they accompany, and why; null: none. */
  readonly of: string | null;
  readonly why: string;
  /** The names of unknown ones. */
  readonly unknown: readonly string[];
  /** The places of those that are known: mostly one group. */
  readonly groups: readonly (readonly number[])[];
  /** The latest. */
  readonly lastUsed: string | null;
  /** The last to end. */
  readonly until: string | null;
};

type Summed = Omit<Sum, "groups" | "unknown"> & {
  readonly actions: readonly string[];
  /** The places of those that are known. */
  readonly places: readonly number[];
};

function summaryOf(decided: Decided, verdict: "remove" | "keep"): Summed[] {
  const sums: Sum[] = [];
  for (const one of partsOf(decided, verdict).sort(byReason)) {
    const last = sums.at(-1);
    if (!last || byReason(last, one) !== 0) sums.push(one);
    else {
      sums[sums.length - 1] = {
        ...last,
        groups: [...last.groups, ...one.groups],
        unknown: [...last.unknown, ...one.unknown],
        lastUsed: later(last.lastUsed, one.lastUsed),
        until: later(last.until, one.until),
      };
    }
  }
  return sums.map((sum) => summed(sum, decided.universe)).sort((a, b) =>
    compareText(a.service, b.service) || compareText(a.reason, b.reason) ||
    compareText(a.actions[0]!, b.actions[0]!)
  );
}

/** Why actions stay, by place and companion: thousands of roles have the same companions. */
const whyIn = madeOnce(({ actions }: Universe) => {
  const known = new Map<string, string>();
  return (index: number, of: string) => {
    const key = `${index} ${of}`;
    const why = known.get(key) ?? companionText(actions[index]!, of);
    known.set(key, why);
    return why;
  };
});

/** Each group and each unknown action by itself. */
function partsOf({ universe, groups, unknown }: Decided, verdict: "remove" | "keep"): Sum[] {
  const parts: Sum[] = [];
  const whyOf = whyIn(universe);
  for (const { ruling, actions } of groups) {
    if (ruling.verdict !== verdict) continue;
    const { service, reason, of, lastUsed, until } = ruling;
    const put = (why: string, groups: Sum["groups"]) =>
      parts.push({ service, reason, of, why, unknown: [], groups, lastUsed, until });
    if (of === null) put("", [actions]);
    else for (const index of actions) put(whyOf(index, of), [[index]]);
  }
  for (const decision of unknown) {
    if (decision.verdict !== verdict) continue;
    const { action, reason } = decision;
    const service = serviceOf(action);
    const none = { of: null, why: "", groups: [], lastUsed: null, until: null };
    parts.push({ service, reason, unknown: [action], ...none });
  }
  return parts;
}

function byReason(a: Sum, b: Sum): number {
  return compareText(a.service, b.service) || compareText(a.reason, b.reason) ||
    compareText(a.why, b.why);
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
