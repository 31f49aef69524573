import { counted, fewText, numberText, relativeText } from "../../core/cli/words.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { type Sheet, type SheetColumns, sheetOf } from "../../core/report/sink.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { currentRows } from "../inventory/role_state.ts";
import type { RoleRow } from "../planning.ts";
import { answer, type Answering, INVENTORY_LISTED, typed, type VerbAnswer } from "./answer.ts";
import {
  accountNames,
  ageExit,
  ageText,
  type AskedAccounts,
  inventoryAge,
} from "./inventory_age.ts";

/**
 * `repo roles`: the roles of the inventory, those that could lose most first; a sheet for `--csv`.
 *
 * @param inactive also deleted roles
 */
export async function rolesVerb(
  store: ReadStore,
  { accounts, configured, inactive }: AskedAccounts & { readonly inactive: boolean },
  answering: Answering,
): Promise<VerbAnswer & { readonly sheet: Sheet }> {
  const all = await Array.fromAsync(currentRows(store, accounts));
  const rows = all.filter(({ active }) => active || inactive).sort(mostRemovableFirst);
  const age = await inventoryAge(store, accounts ?? configured);
  const nameOf = await accountNames(store);
  const { now, command } = answering;
  const there = rows.filter(({ active }) => active);
  const removable = sumOf(there, ({ removable }) => removable);
  const permissions = sumOf(there, ({ permissions }) => permissions);
  const eligible = there.filter(({ disqualified_by }) => disqualified_by.length === 0);
  const left = all.length - rows.length;
  const first = eligible.find(({ removable }) => removable > 0);
  return {
    ...answer(
      [
        ...ageText(age, answering),
        rows.length === 0 ? [] : [{
          heading: `${counted(there.length, "role")}: ${numberText(removable)} of ` +
            `${counted(permissions, "permission")} removable, if all roles were eligible ` +
            `(${numberText(eligible.length)} ${eligible.length === 1 ? "is" : "are"})` +
            (left === 0
              ? ""
              : `; ${counted(left, "more is", "more are")} no longer there (--inactive)`),
        }],
        // Repokid's columns with this project's names, and the account.
        [{
          columns: [
            "name",
            "account",
            "removable",
            "of",
            "last removal",
            "left alone by",
            "unused services",
          ],
          rows: rows.map((row) => [
            row.name,
            nameOf(row.account),
            row.removable,
            row.permissions,
            row.repoed === null ? "-" : relativeText(new Date(row.repoed), now),
            row.active ? row.disqualified_by.join(", ") : "it is deleted",
            // Of single unused actions, only the service is named.
            fewText([...new Set(row.removable_services.map((one) => one.split(":")[0]!))], 8),
          ]),
          show: INVENTORY_LISTED,
          rest: "--csv FILE and --json have them all",
        }],
        [
          first
            ? {
              next: "To see what one would lose:",
              command: command("repo plan", "--role", typed(first)),
            }
            : "",
        ],
      ],
      { refreshed: age.refreshed, never: age.never, roles: rows },
      ageExit(age),
    ),
    sheet: sheetOf(SHEET, rows),
  };
}

function mostRemovableFirst(a: RoleRow, b: RoleRow): number {
  return b.removable - a.removable || compareText(a.name, b.name) ||
    b.permissions - a.permissions || compareText(a.arn, b.arn);
}

/** What a row of the sheet says of a role, by the title of its column. */
const SHEET: SheetColumns<RoleRow> = {
  "Name": ({ name }) => name,
  "Account": ({ account }) => account,
  "Arn": ({ arn }) => arn,
  "Active": ({ active }) => String(active),
  "Refreshed": ({ refreshed }) => refreshed,
  "Disqualified By": ({ disqualified_by }) => disqualified_by.join("; "),
  "Can be repoed": ({ disqualified_by }) => String(disqualified_by.length === 0),
  "Permissions": ({ permissions }) => permissions,
  "Repoable": ({ removable }) => removable,
  "Repoed": ({ repoed }) => repoed ?? "Never",
  "Services": ({ removable_services }) => removable_services.join("; "),
};
