import { durationMs } from "../core/duration.ts";
import { type AuditConfig, takesIn } from "./config.ts";
import type { ObservedAccount } from "./observed.ts";

/** Whether anything may be changed in an account. */
export type Enforcement = {
  /** The configuration names the account, or a unit that it is in. */
  readonly named: boolean;
  /** Until when a new account is only reported, where that is still to come and is known. */
  readonly quarantinedUntil: Date | null;
  /** Why it is only reported although it is named, half a sentence; null where it is not. */
  readonly quarantine: string | null;
  /** Changes may be made. */
  readonly on: boolean;
};

/**
 * Enforcement is opt-in. A new account is only reported for a while, also if a unit names it: a
 * stopped instance must not be the first that its owner hears of the audit. An account whose day
 * AWS Organizations did not say may be new.
 */
export function enforcementOf(
  { id, joined, joinedUnknown, units }: Pick<
    ObservedAccount,
    "id" | "joined" | "joinedUnknown" | "units"
  >,
  { enforce }: AuditConfig,
  now: Date,
): Enforcement {
  const named = takesIn(enforce.accounts, id) ||
    units.some((unit) => enforce.units.includes(unit));
  const quarantineMs = durationMs(enforce.quarantine);
  if (named && joinedUnknown && quarantineMs > 0) {
    const quarantine = "AWS Organizations does not say when the account joined: it may be new, " +
      "and is only reported";
    return { named, quarantinedUntil: null, quarantine, on: false };
  }
  const end = joined === null ? 0 : Date.parse(joined) + quarantineMs;
  if (!named || now.getTime() >= end) {
    return { named, quarantinedUntil: null, quarantine: null, on: named };
  }
  const quarantinedUntil = new Date(end);
  const quarantine =
    `the account is new, and only reported until ${quarantinedUntil.toISOString()}`;
  return { named, quarantinedUntil, quarantine, on: false };
}
