import type { Failure } from "../aws/failure.ts";
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
