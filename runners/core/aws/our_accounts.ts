import { listAccounts } from "./organization.ts";
import type { Sessions } from "./session.ts";
import type { Clock } from "../clock.ts";
import type { OrganizationConfig } from "../config/organization.ts";

/** How long a list is believed: of an account that is in it, and of one that is not. */
const BELIEVED_MS = { listed: 3_600_000, missing: 60_000 } as const;

/**
 * Tells whether an account is one of those that the configuration speaks of. They are listed again from
 * time to time, and sooner if an account is missing: it may be new.
 *
 * @returns a question that throws if they cannot be listed, and the account is not in an older list
 */
export function ourAccounts(
  sessions: Sessions,
  organization: OrganizationConfig,
  clock: Pick<Clock, "monotonicMs">,
): (account: string) => Promise<boolean> {
  type Listed = { readonly ids: ReadonlySet<string>; readonly atMs: number };
  let [listed, listing]: [Listed | undefined, Promise<Listed> | undefined] = [undefined, undefined];
  const list = async (): Promise<Listed> => {
    const { accounts } = await listAccounts(sessions, organization);
    return { ids: new Set(accounts.map(({ id }) => id)), atMs: clock.monotonicMs() };
  };
  return async (account) => {
    const isListed = listed?.ids.has(account) ?? false;
    const believedMs = BELIEVED_MS[isListed ? "listed" : "missing"];
    if (listed && clock.monotonicMs() - listed.atMs < believedMs) return isListed;
    try {
      listing ??= list().finally(() => listing = undefined);
      listed = await listing;
    } catch (error) {
      if (!isListed) throw error;
      return true;
    }
    return listed.ids.has(account);
  };
}
