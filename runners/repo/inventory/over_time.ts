import type { ReadStore } from "../../core/store/store.ts";
import type { NumberChange, OverTime, RoleRow } from "../planning.ts";
import { STATS } from "./rows.ts";

/**
 * By how much the numbers of the existing roles of some accounts have changed, role by role. A
 * deleted role counts on no day, not even on those before it was deleted.
 *
 * @param roles all roles that these accounts have in the store, by ID
 */
export async function readNumberChanges(
  store: ReadStore,
  roles: ReadonlyMap<string, Pick<RoleRow, "account" | "active">>,
  accounts: readonly string[],
): Promise<NumberChange[]> {
  const changes: NumberChange[] = [];
  let last = { roleId: "", permissions: 0, removable: 0 };
  for (const [id, value] of await STATS.read(store, accounts)) {
    const roleId = id.slice(0, id.indexOf("/"));
    const row = roles.get(roleId);
    if (!row?.active) continue;
    const isFirst = last.roleId !== roleId;
    const before = isFirst ? { permissions: 0, removable: 0 } : last;
    changes.push({
      account: row.account,
      day: value.date.slice(0, "2026-11-20".length),
      roles: isFirst ? 1 : 0,
      permissions: value.permissions - before.permissions,
      removable: value.removable - before.removable,
    });
    last = { roleId, permissions: value.permissions, removable: value.removable };
  }
  return changes;
}

/**
 * The sums over the roles at the end of each day on which a number changed, oldest first.
 *
 * @param accounts only roles of these accounts; null: of all
 */
export function overTime(
  changes: readonly NumberChange[],
  accounts: ReadonlySet<string> | null,
): OverTime[] {
  const sum = { roles: 0, permissions: 0, removable: 0 };
  const days = new Map<string, OverTime>();
  for (const change of changes.toSorted((a, b) => a.day < b.day ? -1 : a.day > b.day ? 1 : 0)) {
    if (accounts && !accounts.has(change.account)) continue;
    sum.roles += change.roles;
    sum.permissions += change.permissions;
    sum.removable += change.removable;
    days.set(change.day, { date: change.day, ...sum });
  }
  return [...days.values()];
}
