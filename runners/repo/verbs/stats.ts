import { counted, dateText } from "../../core/cli/words.ts";
import type { Sheet } from "../../core/report/sink.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { overTime, readNumberChanges } from "../inventory/over_time.ts";
import { ROLES, STATS, type StatsRow } from "../inventory/rows.ts";
import type { RoleRow } from "../planning.ts";
import { answer, type Answering, type VerbAnswer } from "./answer.ts";
import { ageText, inventoryAge } from "./inventory_age.ts";

/** Repokid's columns, under its own names: what was built on them goes on. */
const COLUMNS = [
  "RoleId",
  "Role Name",
  "Account",
  "Active",
  "Date",
  "Source",
  "Permissions Count",
  "Repoable Permissions Count",
  "Disqualified By",
] as const;

/** `repo stats`: how the numbers of all roles have changed; Repokid's table for `--csv`. */
export async function statsVerb(
  store: ReadStore,
  { accounts, configured }: {
    readonly accounts: readonly string[] | null;
    readonly configured: readonly string[] | null;
  },
  answering: Answering,
): Promise<VerbAnswer & { readonly sheet: Sheet }> {
  const roles = await ROLES.read(store);
  const rows: { readonly roleId: string; readonly role?: RoleRow; readonly stats: StatsRow }[] = [];
  const days = overTime(await readNumberChanges(store, roles), accounts && new Set(accounts));
  for await (const { id, value: stats } of STATS.list(store)) {
    const roleId = id.slice(0, id.indexOf("/"));
    const role = roles.get(roleId);
    if (accounts === null || role && accounts.includes(role.account)) {
      rows.push({ roleId, ...(role ? { role } : {}), stats });
    }
  }
  const sheet: Sheet = {
    columns: COLUMNS,
    rows: rows.map(({ roleId, role, stats }) => [
      roleId,
      role?.name ?? null,
      role?.account ?? null,
      role ? String(role.active) : null,
      stats.date,
      stats.source,
      stats.permissions,
      stats.removable,
      stats.disqualified_by.join("; "),
    ]),
  };
  const there = rows.filter(({ role }) => role?.active);
  const rolesOf = (some: typeof rows) => new Set(some.map(({ roleId }) => roleId)).size;
  const goneRoles = rolesOf(rows.filter(({ role }) => !role?.active));
  const { now, command } = answering;
  return {
    ...answer(
      [
        ...ageText(await inventoryAge(store, accounts ?? configured), answering),
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
    ),
    sheet,
  };
}

/** How many days are shown: the last ones. */
const SHOWN = 30;
