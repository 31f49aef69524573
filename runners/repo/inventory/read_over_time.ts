import type { ReadStore } from "../../core/store/store.ts";
import type { OverTime } from "../planning.ts";
import { ROLES, STATS } from "./rows.ts";

/** What the roles that are there had together at the end of each day on which a number changed. */
export async function readOverTime(store: ReadStore): Promise<OverTime[]> {
  const roles = await ROLES.read(store);
  const days = new Map<string, { permissions: number; removable: number }>();
  let roleId = "";
  let last = { permissions: 0, removable: 0 };
  for await (const { id, value } of STATS.list(store)) {
    const of = id.slice(0, id.indexOf("/"));
    if (!roles.get(of)?.active) continue;
    if (of !== roleId) last = { permissions: 0, removable: 0 };
    roleId = of;
    const day = value.date.slice(0, 10);
    const { permissions = 0, removable = 0 } = days.get(day) ?? {};
    days.set(day, {
      permissions: permissions + value.permissions - last.permissions,
      removable: removable + value.removable - last.removable,
    });
    last = value;
  }
  const sum = { permissions: 0, removable: 0 };
  return [...days].sort(([a], [b]) => a < b ? -1 : 1).map(([date, change]) => {
    sum.permissions += change.permissions;
    sum.removable += change.removable;
    return { date, ...sum };
  });
}
