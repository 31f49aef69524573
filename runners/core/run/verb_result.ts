import { EXIT, type ExitCode } from "../errors.ts";
import type { JobTypes } from "../job_types.ts";
import type { Planned } from "../plan/document.ts";
import { type Ended, fallsShort, type RunResult } from "./run_document.ts";

/** What a verb answers, to be printed. */
export type VerbResult<T extends JobTypes = JobTypes> = {
  readonly plan: Planned<T>;
  /** null for `plan`, which runs nothing. */
  readonly run: RunResult<T> | null;
  /** Changes of a plan file that the run was not asked for, or that an earlier run has made. */
  readonly aside?: readonly Ended<T>[];
  readonly exitCode: ExitCode;
  /** The files and addresses that were written. */
  readonly written: readonly string[];
  /** Where the plan was written, if it was. */
  readonly planFile: string | null;
};

/**
 * The exit code of `plan`, `report`, `apply` and `explain` that came to their end. Verbs without a
 * plan decide their own; errors carry one (`core/errors.ts`). Where writing the record, the files or
 * the output fails afterwards, "done" becomes "done in part".
 *
 * @param isComplete all that was asked for by name was planned, and all that is told was written
 */
export function exitCodeOfVerb(
  plan: Planned,
  run: RunResult | null,
  isComplete: boolean,
): ExitCode {
  if (plan.refused !== null) return EXIT.refused;
  const partly = plan.coverage.unproven.length > 0 || !isComplete ||
    (run?.changes ?? []).some(fallsShort) ||
    (run?.settled ?? []).some(({ outcome }) => outcome !== "done") ||
    // Our own writes may be made by another run at the same time.
    (run?.ownWrites ?? []).some(({ outcome, error }) =>
      outcome === "failed" || outcome === "unknown" || error?.code === "store"
    );
  return partly ? EXIT.partly : EXIT.done;
}
