import { DAY_MS } from "../duration.ts";
import { compareText } from "../plan/canonical.ts";
import type { Place } from "../plan/change.ts";
import { sumOf } from "../sum_of.ts";
import { type Examined, regionOf, type Wanted } from "./counts.ts";

/** A bound on how much may change. A bound that is absent does not bind; 0 means none. */
export type Bound = {
  readonly count?: number | undefined;
  /** Percent of what was examined in that scope over the whole run. */
  readonly percent?: number | undefined;
};

/** The bounds of everything a run does, or of one kind of changes. All that are present bind. */
export type Bounds = {
  readonly perRun: Bound;
  readonly perAccount: Bound;
  readonly perRegion: Bound;
  readonly rollingDay: Pick<Bound, "count">;
};

/** Stricter bounds of one kind of changes. They bind besides the others. */
export type KindBounds = Bounds & {
  /** How the configuration calls the kind, in `limits.<name>`. */
  readonly name: string;
  /** As `Job.countsAs` says it. */
  readonly kind: string;
};

/** `limits` of a job's configuration. */
export type Limits = Bounds & {
  /** A percentage of fewer than this many says nothing and does not bind. */
  readonly minPopulation: number;
  readonly kinds: readonly KindBounds[];
  /**
   * Kinds of changes that these bounds bind each by itself, as if no other changes were made: what
   * takes a run back must not lack the room that this run has used. Default: none. A name that ends
   * in `/` stands for all kinds that begin with it, each of them by itself, and the day does not bind
   * these: what takes one run back is no more than that run has changed.
   */
  readonly apart?: readonly string[];
  /** How the configuration spells the path of a bound, where not `limits.perRun.count`. */
  readonly pathOf?: (path: string) => string;
};

/** Limits that never bind; a job sets its own over them. */
export const UNBOUNDED: Limits = {
  perRun: {},
  perAccount: {},
  perRegion: {},
  rollingDay: {},
  minPopulation: 0,
  kinds: [],
};

export function hasPercentage(limits: Pick<Limits, keyof Bounds | "kinds">): boolean {
  return [limits, ...limits.kinds].some(({ perRun, perAccount, perRegion }) =>
    [perRun, perAccount, perRegion].some(({ percent }) => percent !== undefined)
  );
}

/** What a run has taken of the budget. Counts in full until the run's intents are settled. */
export type Reservation = {
  readonly run_id: string;
  /** When it was made, RFC 3339. */
  readonly at: string;
  /** The run took a share only: `--account`, `--region`, a file, or a plan that narrowed it. */
  readonly share: boolean;
  readonly finished: boolean;
  readonly wanted: readonly Wanted[];
  /** Percentages are of all that the runs of one budget examined. Empty where that does not count. */
  readonly examined: readonly Examined[];
};

/** Which limit or breaker refuses the run's changes, and by how much. Then nothing is applied. */
export type Refusal = {
  /** Its path in the job's configuration: `limits.perRun.count`, `breakers.ratioJump`. */
  readonly limit: string;
  readonly value: number;
  /** What the run would come to, with `reserved`. */
  readonly would: number;
  /** What other runs have taken of the same budget. */
  readonly reserved: number;
  /** The account or account/region that the limit was passed in, null for the whole run. */
  readonly scope: string | null;
  /** What a breaker saw, a sentence for people; absent for a limit. */
  readonly detail?: string;
};

export type LimitQuestion = {
  readonly limits: Limits;
  /** `--max-changes`: lowers the run's limit, never raises it. */
  readonly maxChanges?: number | undefined;
  readonly wanted: readonly Wanted[];
  readonly examined: readonly Examined[];
  /** This run reads a share of the organization only. */
  readonly share: boolean;
  /** The reservations of other runs; those older than a day that are finished are ignored. */
  readonly others: readonly Reservation[];
  readonly now: Date;
};

