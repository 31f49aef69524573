import type { Place } from "../plan/change.ts";

/** A bound on how much may change. A bound that is absent does not bind; 0 means none. */
export interface Bound {
  readonly count?: number | undefined;
  /** Percent of what was examined in that scope over the whole run. */
  readonly percent?: number | undefined;
}

/** `limits` of a job's configuration. All bounds that are present bind. */
export interface Limits {
  readonly perRun: Bound;
  readonly perAccount: Bound;
  readonly perRegion: Bound;
  readonly rollingDay: { readonly count?: number | undefined };
  /** A percentage of fewer than this many says nothing and does not bind. */
  readonly minPopulation: number;
}

/** How many things were examined, or are to be changed, in one account and region. */
export interface Examined extends Place {
  readonly count: number;
}

/** What a run has taken of the budget. Counts in full until the run's intents are settled. */
export interface Reservation {
  readonly run_id: string;
  /** When it was made, RFC 3339. */
  readonly at: string;
  /** The run took a share only: `--account`, `--region`, a file, or a plan that narrowed it. */
  readonly share: boolean;
  readonly finished: boolean;
  readonly wanted: readonly Examined[];
  /** What the run examined: shares are measured together, as the whole that they are parts of. */
  readonly examined: readonly Examined[];
}

/** Which limit refuses the run's changes, and by how much. Then nothing is applied. */
export interface Refusal {
  /** Its path in the job's configuration, such as `limits.perRun.count`. */
  readonly limit: string;
  readonly value: number;
  /** What the run would come to, with `reserved`. */
  readonly would: number;
  /** What other runs have taken of the same budget. */
  readonly reserved: number;
  /** The account or account/region that the limit was passed in, null for the whole run. */
  readonly scope: string | null;
}

export interface LimitQuestion {
  readonly limits: Limits;
  /** `--max-changes`: lowers the run's limit, never raises it. */
  readonly maxChanges?: number | undefined;
  readonly wanted: readonly Examined[];
  readonly examined: readonly Examined[];
  /** This run looks at a share of the organization only. */
  readonly share: boolean;
  /** The reservations of other runs; those older than a day that are finished are ignored. */
  readonly others: readonly Reservation[];
  readonly now: Date;
}

/** The rolling day, in milliseconds. */
export const DAY_MS = 86_400_000;

/**
 * Decides whether a run may make its changes: all of them or none, since a part of an unexpectedly
 * large set is as unexpected (research, audit.md section 0.4).
 *
 * The bounds per run, account and region count this run together with the runs that share its
 * budget: those that are not finished, and, where either looks at a share of the organization,
 * those of the last day. Otherwise `--account A` and then `--account B` would have two budgets.
 *
 * @returns the first limit that is passed, in the order run, account, region, day; or null.
 */
export function decideLimits(question: LimitQuestion): Refusal | null {
  const { limits, wanted, maxChanges } = question;
  if (total(wanted) === 0) return null;
  const { recent, sharing, examined } = otherRuns(question);

  const run = scopes("limits.perRun", limits.perRun, [null]);
  const lowered = maxChanges === undefined
    ? []
    : scopes("--max-changes", { count: maxChanges }, [null]);
  const accounts = scopes("limits.perAccount", limits.perAccount, distinct(wanted, accountOf));
  const regions = scopes("limits.perRegion", limits.perRegion, distinct(wanted, regionOf));
  for (const scope of [...lowered, ...run, ...accounts, ...regions]) {
    const refusal = decideScope(
      scope,
      wanted,
      sharing,
      examined,
      limits.minPopulation,
    );
    if (refusal) return refusal;
  }
  const day = { name: "limits.rollingDay", bound: limits.rollingDay, key: null };
  return decideScope(day, wanted, recent, examined, 0);
}

/** How much of a budget a run would use, with what other runs have taken of it. */
export interface LimitUse {
  readonly limit: string;
  readonly value: number;
  readonly would: number;
}

