/**
 * RunInstances with a client token launches once: the same call with the same token answers the
 * same reservation with the states of now, another call with it IdempotentParameterMismatch (EC2
 * developer guide, "Ensuring idempotency in Amazon EC2 API requests"). moto launches again.
 */

import { type Answer, textOf } from "./answer.ts";
import type { Call } from "./call_log.ts";
import { instanceIdsIn, inState, mapInstances } from "./instance_answers.ts";
import { statusesIn, statusForm } from "./instance_states.ts";
import type { Memory } from "./memory.ts";
import { protocolError } from "./protocol_error.ts";

/** A launch by a client token. */
export interface Launch {
  readonly parameters: string;
  readonly answer: Promise<Answer>;
}

/** A call to RunInstances, and its ways to the server. */
export interface Launching {
  readonly call: Call;
  readonly requestId: string;
  /** Sends a question of the proxy's own. */
  ask(form: URLSearchParams): Promise<Answer>;
  launch(): Promise<Answer>;
}

/** The answer to a RunInstances call, which launches unless its token has done so. */
export async function launchedOnce(memory: Memory, launching: Launching): Promise<Answer> {
  const { call, requestId } = launching;
  const token = call.parameters["ClientToken"];
  if (!token || call.parameters["DryRun"] === "true") return await launching.launch();
  const key = [call.account, call.region, zoneOf(call), token].join(" ");
  const parameters = JSON.stringify(Object.entries(call.parameters).sort());
  const earlier = memory.launches.get(key);
  if (earlier !== undefined) {
    if (earlier.parameters === parameters) return await asOfNow(await earlier.answer, launching);
    const message = `The client token '${token}' was used with other parameters`;
    return protocolError("ec2", { code: "IdempotentParameterMismatch", message }, requestId);
  }
  const mine: Launch = { parameters, answer: launching.launch() };
  memory.launches.set(key, mine);
  let launched = false;
  try {
    const answer = await mine.answer;
    launched = answer.status === 200;
    return answer;
  } finally {
    // A token that has launched nothing is free.
    if (!launched) memory.launches.delete(key);
  }
}

/**
 * A call that names its zone has its token for itself there ("RunInstances idempotency" in that
 * guide). Two subnets count as two zones here, as default subnets are.
 */
function zoneOf({ parameters }: Call): string {
  return parameters["Placement.AvailabilityZone"] ?? parameters["SubnetId"] ??
    parameters["NetworkInterface.1.SubnetId"] ?? "";
}

async function asOfNow(answer: Answer, { ask }: Launching): Promise<Answer> {
  if (answer.status !== 200) return answer;
  const xml = textOf(answer);
  const asked = await ask(statusForm(instanceIdsIn(xml)));
  const states = new Map(statusesIn(textOf(asked)).map(({ id, state }) => [id, state]));
  const body = mapInstances(xml, (item, id) => {
    const state = states.get(id);
    return state === undefined ? item : inState(item, state);
  });
  return { ...answer, body };
}
