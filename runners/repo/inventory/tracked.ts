import type { Write } from "../../core/store/store.ts";
import { evidenceAction } from "../decide/tracking.ts";
import type { ObservedRole } from "../observed.ts";
import { TRACKED } from "./rows.ts";

/**
 * The rows of actions that a report lists and none has listed before. They are added to
 * `known`, so that the roles which follow do not write them again.
 */
export function trackedWrites(
  { evidence }: ObservedRole,
  known: Map<string, string>,
): Write[] {
  if ("reason" in evidence) return [];
  return Object.entries(evidence.services).flatMap(([service, { actions }]) =>
    Object.keys(actions ?? {}).flatMap((action) => {
      const id = evidenceAction(service, action);
      if (known.has(id)) return [];
      known.set(id, evidence.completedAt);
      return [TRACKED.write(id, { since: evidence.completedAt, service, action })];
    })
  );
}
