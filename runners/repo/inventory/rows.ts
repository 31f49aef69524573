import { parseArn } from "../../core/aws/arn.ts";
import { rowKind } from "../../core/store/row_kind.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { Evidence, Failure, ManagedPolicy, ObservedRole } from "../observed.ts";
import type {
  LastChangeRow,
  OptOut,
  PolicyFirstSeen,
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
 * role are never taken for those of another role of its name.
 */

/** One row per role that was ever seen. */
export const ROLES = rowKind<RoleRow>("repo/role");

/** Which role has a name now: by `111111111111/name`, in lower case, as IAM compares names. */
export const NAMES = rowKind<{ readonly role_id: string }>("repo/role-name");

/** That a role had a set of policies at some moment. `POLICIES` has the policies themselves. */
export type VersionRow = {
  readonly hash: string;
  readonly origin: VersionOrigin;
  /** RFC 3339, in UTC with milliseconds. It is in the id, too, which orders the versions. */
  readonly at: string;
  readonly run_id: string | null;
};

/** Which policies a role had, when: by {@linkcode versionId}. */
export const VERSIONS = rowKind<VersionRow>("repo/version");

/** Sets of policies: by {@linkcode policiesId}, so that writing one twice changes nothing. */
export const POLICIES = rowKind<{ readonly policies: { readonly [name: string]: string } }>(
  "repo/policies",
);

/** The numbers of a role at one moment. */
export type StatsRow = Pick<RoleRow, "permissions" | "removable" | "disqualified_by"> & {
  readonly date: string;
  readonly source: VersionSource;
};

/** One row for each moment at which a number of a role changed: by {@linkcode statsId}. */
export const STATS = rowKind<StatsRow>("repo/stats");

/** One row per role that was ever changed. */
export const LAST_CHANGES = rowKind<LastChangeRow>("repo/last-change");

export const OPT_OUTS = rowKind<OptOut>("repo/opt-out");

export const SCHEDULES = rowKind<Schedule>("repo/schedule");

/** What IAM said of a role's use, and the rest of what a cached plan needs. */
export const ACCESS = rowKind<AccessRow>("repo/access");

/** Since when AWS is seen to track an action: by the action in lower case. */
export const TRACKED = rowKind<TrackedRow>("repo/tracked-action");

/** Managed policies that are attached to roles: by {@linkcode managedId}. */
export const MANAGED = rowKind<ManagedPolicy>("repo/managed-policy");

/** Since when a managed policy is seen as it is on its one role: by {@linkcode managedId}. */
export const POLICIES_FIRST_SEEN = rowKind<PolicyFirstSeen>("repo/policy-first-seen");

/** When an account was read, and whether that failed. */
export type AccountRow = {
  readonly account: string;
  readonly name: string | null;
  readonly partition: string;
  /** When all its roles were last read, RFC 3339; null: never. */
  readonly refreshed: string | null;
  /** When it was last tried. */
  readonly tried: string;
  /** Why the last try failed. */
  readonly failure: Failure | null;
};

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

/** A version from Repokid's table. This job did not read it from AWS, and never restores it. */
type ImportedVersion = {
  /** As Repokid has it: Scan, Repo, ManualPermissionRepo, Restore. */
  readonly source: string;
  readonly discovered: string;
  readonly policies: { readonly [name: string]: string };
  readonly imported: true;
};

/** By role ID, instant, and place in Repokid's list. */
export const IMPORTED = rowKind<ImportedVersion>("repo/imported-version");

/** The imported versions of a role, oldest first. */
export async function listImported(store: ReadStore, roleId: string): Promise<ImportedVersion[]> {
  return await Array.fromAsync(IMPORTED.list(store, `${roleId}/`), ({ value }) => value);
}
