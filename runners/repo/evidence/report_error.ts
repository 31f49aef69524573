import type { Failure } from "../observed.ts";

/** Why a report is no evidence. The reader of a report catches it, and answers it as a value. */
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

/** How far AWS's clock may be ahead of this machine's: as far as SigV4 tolerates. */
const AHEAD_MS = 5 * 60_000;

/**
 * Refuses an instant in the future: a report with one is wrong.
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
