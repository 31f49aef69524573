import type { IAMClient } from "@aws-sdk/client-iam";
import type { Clock } from "../../core/clock.ts";
import { WithoutEffectError } from "../../core/errors.ts";
import type { Change } from "../../core/plan/change.ts";
import type { Proof } from "./no_new_access.ts";

/** What policies are changed with. */
export type Making = {
  readonly client: IAMClient;
  readonly clock: Pick<Clock, "wait">;
  readonly reading: { readonly abortSignal: AbortSignal };
  /** Shows before the first write that nothing is gained; null: nobody asks for it. */
  readonly proof: Proof | null;
};

/** Makes changes of one form, each by itself. */
export interface Maker {
  /** @returns why the change no longer stands as planned; undefined where it does */
  drift(change: Change): Promise<string | undefined>;
  /**
   * @returns AWS's request id of the last call
   * @throws WithoutEffectError when nothing of it is there
   */
  write(change: Change, signal: AbortSignal): Promise<string | null>;
  /** Whether its effect can be seen. */
  isThere(change: Change, signal: AbortSignal): Promise<boolean>;
}

/**
 * Gives up a write that was announced, where its target has changed meanwhile.
 *
 * @throws WithoutEffectError `drifted`
 */
export function refuseDrift(why: string | undefined): void {
  if (why !== undefined) throw new WithoutEffectError("drifted", `${why}; nothing was written`);
}

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
