import type { Goal, Result } from "./benchmark.ts";

/**
 * Holds one program against another: what part of the other's it may use.
 *
 * @param what names the figure in the sentence, e.g. `CPU`
 * @param allowed the part, e.g. 0.25 for a quarter
 */
export function partOf(
  other: Result,
  ours: Result,
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
  other: Result,
  ours: Result,
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
