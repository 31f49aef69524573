import type { RoleReference } from "../config.ts";

/** With what a command is carried out. */
export type Asking = {
  /** The ARN of the listed role that asks, as SQS and IAM say; null: of anybody. */
  readonly by: string | null;
  /** Fired by SIGINT and SIGTERM: cuts waiting and reads, and no further write is begun. */
  readonly signal: AbortSignal;
};

/**
 * What the commands do. Each answers a text for the channel, or throws a UsageError whose sentence
 * goes there as a failure. Anything else that is thrown is logged, and the message is tried again:
 * so a command must bear to be carried out twice.
 */
export interface Commands {
  listRepoableServices(role: RoleReference, asking: Asking): Promise<string>;
  listRollbacks(role: RoleReference, asking: Asking): Promise<string>;
  /** Refuses where the role is opted out already, and says by whom, why and until when. */
  optOut(
    role: RoleReference,
    optOut: {
      /** What the message claims; nobody has proven it. */
      readonly owner: string;
      readonly reason: string;
      /** The day on whose end it ends, `YYYY-MM-DD`. */
      readonly until: string;
    },
    asking: Asking,
  ): Promise<string>;
  removeOptOut(role: RoleReference, asking: Asking): Promise<string>;
  /** Brings back a version of the role's inline policies; they count from 1, oldest first. */
  rollback(role: RoleReference, seq: number, asking: Asking): Promise<string>;
}
