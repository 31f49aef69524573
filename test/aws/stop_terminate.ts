/** Which instances EC2 stops and terminates, and which calls it refuses. */

import type { InstanceStatus, State } from "./instance_states.ts";
import type { InstanceNote } from "./memory.ts";
import type { AwsError } from "./protocol_error.ts";

/** An instance before a call that is to change its state. */
export interface Subject extends InstanceStatus {
  readonly note: InstanceNote | undefined;
}

const stoppable: ReadonlySet<State> = new Set(["running", "stopping", "stopped"]);
const startable: ReadonlySet<State> = new Set(["pending", "running", "stopped"]);
const gone: ReadonlySet<State> = new Set(["shutting-down", "terminated"]);

/**
 * Why EC2 refuses a whole StopInstances call, or null. A stop of a stopped instance succeeds.
 * Sources: EC2 API reference, StopInstances, and its "Error codes" (IncorrectInstanceState,
 * OperationNotPermitted, UnsupportedOperation); EC2 user guide, "Enable stop protection" and
 * "Stop a Spot Instance". The words are those reported in cloud-custodian/cloud-custodian#8003
 * and #8007.
 */
export function refusedStop(subjects: readonly Subject[]): AwsError | null {
  for (const { id, state, note } of subjects) {
    if (!stoppable.has(state)) {
      return {
        code: "IncorrectInstanceState",
        message: `This instance '${id}' is not in a state from which it can be stopped.`,
      };
    }
    if (state !== "running") continue;
    if (note?.disableApiStop) return protectedFrom("stopped", id, "disableApiStop");
    if (note?.rootDevice === "instance-store") {
      return {
        code: "UnsupportedOperation",
        message: `The instance '${id}' does not have an 'ebs' root device type and cannot be ` +
          `stopped.`,
      };
    }
    if (note?.spot === "one-time") {
      return {
        code: "UnsupportedOperation",
        message: `You can't stop the Spot Instance '${id}' because it is associated with a ` +
          `one-time Spot Instance request. You can only stop Spot Instances associated with ` +
          `persistent Spot Instance requests.`,
      };
    }
  }
  return null;
}

/** Why EC2 refuses a whole StartInstances call, or null (same sources). */
export function refusedStart(subjects: readonly Subject[]): AwsError | null {
  const refused = subjects.find(({ state }) => !startable.has(state));
  return refused === undefined ? null : {
    code: "IncorrectInstanceState",
    message: `The instance '${refused.id}' is not in a state from which it can be started.`,
  };
}

/**
 * What a TerminateInstances call does: an instance that is protected keeps those of its
 * Availability Zone alive, the others are terminated, and the call fails all the same (EC2 API
 * reference, TerminateInstances). Stop protection protects too (EC2 user guide, "Enable stop
 * protection"). An instance that is gone already is no obstacle: each call succeeds.
 */
export function terminations(
  subjects: readonly Subject[],
): { readonly ids: readonly string[]; readonly refusal: AwsError | null } {
  const living = subjects.filter(({ state }) => !gone.has(state));
  const spared = living.filter(({ note }) => note?.disableApiTermination || note?.disableApiStop);
  const zones = new Set(spared.map(({ zone }) => zone));
  const [first] = spared;
  return {
    ids: living.filter(({ zone }) => !zones.has(zone)).map(({ id }) => id),
    refusal: first === undefined ? null : protectedFrom(
      "terminated",
      first.id,
      first.note?.disableApiTermination ? "disableApiTermination" : "disableApiStop",
    ),
  };
}

function protectedFrom(what: string, id: string, attribute: string): AwsError {
  return {
    code: "OperationNotPermitted",
    message: `The instance '${id}' may not be ${what}. Modify its '${attribute}' instance ` +
      `attribute and try again.`,
  };
}
