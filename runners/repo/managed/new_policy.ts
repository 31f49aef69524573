import { durationMs, spanText } from "../../core/duration.ts";
import { readInstant } from "../decide/instants.ts";
import type { Failure, ManagedPolicy, ObservedRole } from "../observed.ts";
import type { RepoPlanning } from "../planning.ts";

/**
 * Why all that a managed policy grants to a role is new and stays; null where it is not. It is new
 * for `protectNew` after its version in force was created: AWS tells that date, so that
 * `trustFirstScan`, which is for what nobody knows the age of, does not lift it. And for as long
 * after this version was first seen in force on the role, of which AWS tells nothing: an old policy
 * may have been attached yesterday, and an old version put back in force. That one `trustFirstScan`
 * lifts of what the role had when it was first seen.
 */
export function newnessOf(
  policy: ManagedPolicy,
  role: ObservedRole,
  { config, earlier, now }: RepoPlanning,
): Failure | null {
  const spanMs = durationMs(config.protectNew);
  const hold = (since: number, what: string): Failure | null => {
    const until = since + spanMs;
    if (until <= now.getTime()) return null;
    const detail = `${what}, and what it grants counts as new until ` +
      `${new Date(until).toISOString()} (repo.protectNew is ${config.protectNew})`;
    return { reason: "new-permission", detail };
  };
  const created = readInstant(policy.versions[policy.version] ?? "") ?? now.getTime();
  const age = created >= now.getTime() ? "just now" : `${spanText(now.getTime() - created)} ago`;
  const byVersion = hold(created, `its version ${policy.version} was created ${age}`);
  if (byVersion) return byVersion;
  const row = earlier.roles.get(role.roleId);
  const sight = earlier.policies?.get(policy.arn);
  const seen = sight?.role_id === role.roleId && sight.version === policy.version
    ? sight.since
    : null;
  const isFirstSight = row === undefined || seen === row.first_seen;
  if (config.trustFirstScan && isFirstSight) return null;
  const since = seen === null ? now.getTime() : readInstant(seen) ?? now.getTime();
  const how = `version ${policy.version} in force on this role`;
  return hold(
    since,
    seen === null
      ? `no run that stores has seen its ${how} before`
      : `its ${how} was first seen ${spanText(now.getTime() - since)} ago`,
  );
}
