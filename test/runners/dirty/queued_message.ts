import { ulid } from "../../../runners/core/contract/ulid.ts";
import { messageSha256 } from "../../../runners/core/attest/message_hash.ts";
import type { InstanceName } from "../../../runners/core/contract/login.ts";
import type { JsonObject } from "../../../runners/core/json.ts";
import type { QueueMessage } from "../../../runners/core/queue/queue.ts";
import { QUEUE_ARN } from "./dirty_scene.ts";
import { A_LOGIN } from "./messages/login_message.ts";
import { identityArn, signedProof } from "./signed_proof.ts";

export const WEB: InstanceName = {
  id: "i-0123456789abcdef0",
  region: "us-east-1",
  account: "1".repeat(12),
};
export const DB: InstanceName = { ...WEB, id: "i-0123456789abcdef1" };

/** Who sends a login: the instance by its profile, another role in its name, a person, or it by a proof. */
export type Sent = "instance" | "other role" | "person" | "proven";

const SENDERS: Readonly<Record<Sent, (instance: InstanceName) => string>> = {
  "instance": ({ account, id }) => `AROAPROFILE${account}:${id}`,
  "other role": ({ id }) => `AROAOTHER:${id}`,
  "person": () => "AROAPERSON:alice",
  "proven": () => "AROAPERSON:alice",
};

/** A message of a queue. */
export function queued(body: JsonObject | string, part: Partial<QueueMessage> = {}): QueueMessage {
  const id = crypto.randomUUID();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { id, body: text, receipt: id, sender: null, sentAt: null, receives: 1, ...part };
}

/** A login to an instance, as the queue delivers it at this time. @param more of its body */
export function login(
  instance: InstanceName,
  sent: Sent,
  at: Date,
  more: JsonObject = {},
): QueueMessage {
  const { proof: _, ...plain } = A_LOGIN;
  const body = {
    ...plain,
    id: ulid(Date.now()),
    at: at.toISOString(),
    instance,
    ...more,
  } as JsonObject;
  const signing = {
    arn: identityArn(instance),
    queueArn: QUEUE_ARN,
    sha256: messageSha256(body),
    at,
  };
  const proven = sent === "proven" ? { ...body, proof: signedProof(signing) } : body;
  return queued(proven, { sender: SENDERS[sent](instance), sentAt: at });
}

/** What became of an SSM command on an instance, as EventBridge says. */
export function commandRun(instance: InstanceName, commandId: string, at: Date): QueueMessage {
  const detail = {
    "command-id": commandId,
    "document-name": "AWS-RunShellScript",
    "instance-id": instance.id,
  };
  const type = "EC2 Command Invocation Status-change Notification";
  return queued(event(instance, type, detail, at), { sentAt: at });
}

/** That somebody has sent the command, as CloudTrail says. */
export function commandSent(
  instance: InstanceName,
  commandId: string,
  principalArn: string,
  at: Date,
): QueueMessage {
  const detail = {
    eventID: crypto.randomUUID(),
    eventName: "SendCommand",
    sourceIPAddress: "203.0.113.9",
    userIdentity: { arn: principalArn },
    requestParameters: { documentName: "AWS-RunShellScript" },
    responseElements: { command: { commandId } },
  };
  return queued(event(instance, "AWS API Call via CloudTrail", detail, at), { sentAt: at });
}

function event(
  { account, region }: InstanceName,
  type: string,
  detail: JsonObject,
  at: Date,
): JsonObject {
  const time = at.toISOString();
  return { "detail-type": type, source: "aws.ssm", account, region, time, detail };
}
