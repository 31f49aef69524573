import pLimit from "p-limit";
import type { ReadStore } from "../../core/store/store.ts";
import type { Earlier, PolicyVersion, RoleRow } from "../planning.ts";
import { readTracked } from "./access.ts";
import { currentRows } from "./role_state.ts";
import { sightsOf } from "./policy_first_seen.ts";
import { LAST_CHANGES, OPT_OUTS, SCHEDULES } from "./rows.ts";
import { listVersions, readPolicies } from "./versions.ts";

/** How many rows are read at once: a store may be far away. */
const AT_ONCE = 50;

/** How much is read of earlier runs. */
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
 * It reads the versions that were in force within `sightMs`: nearly every role has a single one,
 * and that is one row. The versions of a role are listed only if it has several and the newest of
 * them is younger than that. For deleted roles no version is read.
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
 * @param row its row in the store; undefined: it was never seen
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
 * The versions of a role that were in force within `sightMs`, oldest first. If the stored policies
 * of a version are damaged, it has none here: what it granted counts as never seen, and is new.
 */
async function versionsInForce(
  store: ReadStore,
  row: RoleRow,
  { now, sightMs }: ReadingEarlier,
): Promise<PolicyVersion[]> {
  const from = new Date(now.getTime() - sightMs).toISOString();
  // Only the policies count of a version that is that old, or the only one: no rows are listed.
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

/** Stands for a first version that the store has lost: the oldest one left is not the first. */
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
