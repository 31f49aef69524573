import pLimit from "p-limit";
import type { ReadStore, Row } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import type { Earlier, PolicyVersion, RoleRow } from "../planning.ts";
import { readTracked } from "./access.ts";
import { readOptOuts } from "./opt_outs.ts";
import { currentRows, findRole } from "./role_state.ts";
import { sightsOf } from "./policy_first_seen.ts";
import { ACCOUNTS, ACCOUNTS_AT_ONCE, LAST_CHANGES, POLICIES, ROLES, SCHEDULES } from "./rows.ts";
import { listVersions, readPolicies } from "./versions.ts";

/** How many rows are read at once: a store may be far away. */
const AT_ONCE = 50;

/** How much is read of earlier runs. */
type ReadingEarlier = {
  readonly now: Date;
  /** How far back versions count, milliseconds. */
  readonly sightMs: number;
};

/** Of which roles something is read. */
export type EarlierRoles = {
  /** The IDs of their accounts. */
  readonly accounts: readonly string[];
  /** Only these roles of the accounts; null: all. */
  readonly named: readonly RoleReference[] | null;
};

/**
 * What earlier runs left, as far as a plan needs it.
 *
 * It reads the versions that were in force within `sightMs`: nearly every role has a single one. The
 * versions of a role are listed only if it has several and the newest of them is younger than that.
 * For deleted roles no version is read.
 */
export async function readEarlier(
  store: ReadStore,
  reading: ReadingEarlier & EarlierRoles,
): Promise<Earlier> {
  const { accounts, named } = reading;
  const policies = named === null ? withPoliciesListed(store) : store;
  const roles = new Map<string, RoleRow>();
  const schedules = await schedulesByAccount(store, accounts);
  if (named !== null) {
    for (const row of await scheduledRows(store, schedules)) roles.set(row.role_id, row);
  }
  const versions = new Map<string, readonly PolicyVersion[]>();
  const limit = pLimit(AT_ONCE);
  let pending: Promise<void>[] = [];
  const rows = named === null ? currentRows(store, accounts) : await Promise.all(
    named.map((reference) => limit(findRole, store, reference)),
  );
  for await (const row of rows) {
    if (row === undefined) continue;
    roles.set(row.role_id, row);
    if (!row.active) continue;
    pending.push(limit(async () => {
      versions.set(row.role_id, await versionsInForce(policies, row, reading));
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
    optOuts: await readOptOuts(store, accounts),
    schedules: new Map([...schedules.values()].flatMap((own) => [...own])),
    lastChanges: await LAST_CHANGES.read(store, accounts),
    tracked: await readTracked(store),
    policies: await sightsOf(store, accounts),
    accounts: await ACCOUNTS.read(store),
  };
}

/**
 * The same store, in which the policies of an account are listed once and not gotten one by one: a run
 * of all roles needs those of nearly all, and a table may be far away.
 */
function withPoliciesListed(store: ReadStore): ReadStore {
  const kinds = new Map<string, Promise<ReadonlyMap<string, Row>>>();
  const listed = async (kind: string) =>
    new Map(await Array.fromAsync(store.list(kind), (row) => [row.id, row] as const));
  return {
    get: async (kind, id) => {
      if (!kind.startsWith(`${POLICIES.kind}#`)) return await store.get(kind, id);
      const rows = kinds.get(kind) ?? listed(kind);
      kinds.set(kind, rows);
      return (await rows).get(id);
    },
    list: (kind, prefix) => store.list(kind, prefix),
    close: () => {},
  };
}

/** What is scheduled, by role ID, in each account. */
type SchedulesByAccount = ReadonlyMap<string, Earlier["schedules"]>;

async function schedulesByAccount(
  store: ReadStore,
  accounts: readonly string[],
): Promise<SchedulesByAccount> {
  const limit = pLimit(ACCOUNTS_AT_ONCE);
  return new Map(
    await Promise.all(
      accounts.map((account) =>
        limit(async () => [account, await SCHEDULES.of(account).read(store)] as const)
      ),
    ),
  );
}

/** The rows of the scheduled roles: a plan of other roles lists them, too. */
async function scheduledRows(
  store: ReadStore,
  schedules: SchedulesByAccount,
): Promise<RoleRow[]> {
  const limit = pLimit(AT_ONCE);
  const reading = [...schedules].flatMap(([account, own]) =>
    [...own.keys()].map((id) => limit(() => ROLES.of(account).get(store, id)))
  );
  return (await Promise.all(reading)).flatMap((row) => row?.value ?? []);
}

/**
 * The same of one role.
 *
 * @param row its row in the store; undefined: it was never seen
 * @param known what was read for all roles
 */
export async function readEarlierOfRole(
  store: ReadStore,
  roleId: string,
  row: RoleRow | undefined,
  reading: ReadingEarlier,
  known: Pick<Earlier, "optOuts" | "tracked">,
): Promise<Earlier> {
  const one = <Value>(value: Value | undefined): ReadonlyMap<string, Value> =>
    new Map(value === undefined ? [] : [[roleId, value]]);
  return {
    ...known,
    // A refresh judges by evidence alone.
    schedules: new Map(),
    roles: one(row),
    versions: one(row && await versionsInForce(store, row, reading)),
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
    : await listVersions(store, row);
  const atStart = known.findLastIndex(({ discovered }) => discovered <= from);
  const inForce = await Promise.all(
    known.slice(Math.max(atStart, 0)).map(async (version) => ({
      ...version,
      policies: await readPolicies(store, row, version.hash) ?? {},
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
