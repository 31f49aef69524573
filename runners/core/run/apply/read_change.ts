import { checked } from "../../checked.ts";
import { DamagedRowError } from "../../errors.ts";
import type { Job } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import type { JournalEntry } from "../../journal/entry.ts";
import type { Change, WrittenChange } from "../../plan/change.ts";

type Reader<C extends Change> = Pick<Job<JobTypes & { Change: C }>, "kindOf" | "changeSchema">;

/** A change that was written, as its job knows it: the one place where it gets its type again. */
export function changeOf<C extends Change>(change: WrittenChange, job: Reader<C>) {
  const kind = job.kindOf(change);
  return kind === null
    ? { problem: "it is no change that this job makes" }
    : checked<C>({ ...change, kind }, job.changeSchema);
}

/**
 * An entry of the journal with its change.
 *
 * @throws DamagedRowError where the change is none that the job makes
 */
export function recordedOf<C extends Change>(
  entry: JournalEntry,
  job: Reader<C>,
): { readonly change: C; readonly entry: JournalEntry } {
  const { change_id: id, account, region, action, target, reason, before, after, lock } = entry;
  const written = { id, account, region, action, target, reason, before, after };
  const change = changeOf({ ...written, ...(lock === undefined ? {} : { lock }) }, job);
  if ("value" in change) return { change: change.value, entry };
  throw new DamagedRowError(
    `Cannot read the change "${id}" of ${entry.intended_at} in the journal: ${change.problem}. ` +
      "Restore the store from a backup, or delete this row",
  );
}
