import type { Account } from "../../core/aws/session.ts";
import { chunksOf } from "../../core/chunks.ts";
import { StoreError } from "../../core/errors.ts";
import type { Store, Write } from "../../core/store/store.ts";
import type { ManagedPolicy, ObservedRole } from "../observed.ts";
import type { Earlier, RoleRow } from "../planning.ts";
import { hashOfPolicies } from "../policy/comparable.ts";
import { readEarlierOfRole } from "./read_earlier.ts";
import { readRoleState } from "./role_state.ts";
import { type Judged, roleWrites } from "./role_writes.ts";
import { nameId, NAMES, ROLES } from "./rows.ts";
import { trackedWrites } from "./observation_writes.ts";
import { policiesWrites } from "./versions.ts";
import type { Clock } from "../../core/clock.ts";

/** How many rows are written at once. */
const ROWS_AT_ONCE = 100;

/** How often a role is read again whose row another run writes at the same time. */
const ATTEMPTS = 5;

/** A role as it was seen, and the rows to write. */
export type Sighting = {
  readonly role: ObservedRole;
  readonly judged: Judged;
  readonly before: RoleRow | undefined;
  readonly writes: readonly Write[];
};

/**
 * Stores what is seen of some roles, as many at once as fit into one write.
 *
 * @param at when their account began to be read, RFC 3339
 * @param told is told of each role when it is written down
 * @throws StoreError
 */
export async function writeRoles(
  roles: readonly ObservedRole[],
  account: Account,
  at: string,
  refreshing: Refreshing,
  told: (look: Sighting) => void,
): Promise<void> {
  const { store, tracked } = refreshing;
  await writeInChunks(store, roles.flatMap((role) => trackedWrites(role, tracked)));
  const looks: Sighting[] = [];
  for (const role of roles) looks.push(await look(role, account, at, refreshing));
  for (const together of packed(looks)) {
    if (await store.write(together.flatMap(({ writes }) => writes))) {
      for (const one of together) told(one);
    } else {
      for (const { role } of together) told(await writeRole(role, account, at, refreshing));
    }
  }
}

/** Groups that are written at once: as many roles as fit, each row once. */
function packed(looks: readonly Sighting[]): Sighting[][] {
  const packs: Sighting[][] = [];
  let ids = new Set<string>();
  for (const one of looks) {
    const own = one.writes.map(({ kind, id }) => `${kind} ${id}`);
    if (
      packs.length === 0 || ids.size + own.length > ROWS_AT_ONCE || own.some((id) => ids.has(id))
    ) {
      packs.push([]);
      ids = new Set();
    }
    packs.at(-1)!.push(one);
    for (const id of own) ids.add(id);
  }
  return packs;
}

/** Stores one role; reads its rows again if another run has written them since. */
async function writeRole(
  role: ObservedRole,
  account: Account,
  at: string,
  refreshing: Refreshing,
): Promise<Sighting> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const one = await look(role, account, at, refreshing);
    if (await refreshing.store.write(one.writes)) return one;
  }
  throw new StoreError(
    `Cannot write down the role ${role.arn}: other runs write it at the same time, ` +
      `${ATTEMPTS} times over. Let one refresh run at a time`,
  );
}

async function look(
  role: ObservedRole,
  account: Account,
  at: string,
  { store, clock, sightMs, tracked, judge }: Refreshing,
): Promise<Sighting> {
  const state = await readRoleState(store, role.roleId);
  const reading = { now: clock.now(), sightMs };
  const earlier = await readEarlierOfRole(store, role.roleId, state.row, reading, tracked);
  const judged = judge(role, account, earlier);
  const former = state.row?.name === role.name
    ? undefined
    : await formerRole(store, account.id, role);
  const seen = { role, account: account.id, at, judged };
  const writes = [...roleWrites(seen, state, former, true), ...mended(role, state.row, earlier)];
  return { role, judged, before: state.row, writes };
}

/** Writes policies again whose row is lost or was tampered with, if the role still has them. */
function mended(role: ObservedRole, row: RoleRow | undefined, { versions }: Earlier): Write[] {
  const newest = versions.get(role.roleId)?.at(-1);
  const isWhole = !newest || Object.keys(newest.policies).length > 0;
  if (!row || isWhole || hashOfPolicies(role.inline) !== row.hash) return [];
  return policiesWrites(role.roleId, row.hash, role.inline);
}

/** The row of another role that had this name. */
async function formerRole(
  store: Store,
  account: string,
  { name, roleId }: ObservedRole,
): Promise<RoleRow | undefined> {
  const named = await NAMES.get(store, nameId(account, name));
  if (!named || named.value.role_id === roleId) return undefined;
  return (await ROLES.get(store, named.value.role_id))?.value;
}

/** Writes rows that need not be written at once. */
export async function writeInChunks(store: Store, writes: readonly Write[]): Promise<void> {
  for (const chunk of chunksOf(writes, ROWS_AT_ONCE)) await store.write(chunk);
}

/** An account that can be read. */
interface OpenAccount {
  readonly partition: string;
  /**
   * Its roles with the evidence of their use, one after the other.
   *
   * @param managed is complete when the last role was read
   * @throws if the account cannot be read completely
   */
  roles(managed: Map<string, ManagedPolicy>): AsyncIterable<ObservedRole>;
}

/** What a refresh works with. */
export interface Refreshing {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly sightMs: number;
  /** Only some of the roles are read: the rows of the others stay. */
  readonly isNarrowed: boolean;
  open(account: Account): Promise<OpenAccount>;
  /** @param earlier what earlier runs left of this role, and the tracked actions */
  judge(role: ObservedRole, account: Account, earlier: Earlier): Judged;
  /** When each tracked action was first listed, by the store; new ones are added. */
  readonly tracked: Map<string, string>;
}
