import { senderOf } from "../../core/attest/sender.ts";
import { INSTANCE_ID } from "../../core/aws/arn.ts";
import { isJsonObject, jsonIn } from "../../core/json.ts";
import type { DirtyConfig } from "../config.ts";
import type { Told } from "../told.ts";

/**
 * An event without names and addresses of people, for `dirty.people: "omit"`. The fingerprint of the
 * key, the role and the document stay. The detail of an event of one's own goes: nobody knows what
 * is in it. Whether the event is ignored is to be decided before.
 */
export function withoutPeople(told: Told): Told {
  const { event, who, detail } = told;
  const { certificate: _, ...key } = who.ssh ?? { method: "" };
  return {
    ...told,
    who: { ...who, user: null, from: null, principalArn: null, ssh: who.ssh && key },
    detail: event === "hello" ? detail : {},
  };
}

/** A sender of SQS without the name of a session that may be a person's: an instance is none. */
export function senderWithoutPeople(sender: string | null): string | null {
  const known = senderOf(sender ?? "");
  return known === null || INSTANCE_ID.test(known.session) ? sender : known.roleId;
}

/** Members, at any level, that say nothing of a person: of what EventBridge sends, */
const OF_AN_EVENT = [
  ...["detail-type", "source", "account", "region", "time", "detail"],
  ...["eventID", "eventName", "errorCode", "requestParameters", "responseElements"],
  ...["target", "instanceId", "instanceIds", "documentName", "attribute", "userData"],
  ...["command", "commandId", "command-id", "instance-id", "document-name", "status"],
];

/** and of what instances send, where `detail` may say anything. */
const OF_AN_INSTANCE = [
  ...["schema", "id", "event", "source", "at", "instance", "region", "account"],
  ...["pam", "service", "ssh", "method", "keyType", "keySha256", "client", "version", "dropped"],
  // Of the instance identity document.
  ...["instanceId", "accountId"],
];

const LEFT_OUT = "(left out)";

/**
 * What of the body of a rejected message may be kept: with `omit` only members that are known to say
 * nothing of a person, and of a body that is no object nothing. Never throws.
 */
export function keptBody(body: string, people: DirtyConfig["people"]): string {
  if (people === "keep") return body;
  const [content] = jsonIn(body);
  if (!isJsonObject(content)) return LEFT_OUT;
  try {
    return JSON.stringify(content, "detail-type" in content ? OF_AN_EVENT : OF_AN_INSTANCE);
  } catch (error) {
    // Lists in each other, more than fit on the stack.
    if (error instanceof RangeError) return LEFT_OUT;
    throw error;
  }
}