/** What the run would use of the two budgets that people ask about: the run's and the day's. */
export function limitUses(question: LimitQuestion): LimitUse[] {
  const { limits, maxChanges, wanted } = question;
  const { recent, sharing } = otherRuns(question);
  const run = [limits.perRun.count, maxChanges].filter((count) => count !== undefined);
  const day = limits.rollingDay.count;
  return [
    ...(run.length === 0 ? [] : [{
      limit: "limits.perRun.count",
      value: Math.min(...run),
      would: total(wanted) + total(sharing),
    }]),
    ...(day === undefined ? [] : [{
      limit: "limits.rollingDay.count",
      value: day,
      would: total(wanted) + total(recent),
    }]),
  ];
}

/** What other runs have taken: of the day, and of the budget that this run shares with them. */
function otherRuns({ others, now, share, examined }: LimitQuestion): {
  readonly recent: readonly Examined[];
  readonly sharing: readonly Examined[];
  /** What this run and those that share its budget have examined; each place once. */
  readonly examined: readonly Examined[];
} {
  const recent = others.filter((other) =>
    !other.finished || now.getTime() - Date.parse(other.at) < DAY_MS
  );
  const sharing = recent.filter((other) => !other.finished || other.share || share);
  const wanted = (runs: readonly Reservation[]) => runs.flatMap((run) => run.wanted);
  const own = new Set(examined.map(regionOf));
  const elsewhere = new Map<string, Examined>();
  for (const place of sharing.flatMap((run) => run.examined)) {
    const known = elsewhere.get(regionOf(place))?.count ?? 0;
    if (!own.has(regionOf(place)) && place.count >= known) elsewhere.set(regionOf(place), place);
  }
  return {
    recent: wanted(recent),
    sharing: wanted(sharing),
    examined: [...examined, ...elsewhere.values()],
  };
}

interface Scope {
  readonly name: string;
  readonly bound: Bound;
  /** The account or account/region, null for everything. */
  readonly key: string | null;
}

function scopes(name: string, bound: Bound, keys: readonly (string | null)[]): Scope[] {
  return keys.map((key) => ({ name, bound, key }));
}

function decideScope(
  scope: Scope,
  wanted: readonly Examined[],
  others: readonly Examined[],
  examined: readonly Examined[],
  minPopulation: number,
): Refusal | null {
  const inScope = (place: Place) =>
    scope.key === null || accountOf(place) === scope.key || regionOf(place) === scope.key;
  const own = total(wanted.filter(inScope));
  const reserved = total(others.filter(inScope));
  const population = total(examined.filter(inScope));
  const refuse = (limit: string, value: number): Refusal => (
    { limit, value, would: own + reserved, reserved, scope: scope.key }
  );
  const { count, percent } = scope.bound;
  if (count !== undefined && own + reserved > count) {
    return refuse(scope.name.startsWith("--") ? scope.name : `${scope.name}.count`, count);
  }
  // 0 means none, of however few.
  if (percent !== undefined && (percent === 0 || population >= minPopulation)) {
    const allowed = Math.floor(population * percent / 100);
    if (own + reserved > allowed) return refuse(`${scope.name}.percent`, allowed);
  }
  return null;
}

function total(places: readonly Examined[]): number {
  return places.reduce((sum, place) => sum + place.count, 0);
}

function accountOf(place: Place): string {
  return place.account;
}

function regionOf(place: Place): string {
  return `${place.account}/${place.region}`;
}

function distinct(places: readonly Place[], key: (place: Place) => string): string[] {
  return [...new Set(places.map(key))].sort();
}

/** Counts changes, or anything that has a place, per account and region; sorted. */
export function countByPlace(items: readonly Place[]): Examined[] {
  const counts = new Map<string, Examined>();
  for (const { account, region } of items) {
    const key = `${account}/${region}`;
    counts.set(key, { account, region, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.entries()].sort(([a], [b]) => a < b ? -1 : 1).map(([, place]) => place);
}
