import { type JournalEntry, mayHaveEffect } from "../../core/journal/entry.ts";
import type { Write } from "../../core/store/store.ts";
import { setsBetween } from "../change/operations.ts";
import { type ChangeKind, policiesAfter, type RepoChange } from "../change/repo_change.ts";
import { hashOfPolicies } from "../policy/comparable.ts";
import {
  LAST_CHANGES,
  managedId,
  POLICIES_FIRST_SEEN,
  SCHEDULES,
  STATS,
  statsId,
  type StatsRow,
  type VersionRow,
} from "./rows.ts";
import { versionWrites } from "./versions.ts";

const ORIGINS: Readonly<Record<ChangeKind, Exclude<VersionRow["origin"], "found">>> = {
  repo: "Repo",
  remove: "ManualPermissionRepo",
  restore: "Restore",
};

/**
 * The rows of a role that an entry of the journal leaves, by its outcome.
 *
 * An announcement keeps the policies of before, so that they can be restored whatever becomes of
 * the write; an outcome keeps the policies after it. Nothing is read: ids come from the instants of
 * the journal and from hashes, so that nothing changes if the same is written twice, here or by a
 * refresh that has found it too. Versions get their numbers when they are listed.
 */
export function appliedWrites(
  change: RepoChange,
  { run_id, outcome, intended_at, finished_at }: JournalEntry,
): Write[] {
  if (change.kind === "stamp") return [];
  if (change.kind === "managed") {
    // IAM itself keeps its versions. Since when the old one was seen no longer counts: if somebody
    // puts it back in force by hand, it is new again.
    return mayHaveEffect({ outcome })
      ? [POLICIES_FIRST_SEEN.of(change.account).write(managedId(change.target), undefined)]
      : [];
  }
  const { account, before, after } = change;
  const { role_id } = before;
  const role = { account, role_id };
  const left = policiesAfter(after);
  const after_hash = hashOfPolicies(left);
  const source = ORIGINS[after.kind];
  const at = new Date(finished_at ?? intended_at).toISOString();
  const sets = setsBetween(before, after);
  const between = sets.length === 0 ? {} : { between: sets.map(hashOfPolicies) };
  const lastChange = LAST_CHANGES.of(account).write(role_id, {
    source,
    run_id,
    after_hash,
    ...between,
    at,
    outcome,
  });
  if (outcome === null) {
    const found: VersionRow = {
      hash: hashOfPolicies(before.policies),
      origin: "found",
      at,
      run_id: null,
    };
    return [lastChange, ...versionWrites(role, found, before.policies)];
  }
  if (outcome !== "done") return [lastChange];
  const stats: StatsRow = {
    date: at,
    source,
    permissions: after.permissions,
    removable: after.removable,
    disqualified_by: after.disqualified_by,
  };
  return [
    lastChange,
    ...versionWrites(role, { hash: after_hash, origin: source, at, run_id }, left),
    STATS.of(account).write(statsId(role_id, stats), stats),
    // The schedule is carried out; what the evidence says later can be scheduled again.
    ...(after.kind === "repo" ? [SCHEDULES.of(account).write(role_id, undefined)] : []),
  ];
}