/**
 * Decides whether a run may make its changes: all of them or none, since the first ten of an
 * unexpectedly large set are as unexpected as the others.
 *
 * The bounds per run, account and region count this run together with the runs that share its
 * budget: those that are not finished, and, where either reads a share of the organization,
 * those of the last day. Otherwise `--account A` and then `--account B` would have two budgets.
 * `apply` asks again while it reserves its changes in the store (`apply/budget.ts`), so that two runs
 * at once cannot use the same room.
 *
 * @returns the first limit that is passed, in the order run, account, region, day, those of all
 * kinds before those of single ones; or null.
 */
export function decideLimits(question: LimitQuestion): Refusal | null {
  const others = otherRuns(question);
  const takenBy = (runs: readonly Reservation[]) =>
    placesByScope(runs.flatMap((run) => run.wanted));
  const [recent, sharing] = [takenBy(others.recent), takenBy(others.sharing)];
  const [wanted, examined] = [placesByScope(question.wanted), placesByScope(others.examined)];
  for (const scope of scopesOf(question)) {
    const refusal = decideScope(scope, {
      wanted: wanted(scope.key),
      examined: examined(scope.key),
      others: (scope.isDay ? recent : sharing)(scope.key),
      minPopulation: question.limits.minPopulation,
    });
    if (refusal) return refusal;
  }
  return null;
}

/** The places of a scope. They are grouped once: a run may have thousands of scopes. */
function placesByScope<One extends Place>(
  all: readonly One[],
): (key: BoundScope["key"]) => readonly One[] {
  const byAccount = Map.groupBy(all, ({ account }) => account);
  return (key) => {
    if (key === null) return all;
    const [account, region] = key.split("/");
    const own = byAccount.get(account!) ?? [];
    return region === undefined ? own : own.filter((place) => place.region === region);
  };
}

/** What a run is bound by, each with what it binds. */
function* scopesOf({ limits, wanted, maxChanges }: LimitQuestion): Generator<BoundScope> {
  const { pathOf = (path) => path, apart = [] } = limits;
  const own = [...new Set(wanted.flatMap(({ kind }) => kind ?? []))];
  const general: readonly BoundKind[] = [
    { but: apart },
    ...own.filter((kind) => isApart(kind, apart)).sort(compareText),
  ];
  if (maxChanges !== undefined) {
    const name = "--max-changes";
    const bound = { count: maxChanges };
    for (const kind of general) {
      yield { name, path: () => name, bound, kind, key: null, isDay: false };
    }
  }
  const all = general.map((kind) => ({ ...limits, name: "limits", kind }));
  const single = limits.kinds.map((one) => ({ ...one, name: `limits.${one.name}` }));
  for (const { name, kind, perRun, perAccount, perRegion, rollingDay } of [...all, ...single]) {
    const own = ofKind(wanted, kind);
    const scope = (of: string, bound: Bound, key: string | null, isDay = false): BoundScope => {
      const path = (part: string) => pathOf(`${name}.${of}.${part}`);
      return { name: `${name}.${of}`, path, bound, kind, key, isDay };
    };
    yield scope("perRun", perRun, null);
    for (const key of distinct(own, ({ account }) => account)) {
      yield scope("perAccount", perAccount, key);
    }
    for (const key of distinct(own, regionOf)) yield scope("perRegion", perRegion, key);
    const isDayless = typeof kind === "string" && isApart(kind, apart.filter(isFamily));
    if (!isDayless) yield scope("rollingDay", rollingDay, null, true);
  }
}

/** Whether a kind is one of those that are counted apart. */
function isApart(kind: string, apart: readonly string[]): boolean {
  return apart.some((one) => isFamily(one) ? kind.startsWith(one) : kind === one);
}

/** Whether a name stands for all kinds that begin with it. */
function isFamily(name: string): boolean {
  return name.endsWith("/");
}

/** How much of a budget a run would use, with what other runs have taken of it. */
export type LimitUse = Pick<Refusal, "limit" | "value" | "would"> & {
  /** What other runs have taken of the same budget; absent where nothing. */
  readonly reserved?: number;
  /** How many runs these are. */
  readonly runs?: number;
};

