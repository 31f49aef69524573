import { counted, dateText } from "../../core/cli/words.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { type Sheet, type SheetColumns, sheetOf } from "../../core/report/sink.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { overTime, readNumberChanges } from "../inventory/over_time.ts";
import { ROLES, STATS, type StatsRow, storedAccounts } from "../inventory/rows.ts";
import type { RoleRow } from "../planning.ts";
import { answer, type Answering, type VerbAnswer } from "./answer.ts";
import { ageExit, ageText, type AskedAccounts, inventoryAge } from "./inventory_age.ts";

/** A change of a role's numbers; absent: the store no longer knows the role. */
type Numbers = { readonly roleId: string; readonly role?: RoleRow; readonly stats: StatsRow };

/** Repokid's columns under its names, for programs that read them. */
const SHEET: SheetColumns<Numbers> = {
  "RoleId": ({ roleId }) => roleId,
  "Role Name": ({ role }) => role?.name ?? null,
  "Account": ({ role }) => role?.account ?? null,
  "Active": ({ role }) => role ? String(role.active) : null,
  "Date": ({ stats }) => stats.date,
  "Source": ({ stats }) => stats.source,
  "Permissions Count": ({ stats }) => stats.permissions,
  "Repoable Permissions Count": ({ stats }) => stats.removable,
  "Disqualified By": ({ stats }) => stats.disqualified_by.join("; "),
};

/** `repo stats`: how the numbers of all roles have changed; Repokid's table for `--csv`. */
export async function statsVerb(
  store: ReadStore,
  { accounts, configured }: AskedAccounts,
  answering: Answering,
): Promise<VerbAnswer & { readonly sheet: Sheet }> {
  const age = await inventoryAge(store, accounts ?? configured);
  const ids = accounts ?? await storedAccounts(store);
  const roles = await ROLES.read(store, ids);
  const days = overTime(await readNumberChanges(store, roles, ids), null);
  const all = [...await STATS.read(store, ids)].sort(([a], [b]) => compareText(a, b));
  const rows = all.map(([id, stats]): Numbers => {
    const roleId = id.slice(0, id.indexOf("/"));
    const role = roles.get(roleId);
    return { roleId, ...(role ? { role } : {}), stats };
  });
  const there = rows.filter(({ role }) => role?.active);
  const rolesOf = (some: typeof rows) => new Set(some.map(({ roleId }) => roleId)).size;
  const goneRoles = rolesOf(rows.filter(({ role }) => !role?.active));
  const { now, command } = answering;
  return {
    ...answer(
      [
        ...ageText(age, answering),
        [
          {
            heading: `${counted(there.length, "change")} of the numbers of ` +
              counted(rolesOf(there), "role"),
          },
          goneRoles > 0
            ? `${counted(goneRoles, "role is", "roles are")} no longer there and not counted; ` +
              "the spreadsheet and --json have what is known of them"
            : "",
        ],
        [{
          columns: ["day", "roles", "permissions", "removable"],
          rows: days.slice(-SHOWN).map(({ date, roles, permissions, removable }) => [
            dateText(new Date(date), now),
            roles,
            permissions,
            removable,
          ]),
          show: SHOWN,
          total: days.length,
          rest: "the spreadsheet has every change",
        }],
        [
          rows.length > 0
            ? { next: "For a spreadsheet:", command: command("repo stats", "--csv", "stats.csv") }
            : "",
        ],
      ],
      rows.map(({ roleId, role, stats }) => ({
        role_id: roleId,
        role: role?.name ?? null,
        account: role?.account ?? null,
        active: role?.active ?? null,
        ...stats,
      })),
      ageExit(age),
    ),
    sheet: sheetOf(SHEET, rows),
  };
}

/** How many days are shown: the last ones. */
const SHOWN = 30;
