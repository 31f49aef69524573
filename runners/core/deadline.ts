import type { Clock } from "./clock.ts";

/**
 * A signal for what must be finished though the run was told to stop, such as a write in flight: it
 * fires so many milliseconds after the stop. To be disposed of when all is finished.
 */
export function deadlineAfter(
  stop: AbortSignal,
  clock: Pick<Clock, "wait">,
  ms: number,
): Disposable & { readonly signal: AbortSignal } {
  const deadline = new AbortController();
  const over = new AbortController();
  const begin = () => void clock.wait(ms, over.signal).then(() => deadline.abort(), () => {});
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true, signal: over.signal });
  return { signal: deadline.signal, [Symbol.dispose]: () => over.abort() };
}

/**
 * Waits no longer than until the signal, also for what does not listen to it.
 *
 * @throws the signal's reason when it is aborted first
 */
export async function before<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  const cut = Promise.withResolvers<never>();
  const stop = () => cut.reject(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, cut.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
