import { isInterruption } from "../core/aws/failure.ts";
import type { Host } from "../core/cli/host.ts";
import { InterruptedError } from "../core/errors.ts";

/**
 * Works until SIGINT or SIGTERM, which fire the signal.
 *
 * @throws InterruptedError for whatever the signal has cut
 */
export async function untilStopped<Result>(
  host: Pick<Host, "onStop">,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const forget = host.onStop(() => stop.abort(new InterruptedError()));
  try {
    return await work(stop.signal);
  } catch (error) {
    throw isInterruption(error) ? new InterruptedError() : error;
  } finally {
    forget();
  }
}
