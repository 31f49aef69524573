import type { ProfileRoles } from "../../core/attest/profile_role.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log/log.ts";
import type { Store } from "../../core/store/store.ts";
import type { TellAuditors } from "../auditors.ts";
import type { DirtyConfig } from "../config.ts";
import type { ObservedInstance } from "../instances.ts";
import type { InstanceName } from "../../core/contract/login.ts";

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

/** What is open of one instance: ids of events, `hello`, `tag`. */
export type Open = InstanceName & { readonly things: readonly string[]; readonly since: string };

/** The instances that EC2 knows, by ID. */
export type Found = ReadonlyMap<string, ObservedInstance>;