/** What the run would use of the budgets that people ask about: the run's, and the day's. */
export function limitUses(question: LimitQuestion): LimitUse[] {
  const { limits, maxChanges, wanted } = question;
  const { recent, sharing } = otherRuns(question);
  const lowered = maxChanges !== undefined && maxChanges < (limits.perRun.count ?? Infinity);
  const superseded = lowered ? "limits.perRun" : "--max-changes";
  return [...scopesOf(question)].flatMap((scope): LimitUse[] => {
    const { name, path, bound: { count: value }, kind, key, isDay } = scope;
    const own = ofKind(wanted, kind);
    // What a run has no changes for is only told if it has none at all.
    const isTold = own.length > 0 || wanted.length === 0 && typeof kind !== "string";
    const isAsked = key === null && name !== superseded && isTold;
    if (value === undefined || !isAsked) return [];
    const taken = (isDay ? recent : sharing).map((run) => total(ofKind(run.wanted, kind)));
    const reserved = sumOf(taken, (count) => count);
    return [{
      limit: path("count"),
      value,
      would: total(own) + reserved,
      ...(reserved > 0 ? { reserved, runs: taken.filter((count) => count > 0).length } : {}),
    }];
  });
}

/** The other runs that count: of the day, and those that this run shares a budget with. */
function otherRuns({ others, now, share, examined }: LimitQuestion): {
  readonly recent: readonly Reservation[];
  readonly sharing: readonly Reservation[];
  /** What this run and those that share its budget have examined; each place once. */
  readonly examined: readonly Examined[];
} {
  const recent = others.filter((other) =>
    !other.finished || now.getTime() - Date.parse(other.at) < DAY_MS
  );
  const sharing = recent.filter((other) => !other.finished || other.share || share);
  const own = new Set(examined.map(regionOf));
  const elsewhere = new Map<string, Examined>();
  for (const place of sharing.flatMap((run) => run.examined)) {
    const known = elsewhere.get(regionOf(place))?.count ?? 0;
    if (!own.has(regionOf(place)) && place.count >= known) elsewhere.set(regionOf(place), place);
  }
  return {
    recent,
    sharing,
    examined: [...examined, ...elsewhere.values()],
  };
}

/** The kind of changes that is bound, or all of them but some. */
type BoundKind = string | { readonly but: readonly string[] };

type BoundScope = {
  readonly name: string;
  /** Its path as the configuration has it; an option is one by itself. */
  readonly path: (part: keyof Bound) => string;
  readonly bound: Bound;
  readonly kind: BoundKind;
  /** The account or account/region, null for everything. */
  readonly key: string | null;
  /** It binds the rolling day, and not the runs that share a budget. */
  readonly isDay: boolean;
};

function decideScope(
  scope: BoundScope,
  { wanted, examined, others, minPopulation }: {
    readonly wanted: readonly Wanted[];
    readonly examined: readonly Examined[];
    readonly others: readonly Wanted[];
    readonly minPopulation: number;
  },
): Refusal | null {
  const own = total(ofKind(wanted, scope.kind));
  // What others have taken refuses nobody who takes nothing.
  if (own === 0) return null;
  const reserved = total(ofKind(others, scope.kind));
  const population = total(examined);
  const refuse = (part: keyof Bound, value: number): Refusal => (
    { limit: scope.path(part), value, would: own + reserved, reserved, scope: scope.key }
  );
  const { count, percent } = scope.bound;
  if (count !== undefined && own + reserved > count) return refuse("count", count);
  // 0 means none, of however few.
  if (percent !== undefined && (percent === 0 || population >= minPopulation)) {
    const allowed = Math.floor(population * percent / 100);
    if (own + reserved > allowed) return refuse("percent", allowed);
  }
  return null;
}

function ofKind(places: readonly Wanted[], bound: BoundKind): readonly Wanted[] {
  return places.filter(({ kind }) =>
    typeof bound === "string" ? kind === bound : kind === undefined || !isApart(kind, bound.but)
  );
}

function total(places: readonly Examined[]): number {
  return sumOf(places, ({ count }) => count);
}

function distinct(places: readonly Place[], key: (place: Place) => string): string[] {
  return [...new Set(places.map(key))].sort();
}
