import { mayHaveEffect } from "../../core/journal/entry.ts";
import { journalOfTarget } from "../../core/journal/journal.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { journalChange } from "../change/repo_change.ts";
import type { RoleReference } from "../config.ts";
import type { Failure } from "../observed.ts";
import type { GivingBack, ManagedRemoval, RoleRow } from "../planning.ts";
import { findRole } from "./role_state.ts";
import { listVersions, readPolicies } from "./versions.ts";

/** Everything by which `--give-back` judges a role, or why nothing is known of it. */
export async function readGivingBack(
  store: ReadStore,
  reference: RoleReference,
): Promise<GivingBack | Failure> {
  const row = await findRole(store, reference);
  if (!row) {
    const detail = `No version of ${reference.account}/${reference.name} is known`;
    return { reason: "no-such-version", detail };
  }
  const versions = await listVersions(store, row);
  return {
    role_id: row.role_id,
    versions: await Promise.all(versions.map(async (version) => ({
      ...version,
      policies: await readPolicies(store, row, version.hash) ?? null,
    }))),
    managed: await managedRemovals(store, row),
  };
}

/** An unknown outcome counts: the removal may have been made. */
async function managedRemovals(
  store: ReadStore,
  { account, arn, role_id }: RoleRow,
): Promise<ManagedRemoval[]> {
  let removals: ManagedRemoval[] = [];
  for (const entry of await journalOfTarget(store, "repo", { account, target: arn })) {
    if (!mayHaveEffect(entry)) continue;
    const change = journalChange(entry);
    if (change.kind !== "managed" || change.before.role_id !== role_id) continue;
    const { before: { version }, after } = change;
    if (after.kind !== "restore") {
      const { run_id, target: policy } = entry;
      removals.push({ policy, version, run_id, actions: after.removed });
    } else if (entry.outcome === "done") {
      const back = new Set(after.gained);
      removals = removals.map((one) =>
        one.policy === entry.target
          ? { ...one, actions: one.actions.filter((action) => !back.has(action)) }
          : one
      );
    }
  }
  return removals;
}
