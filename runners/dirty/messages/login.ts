import {
  type ClientMessage,
  readClientMessage,
  type Unusable,
} from "../../core/attest/client_message.ts";
import { instanceName } from "../../core/attest/message_values.ts";
import { OWN_EVENT } from "../../core/contract/login.ts";
import type { JsonObject } from "../../core/json.ts";
import { type FromInstance, NOBODY, type Told } from "../told.ts";

type Arrived = { readonly id: string; readonly at: Date };

/**
 * Reads what an instance has sent: the message of the client, or that of Skunky's client, which is the
 * instance identity document and nothing else, and names no schema. Never throws.
 *
 * @param arrived the ID that SQS gave the message, and when it was sent: the document has neither
 * @returns or why it cannot be used, by the codes of `readClientMessage`
 */
export function readLogin(body: string, arrived: Arrived): FromInstance | Unusable {
  const read = readClientMessage(body);
  if ("reason" in read) return read;
  const { content, message, sha256 } = read;
  const told = message ? toldBy(message) : toldByDocument(content, arrived);
  return told
    ? { from: "instance", told, proof: message?.proof ?? null, sha256 }
    : { reason: "malformed" };
}

function toldBy({ pam, ssh, detail, client, ...message }: ClientMessage): Told {
  const { id, event, source, at, instance } = message;
  return {
    ...{ id, event, source, at, instance },
    who: {
      ...NOBODY,
      user: pam?.user || null,
      from: pam?.rhost || null,
      service: pam?.service || null,
      ssh: ssh ?? null,
    },
    detail: event === "hello" ? client : OWN_EVENT.test(event) ? detail : {},
  };
}

/** EC2 User Guide, "Instance identity documents". */
function toldByDocument(content: JsonObject, { id, at }: Arrived): Told | undefined {
  const { instanceId, region, accountId } = content;
  const instance = instanceName.safeParse({ id: instanceId, region, account: accountId }).data;
  return instance && {
    ...{ id, event: "session_open", source: "skunky", at: at.toISOString(), instance },
    ...{ who: NOBODY, detail: {} },
  };
}
