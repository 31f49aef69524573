import type { ActionSet } from "../catalogue/action_set.ts";
import { DAY_MS } from "../../core/limits/limits.ts";
import { durationMs } from "../../core/duration.ts";
import type { RepoSettings } from "../config.ts";
import type { PolicyVersion } from "../planning.ts";
import { MalformedPolicyError } from "../policy/document.ts";
import { readInstant, TRACKED_DAYS } from "./instants.ts";

/** New permissions, which stay until an instant whatever the evidence says. */
export type Protection = {
  /** RFC 3339. */
  readonly until: string;
  readonly actions: ActionSet;
};

/** Live permissions that a role has without a break since an instant, as far as it was seen. */
export type Sight = {
  readonly actions: ActionSet;
  /** When they were found, milliseconds since 1970. */
  readonly since: number;
  /** The first scan of the role found them: how long they had been there is not known. */
  readonly isFirst: boolean;
};

/** What tells since when a role has its permissions. */
export interface SeenVersions {
  /** Those that were in force within `sightMs`, oldest first, with the one before them. */
  readonly versions: readonly PolicyVersion[];
  /** What the live policies grant, NOREPO statements included. */
  readonly live: ActionSet;
  /**
   * What the policies of a version grant, NOREPO statements included.
   *
   * @throws MalformedPolicyError where they cannot be read: then nothing is known to have been
   * granted by them
   */
  readonly grants: (version: PolicyVersion) => ActionSet;
  readonly now: Date;
}

/** How long each kind of new permission stays. */
type Spans = Pick<RepoSettings, "protectNew" | "trustFirstScan" | "usageWindow">;

/** How far back versions are read: whatever is older protects nothing and limits no claim. */
export function sightMs({ protectNew }: Pick<RepoSettings, "protectNew">): number {
  return Math.max(durationMs(protectNew), TRACKED_DAYS * DAY_MS);
}

/**
 * Since when each of the live permissions is there, newest first. What was narrowed and brought back
 * is there since then; what was only written in other words is not new.
 */
export function sightsOf({ versions, live, grants, now }: SeenVersions): Sight[] {
  const sights: Sight[] = [];
  const found = (actions: ActionSet, since: number, isFirst: boolean) => {
    if (!actions.isEmpty) sights.push({ actions, since, isFirst });
  };
  let held = live;
  /** Since when what is still held is seen in every version. */
  let since = now.getTime();
  for (const version of versions.toReversed()) {
    const before = grantsOr(grants, version, live);
    found(held.minus(before), since, false);
    held = held.intersect(before);
    // A version whose time nobody can read was found just now, and one of the future too.
    since = Math.min(since, readInstant(version.discovered) ?? now.getTime());
  }
  found(held, since, true);
  return sights;
}

/**
 * What is new, and until when it stays. What a later scan than the role's first found stays for
 * `usageWindow`: evidence cannot show that a permission was unused for longer than it was there.
 * What the first scan found stays for `protectNew`, unless `trustFirstScan`: most of it is old.
 */
export function protectionsOf(sights: readonly Sight[], config: Spans, now: Date): Protection[] {
  const firstMs = config.trustFirstScan ? 0 : durationMs(config.protectNew);
  const laterMs = Math.max(durationMs(config.protectNew), durationMs(config.usageWindow));
  return sights.flatMap(({ actions, since, isFirst }) => {
    const end = since + (isFirst ? firstMs : laterMs);
    return end <= now.getTime() ? [] : [{ until: new Date(end).toISOString(), actions }];
  });
}

function grantsOr(
  grants: SeenVersions["grants"],
  version: PolicyVersion,
  live: ActionSet,
): ActionSet {
  try {
    return grants(version);
  } catch (error) {
    if (!(error instanceof MalformedPolicyError)) throw error;
    return live.minus(live);
  }
}
