import type { Unusable } from "../../core/attest/client_message.ts";
import { createHash } from "node:crypto";
import * as z from "zod";
import { type BridgedEvent, readEvent } from "../../core/attest/bridged_event.ts";
import { text } from "../../core/attest/message_values.ts";
import { INSTANCE_ID } from "../../core/aws/arn.ts";
import {
  API_CALL,
  API_CALLS,
  COMMAND_INVOCATION,
  COMMAND_SOURCE,
} from "../../core/contract/event_bridge.ts";
import type { SshAuth } from "../../core/contract/login.ts";
import { sshKeyIn } from "../../core/contract/ssh_key.ts";
import { type FromEventBridge, NOBODY, type Told, type Who } from "../told.ts";

/** What is used of the parameters of a call; each call has some of them. */
const parameters = z.object({
  target: z.string().nullish(),
  instanceId: z.string().nullish(),
  instanceIds: z.array(z.string()).nullish(),
  documentName: text().nullish(),
  instanceOSUser: text().nullish(),
  sSHPublicKey: z.string().nullish(),
  attribute: z.string().nullish(),
  userData: z.unknown().optional(),
});

/** CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element". */
const trailed = z.object({
  eventID: z.guid(),
  eventName: z.string(),
  errorCode: z.string().nullish(),
  sourceIPAddress: text().nullish(),
  userIdentity: z.object({
    arn: text(2_048).nullish(),
    sessionContext: z.object({
      sessionIssuer: z.object({ type: z.string(), arn: text(2_048) }).partial().nullish(),
    }).nullish(),
  }).nullish(),
  requestParameters: parameters.nullish(),
  responseElements: z.object({
    command: z.object({ commandId: z.guid() }).nullish(),
  }).nullish(),
});

type Trailed = z.infer<typeof trailed>;

/** Systems Manager User Guide, "Amazon EventBridge event examples for Systems Manager". */
const invocation = z.object({
  "command-id": z.guid(),
  "document-name": text().nullish(),
  "instance-id": z.string(),
});

/**
 * Reads what EventBridge has sent: a call that CloudTrail has seen, or what became of an SSM command
 * on an instance. Never throws.
 *
 * @returns or why it cannot be used: `not-json`, `malformed`, `unknown-event`, `call-failed`,
 * `not-user-data` (another attribute was changed), `no-instance` (it names none, as a call that
 * resumes a session or opens a tunnel to an address), `not-an-instance` (a managed node outside of
 * EC2, or a task)
 */
export function readEventBridge(body: string): FromEventBridge | Unusable {
  const event = readEvent(body);
  if ("reason" in event) return event;
  switch (event["detail-type"]) {
    case API_CALL:
      return readCall(event);
    case COMMAND_INVOCATION:
      return readInvocation(event);
    default:
      return { reason: "unknown-event" };
  }
}

function readCall(event: BridgedEvent): FromEventBridge | Unusable {
  const detail = trailed.safeParse(event.detail).data;
  if (detail === undefined) return { reason: "malformed" };
  const { requestParameters: asked } = detail;
  const call = Object.hasOwn(API_CALLS, detail.eventName) ? API_CALLS[detail.eventName] : undefined;
  if (call?.source !== event.source) return { reason: "unknown-event" };
  if (detail.errorCode) return { reason: "call-failed" };
  const changesUserData = asked?.userData !== undefined || asked?.attribute === "userData";
  if (call.event === "user_data" && !changesUserData) return { reason: "not-user-data" };

  const who = whoCalled(detail);
  const command = detail.responseElements?.command;
  return message(event, [asked?.target, asked?.instanceId, asked?.instanceIds].flat(), {
    // What became of a command tells the command's ID alone, and is the same event.
    id: command?.commandId ?? detail.eventID,
    event: call.event,
    source: "cloudtrail",
    who,
  }, command ? { id: command.commandId, who } : undefined);
}

function readInvocation(event: BridgedEvent): FromEventBridge | Unusable {
  const detail = invocation.safeParse(event.detail).data;
  if (detail === undefined) return { reason: "malformed" };
  if (event.source !== COMMAND_SOURCE) return { reason: "unknown-event" };
  return message(event, [detail["instance-id"]], {
    id: detail["command-id"],
    event: "ssm_command",
    source: "ssm",
    who: { ...NOBODY, document: detail["document-name"] ?? null },
  });
}

/** Tells the same of each instance. Names of other things are left out. */
function message(
  { account, region, time }: BridgedEvent,
  named: readonly (string | null | undefined)[],
  common: Pick<Told, "id" | "event" | "source" | "who">,
  command?: { readonly id: string; readonly who: Who },
): FromEventBridge | Unusable {
  const names = new Set(named.filter((name) => typeof name === "string"));
  const told = [...names].filter((id) => INSTANCE_ID.test(id))
    .map((id) => ({ ...common, at: time, instance: { id, region, account }, detail: {} }));
  if (told.length === 0 && command === undefined) {
    return { reason: names.size === 0 ? "no-instance" : "not-an-instance" };
  }
  return { from: "eventbridge", account, region, told, ...command && { command } };
}

function whoCalled({ userIdentity, sourceIPAddress, requestParameters: asked }: Trailed): Who {
  const issuer = userIdentity?.sessionContext?.sessionIssuer;
  return {
    ...NOBODY,
    user: asked?.instanceOSUser || null,
    from: sourceIPAddress || null,
    ssh: asked?.sSHPublicKey ? keyOf(asked?.sSHPublicKey) : null,
    principalArn: userIdentity?.arn || null,
    roleArn: issuer?.type === "Role" ? issuer.arn || null : null,
    document: asked?.documentName || null,
  };
}

/** The key that was sent, by which sshd then tells the same session; null where it has another form. */
function keyOf(publicKey: string): SshAuth | null {
  const [keyType = "", base64 = ""] = publicKey.split(/\s/);
  const key = sshKeyIn(keyType, base64);
  if (!key) return null;
  const hash = createHash("sha256").update(key.plain).digest("base64");
  return { method: "publickey", keyType, keySha256: `SHA256:${hash.replace("=", "")}` };
}
