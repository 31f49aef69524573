import type { Goal } from "./benchmark.ts";
import type { Measurement } from "./measure.ts";

/** A program with what it used. */
type Measured = Measurement & { readonly contender: string };

/** A program with how many calls it made. */
interface Calling {
  readonly contender: string;
  readonly calls: number;
}

/**
 * Holds one program against another: what part of the other's it may use.
 *
 * @param what names the figure in the sentence, e.g. `CPU`
 * @param allowed the part, e.g. 0.25 for a quarter
 */
export function partOf(
  other: Measured,
  ours: Measured,
  what: string,
  figure: "wallMs" | "cpuMs" | "peakMib",
  allowed: number,
): Goal {
  const part = ours[figure] / other[figure];
  return {
    text: `${what} ${part.toFixed(2)} of that of ${other.contender}; wanted: at most ${allowed}`,
    reached: part <= allowed,
  };
}

/** Holds a number of calls against the other's and what may come on top, each for a reason. */
export function callsBeside(
  other: Calling,
  ours: Calling,
  onTop: readonly { readonly calls: number; readonly reason: string }[],
): Goal {
  const allowed = onTop.reduce((sum, { calls }) => sum + calls, other.calls);
  const terms = [
    `${other.calls} of ${other.contender}`,
    ...onTop.map(({ calls, reason }) => `${calls} ${reason}`),
  ];
  return {
    text: `${ours.calls} calls; wanted: at most ${allowed} = ${terms.join(" + ")}`,
    reached: ours.calls <= allowed,
  };
}
