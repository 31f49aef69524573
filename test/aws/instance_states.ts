/** What state instances are in, asked of moto in the way that costs it least. */

import { cutSet, elementText } from "./xml_text.ts";

export type State =
  | "pending"
  | "running"
  | "shutting-down"
  | "terminated"
  | "stopping"
  | "stopped";

/** EC2 API reference, InstanceState. */
const codes: Readonly<Record<State, number>> = {
  "pending": 0,
  "running": 16,
  "shutting-down": 32,
  "terminated": 48,
  "stopping": 64,
  "stopped": 80,
};

export interface InstanceStatus {
  readonly id: string;
  /** E.g. `us-east-1b`. */
  readonly zone: string;
  readonly state: State;
}

/**
 * The form of a call that tells the state and zone of these instances, in any state, and fails
 * with InvalidInstanceID.NotFound if one does not exist. DescribeInstances would make moto look
 * up every instance's tags among all tags of the region.
 */
export function statusForm(ids: readonly string[]): URLSearchParams {
  const form = new URLSearchParams({
    Action: "DescribeInstanceStatus",
    Version: "2016-11-15",
    IncludeAllInstances: "true",
  });
  ids.forEach((id, i) => form.set(`InstanceId.${i + 1}`, id));
  return form;
}

/** Reads the answer to that call. */
export function statusesIn(xml: string): InstanceStatus[] {
  return cutSet(xml, "instanceStatusSet").items.map((item) => ({
    id: elementText(item, "instanceId") ?? "",
    zone: elementText(item, "availabilityZone") ?? "",
    state: item.match(/<instanceState>.*?<name>([a-z-]+)</s)?.[1] as State,
  }));
}

/** A state as EC2 writes it, in an element of this name. */
export function stateElement(name: string, state: State): string {
  return `<${name}><code>${codes[state]}</code><name>${state}</name></${name}>`;
}
