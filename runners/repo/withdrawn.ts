import type { Change } from "../core/plan/change.ts";
import type { ReadStore } from "../core/store/store.ts";
import { formOf } from "./change/role_change.ts";
import type { Asked } from "./config.ts";
import { isOptedOut } from "./inventory/opt_outs.ts";
import { OPT_OUTS, SCHEDULES } from "./inventory/rows.ts";

/**
 * The removals that somebody has taken back since they were planned: the role was opted out, or,
 * with `--scheduled`, its schedule was cancelled. A restore gives back, and goes on.
 *
 * @returns why, by the change's id
 */
export async function withdrawn(
  store: ReadStore,
  changes: readonly Change[],
  { scheduled, overrideFilters }: Asked,
  now: Date,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const change of changes) {
    if (change.after["kind"] === "restore" || formOf(change) === "stamp") continue;
    const roleId = String(change.before["role_id"]);
    const optOut = (await OPT_OUTS.get(store, roleId))?.value;
    if (optOut && !overrideFilters && isOptedOut(optOut, now)) {
      found.set(change.id, `${optOut.owner} has opted the role out: ${optOut.reason}`);
    } else if (scheduled && !await SCHEDULES.get(store, roleId)) {
      found.set(change.id, "Its schedule was cancelled");
    }
  }
  return found;
}
