import type { Account } from "../../core/aws/session.ts";
import { StoreError } from "../../core/errors.ts";
import {
  MOST_BYTES,
  MOST_ROWS,
  type RowKey,
  type Store,
  type Write,
} from "../../core/store/store.ts";
import { sumOf } from "../../core/sum_of.ts";
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
  refreshing: RefreshingAccount,
  told: (look: Sighting) => void,
): Promise<void> {
  const { store, tracked } = refreshing;
  await store.writeEach(roles.flatMap((role) => trackedWrites(role, tracked)));
  const looks = await Promise.all(roles.map((role) => look(role, account, at, refreshing)));
  for (let together of packed(looks)) {
    while (together.length > 0) {
      const result = await store.write(together.flatMap(({ writes }) => writes));
      if (result.written) {
        together.forEach(told);
        break;
      }
      // Only the role whose row was written meanwhile must be read again.
      const { inTheWay } = result;
      const lost = together.find(({ writes }) => writes.some((one) => isSameRow(one, inTheWay)))!;
      told(await writeRole(lost.role, account, at, refreshing));
      together = together.filter((one) => one !== lost);
    }
  }
}

/** Groups that are written at once: as many roles as fit, each row once. */
function packed(looks: readonly Sighting[]): Sighting[][] {
  const packs: Sighting[][] = [];
  let rows: Write[] = [];
  let bytes = 0;
  for (const one of looks) {
    const size = sizeOf(one.writes);
    const isFull = rows.length + one.writes.length > MOST_ROWS || bytes + size > MOST_BYTES;
    if (
      packs.length === 0 || isFull ||
      one.writes.some((own) => rows.some((row) => isSameRow(own, row)))
    ) {
      packs.push([]);
      rows = [];
      bytes = 0;
    }
    packs.at(-1)!.push(one);
    rows.push(...one.writes);
    bytes += size;
  }
  return packs;
}

/** In bytes, as the store counts. */
function sizeOf(writes: readonly Write[]): number {
  return sumOf(
    writes,
    ({ kind, id, value }) =>
      new TextEncoder().encode(`${kind}${id}${JSON.stringify(value)}`).length,
  );
}

function isSameRow(one: RowKey, other: RowKey): boolean {
  return one.kind === other.kind && one.id === other.id;
}

/** Stores one role; reads its rows again if another run has written them since. */
async function writeRole(
  role: ObservedRole,
  account: Account,
  at: string,
  refreshing: RefreshingAccount,
): Promise<Sighting> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const one = await look(role, account, at, refreshing);
    if ((await refreshing.store.write(one.writes)).written) return one;
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
  { store, clock, sightMs, optOuts, tracked, judge }: RefreshingAccount,
): Promise<Sighting> {
  const state = await readRoleState(store, { account: account.id, role_id: role.roleId });
  const reading = { now: clock.now(), sightMs };
  const known = { optOuts, tracked };
  const earlier = await readEarlierOfRole(store, role.roleId, state.row, reading, known);
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
  return policiesWrites(row, row.hash, role.inline);
}

/** The row of another role that had this name. */
async function formerRole(
  store: Store,
  account: string,
  { name, roleId }: ObservedRole,
): Promise<RoleRow | undefined> {
  const named = await NAMES.of(account).get(store, nameId(account, name));
  if (!named || named.value.role_id === roleId) return undefined;
  return (await ROLES.of(account).get(store, named.value.role_id))?.value;
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
  open(account: Account): Promise<OpenAccount>;
  /** @param earlier what earlier runs left of this role, and the tracked actions */
  judge(role: ObservedRole, account: Account, earlier: Earlier): Judged;
  /** When each tracked action was first listed, by the store; new ones are added. */
  readonly tracked: Map<string, string>;
}

/** The same in an account, with the opt-outs of its roles. */
export type RefreshingAccount = Refreshing & Pick<Earlier, "optOuts">;
