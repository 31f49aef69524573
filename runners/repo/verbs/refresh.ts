import pLimit from "p-limit";
import type { Account } from "../../core/aws/sessions.ts";
import { textTable, visible, wrapText } from "../../core/cli/table.ts";
import { counted } from "../../core/cli/words.ts";
import { EXIT } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { refreshAccount, type RefreshedAccount } from "../inventory/refresh_account.ts";
import type { Refreshing } from "../inventory/refreshing.ts";
import { TRACKED } from "../inventory/rows.ts";
import { answer, next, type RenderInput, type VerbAnswer } from "./answer.ts";

/** How many accounts are read at once. */
const AT_ONCE = 10;

/**
 * `repo refresh`: reads the roles of all accounts and writes down what is seen of them, role by
 * role. An account that cannot be read whole is told, and none of its roles is taken for gone.
 *
 * @throws what a signal throws, StoreError
 */
export async function refreshVerb(
  accounts: readonly Account[],
  refreshing: Omit<Refreshing, "tracked">,
  telling: RenderInput,
  progress: (done: number, of: number) => void = () => {},
): Promise<VerbAnswer> {
  const tracked = new Map(
    [...await TRACKED.read(refreshing.store)].map(([id, { since }]) => [id, since]),
  );
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
  const failed = refreshed.filter(({ failure }) => failure !== null);
  return answer(
    refreshText(refreshed, telling),
    { accounts: refreshed } as unknown as Json,
    failed.length > 0 ? EXIT.partly : EXIT.done,
  );
}

function refreshText(
  refreshed: readonly RefreshedAccount[],
  telling: RenderInput,
): string[] {
  const { style, command } = telling;
  const read = refreshed.filter(({ failure }) => failure === null);
  const failed = refreshed.filter(({ failure }) => failure !== null);
  const sum = (count: (one: RefreshedAccount) => number) =>
    read.reduce((total, one) => total + count(one), 0);
  const nameOf = ({ account, name }: RefreshedAccount) => visible(name ?? account);
  const without = sum(({ without_evidence }) => without_evidence);
  return [
    style.bold(
      `Refreshed  ${read.length} of ${counted(refreshed.length, "account")}, ` +
        counted(sum(({ roles }) => roles), "role"),
    ),
    failed.length === 0 ? "" : [
      style.bold("Not refreshed: their roles stay as they were"),
      textTable(
        [{ title: "" }, { title: "" }],
        failed.map((one) => [nameOf(one), visible(one.failure!.detail)]),
        style,
      ),
    ].join("\n"),
    read.length === 0 ? "" : textTable(
      [
        { title: "account" },
        ...["roles", "new", "changed", "gone", "permissions", "removable", "from"].map((title) => ({
          title,
          align: "right" as const,
        })),
      ],
      read.map((one) => [
        nameOf(one),
        ...[one.roles, one.added, one.changed, one.gone].map((count) => count.toLocaleString("en")),
        one.permissions.toLocaleString("en"),
        one.removable.permissions.toLocaleString("en"),
        counted(one.removable.roles, "role"),
      ]),
      style,
    ),
    without === 0 ? "" : wrapText(
      `Of ${without} of ${counted(sum(({ roles }) => roles), "role")} it is not known when they ` +
        "were used: nothing is removed from them.",
      style.width,
    ).join("\n"),
    next("To see them", command("repo roles"), telling),
  ];
}
