import { textTable } from "../../core/cli/table.ts";
import { counted, dateText } from "../../core/cli/words.ts";
import type { Json } from "../../core/json.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Sheet } from "../../core/report/sink.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { ROLES, STATS, type StatsRow } from "../inventory/rows.ts";
import { answer, next, type Telling, type VerbAnswer } from "./answer.ts";
import { ageText, inventoryAge } from "./inventory_age.ts";

/** The answer, and Repokid's table for `--csv`. */
export interface StatsAnswer extends VerbAnswer {
  readonly sheet: Sheet;
}

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

/** `repo stats`: how the numbers of all roles have changed. */
export async function statsVerb(
  store: ReadStore,
  { accounts, configured }: {
    readonly accounts: readonly string[] | null;
    readonly configured: readonly string[] | null;
  },
  telling: Telling,
): Promise<StatsAnswer> {
  const roles = await ROLES.read(store);
  const rows: { readonly roleId: string; readonly stats: StatsRow }[] = [];
  for await (const { id, value } of STATS.list(store)) {
    const roleId = id.slice(0, id.indexOf("/"));
    const account = roles.get(roleId)?.account;
    if (accounts === null || account !== undefined && accounts.includes(account)) {
      rows.push({ roleId, stats: value });
    }
  }
  const sheet: Sheet = {
    columns: COLUMNS,
    rows: rows.map(({ roleId, stats }) => {
      const role = roles.get(roleId);
      return [
        roleId,
        role?.name ?? null,
        role?.account ?? null,
        role ? String(role.active) : null,
        stats.date,
        stats.source,
        stats.permissions,
        stats.removable,
        stats.disqualified_by.join("; "),
      ];
    }),
  };
  const days = totalsByDay(rows);
  const { style, now, command } = telling;
  return {
    ...answer(
      [
        ageText(await inventoryAge(store, accounts ?? configured), telling),
        style.bold(
          `${counted(rows.length, "change")} of the numbers of ${
            counted(new Set(rows.map(({ roleId }) => roleId)).size, "role")
          }`,
        ),
        days.length === 0 ? "" : textTable(
          ["day", "roles", "permissions", "could lose"].map((title, index) => ({
            title,
            align: index === 0 ? "left" as const : "right" as const,
          })),
          days.slice(-SHOWN).map(({ day, roles, permissions, removable }) => [
            dateText(new Date(day), now),
            ...[roles, permissions, removable].map((count) => count.toLocaleString("en")),
          ]),
          style,
        ),
        rows.length === 0
          ? ""
          : next("For a spreadsheet", command("repo stats", "--csv", "stats.csv"), telling),
      ],
      rows.map(({ roleId, stats }) => ({
        role_id: roleId,
        role: roles.get(roleId)?.name ?? null,
        account: roles.get(roleId)?.account ?? null,
        active: roles.get(roleId)?.active ?? null,
        ...stats,
      })) as unknown as Json,
    ),
    sheet,
  };
}

/** How many days are shown: the last ones. */
const SHOWN = 30;

/** What all roles had together at the end of each day on which a number changed. */
function totalsByDay(
  rows: readonly { readonly roleId: string; readonly stats: StatsRow }[],
): { day: string; roles: number; permissions: number; removable: number }[] {
  const last = new Map<string, StatsRow>();
  const total = { permissions: 0, removable: 0 };
  const days = new Map<string, { roles: number; permissions: number; removable: number }>();
  for (
    const { roleId, stats } of rows.toSorted((a, b) => compareText(a.stats.date, b.stats.date))
  ) {
    const before = last.get(roleId);
    total.permissions += stats.permissions - (before?.permissions ?? 0);
    total.removable += stats.removable - (before?.removable ?? 0);
    last.set(roleId, stats);
    days.set(stats.date.slice(0, 10), { roles: last.size, ...total });
  }
  return [...days].map(([day, numbers]) => ({ day, ...numbers }));
}
