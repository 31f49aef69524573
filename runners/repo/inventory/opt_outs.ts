import type { ReadStore } from "../../core/store/store.ts";
import type { RepoChange } from "../change/repo_change.ts";
import type { Asked } from "../config.ts";
import { endOfDay } from "../decide/instants.ts";
import type { OptOut, RoleKey } from "../planning.ts";
import { OPT_OUTS, SCHEDULES, UNKNOWN_ACCOUNT } from "./rows.ts";

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

/** The opt-outs of roles of some accounts, by role ID, with those of unknown accounts. */
export async function readOptOuts(
  store: ReadStore,
  accounts: readonly string[],
): Promise<ReadonlyMap<string, OptOut>> {
  const imported = await OPT_OUTS.of(UNKNOWN_ACCOUNT).read(store);
  return new Map([...imported, ...await OPT_OUTS.read(store, accounts)]);
}

/** The opt-out of a role, and the rows among which it stands. */
export async function findOptOut(store: ReadStore, { account, role_id }: RoleKey) {
  for (const rows of [OPT_OUTS.of(account), OPT_OUTS.of(UNKNOWN_ACCOUNT)]) {
    const row = await rows.get(store, role_id);
    if (row) return { ...row, rows };
  }
  return undefined;
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
    const { account, before: { role_id } } = change;
    const optOut = (await findOptOut(store, { account, role_id }))?.value;
    if (optOut && !overrideFilters && isOptedOut(optOut, now)) {
      found.set(change.id, `${optOut.owner} has opted the role out: ${optOut.reason}`);
    } else if (scheduled && !await SCHEDULES.of(account).get(store, role_id)) {
      found.set(change.id, "Its schedule was cancelled");
    }
  }
  return found;
}
