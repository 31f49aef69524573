import { failureIn } from "../../core/aws/failure.ts";
import type { Account } from "../../core/aws/session.ts";
import { StoreError } from "../../core/errors.ts";
import { rowName } from "../../core/store/row_kind.ts";
import type { Store, Write } from "../../core/store/store.ts";
import { type Failure, type ManagedPolicy, NOT_ASKED, type ObservedRole } from "../observed.ts";
import type { AccountRow, RoleRow } from "../planning.ts";
import { readOptOuts } from "./opt_outs.ts";
import { type Refreshing, type Sighting, writeRoles } from "./write_roles.ts";
import { policyFirstSeenWrites, sightsOf } from "./policy_first_seen.ts";
import { inactiveWrites } from "./role_writes.ts";
import { ACCOUNTS, MANAGED, managedWrite, NAMES, ROLES, VERSIONS } from "./rows.ts";

/** How many roles are held at once. */
const ROLES_AT_ONCE = 20;

/** What became of an account. */
export type RefreshedAccount = {
  readonly account: string;
  readonly name: string | null;
  readonly roles: number;
  readonly added: number;
  /** Roles with a new version. */
  readonly changed: number;
  /** Deleted roles. */
  readonly gone: number;
  /** Permissions of their inline policies. */
  readonly permissions: number;
  /** Roles with something removable, and how many permissions that is, if all were eligible. */
  readonly removable: { readonly roles: number; readonly permissions: number };
  /** Roles without complete evidence of their use. */
  readonly without_evidence: number;
  readonly failure: Failure | null;
};

/**
 * Reads the roles of an account and stores what is seen of them, `ROLES_AT_ONCE` at a time: no more
 * are held. Deleted roles are marked only after the complete account was read.
 *
 * @throws what a signal throws, StoreError; anything else is the failure of the account
 */
export async function refreshAccount(
  account: Account,
  refreshing: Refreshing,
): Promise<RefreshedAccount> {
  const { store, clock } = refreshing;
  const { id, name } = account;
  // Before the first answer: a change that is recorded after this instant is newer than what is
  // read.
  const at = clock.now().toISOString();
  const counts = countsOf(account);
  const seen = new Set<string>();
  const managed = new Map<string, ManagedPolicy>();
  const attached = new Map<string, string>();
  const before = (await ACCOUNTS.get(store, id))?.value;
  const remember = (row: Pick<AccountRow, "partition" | "refreshed" | "failure">) =>
    store.write([ACCOUNTS.write(id, { account: id, name, tried: at, ...row })]);
  const refreshed = before?.refreshed ?? null;
  let partition = "aws";
  try {
    const open = await refreshing.open(account);
    partition = open.partition;
    // Before its roles: they are found by it, also if the refresh is killed.
    if (!before) await remember({ partition, refreshed, failure: null });
    const own = { ...refreshing, optOuts: await readOptOuts(store, [id]) };
    let together: ObservedRole[] = [];
    const writeTogether = async () => {
      await writeRoles(together, account, at, own, (one) => counts.add(one));
      together = [];
    };
    for await (const role of open.roles(managed)) {
      seen.add(role.roleId);
      for (const arn of role.attached) attached.set(arn, role.roleId);
      // It exists, but it is not known which of its copies to write.
      if (role.doubt) continue;
      together.push(role);
      if (together.length === ROLES_AT_ONCE) await writeTogether();
    }
    await writeTogether();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const failure = failureIn("IAM", error);
    await remember({ partition, refreshed, failure });
    return counts.result(0, failure);
  }
  const gone = inactiveWrites(await missingRows(store, id, seen), seen);
  await store.writeEach([
    ...gone,
    ...await managedWrites(store, id, managed, attached),
    ...policyFirstSeenWrites(
      { account: id, at, managed, holders: attached, whole: true },
      await sightsOf(store, [id]),
    ),
  ]);
  await remember({ partition, refreshed: at, failure: null });
  return counts.result(gone.length, null);
}

/** The active rows of an account's roles that were not seen. */
async function missingRows(
  store: Store,
  account: string,
  seen: ReadonlySet<string>,
): Promise<RoleRow[]> {
  const rows: RoleRow[] = [];
  for await (const { value: { role_id } } of NAMES.of(account).list(store)) {
    const row = seen.has(role_id) ? undefined : await ROLES.of(account).get(store, role_id);
    if (row?.value.active) rows.push(row.value);
  }
  return rows;
}

/** Stores the policies that the account's roles have; deletes its own policies that none has. */
async function managedWrites(
  store: Store,
  account: string,
  managed: ReadonlyMap<string, ManagedPolicy>,
  attached: ReadonlyMap<string, string>,
): Promise<Write[]> {
  const found = [...attached.keys()].flatMap((arn) => managed.get(arn) ?? []);
  const gone: Write[] = [];
  const own = MANAGED.of(account);
  for await (const { id, value } of own.list(store)) {
    if (!attached.has(value.arn)) gone.push(own.write(id, undefined));
  }
  return [...found.map(managedWrite), ...gone];
}

/** Counts what is seen of an account. */
function countsOf({ id, name }: Account) {
  const counts = {
    account: id,
    name,
    roles: 0,
    added: 0,
    changed: 0,
    gone: 0,
    permissions: 0,
    removable: { roles: 0, permissions: 0 },
    without_evidence: 0,
  };
  return {
    add: ({ role, judged, before, writes }: Sighting) => {
      counts.roles++;
      if (!before) counts.added++;
      else if (writes.some(({ kind }) => rowName(kind) === rowName(VERSIONS.kind))) {
        counts.changed++;
      }
      // IAM is not asked for evidence of a role that has nothing to lose.
      if ("reason" in role.evidence && role.evidence.reason !== NOT_ASKED.reason) {
        counts.without_evidence++;
      }
      counts.permissions += judged.permissions;
      if (judged.removable > 0) {
        counts.removable.roles++;
        counts.removable.permissions += judged.removable;
      }
    },
    result: (gone: number, failure: Failure | null): RefreshedAccount => (
      { ...counts, gone, failure }
    ),
  };
}
