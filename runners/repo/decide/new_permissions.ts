import type { ActionSet } from "../catalogue/action_set.ts";
import { DAY_MS, durationMs } from "../../core/duration.ts";
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

/** Permissions that a role was seen to have without a break since an instant. */
export type Sight = {
  readonly actions: ActionSet;
  /** When they were first found, milliseconds since 1970. */
  readonly since: number;
  /** The first scan of the role found them: it is not known how old they are. */
  readonly isFirst: boolean;
};

/** What shows since when a role has its permissions. */
export interface SeenVersions {
  /** Those that were in force within `sightMs`, oldest first, with the one before them. */
  readonly versions: readonly PolicyVersion[];
  /** What the live policies grant, NOREPO statements included. */
  readonly live: ActionSet;
  /**
   * What the policies of a version grant, NOREPO statements included.
   *
   * @throws MalformedPolicyError if they cannot be read: then they count as having granted nothing
   */
  readonly grants: (version: PolicyVersion) => ActionSet;
  readonly now: Date;
}

/** How long each kind of new permission stays. */
type Spans = Pick<RepoSettings, "protectNew" | "trustFirstScan" | "usageWindow">;

/** How far back versions are read: older ones protect nothing and limit no claim. */
export function sightMs({ protectNew }: Pick<RepoSettings, "protectNew">): number {
  return Math.max(durationMs(protectNew), TRACKED_DAYS * DAY_MS);
}

/**
 * Since when the role has each of its permissions, newest first. A permission that was removed and
 * came back is new since then; one that is only written in another way is not new.
 */
export function sightsOf({ versions, live, grants, now }: SeenVersions): Sight[] {
  const sights: Sight[] = [];
  const found = (actions: ActionSet, since: number, isFirst: boolean) => {
    if (!actions.isEmpty) sights.push({ actions, since, isFirst });
  };
  let held = live;
  /** Since when the remaining permissions are in every version. */
  let since = now.getTime();
  for (const version of versions.toReversed()) {
    const before = grantsOr(grants, version, live);
    found(held.minus(before), since, false);
    held = held.intersect(before);
    // A version whose time cannot be read, or is in the future, counts as found just now.
    since = Math.min(since, readInstant(version.discovered) ?? now.getTime());
  }
  found(held, since, true);
  return sights;
}

/**
 * The new permissions, and until when they stay. Those that a later scan than the role's first has
 * found stay for `usageWindow`: no permission can have been unused for longer than it exists. Those
 * of the first scan stay for `protectNew`, unless `trustFirstScan` is set: most of them are old.
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
