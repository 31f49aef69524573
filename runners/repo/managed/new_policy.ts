import { durationMs, spanText } from "../../core/duration.ts";
import { readInstant } from "../decide/instants.ts";
import type { Failure, ManagedPolicy, ObservedRole } from "../observed.ts";
import type { RepoPlanning } from "../planning.ts";

/**
 * Why all that a managed policy grants to a role is new and stays; null where it is not. It is new
 * for `usageWindow` after its version in force was created: AWS tells that date, and nothing can be
 * unused for longer. It is new as long after a scan found this version in force on the role, of
 * which AWS tells nothing: an old policy may have been attached yesterday, and an old version put
 * back in force. What the role's first scan found stays for `protectNew`, unless `trustFirstScan`.
 */
export function newnessOf(
  policy: ManagedPolicy,
  role: ObservedRole,
  { config, earlier, now }: RepoPlanning,
): Failure | null {
  const { protectNew, usageWindow } = config;
  const window = durationMs(usageWindow) > durationMs(protectNew)
    ? { name: "repo.usageWindow", span: usageWindow }
    : { name: "repo.protectNew", span: protectNew };
  const hold = (since: number, what: string, { name, span } = window): Failure | null => {
    const until = since + durationMs(span);
    if (until <= now.getTime()) return null;
    const detail = `${what}, and what it grants counts as new until ` +
      `${new Date(until).toISOString()} (${name} is ${span})`;
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
    isFirstSight ? { name: "repo.protectNew", span: protectNew } : window,
  );
}
