/** What the proxy remembers of what passed by, because the servers behind it do not know it. */

import { Callers } from "./callers.ts";
import type { Launch } from "./launch_tokens.ts";
import type { Protection } from "./protection.ts";

/** What moto cannot say about an instance. */
export interface InstanceNote extends Protection {
  /** How far from moto's clock the instance was created, in milliseconds; negative is the past. */
  bornOffsetMs: number;
  /** When it was last started after a stop, in milliseconds since the epoch. */
  startedAtMs?: number;
  /** The service that manages it (`operator.principal`), e.g. `eks.amazonaws.com`. */
  managedBy?: string;
  /** The type of its spot request, if it has one. */
  spot?: "one-time" | "persistent";
  /** What its root volume is, if not EBS. */
  rootDevice?: "instance-store";
  /** The root device's name, if moto tells another. */
  rootDeviceName?: string;
}

/** What moto cannot say about a role. */
export interface RoleNote {
  /** How far from moto's clock it was created, in milliseconds; negative is the past. */
  bornOffsetMs: number;
  /** When its credentials were last used, RFC 3339; null: never. Absent: as moto says. */
  lastUsed?: string | null;
}

/** Where and when an instance was terminated. */
export interface Termination {
  readonly account: string;
  readonly region: string;
  /** By the proxy's clock, in milliseconds since the epoch. */
  atMs: number;
}

/**
 * One per pair of servers and process, so that a world seeded through one proxy looks the same
 * through the next.
 */
export class Memory {
  readonly callers: Callers = new Callers();
  readonly instances: Map<string, InstanceNote> = new Map();
  /** By account and name: `111111111111/app`. */
  readonly roles: Map<string, RoleNote> = new Map();
  /**
   * How far from moto's clock each managed policy was created, in milliseconds; negative is the
   * past. By account and name.
   */
  readonly policies: Map<string, number> = new Map();
  /** The ARN of each role's permissions boundary, by account and name of the role. */
  readonly boundaries: Map<string, string> = new Map();
  /** By instance ID. */
  readonly terminated: Map<string, Termination> = new Map();
  /** By account, region and client token. */
  readonly launches: Map<string, Launch> = new Map();
  /** SQS message ID to the sender's `UserId`. */
  readonly senders: Map<string, string> = new Map();

  /** The note of an instance, made if there is none. */
  note(instanceId: string): InstanceNote {
    let note = this.instances.get(instanceId);
    if (note === undefined) this.instances.set(instanceId, note = { bornOffsetMs: 0 });
    return note;
  }
}
