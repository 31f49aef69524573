import { durationMs } from "../core/duration.ts";
import { type AuditConfig, takesIn } from "./config.ts";
import type { ObservedAccount } from "./observed.ts";

/** Whether anything may be changed in an account. */
export type Enforcement = {
  /** The configuration names the account, or a unit that it is in. */
  readonly named: boolean;
  /** Until when a new account is only reported, where that is still to come. */
  readonly quarantinedUntil: Date | null;
  /** Changes may be made. */
  readonly on: boolean;
};

/**
 * Enforcement is opt-in. A new account is only reported for a while, also if a unit names it: a
 * stopped instance must not be the first that its owner hears of the audit.
 */
export function enforcementOf(
  { id, joined, units }: Pick<ObservedAccount, "id" | "joined" | "units">,
  { enforce }: AuditConfig,
  now: Date,
): Enforcement {
  const named = takesIn(enforce.accounts, id) ||
    units.some((unit) => enforce.units.includes(unit));
  const end = joined === null ? 0 : Date.parse(joined) + durationMs(enforce.quarantine);
  const quarantined = named && now.getTime() < end;
  return { named, quarantinedUntil: quarantined ? new Date(end) : null, on: named && !quarantined };
}
