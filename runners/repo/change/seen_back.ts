import type { Clock } from "../../core/clock.ts";

/** How long to wait before each look at what was put back; IAM is eventually consistent. */
const BACK_AFTER_MS = [0, 500, 1_000, 2_000];

/** Looks until what was put back is seen, or the looks are used up. */
export async function seenBack(
  look: () => Promise<boolean>,
  { clock, signal }: { readonly clock: Pick<Clock, "wait">; readonly signal: AbortSignal },
): Promise<boolean> {
  for (const waitMs of BACK_AFTER_MS) {
    if (waitMs > 0) await clock.wait(waitMs, signal);
    if (await look()) return true;
  }
  return false;
}
