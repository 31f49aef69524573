import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import { errorField, type Log } from "../log/log.ts";
import type { Place } from "../plan/change.ts";
import { isInterruption } from "./failure.ts";

/** How long a place that has failed is left alone: a time that doubles up to the longest. */
const BACK_OFF_MS = { first: 20_000, longest: 3_600_000 } as const;

/** Works in an account and Region, unless it has failed not long ago. */
export type LeaveAlone = <Value>(
  place: Place,
  work: () => Promise<Value>,
) => Promise<Value | undefined>;

/**
 * Makes what leaves an account and Region alone for some time after AWS has failed there, so that it
 * takes no time from others. That it has failed is told.
 *
 * @returns which answers undefined if it has failed, now or before, and throws StoreError and
 * InterruptedError, which are no failures of AWS
 */
export function leaveAlone({ clock, log }: {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Log;
}): LeaveAlone {
  const waits = new Map<string, { readonly untilMs: number; readonly waitMs: number }>();
  return async ({ account, region }, work) => {
    const place = `${account}/${region}`;
    const wait = waits.get(place);
    if (wait !== undefined && clock.monotonicMs() < wait.untilMs) return undefined;
    try {
      const value = await work();
      waits.delete(place);
      return value;
    } catch (error) {
      if (error instanceof StoreError || isInterruption(error)) throw error;
      const { first, longest } = BACK_OFF_MS;
      const waitMs = wait === undefined ? first : Math.min(2 * wait.waitMs, longest);
      waits.set(place, { untilMs: clock.monotonicMs() + waitMs, waitMs });
      const fields = { account, region, error: errorField(error) };
      log.warn(`AWS has failed here and is asked again in ${waitMs / 1_000} s or later`, fields);
      return undefined;
    }
  };
}
