import type { ReadStore } from "../../core/store/store.ts";
import type { RepoChange } from "../change/repo_change.ts";
import type { Asked } from "../config.ts";
import { endOfDay } from "../decide/instants.ts";
import type { OptOut } from "../planning.ts";
import { OPT_OUTS, SCHEDULES } from "./rows.ts";

/**
 * Whether an opt-out counts at an instant: until the end of its day in UTC, wherever the person or
 * the machine is. One whose end cannot be read counts.
 */
export function isOptedOut({ until }: Pick<OptOut, "until">, now: Date): boolean {
  const end = endOfDay(until);
  return end === null || now.getTime() < end;
}

/** Whether a text is a day such as `2027-01-31`; 30 February is none. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    (new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false);
}

/**
 * The removals that somebody has taken back since they were planned: the role was opted out, or,
 * with `--scheduled`, its schedule was cancelled. A restore is never taken back in this way.
 *
 * @returns why, by the change's id
 */
export async function withdrawn(
  store: ReadStore,
  changes: readonly RepoChange[],
  { scheduled, overrideFilters }: Asked,
  now: Date,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const change of changes) {
    if (change.after.kind === "restore" || change.kind === "stamp") continue;
    const roleId = change.before.role_id;
    const optOut = (await OPT_OUTS.get(store, roleId))?.value;
    if (optOut && !overrideFilters && isOptedOut(optOut, now)) {
      found.set(change.id, `${optOut.owner} has opted the role out: ${optOut.reason}`);
    } else if (scheduled && !await SCHEDULES.get(store, roleId)) {
      found.set(change.id, "Its schedule was cancelled");
    }
  }
  return found;
}
