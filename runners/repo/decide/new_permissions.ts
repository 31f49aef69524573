import type { ActionSet } from "../catalogue/action_set.ts";
import { durationMs } from "../../core/duration.ts";
import type { RepoSettings } from "../config.ts";
import type { PolicyVersion } from "../planning.ts";
import { MalformedPolicyError } from "../policy/malformed.ts";
import { readInstant } from "./instants.ts";

/** New permissions, which stay until an instant whatever the evidence says. */
export interface Protection {
  /** RFC 3339. */
  readonly until: string;
  readonly actions: ActionSet;
}

/** What tells new permissions from old ones. */
export interface NewPermissions {
  /**
   * Those in force within `protectNew`, oldest first: with the one that was in force when that time
   * began, unless the role is known for a shorter time.
   */
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
  readonly config: Pick<RepoSettings, "protectNew" | "trustFirstScan">;
  readonly now: Date;
}

/**
 * What of the live policies is new: what some version that was in force within `protectNew` did not
 * grant. It stays for `protectNew` after the version was found that brought it, for good since then.
 * What was narrowed and brought back by a restore is new again; what was only written in other words
 * is not. What a role had when it was first seen is new too, unless `trustFirstScan`.
 */
export function newPermissions(
  { versions, live, grants, config, now }: NewPermissions,
): Protection[] {
  const spanMs = durationMs(config.protectNew);
  const start = now.getTime() - spanMs;
  const found: Protection[] = [];
  const protect = (actions: ActionSet, since: number) => {
    const end = since + spanMs;
    if (actions.isEmpty || end <= now.getTime()) return;
    found.push({ until: new Date(end).toISOString(), actions });
  };
  let held = live;
  /** Since when what is still held is seen in every version. */
  let since = now.getTime();
  for (const version of versions.toReversed()) {
    // What was replaced before the time began says nothing of it.
    if (since <= start) break;
    const before = grantsOr(grants, version, live);
    protect(held.minus(before), since);
    held = held.intersect(before);
    // A version whose time nobody can read was found just now, and one of the future too.
    since = Math.min(since, readInstant(version.discovered) ?? now.getTime());
  }
  if (!config.trustFirstScan) protect(held, since);
  return found;
}

function grantsOr(
  grants: NewPermissions["grants"],
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
