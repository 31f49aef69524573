import type { Failure } from "../aws/failure.ts";
import { counted } from "../cli/words.ts";
import type { Examined } from "../limits/counts.ts";
import { compareText } from "./canonical.ts";
import type { Place } from "./change.ts";

export type ReadRegion = Place & {
  /**
   * How it is known that the answer was the truth, as a code of the job's. "read": the job has no
   * second source. "none": there was nothing that could prove it, and nothing to act on.
   */
  readonly proof: string;
};

/** A region that was to be read and whose answer is not proven, with a stable code. */
export type UnprovenRegion = Place & Failure;

/** How much of what was to be read is proven. Comes before every other number. */
export type Coverage = {
  readonly planned: number;
  readonly proven: number;
  readonly regions: readonly ReadRegion[];
  readonly unproven: readonly UnprovenRegion[];
};

/** Coverage, and what was examined, where each place is read from one source or not at all. */
export function coverageOfRead(
  places: readonly (Place & { readonly failure: Failure | null; readonly count: number })[],
): { readonly coverage: Coverage; readonly examined: readonly Examined[] } {
  const read = places.filter(({ failure }) => failure === null);
  return {
    coverage: coverageOf(
      read.map(({ account, region }) => ({ account, region, proof: "read" })),
      places.flatMap(({ account, region, failure }) =>
        failure ? [{ account, region, ...failure }] : []
      ),
    ),
    examined: read.map(({ account, region, count }) => ({ account, region, count })),
  };
}

/** Counts and sorts. `planned` is proven + unproven + those of proof "none". */
export function coverageOf(
  read: readonly ReadRegion[],
  unproven: readonly UnprovenRegion[],
): Coverage {
  const order = (a: Place, b: Place) =>
    compareText(a.account, b.account) || compareText(a.region, b.region);
  return {
    planned: read.length + unproven.length,
    proven: read.filter((region) => region.proof !== "none").length,
    regions: [...read].sort(order),
    unproven: [...unproven].sort(order),
  };
}

/** What each place counts as, by account and Region. */
const proofs = new WeakMap<Coverage, ReadonlyMap<string, number>>();

/**
 * How much of a place is proven, to be compared with another run's: of a Region 2 if it is proven, 1 if
 * both sources say that it is empty, 0 if it is not proven; of an account the sum of its Regions.
 *
 * @param region "": the complete account
 */
export function proofOf(coverage: Coverage, account: string, region: string): number {
  let known = proofs.get(coverage);
  if (!known) proofs.set(coverage, known = proofsOf(coverage));
  return known.get(`${account}/${region}`) ?? 0;
}

function proofsOf({ regions }: Coverage): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { account, region, proof } of regions) {
    const counted = proof === "none" ? 1 : 2;
    counts.set(`${account}/${region}`, counted);
    counts.set(`${account}/`, (counts.get(`${account}/`) ?? 0) + counted);
  }
  return counts;
}

/** How many regions are empty in both sources: nothing there could be proven, or be wrong. */
export function emptyRegions({ regions }: Pick<Coverage, "regions">): number {
  return regions.filter(({ proof }) => proof === "none").length;
}

/**
 * "4 of 6 account-regions proven; 2 empty in both sources". What is empty is not counted as one that
 * could have been proven.
 *
 * @param by by what they were proven, as ": 4 by canary"
 */
export function provenText(coverage: Omit<Coverage, "unproven">, by = ""): string {
  const { planned, proven } = coverage;
  const empty = emptyRegions(coverage);
  if (empty > 0 && empty === planned) {
    return `${counted(empty, "account-region")}, ${empty === 1 ? "" : "all "}empty in both sources`;
  }
  return `${proven} of ${counted(planned - empty, "account-region")} proven${by}` +
    (empty > 0 ? `; ${empty} empty in both sources` : "");
}

/** The places that are not proven for one reason. */
export type UnprovenGroup = {
  readonly reason: string;
  readonly places: readonly UnprovenRegion[];
};

/** The places by reason, that of most places first. */
export function unprovenByReason(unproven: readonly UnprovenRegion[]): UnprovenGroup[] {
  return [...Map.groupBy(unproven, ({ reason }) => reason)]
    .map(([reason, places]) => ({ reason, places }))
    .sort((a, b) => b.places.length - a.places.length);
}

/**
 * What is said of places of one reason: "40 accounts", "3 account-regions". An account is said in
 * place of what belongs to none of its Regions.
 */
export function placesText(places: readonly Place[]): string {
  const isGlobal = places.every(({ region }) => region === "global");
  return counted(places.length, isGlobal ? "account" : "account-region");
}

/**
 * The details of places of one reason, as far as they differ in more than the account and the region,
 * each with the first place that has it.
 */
export function differingDetails(places: readonly UnprovenRegion[]): readonly UnprovenRegion[] {
  const withoutPlace = ({ account, region, detail }: UnprovenRegion) =>
    detail.replaceAll(account, "").replaceAll(region, "");
  return [...Map.groupBy(places, withoutPlace).values()].map(([first]) => first!);
}

/**
 * What is said of all places of one reason: the detail that they share, or that of the first of them
 * as an example.
 *
 * @param nameOf what the first place is called
 */
export function detailOfAll(
  places: readonly UnprovenRegion[],
  nameOf: (place: UnprovenRegion) => string,
): string {
  const [first] = places as readonly [UnprovenRegion];
  const isShared = places.every(({ detail }) => detail === first.detail);
  return isShared ? first.detail : `For example ${nameOf(first)}: ${first.detail}`;
}
