import { DAY_MS, durationMs } from "../../core/duration.ts";
import { madeOnce } from "../../core/made_once.ts";
import { NOT_ASKED, type ObservedRole } from "../observed.ts";
import type { RepoPlanning } from "../planning.ts";
import type { RemoveReason } from "./decided.ts";
import { readInstant, TRACKED_DAYS } from "./instants.ts";
import type { Sight } from "./new_permissions.ts";

/** For how long permissions were seen unused: never longer than they could be seen. */
export type UnusedClaim = {
  /** Complete days, up to the end of the evidence. */
  readonly days: number;
  /** RFC 3339. */
  readonly since: string;
  /** What happened at that instant; the latest counts. */
  readonly bound: "last-use" | "role-created" | "first-seen" | "tracking";
};

/** What bounds a claim, beside the last use. */
export type ClaimLimits = {
  /** When the role was created, RFC 3339. */
  readonly created: string;
  /** When the evidence was generated, RFC 3339. */
  readonly completedAt: string;
  readonly sights: readonly Sight[];
  readonly now: Date;
};

/**
 * For how long permissions were unused, as far as the evidence can say. It begins with the latest
 * of: the last use; the creation of the role; the scan that found the permissions, unless it was
 * the role's first; and the beginning of IAM's tracking period.
 *
 * @param actions places in the universe
 * @returns null: it is not known, for permissions that were asked for, for hooks, and for single
 * actions, which AWS tracks since a day that it does not say
 */
export function unusedClaim(
  reason: RemoveReason,
  lastUsed: string | null,
  actions: readonly number[],
  limits: ClaimLimits,
): UnusedClaim | null {
  if (reason !== "service-unused" && reason !== "action-unused") return null;
  const { created, end, claims } = knownOf(limits);
  const period = end - TRACKED_DAYS * DAY_MS;
  const used = lastUsed === null ? null : readInstant(lastUsed);
  let bound: UnusedClaim["bound"] = "last-use";
  let latest = used;
  const limit = (by: UnusedClaim["bound"], at: number | null) => {
    if (at !== null && (latest === null || at > latest)) [bound, latest] = [by, at];
  };
  limit("role-created", created);
  limit("first-seen", foundAt(actions, limits.sights));
  if (used === null && reason === "service-unused") limit("tracking", period);
  // AWS has tracked single actions for a shorter time than services, and says of few since when.
  if (latest === null || used === null && latest < period) return null;
  const key = `${bound} ${latest}`;
  const known = claims.get(key);
  if (known) return known;
  const days = Math.max(0, Math.floor((end - latest) / DAY_MS));
  const since = new Date(latest).toISOString();
  // One text in memory, where they are equal.
  const claim = { days, since: since === lastUsed ? lastUsed : since, bound };
  claims.set(key, claim);
  return claim;
}

/** Hundreds of claims have the limits of one role, and many are equal: these are one object. */
const knownOf = madeOnce(({ created, completedAt, now }: ClaimLimits) => ({
  created: readInstant(created),
  end: Math.min(readInstant(completedAt) ?? now.getTime(), now.getTime()),
  claims: new Map<string, UnusedClaim>(),
}));

/** When a scan after the role's first last found one of the actions; null: none did. */
function foundAt(actions: readonly number[], sights: readonly Sight[]): number | null {
  const later = sights.filter(({ isFirst }) => !isFirst)
    .filter(({ actions: found }) => actions.some((index) => found.hasIndex(index)))
    .map(({ since }) => since);
  return later.length === 0 ? null : Math.max(...later);
}

/**
 * Whether nobody has used a role within the window: IAM dates no use of it, nor of a service by it,
 * and it existed all that time. Without evidence it is not known. For a role that has nothing to
 * lose there is no evidence: then IAM's date of its last use decides alone.
 */
export function isUnused(
  { evidence, created, lastUsed, path }: Pick<
    ObservedRole,
    "evidence" | "created" | "lastUsed" | "path"
  >,
  { config, now }: Pick<RepoPlanning, "config" | "now">,
): boolean {
  const start = now.getTime() - durationMs(config.usageWindow);
  const isBefore = (instant: string) => {
    const at = readInstant(instant);
    return at !== null && at < start;
  };
  const uses = "reason" in evidence
    ? evidence.reason === NOT_ASKED.reason && !path.startsWith("/aws-service-role/") ? [] : null
    : Object.values(evidence.services).map(({ lastUsed }) => lastUsed);
  return uses !== null && isBefore(created) &&
    [lastUsed, ...uses].every((used) => used === null || isBefore(used));
}
