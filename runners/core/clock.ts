import { setTimeout } from "node:timers/promises";

/** Where the time comes from. Only the composition root and the tests make one. */
export interface Clock {
  /** The present instant, UTC. */
  now(): Date;
  /** Milliseconds that never run backwards, for measuring spans on this machine. */
  monotonicMs(): number;
  /** Waits. @throws the signal's reason when it is aborted first */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** AWS refuses signatures that are more than this off (SigV4, "Elements of a request"). */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/**
 * The machine's own clock.
 *
 * @example Wait, unless a signal cuts it
 * ```ts
 * import assert from "assert";
 * import { systemClock } from "./runners/core/clock.ts";
 *
 * const stop = AbortSignal.abort(new Error("stopped"));
 * await assert.rejects(systemClock.wait(60_000, stop), { message: "stopped" });
 * ```
 */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: async (ms, signal) => {
    // Node's own error would hide the reason.
    await setTimeout(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
  },
};
