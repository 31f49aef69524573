import pLimit from "p-limit";
import type { Job, Observing } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import { groupedWarnings } from "../log/grouped_warnings.ts";
import { type Parts, partsOf } from "../parts.ts";

/**
 * How many accounts are read at once, and how many Regions of all of them. How often an account is
 * called is a matter of `RateBudget`.
 */
const AT_ONCE = 20;

/**
 * Reads the accounts of the scope.
 *
 * @param show is told how much was read of what is known to be there; an account counts as one, too
 * @throws InterruptedError when a signal cut the run
 */
export async function observeAccounts<T extends JobTypes>(
  job: Pick<Job<T>, "observeAccount">,
  about: Omit<Observing<T>, "progress" | "inTurn">,
  show: (done: number, of: number) => void,
): Promise<Parts<T["Part"]>> {
  const { accounts } = about.scope;
  let [done, of] = [0, accounts.length];
  const progress = (read: number, found = 0) => show(done += read, of += found);
  const { log, flush } = groupedWarnings(about.log);
  const observing: Observing<T> = { ...about, log, progress, inTurn: pLimit(AT_ONCE) };
  const limit = pLimit(AT_ONCE);
  try {
    const parts = await Promise.all(accounts.map((account) =>
      limit(async () => {
        const part = await job.observeAccount(account, observing);
        progress(1);
        return part;
      })
    ));
    return partsOf(parts.filter((part) => part !== null));
  } finally {
    flush();
  }
}
