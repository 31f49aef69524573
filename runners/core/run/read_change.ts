import { checked } from "../checked.ts";
import { StoreError } from "../errors.ts";
import type { Job, Recorded } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import type { JournalEntry } from "../journal/journal.ts";
import type { WrittenChange } from "../plan/change.ts";

type Reader<T extends JobTypes> = Pick<Job<T>, "kindOf" | "changeSchema">;

/** A change that was written, as its job knows it: the one place where it gets its type again. */
export function changeOf<T extends JobTypes>(change: WrittenChange, job: Reader<T>) {
  return checked<T["Change"]>({ ...change, kind: job.kindOf(change) }, job.changeSchema);
}

/**
 * An entry of the journal with its change.
 *
 * @throws StoreError where the change is none that the job makes
 */
export function recordedOf<T extends JobTypes>(entry: JournalEntry, job: Reader<T>): Recorded<T> {
  const { change_id: id, account, region, action, target, reason, before, after, lock } = entry;
  const written = { id, account, region, action, target, reason, before, after };
  const change = changeOf({ ...written, ...(lock === undefined ? {} : { lock }) }, job);
  if ("value" in change) return { change: change.value, entry };
  throw new StoreError(
    `Cannot read the change "${id}" of ${entry.intended_at} in the journal: ${change.problem}. ` +
      "Restore the store from a backup, or delete this row",
  );
}
