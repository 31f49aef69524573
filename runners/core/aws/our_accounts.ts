import { believedList } from "./believed_list.ts";
import { listAccounts } from "./organization.ts";
import type { Sessions } from "./session.ts";
import type { Clock } from "../clock.ts";
import type { OrganizationConfig } from "../config/organization.ts";

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
  return believedList(async () => {
    const { accounts } = await listAccounts(sessions, organization);
    return accounts.map(({ id }) => id);
  }, clock);
}
