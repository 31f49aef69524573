import { accountLabel } from "../../core/aws/session.ts";
import type { Text } from "../../core/text/sections.ts";
import { counted, relativeText } from "../../core/cli/words.ts";
import type { OrganizationConfig } from "../../core/config/organization.ts";
import { EXIT, type ExitCode, GroundskeeperError } from "../../core/errors.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { ACCOUNTS } from "../inventory/rows.ts";
import type { AccountRow } from "../planning.ts";
import type { Answering } from "./answer.ts";

/** Which accounts a verb is asked about. */
export type AskedAccounts = {
  /** Only these; null: all. */
  readonly accounts: readonly string[] | null;
  /** The configured accounts; null: they are not named one by one. */
  readonly configured: readonly string[] | null;
};

/** The accounts that the configuration names one by one, or null. */
export function namedAccounts({ accounts }: OrganizationConfig): string[] | null {
  return Array.isArray(accounts) ? accounts.map(({ id }) => id) : null;
}

/** How old the stored accounts are, and which are missing. */
type InventoryAge = {
  /** Accounts whose roles were all read, with when; the oldest first. */
  readonly refreshed: readonly AccountRow[];
  /** Accounts that were never read completely, with why if it was tried. */
  readonly never: readonly { readonly account: string; readonly why: string }[];
};

/**
 * @param accounts the configured ones; null: they are not named one by one
 * @throws GroundskeeperError if no refresh has tried any of them: exit 1
 */
export async function inventoryAge(
  store: ReadStore,
  accounts: readonly string[] | null,
): Promise<InventoryAge> {
  const rows = await ACCOUNTS.read(store);
  const ids = accounts ?? [...rows.keys()];
  const known = ids.flatMap((id) => rows.get(id) ?? []);
  if (known.length === 0) {
    throw new GroundskeeperError(
      "nothing-stored",
      "The store has the roles of no account that is asked for, so nothing can be listed",
      EXIT.failed,
      { help: [{ sentence: "To read the accounts", words: ["repo refresh"] }] },
    );
  }
  return {
    refreshed: known.filter(({ refreshed }) => refreshed !== null)
      .sort((a, b) => a.refreshed! < b.refreshed! ? -1 : 1),
    never: ids.filter((id) => (rows.get(id)?.refreshed ?? null) === null).map((account) => {
      const row = rows.get(account);
      const untold = row ? "only some of its roles were read" : "nobody has tried";
      return { account, why: row?.failure?.detail ?? untold };
    }),
  };
}

/** What an answer about the inventory is worth as an exit code. */
export function ageExit({ never }: InventoryAge): ExitCode {
  return never.length > 0 ? EXIT.partly : EXIT.done;
}

/** "Refreshed 2 hours ago; …", with every account that is missing. */
export function ageText({ refreshed, never }: InventoryAge, { now }: Answering): Text {
  const ago = (row: AccountRow | undefined) =>
    row ? relativeText(new Date(row.refreshed!), now) : "";
  const [oldest, newest] = [refreshed[0], refreshed.at(-1)];
  const of = `${refreshed.length} of ${counted(refreshed.length + never.length, "account")}`;
  const age = oldest === undefined
    ? "never"
    : refreshed.length === 1 || ago(oldest) === ago(newest)
    ? ago(oldest)
    : `between ${ago(oldest)} (${oldest.name ?? oldest.account}) and ${ago(newest)}`;
  return [
    [`Refreshed  ${of}, ${age}`],
    never.length === 0 ? [] : [
      { heading: "Never refreshed completely: not all of their roles are known" },
      { columns: ["", ""], rows: never.map(({ account, why }) => [account, why]), show: Infinity },
    ],
  ];
}

/** The name of an account, else its ID. */
export async function accountNames(store: ReadStore): Promise<(account: string) => string> {
  const rows = await ACCOUNTS.read(store);
  return (account) => accountLabel({ id: account, name: rows.get(account)?.name ?? null });
}
