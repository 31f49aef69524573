import type { Write } from "../../core/store/store.ts";
import type { ObservedRole } from "../observed.ts";
import type { LastChangeRow, RoleRow } from "../planning.ts";
import { accessRow } from "./access.ts";
import { hashOfPolicies } from "../policy/comparable.ts";
import type { Newest, RoleState } from "./role_state.ts";
import {
  ACCESS,
  LAST_CHANGES,
  nameId,
  NAMES,
  ROLES,
  STATS,
  statsId,
  type StatsRow,
  type VersionRow,
} from "./rows.ts";
import { versionWrites } from "./versions.ts";

/** What the decision says of a role. */
export type Judged = Pick<
  RoleRow,
  "permissions" | "removable" | "services" | "removable_services" | "disqualified_by"
>;

/** One role as it was seen. */
export type Seen = {
  readonly role: ObservedRole;
  readonly account: string;
  /** Before its policies were read, RFC 3339: what was written after this instant is newer. */
  readonly at: string;
  readonly judged: Judged;
};

/**
 * The rows of one role as it was seen: its own row, a version if its policies are not those of the
 * newest version, and a row of stats if a number or a reason has changed.
 *
 * Policies that were read before the newest version came say nothing new: the change that made that
 * version has stored them.
 *
 * @param earlier what the store had a moment before
 * @param former the row of another role that had this name, if it still counts as active
 * @param guarded the write fails unless the store still has `earlier.revisions`: two runs at the
 * same time would otherwise overwrite each other's rows
 */
export function roleWrites(
  seen: Seen,
  earlier: RoleState,
  former: RoleRow | undefined = undefined,
  guarded = false,
): Write[] {
  const { role, account, judged } = seen;
  const { row, lastChange, revisions } = earlier;
  const at = new Date(seen.at).toISOString();
  const hash = hashOfPolicies(role.inline);
  const isOld = earlier.newest !== undefined && at < earlier.newest.version_at;
  const version: VersionRow | undefined = isOld || earlier.newest?.hash === hash
    ? undefined
    : { hash, at, ...originOf(hash, at, lastChange) };
  const newest: Newest = version
    ? { version: (earlier.newest?.version ?? 0) + 1, hash, version_at: at }
    : earlier.newest!;
  const repoed = version?.origin === "Repo" || version?.origin === "ManualPermissionRepo"
    ? version.at
    : row?.repoed ?? null;
  const next: RoleRow = {
    role_id: role.roleId,
    account,
    arn: role.arn,
    name: role.name,
    created: role.created,
    active: true,
    first_seen: row?.first_seen ?? at,
    tags: role.tags,
    last_used: role.lastUsed,
    version: newest.version,
    hash: newest.hash,
    version_at: newest.version_at,
    ...(isOld && row ? numbersOf(row) : { refreshed: at, ...judged }),
    repoed,
  };
  // The role's own row is the last one: what it says is not written again, so that the rest must
  // be there if the rows part.
  return [
    ...(former && former.role_id !== role.roleId && former.active
      ? [ROLES.of(account).write(former.role_id, { ...former, active: false })]
      : []),
    ...(row?.name === role.name
      ? []
      : [NAMES.of(account).write(nameId(account, role.name), { role_id: role.roleId })]),
    ACCESS.of(account).write(role.roleId, accessRow(account, role)),
    ...(version ? versionWrites(next, version, role.inline) : []),
    ...(isOld && row ? [] : statsWrites(next, row)),
    // The write fails if a change came since the read: its version would be newer than this one.
    ...(guarded && version
      ? [LAST_CHANGES.of(account).write(role.roleId, lastChange, revisions.lastChange)]
      : []),
    ROLES.of(account).write(role.roleId, next, guarded ? revisions.row : undefined),
  ];
}

/** What stays if a role was read before its newest version came. */
function numbersOf(row: RoleRow): Judged & Pick<RoleRow, "refreshed"> {
  const { refreshed, permissions, removable, removable_services, services, disqualified_by } = row;
  return { refreshed, permissions, removable, removable_services, services, disqualified_by };
}

/**
 * Where a set of policies comes from. It comes from a change of this job if that was to leave it,
 * or left it between two calls, also if the outcome was never recorded.
 */
function originOf(
  hash: string,
  at: string,
  lastChange: LastChangeRow | undefined,
): Pick<VersionRow, "origin" | "run_id"> {
  const isOurs = lastChange !== undefined && lastChange.at <= at &&
    (lastChange.outcome === null || lastChange.outcome === "unknown") &&
    (lastChange.after_hash === hash || (lastChange.between ?? []).includes(hash));
  return isOurs
    ? { origin: lastChange.source, run_id: lastChange.run_id }
    : { origin: "found", run_id: null };
}

/** A row of stats, unless it would say the same as the one before. */
function statsWrites(next: RoleRow, row: RoleRow | undefined): Write[] {
  const { account, role_id, permissions, removable, disqualified_by, refreshed } = next;
  const isSame = row?.permissions === permissions && row.removable === removable &&
    row.disqualified_by.toSorted().join("\n") === disqualified_by.toSorted().join("\n");
  if (isSame) return [];
  const stats: StatsRow = {
    date: refreshed,
    source: "Scan",
    permissions,
    removable,
    disqualified_by,
  };
  return [STATS.of(account).write(statsId(role_id, stats), stats)];
}

/**
 * Marks the roles as inactive that a complete read of their account did not have. Their rows are
 * kept, to look up what they had.
 *
 * @param rows the rows of an account, all of whose roles were read
 * @param seen the IDs of the roles that it had
 */
export function inactiveWrites(rows: Iterable<RoleRow>, seen: ReadonlySet<string>): Write[] {
  return [...rows].filter(({ active, role_id }) => active && !seen.has(role_id)).map((row) =>
    ROLES.of(row.account).write(row.role_id, { ...row, active: false })
  );
}
