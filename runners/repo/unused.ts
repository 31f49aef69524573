import { durationMs } from "../core/duration.ts";
import { readInstant } from "./decide/instants.ts";
import { NOT_ASKED } from "./evidence/not_asked.ts";
import type { ObservedRole } from "./observed.ts";
import type { RepoPlanning } from "./planning.ts";

/**
 * Whether nobody has used a role within the window: IAM dates no use of it, and no use of a service
 * by it, and it was there for all that time. Without evidence it is not known; of a role that has
 * nothing to lose, and so was not asked about, IAM's date of its last use says it alone.
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
