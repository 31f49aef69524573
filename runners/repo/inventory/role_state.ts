import { chunksOf } from "../../core/chunks.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import type { Failure } from "../observed.ts";
import type { LastChangeRow, Restoring, RoleKey, RoleRow } from "../planning.ts";
import {
  ACCOUNTS_AT_ONCE,
  LAST_CHANGES,
  nameId,
  NAMES,
  ROLES,
  STATS,
  type StatsRow,
  storedAccounts,
} from "./rows.ts";
import { listVersions, type NumberedVersion, readVersion } from "./versions.ts";

/** What the store has of a role, with the revisions that a guarded write expects. */
export type RoleState = {
  /** It includes what the last change of this job left; undefined: the role was never seen. */
  readonly row: RoleRow | undefined;
  /** Its newest version. A change of this job leaves one also of a role that was never read. */
  readonly newest: Newest | undefined;
  readonly lastChange: LastChangeRow | undefined;
  readonly revisions: {
    readonly row: number | "absent";
    readonly lastChange: number | "absent";
  };
};

/** The newest version of a role, as its row has it. */
export type Newest = Pick<RoleRow, "version" | "hash" | "version_at">;

/** Everything that is needed to store what is seen of a role now. */
export async function readRoleState(store: ReadStore, role: RoleKey): Promise<RoleState> {
  const { account, role_id } = role;
  // The last change first: if a change comes between the two reads, the guarded write fails.
  const lastChange = await LAST_CHANGES.of(account).get(store, role_id);
  const stored = await ROLES.of(account).get(store, role_id);
  const row = stored && await upToDate(store, stored.value, lastChange?.value);
  return {
    row,
    newest: row ?? (lastChange && newestOf(await listVersions(store, role))),
    lastChange: lastChange?.value,
    revisions: { row: stored?.revision ?? "absent", lastChange: lastChange?.revision ?? "absent" },
  };
}

/**
 * The row of a role, with what a change of this job has left since the role was refreshed: a change
 * is recorded without reading or writing the row, so that nothing can prevent its outcome.
 */
async function upToDate(
  store: ReadStore,
  row: RoleRow,
  lastChange: LastChangeRow | undefined,
): Promise<RoleRow> {
  if (!lastChange || lastChange.at < row.refreshed) return row;
  const versions = await listVersions(store, row);
  const removed = versions.findLast(({ source }) =>
    source === "Repo" || source === "ManualPermissionRepo"
  );
  let stats: StatsRow | undefined;
  for await (const { value } of STATS.of(row.account).list(store, `${row.role_id}/`)) stats = value;
  return {
    ...row,
    ...newestOf(versions),
    ...(stats ? { permissions: stats.permissions, removable: stats.removable } : {}),
    // Everything removable was removed.
    ...(stats?.removable === 0
      ? {
        removable_services: [],
        services: versions.at(-1)?.source === "Repo"
          ? without(row.services, row.removable_services)
          : row.services,
      }
      : {}),
    repoed: removed?.discovered ?? row.repoed,
  };
}

function newestOf(versions: readonly NumberedVersion[]): Newest | undefined {
  const newest = versions.at(-1);
  return newest && { version: newest.seq, hash: newest.hash, version_at: newest.discovered };
}

/** The rows of all roles, or of the roles of some accounts, account by account. */
export async function* currentRows(
  store: ReadStore,
  accounts: readonly string[] | null = null,
): AsyncGenerator<RoleRow> {
  const ids = new Set(accounts ?? await storedAccounts(store));
  for (const some of chunksOf([...ids].sort(), ACCOUNTS_AT_ONCE)) {
    yield* (await Promise.all(some.map((account) => rowsOf(store, account)))).flat();
  }
}

async function rowsOf(store: ReadStore, account: string): Promise<RoleRow[]> {
  const lastChanges = await LAST_CHANGES.of(account).read(store);
  return await Array.fromAsync(
    ROLES.of(account).list(store),
    ({ value }) => upToDate(store, value, lastChanges.get(value.role_id)),
  );
}

/**
 * The row of a role that a person names. The name leads to an ID, and the row of that ID must have
 * this account and name: another role is never taken for it.
 */
export async function findRole(
  store: ReadStore,
  { account, name }: RoleReference,
): Promise<RoleRow | undefined> {
  const named = await NAMES.of(account).get(store, nameId(account, name));
  if (!named) return undefined;
  const { row } = await readRoleState(store, { account, role_id: named.value.role_id });
  return row?.account === account && row.name.toLowerCase() === name.toLowerCase()
    ? row
    : undefined;
}

function without(services: readonly string[], gone: readonly string[]): string[] {
  return services.filter((service) => !gone.includes(service));
}

/** The version that a person wants to restore and the ID of its role, or why there is none. */
export async function readRestoring(
  store: ReadStore,
  reference: RoleReference,
  seq: number,
): Promise<Restoring | Failure> {
  const row = await findRole(store, reference);
  if (!row) {
    const detail = `No version of ${reference.account}/${reference.name} is known`;
    return { reason: "no-such-version", detail };
  }
  const version = await readVersion(store, row, seq);
  return "reason" in version ? version : { role_id: row.role_id, version };
}
