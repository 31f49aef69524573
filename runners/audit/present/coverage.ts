import { regionOf } from "../../core/limits/counts.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted } from "../../core/cli/words.ts";
import type { Coverage, UnprovenRegion } from "../../core/plan/coverage.ts";
import { LISTED, listItems, type Notice, type Section } from "../../core/text/sections.ts";
import type { AuditPlan } from "../audit_plan.ts";
import { placeName, readInstants } from "./names.ts";

/** How an answer was proven, where it could be. */
export const PROOFS = new Map([["canary", "by canary"], ["second-source", "by second source"]]);

/** "4 of 6 account-regions proven: 3 by canary, 1 by second source; 1 empty in both sources". */
export function coverageSentence({ planned, proven, regions }: Coverage): string {
  const count = (proof: string) => regions.filter((region) => region.proof === proof).length;
  const by = [...PROOFS].filter(([proof]) => count(proof) > 0)
    .map(([proof, text]) => `${count(proof)} ${text}`);
  const empty = count("none");
  return `${proven} of ${planned} account-regions proven` +
    (by.length > 0 ? `: ${by.join(", ")}` : "") +
    (empty > 0 ? `; ${empty} empty in both sources` : "");
}

/**
 * The places that are not proven. Those that only wait for their canary are counted: there may be
 * as many of them as there are regions, and one command helps all.
 */
function unprovenPlaces(plan: AuditPlan): {
  /** `more`: how many accounts lack the same. */
  readonly named: readonly (UnprovenRegion & { readonly more: number })[];
  /** "14 account-regions of 3 accounts have no canary yet"; "" where all have theirs. */
  readonly withoutCanary: string;
} {
  const unknown = new Set(
    plan.own.canaries.filter(({ status, instance }) => status === "absent" && instance === null)
      .map(regionOf),
  );
  const { true: waiting = [], false: all = [] } = Object.groupBy(
    plan.coverage.unproven,
    (place) => `${place.reason === "canary-absent" && unknown.has(regionOf(place))}`,
  );
  // A file is the same for all accounts, and one correction helps all.
  const groups = Map.groupBy(
    all,
    (one) => one.reason.startsWith("list-") ? one.detail : regionOf(one),
  );
  const named = [...groups.values()].map(([one, ...more]) => ({ ...one!, more: more.length }));
  const [first] = waiting;
  if (!first) return { named, withoutCanary: "" };
  const accounts = new Set(waiting.map(({ account }) => account)).size;
  const those = waiting.length === 1
    ? `${placeName(plan, first)} has`
    : `${counted(waiting.length, "account-region")} of ${counted(accounts, "account")} have`;
  return { named, withoutCanary: `${those} no canary yet` };
}

/** How much was proven, and each place that was not, with the command that tells more. */
export function coverageSections(plan: AuditPlan, command: NextCommand): Section[] {
  const line: Section = [{ words: [["Coverage", coverageSentence(plan.coverage)]] }];
  if (plan.coverage.unproven.length === 0) return [line];
  const { named, withoutCanary } = unprovenPlaces(plan);
  const [first] = named;
  const place = (name: string, detail = "") =>
    ({ name: ["not proven", name], tone: "strong", blocks: [detail] }) as const;
  return [
    line,
    [
      { items: withoutCanary ? [place(withoutCanary)] : [] },
      {
        ...listItems(named, (one) => place(nameOf(plan, one), detailText(one, plan))),
        rest: `${reasonsText(named.slice(LISTED))}; --json has them all`,
      },
    ],
    [
      whatItMeans(plan),
      withoutCanary &&
      { next: "To see which canaries are to be made:", command: command("audit canary plan") },
      first ? { next: whatHelps(named), command: command("audit explain", regionOf(first)) } : "",
    ],
  ];
}

/** "data us-east-1", "data global and 41 more accounts". */
function nameOf(plan: AuditPlan, place: UnprovenRegion & { readonly more: number }): string {
  const { more } = place;
  return placeName(plan, place) + (more > 0 ? ` and ${counted(more, "more account")}` : "");
}

/** A policy that denies now will deny again. */
function whatHelps(named: readonly UnprovenRegion[]): string {
  if (named.every(({ reason }) => reason.startsWith("list-"))) {
    return "Another run changes nothing until the file is right. To see more:";
  }
  return named.every(({ reason }) => reason === "denied-by-policy")
    ? "A policy denies this, so that another run changes nothing. To see more:"
    : "Try again later, or see";
}

/** The detail with its instants readable; not that of a canary, which may hold tags. */
function detailText({ reason, detail }: UnprovenRegion, { as_of }: AuditPlan): string {
  return reason === "population-drop" || reason.endsWith("-shrunk")
    ? readInstants(detail, new Date(as_of))
    : detail;
}

/** "7 access-denied, 1 throttled", the most frequent reason first. */
function reasonsText(places: readonly UnprovenRegion[]): string {
  return [...Map.groupBy(places, ({ reason }) => reason)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, places]) => `${places.length} ${reason}`).join(", ");
}

function whatItMeans(plan: AuditPlan): string {
  const { unproven } = plan.coverage;
  const affected = new Set(unproven.map(({ account }) => account)).size;
  const consequence = unproven.every(({ reason }) => /^(users|list)-/.test(reason))
    ? "Rules by what is not known are undecided there"
    : "Nothing is planned in regions that are not proven";
  return `${consequence}. ${affected} of ${counted(plan.own.accounts.length, "account")} ` +
    `${affected === 1 ? "is" : "are"} affected.`;
}

/** The same at the top of the page, whose table has all places. */
export function unprovenNotices(plan: AuditPlan): Notice[] {
  const { named, withoutCanary } = unprovenPlaces(plan);
  const left = named.length - LISTED;
  return [
    ...(withoutCanary
      ? [`${withoutCanary}. "groundskeeper audit canary plan" says what to make`]
      : []),
    ...named.slice(0, LISTED).map((place) =>
      `${nameOf(plan, place)}. ${detailText(place, plan).replace(/\.$/, "")}`
    ),
    ...(left > 0 ? [`${left} more account-regions, in the table below`] : []),
  ].map((text) => ({ tone: "unproven", text: `Not proven: ${text}.` }));
}
