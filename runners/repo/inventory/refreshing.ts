import type { Account } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store/store.ts";
import type { ManagedPolicy, ObservedRole } from "../observed.ts";
import type { Earlier } from "../planning.ts";
import type { Judged } from "./role_writes.ts";

/** An account that can be read. */
interface OpenAccount {
  readonly partition: string;
  /**
   * Its roles with the evidence of their use, one after the other.
   *
   * @param managed is whole when the last role was read
   * @throws where the account cannot be read whole
   */
  roles(managed: Map<string, ManagedPolicy>): AsyncIterable<ObservedRole>;
}

/** What a refresh works with. */
export interface Refreshing {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  readonly sightMs: number;
  /** Only some of the roles are read: nothing is concluded about the others. */
  readonly isNarrowed: boolean;
  open(account: Account): Promise<OpenAccount>;
  /** @param earlier what earlier runs left of this role, and the tracked actions */
  judge(role: ObservedRole, account: Account, earlier: Earlier): Judged;
  /** The tracked actions that the store knows, with since when; those that come are added. */
  readonly tracked: Map<string, string>;
}
