import type { Failure } from "../observed.ts";

/** Why a report is no evidence. Whoever reads a report catches it: elsewhere failures are values. */
export class ReportError extends Error {
  override readonly name = "ReportError";
  /** @param reason a stable kebab-case code */
  constructor(readonly reason: string, message: string) {
    super(message);
  }

  get failure(): Failure {
    return { reason: this.reason, detail: this.message };
  }
}

/** How far ahead of this machine's clock AWS's may be: what SigV4 tolerates of it. */
const AHEAD_MS = 5 * 60_000;

/**
 * Refuses an instant that has not come yet: a report that says so is wrong, here or elsewhere.
 *
 * @throws ReportError
 */
export function refuseFuture(instant: Date, now: Date, what: string): void {
  if (instant.getTime() <= now.getTime() + AHEAD_MS) return;
  throw new ReportError(
    "report-contradicts",
    `${what} is ${instant.toISOString()}, which has not come yet`,
  );
}
