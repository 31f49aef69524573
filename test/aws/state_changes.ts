/**
 * StopInstances, StartInstances and TerminateInstances as EC2 answers them. moto changes what
 * stands before a bad instance in the list, knows no zones, and stops what is terminated.
 */

import { type Answer, textOf, xmlAnswer } from "./answer.ts";
import type { Call } from "./call_log.ts";
import type { Clock } from "./clock.ts";
import { stateElement, statusesIn, statusForm } from "./instance_states.ts";
import type { Memory } from "./memory.ts";
import { type AwsError, protocolError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import type { SlowTransitions, Transition } from "./slow_transitions.ts";
import { refusedStart, refusedStop, type Subject, terminations } from "./stop_terminate.ts";

export interface ChangingParts {
  readonly memory: Memory;
  readonly clock: Clock;
  readonly slow: SlowTransitions;
}

/** A call that may change states, and its ways to the server. */
export interface Changing {
  readonly call: Call;
  readonly request: AwsRequest;
  readonly requestId: string;
  /** Sends a question of the proxy's own. */
  ask(form: URLSearchParams): Promise<Answer>;
  /** Forwards the call with some parameters changed, undefined taking them out. */
  forward(changes: Readonly<Record<string, string | undefined>>): Promise<Answer>;
}

export class StateChanges {
  readonly #parts: ChangingParts;

  constructor(parts: ChangingParts) {
    this.#parts = parts;
  }

  /** The answer to a call that changes states; null for any other, and if moto may answer it. */
  async answer(changing: Changing): Promise<Answer | null> {
    const { request } = changing;
    const known = /^ec2:(?:Stop|Start|Terminate)Instances$/.test(request.action);
    const names = Object.keys(request.parameters).filter((name) => /^InstanceId\.\d+$/.test(name));
    // A dry run tells only what the caller is permitted to do.
    if (!known || names.length === 0 || request.parameters["DryRun"] === "true") return null;
    const ids = [...new Set(names.map((name) => request.parameters[name] ?? ""))];
    const answer = await changing.ask(statusForm(ids));
    if (answer.status !== 200) return answer;
    const byId = new Map(statusesIn(textOf(answer)).map((status) => [status.id, status]));
    const subjects = ids.flatMap((id): Subject[] => {
      const status = byId.get(id);
      if (status === undefined) return [];
      const state = this.#parts.slow.of(id) ?? status.state;
      return [{ ...status, state, note: this.#parts.memory.instances.get(id) }];
    });
    const refuse = (error: AwsError) => protocolError("ec2", error, changing.requestId);
    switch (request.action) {
      case "ec2:StartInstances": {
        const refusal = refusedStart(subjects);
        return refusal && refuse(refusal);
      }
      case "ec2:StopInstances": {
        const refusal = refusedStop(subjects);
        if (refusal !== null) return refuse(refusal);
        const running = subjects.filter(({ state }) => state === "running").map(({ id }) => id);
        return await this.#change(changing, names, running, "stopping") ??
          changes("StopInstances", subjects, running, "stopping");
      }
      default: {
        const { ids, refusal } = terminations(subjects);
        const failed = await this.#change(changing, names, ids, "shutting-down");
        if (failed !== null) return failed;
        return refusal === null
          ? changes("TerminateInstances", subjects, ids, "shutting-down")
          : refuse(refusal);
      }
    }
  }

  /** Has moto change these instances, and remembers it. An answer means that it failed. */
  async #change(
    changing: Changing,
    names: readonly string[],
    ids: readonly string[],
    transition: Transition,
  ): Promise<Answer | null> {
    if (ids.length === 0) return null;
    const { call } = changing;
    const { memory, clock, slow } = this.#parts;
    const answer = await changing.forward({
      ...Object.fromEntries(names.map((name) => [name, undefined])),
      ...Object.fromEntries(ids.map((id, i) => [`InstanceId.${i + 1}`, id])),
    });
    if (answer.status !== 200) return answer;
    slow.began(transition, call, ids);
    if (transition === "shutting-down") {
      for (const id of ids) {
        memory.terminated.set(id, {
          account: call.account ?? "",
          region: call.region,
          atMs: clock.now(),
        });
      }
    }
    return null;
  }
}

/** What EC2 answers: every instance with its state before and now. */
function changes(
  action: string,
  subjects: readonly Subject[],
  changed: readonly string[],
  transition: Transition,
): Answer {
  const items = subjects.map(({ id, state }) => {
    const now = changed.includes(id) ? transition : state;
    return `<item><instanceId>${id}</instanceId>${stateElement("currentState", now)}` +
      `${stateElement("previousState", state)}</item>`;
  });
  return xmlAnswer(
    `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
      `<instancesSet>${items.join("")}</instancesSet></${action}Response>`,
  );
}
