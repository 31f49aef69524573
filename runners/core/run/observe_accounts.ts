import pLimit from "p-limit";
import type { Job, Observing } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import { type Parts, partsOf } from "../parts.ts";

/**
 * How many accounts are read at once, and how many reads are made at once in all of these. How many
 * calls an account takes is a matter of `RateBudget`.
 */
const AT_ONCE = 20;

/**
 * Reads the accounts of the scope.
 *
 * @param progress is told how much was read; an account that has told nothing yet counts as one
 * @throws InterruptedError when a signal cut the run
 */
export async function observeAccounts<T extends JobTypes>(
  job: Pick<Job<T>, "observeAccount">,
  about: Omit<Observing<T>, "progress" | "inTurn">,
  progress: (done: number, of: number) => void,
): Promise<Parts<T["Part"]>> {
  const { accounts } = about.scope;
  const told = new Map<string, { readonly done: number; readonly of: number }>();
  let [done, of] = [0, accounts.length];
  const observing: Observing<T> = {
    ...about,
    inTurn: pLimit(AT_ONCE),
    progress: (account, own) => {
      const before = told.get(account) ?? { done: 0, of: 1 };
      told.set(account, own);
      progress(done += own.done - before.done, of += own.of - before.of);
    },
  };
  const limit = pLimit(AT_ONCE);
  const parts = await Promise.all(
    accounts.map((account) => limit(() => job.observeAccount(account, observing))),
  );
  return partsOf(parts.filter((part) => part !== null));
}
