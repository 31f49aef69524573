import type { ProfileRoles } from "../../core/attest/profile_role.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log/log.ts";
import type { Store } from "../../core/store/store.ts";
import type { TellAuditors } from "../auditors.ts";
import type { DirtyConfig } from "../config.ts";
import type { ObservedInstance } from "../instances.ts";
import type { Place } from "../record.ts";

/** What is settled with. */
export type Settling = {
  readonly config: DirtyConfig;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Opens a role of the job in an account. */
  readonly session: (account: string, role: "observe" | "mark") => Promise<Session>;
  readonly profileRoles: ProfileRoles;
  readonly tell: TellAuditors;
};

/** What an account says of who sent something for an instance; "pending": it cannot be asked now. */
export type SenderVerdict = "verified" | "refuted" | "unprovable" | "pending";

/** What is open of one instance: ids of events, `hello`, `tag`. */
export type Open = Place & { readonly things: readonly string[]; readonly since: string };

/** The instances that EC2 knows, by ID. */
export type Found = ReadonlyMap<string, ObservedInstance>;

/**
 * EC2 may not list an instance yet that was just launched (EC2 API Reference, "Eventual consistency").
 * One that is terminated is listed for about an hour.
 */
const UNLISTED_MS = 15 * 60_000;

/** Whether it must still be waited for that EC2 lists an instance. */
export function mayBeListedLater(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) < UNLISTED_MS;
}
