import { parseArn } from "../../core/aws/arn.ts";
import { accountRows, rowKind } from "../../core/store/row_kind.ts";
import type { ReadStore, Write } from "../../core/store/store.ts";
import type { Evidence, Failure, ManagedPolicy, ObservedRole } from "../observed.ts";
import type {
  AccountRow,
  LastChangeRow,
  OptOut,
  PolicyFirstSeen,
  RoleKey,
  RoleRow,
  Schedule,
  VersionOrigin,
  VersionSource,
} from "../planning.ts";

/** What is kept of a role besides its row and policies: for a cached plan, and for export. */
export type AccessRow =
  & Pick<ObservedRole, "arn" | "path" | "description" | "trust" | "boundary" | "attached">
  & {
    readonly account: string;
    readonly evidence: CompactEvidence | Failure;
    readonly instance_profiles: readonly string[];
  };

/**
 * Evidence without repetitions: the report of a role that may do everything has some 450 services,
 * nearly all unused, and at action level thousands of actions that were never used, the same for
 * each role.
 */
export type CompactEvidence = {
  readonly source: Evidence["source"];
  readonly level: Evidence["level"];
  readonly completed_at: string;
  /**
   * The used services: last use, Region, and the used actions with their last use; null: no list.
   */
  readonly used: {
    readonly [service: string]: readonly [
      string | null,
      string | null,
      { readonly [action: string]: string } | null,
    ];
  };
  /** The other services, separated by spaces: without a list of actions, and with one. */
  readonly unused: string;
  readonly unused_listed: string;
};

/** Since when a report lists an action, used or not. */
export type TrackedRow = {
  /** When the first report that lists it was completed, RFC 3339. */
  readonly since: string;
  /** The service's namespace, and the action as the report writes it. */
  readonly service: string;
  readonly action: string;
};

/**
 * What the inventory keeps, by role ID: IAM never gives an ID a second time, so that rows of one
 * role are never taken for those of another role of its name. Only rows that decide nothing any more
 * are ever over: what was imported, and a deleted role's own row.
 */

/** One row per role that was seen; a deleted one is retained. */
export const ROLES = accountRows<RoleRow>(
  "repo/role",
  undefined,
  ({ active }) => active ? undefined : "retained",
);

/** Which role has a name now: by `111111111111/name`, in lower case, as IAM compares names. */
export const NAMES = accountRows<{ readonly role_id: string }>("repo/role-name");

/** That a role had a set of policies at some moment. `POLICIES` has the policies themselves. */
export type VersionRow = {
  readonly hash: string;
  readonly origin: VersionOrigin;
  /** RFC 3339, in UTC with milliseconds. It is in the id, too, which orders the versions. */
  readonly at: string;
  readonly run_id: string | null;
};

/** Which policies a role had, when: by {@linkcode versionId}. */
export const VERSIONS = accountRows<VersionRow>("repo/version");

/** Sets of policies: by {@linkcode policiesId}, so that writing one twice changes nothing. */
export const POLICIES = accountRows<{ readonly policies: { readonly [name: string]: string } }>(
  "repo/policies",
);

/** The numbers of a role at one moment. */
export type StatsRow = Pick<RoleRow, "permissions" | "removable" | "disqualified_by"> & {
  readonly date: string;
  readonly source: VersionSource;
};

/** One row for each moment at which a number of a role changed: by {@linkcode statsId}. */
export const STATS = accountRows<StatsRow>("repo/stats");

/** One row per role that was ever changed. */
export const LAST_CHANGES = accountRows<LastChangeRow>("repo/last-change");

export const OPT_OUTS = accountRows<OptOut>("repo/opt-out");

export const SCHEDULES = accountRows<Schedule>("repo/schedule");

/** What IAM said of a role's use, and the rest of what a cached plan needs. */
export const ACCESS = accountRows<AccessRow>("repo/access");

/** Since when AWS is seen to track an action: by the action in lower case. */
export const TRACKED = rowKind<TrackedRow>("repo/tracked-action");

/** Managed policies that are attached to roles: by {@linkcode managedId}. */
export const MANAGED = accountRows<ManagedPolicy>("repo/managed-policy");

/** Since when a managed policy is seen as it is on its one role: by {@linkcode managedId}. */
export const POLICIES_FIRST_SEEN = accountRows<PolicyFirstSeen>("repo/policy-first-seen");

/** The accounts of which roles are stored: there is no other way to find all roles. */
export const ACCOUNTS = rowKind<AccountRow>("repo/account");

/**
 * The id of a version: `AROA…/2026-11-20T12:00:00.000Z/1-3f2a…`. Ids are ordered by time; at one
 * instant, what was found comes before what was written.
 */
export function versionId(roleId: string, { at, hash, origin }: VersionRow): string {
  return `${roleId}/${at}/${origin === "found" ? 0 : 1}-${hash.slice("sha256:".length, 15)}`;
}

/** The id of a set of policies of a role. */
export function policiesId(roleId: string, hash: string): string {
  return `${roleId}/${hash}`;
}

/** The id of a row of stats. */
export function statsId(roleId: string, { date, source }: StatsRow): string {
  return `${roleId}/${date}/${source}`;
}

/** The id of a role's name. */
export function nameId(account: string, name: string): string {
  return `${account}/${name.toLowerCase()}`;
}

/** The id of a managed policy. AWS's own policies have one row for all accounts. */
export function managedId(arn: string): string {
  return `${parseArn(arn).account}/${arn}`;
}

/** The row of a managed policy. */
export function managedWrite(policy: ManagedPolicy): Write {
  return MANAGED.of(parseArn(policy.arn).account).write(managedId(policy.arn), policy);
}

/** A version from Repokid's table. This job did not read it from AWS, and never restores it. */
export type ImportedVersion = {
  /** As Repokid has it: Scan, Repo, ManualPermissionRepo, Restore. */
  readonly source: string;
  readonly discovered: string;
  readonly policies: { readonly [name: string]: string };
  readonly imported: true;
};

/** By role ID, instant, and place in Repokid's list. They are only shown, and are retained. */
export const IMPORTED = accountRows<ImportedVersion>(
  "repo/imported-version",
  undefined,
  () => "retained",
);

/** Where rows of a role stand whose account was not known when they were stored. */
export const UNKNOWN_ACCOUNT = "unknown";

/** The imported versions of a role, oldest first. */
export async function listImported(
  store: ReadStore,
  { account, role_id }: RoleKey,
): Promise<ImportedVersion[]> {
  const read = [UNKNOWN_ACCOUNT, account].map((one) =>
    Array.fromAsync(IMPORTED.of(one).list(store, `${role_id}/`))
  );
  // They stand in both if they were imported again since the account is known.
  const rows = new Map((await Promise.all(read)).flat().map(({ id, value }) => [id, value]));
  return [...rows.values()];
}

/** How many accounts are read at once: a store may be far away. */
export const ACCOUNTS_AT_ONCE = 20;

/** The IDs of all accounts of which roles are stored. */
export async function storedAccounts(store: ReadStore): Promise<string[]> {
  return [...(await ACCOUNTS.read(store)).keys()];
}
