import pLimit from "p-limit";
import type { ReadStore } from "../../core/store/store.ts";
import type { Earlier, PolicyVersion, RoleRow } from "../planning.ts";
import { readTracked } from "./access.ts";
import { currentRows } from "./role_state.ts";
import { sightsOf } from "./policy_first_seen.ts";
import { LAST_CHANGES, OPT_OUTS, SCHEDULES } from "./rows.ts";
import { listVersions, readPolicies } from "./versions.ts";

/** How many rows are asked for at once, of a store that is far away. */
const AT_ONCE = 50;

/** What is read of earlier runs. */
type ReadingEarlier = {
  readonly now: Date;
  /** How far back versions count, milliseconds. */
  readonly sightMs: number;
  /** Only the roles of these accounts; null: all. */
  readonly accounts?: readonly string[] | null;
};

/**
 * What earlier runs left, as far as a plan needs it.
 *
 * Of the versions it reads those that were in force within `sightMs`: for nearly every role that is
 * its only one, and one row. The rows of versions are listed only of roles that have several, the
 * newest of them younger than that. Roles that are no longer there have none.
 */
export async function readEarlier(store: ReadStore, reading: ReadingEarlier): Promise<Earlier> {
  const roles = new Map<string, RoleRow>();
  const versions = new Map<string, readonly PolicyVersion[]>();
  const limit = pLimit(AT_ONCE);
  let pending: Promise<void>[] = [];
  for await (const row of currentRows(store, reading.accounts ?? null)) {
    roles.set(row.role_id, row);
    if (!row.active) continue;
    pending.push(limit(async () => {
      versions.set(row.role_id, await versionsInForce(store, row, reading));
    }));
    if (pending.length >= AT_ONCE) {
      await Promise.all(pending);
      pending = [];
    }
  }
  await Promise.all(pending);
  return {
    roles,
    versions,
    optOuts: await OPT_OUTS.read(store),
    schedules: await SCHEDULES.read(store),
    lastChanges: await LAST_CHANGES.read(store),
    tracked: await readTracked(store),
    policies: await sightsOf(store),
  };
}

/**
 * The same of one role.
 *
 * @param row its row, as it stands now; undefined: it was never seen
 * @param tracked the tracked actions of all roles
 */
export async function readEarlierOfRole(
  store: ReadStore,
  roleId: string,
  row: RoleRow | undefined,
  reading: ReadingEarlier,
  tracked: Earlier["tracked"],
): Promise<Earlier> {
  const one = <Value>(value: Value | undefined): ReadonlyMap<string, Value> =>
    new Map(value === undefined ? [] : [[roleId, value]]);
  return {
    roles: one(row),
    versions: one(row && await versionsInForce(store, row, reading)),
    optOuts: one((await OPT_OUTS.get(store, roleId))?.value),
    schedules: one((await SCHEDULES.get(store, roleId))?.value),
    tracked,
  };
}

/**
 * The versions of a role that were in force within `sightMs`, oldest first. One whose policies
 * are not what was stored is as one without any: what it had counts as never seen, and is new.
 */
async function versionsInForce(
  store: ReadStore,
  row: RoleRow,
  { now, sightMs }: ReadingEarlier,
): Promise<PolicyVersion[]> {
  const from = new Date(now.getTime() - sightMs).toISOString();
  // Of one that is as old as that, or the only one, nothing counts but its policies.
  const known = row.version_at <= from || row.version === 1
    ? [{
      seq: row.version,
      hash: row.hash,
      source: "Scan" as const,
      discovered: row.version_at,
      run_id: null,
    }]
    : await listVersions(store, row.role_id);
  const atStart = known.findLastIndex(({ discovered }) => discovered <= from);
  const inForce = await Promise.all(
    known.slice(Math.max(atStart, 0)).map(async (version) => ({
      ...version,
      policies: await readPolicies(store, row.role_id, version.hash) ?? {},
    })),
  );
  return atStart < 0 && row.first_seen < (known[0]?.discovered ?? row.version_at)
    ? [lostVersion(row), ...inForce]
    : inForce;
}

/** What a role had first, where the store has lost it: the oldest that is left is not what it had. */
function lostVersion({ first_seen }: RoleRow): PolicyVersion {
  return {
    seq: 0,
    hash: "",
    source: "Scan",
    discovered: first_seen,
    run_id: null,
    policies: {},
  };
}
