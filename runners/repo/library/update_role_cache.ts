import { isInterruption } from "../../core/aws/failure.ts";
import { InterruptedError } from "../../core/errors.ts";
import { scopeOf } from "../../core/run/make_plan.ts";
import { ASKED_NOTHING } from "../config.ts";
import { refreshAccount, type RefreshedAccount } from "../inventory/refresh_account.ts";
import { TRACKED } from "../inventory/rows.ts";
import { refreshingOf } from "../refresh_run.ts";
import { openLibraryRun, type RepoLibrary } from "./library.ts";

/**
 * Reads the roles of an account and writes down what is seen of them, as `repo refresh` does: new
 * versions of their policies, evidence of their use, numbers, and which are gone. It never writes to
 * the account.
 *
 * @param account twelve digits
 * @returns what was seen; with `failure` where the account could not be read whole, of which nothing
 * is concluded then
 * @throws UsageError where the account is none of `organization`'s
 * @throws AwsAccessError, ConfigError, StoreError
 *
 * @example Read an account; `library` is as in `examples/repo/library.ts`
 * ```ts
 * import assert from "assert";
 * import { updateRoleCache } from "./runners/repo/mod.ts";
 *
 * const { roles, failure } = await updateRoleCache("111111111111", library);
 * assert.equal(failure, null);
 * assert.equal(roles, 1);
 * ```
 */
export async function updateRoleCache(
  account: string,
  library: RepoLibrary,
): Promise<RefreshedAccount> {
  try {
    const run = await openLibraryRun(library, ASKED_NOTHING, account);
    const { accounts: [found] } = await scopeOf(run.context);
    const refreshing = await refreshingOf(run);
    const store = library.store.open();
    try {
      const tracked = new Map(
        [...await TRACKED.read(store)].map(([id, { since }]) => [id, since]),
      );
      return await refreshAccount(found!, { ...refreshing, store, tracked });
    } finally {
      store.close();
    }
  } catch (error) {
    throw isInterruption(error) ? new InterruptedError() : error;
  }
}
