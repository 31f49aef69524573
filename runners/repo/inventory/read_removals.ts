import type { JournalEntry } from "../../core/journal/entry.ts";
import { journalBetween } from "../../core/journal/journal.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { journalChange, kindOf, roleNameOf } from "../change/repo_change.ts";
import type { Removal } from "../planning.ts";
import { isReferredTo } from "../role_reference.ts";
import type { EarlierRoles } from "./read_earlier.ts";
import { versionBefore } from "./versions.ts";

/** Outcomes of changes that were not made or were taken back: they deny nothing. */
const WITHOUT_EFFECT: ReadonlySet<JournalEntry["outcome"]> = new Set([
  "failed",
  "drifted",
  "skipped",
]);

/**
 * What was taken from inline policies within `watchMs` before `now`, oldest first, without what a
 * restore has given back since. A change with an unknown outcome counts: it may have been made.
 */
export async function readRemovals(
  store: ReadStore,
  now: Date,
  watchMs: number,
  { accounts, named }: EarlierRoles,
): Promise<Removal[]> {
  if (watchMs === 0) return [];
  const from = new Date(now.getTime() - watchMs);
  const removals: Removal[] = [];
  const read = new Set(accounts);
  for await (const entry of journalBetween(store, "repo", from, now)) {
    if (kindOf(entry) !== "inline" || WITHOUT_EFFECT.has(entry.outcome)) continue;
    if (!read.has(entry.account)) continue;
    if (named && !isReferredTo(named, entry.account, roleNameOf(entry))) continue;
    const change = journalChange(entry);
    if (change.kind !== "inline") continue;
    const { before, after } = change;
    if (after.kind !== "restore") {
      removals.push({
        role_id: before.role_id,
        account: entry.account,
        arn: entry.target,
        at: entry.intended_at,
        actions: after.removed,
        run_id: entry.run_id,
        by: after.kind === "remove" ? "name" : "evidence",
        version: (await versionBefore(
          store,
          { account: entry.account, role_id: before.role_id },
          before.policies,
          entry.intended_at,
        ))?.seq ?? null,
      });
    } else if (entry.outcome === "done") {
      giveBack(removals, before.role_id, after.gained);
    }
  }
  return removals.filter(({ actions }) => actions.length > 0);
}

function giveBack(removals: Removal[], roleId: string, gained: readonly string[]): void {
  const back = new Set(gained.map((action) => action.toLowerCase()));
  for (const [index, removal] of removals.entries()) {
    if (removal.role_id !== roleId) continue;
    const actions = removal.actions.filter((action) => !back.has(action.toLowerCase()));
    removals[index] = { ...removal, actions };
  }
}
