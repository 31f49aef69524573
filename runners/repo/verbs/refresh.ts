import pLimit from "p-limit";
import { type Account, accountLabel } from "../../core/aws/session.ts";
import { sumOf } from "../../core/sum_of.ts";
import { counted } from "../../core/cli/words.ts";
import { EXIT } from "../../core/errors.ts";
import { refreshAccount, type RefreshedAccount } from "../inventory/refresh_account.ts";
import type { Refreshing } from "../inventory/write_roles.ts";
import { readTracked } from "../inventory/access.ts";
import { answer, type Answering, INVENTORY_LISTED, type VerbAnswer } from "./answer.ts";

/** How many accounts are read at once. */
const AT_ONCE = 10;

/**
 * `repo refresh`: reads the roles of all accounts and stores what is seen of them, role by role. It
 * tells each account that cannot be read completely; none of its roles counts as deleted.
 *
 * @throws what a signal throws, StoreError
 */
export async function refreshVerb(
  accounts: readonly Account[],
  refreshing: Omit<Refreshing, "tracked">,
  { command }: Answering,
  progress: (done: number, of: number) => void = () => {},
): Promise<VerbAnswer> {
  const tracked = await readTracked(refreshing.store);
  const limit = pLimit(AT_ONCE);
  let done = 0;
  const refreshed = await Promise.all(
    accounts.map((account) =>
      limit(async () => {
        const one = await refreshAccount(account, { ...refreshing, tracked });
        progress(++done, accounts.length);
        return one;
      })
    ),
  );
  const read = refreshed.filter(({ failure }) => failure === null);
  const failed = refreshed.filter(({ failure }) => failure !== null);
  const nameOf = ({ account, name }: RefreshedAccount) => accountLabel({ id: account, name });
  const roles = counted(sumOf(read, ({ roles }) => roles), "role");
  const without = sumOf(read, ({ without_evidence }) => without_evidence);
  const text = [
    [{ heading: `Refreshed  ${read.length} of ${counted(refreshed.length, "account")}, ${roles}` }],
    failed.length === 0 ? [] : [
      { heading: "Not refreshed: their roles stay as they were" },
      {
        columns: ["", ""],
        rows: failed.map((one) => [nameOf(one), one.failure!.detail]),
        show: INVENTORY_LISTED,
      },
    ],
    [{
      columns: [
        "account",
        "roles",
        "new",
        "changed",
        "deleted",
        "permissions",
        "removable",
        "from",
      ],
      rows: read.map((one) => [
        nameOf(one),
        one.roles,
        one.added,
        one.changed,
        one.gone,
        one.permissions,
        one.removable.permissions,
        counted(one.removable.roles, "role"),
      ]),
      show: INVENTORY_LISTED,
    }],
    [
      without > 0
        ? `Of ${without} of ${roles} it is not known when they were used: nothing is removed from ` +
          "them."
        : "",
    ],
    [{ next: "To see them:", command: command("repo roles") }],
  ];
  return answer(text, { accounts: refreshed }, failed.length > 0 ? EXIT.partly : EXIT.done);
}
