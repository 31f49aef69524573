import { AwsV4Signer } from "aws4fetch";
import { canonicalJson } from "../runners/core/contract/canonical_json.ts";
import { isJsonObject, jsonIn } from "../runners/core/contract/json.ts";
import {
  AUDIENCE_HEADER,
  audienceOf,
  LOGIN_MAX_BYTES,
  LOGIN_SCHEMA,
  type LoginMessage,
  PROOF_MAX_AGE_MS,
} from "../runners/core/contract/login.ts";
import { dnsSuffix, queueArnIn } from "../runners/core/contract/partition.ts";
import { type Answer, ask } from "./ask.ts";
import type { Configuration } from "./configuration.ts";
import denoConfig from "./deno.json" with { type: "json" };
import type { SpooledEvent } from "./event.ts";
import type { Credentials, Metadata } from "./metadata.ts";

/** What became of a message. `never`: SQS takes no such message, however often it is sent. */
export type Sent = { readonly outcome: "sent" | "never" | "later"; readonly detail: string };

const SEND_MESSAGE = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-target": "AmazonSQS.SendMessage",
};

/** What sends an event as this instance. @throws Error what the metadata service does not say */
export async function openSender(settings: Configuration, metadata: Metadata) {
  const { name: instance } = await metadata.instance();
  const profile = await metadata.profileCredentials();
  const identity = await metadata.identityCredentials();
  return async ({ to, ...event }: SpooledEvent, dropped: number): Promise<Sent> => {
    const queue = settings[to];
    if (queue === null) return { outcome: "never", detail: `client.json has no ${to}` };
    const QueueUrl = queue.url;
    const region = queue.region ?? instance.region;
    const client = { version: denoConfig.version, dropped };
    const message = { schema: LOGIN_SCHEMA, ...event, instance, client } as const;
    const MessageBody = await bodyOf(message, queueArnIn(queue, region), identity);
    const { href: url } = new URL("/", settings.endpoints.sqs ?? QueueUrl);
    const body = JSON.stringify({ QueueUrl, MessageBody });
    const request = { method: "POST", headers: SEND_MESSAGE, body } as const;
    const signer = new AwsV4Signer({ url, ...request, service: "sqs", region, ...profile });
    const headers = Object.fromEntries((await signer.sign()).headers);
    return await ask(new URL(url), { ...request, headers, answerMs: 5_000 })
      .then(sentBy, ({ message: detail }: Error) => ({ outcome: "later", detail }));
  };
}

/** The body, with a proof if it can have one and fits: less proof is better than no message. */
async function bodyOf(message: LoginMessage, queueArn: string, identity: Credentials | null) {
  const plain = canonicalJson(message);
  if (identity === null) return plain;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(plain));
  const audience = audienceOf(queueArn, new Uint8Array(digest).toHex());
  const proof = await proofOf(audience, identity, message.instance.region);
  const body = canonicalJson({ ...message, proof });
  return new TextEncoder().encode(body).length <= LOGIN_MAX_BYTES ? body : plain;
}

/** A presigned GetCallerIdentity, for the STS of a Region (STS API Reference; SigV4 in a query). */
export async function proofOf(audience: string, credentials: Credentials, region: string) {
  const headers = { [AUDIENCE_HEADER]: audience };
  const query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=";
  const url = `https://sts.${region}.${dnsSuffix(region)}/?${query}${PROOF_MAX_AGE_MS / 1_000}`;
  const of = { url, headers, service: "sts", region, signQuery: true };
  return { url: (await new AwsV4Signer({ ...of, ...credentials }).sign()).url.href, headers };
}

function sentBy({ status, text, dateMs }: Answer): Sent {
  const [answer = {}] = jsonIn(text).filter(isJsonObject);
  const { MessageId, __type = `status ${status}`, message = "", Message = message } = answer;
  const isSent = status === 200 && typeof MessageId === "string";
  if (isSent) return { outcome: "sent", detail: MessageId };
  const said = `SQS took no message: ${String(__type).replace(/^.*#/, "")}. ${Message}`;
  const never = status === 413 || /: InvalidMessageContents|must be shorter than/.test(said);
  if (never) return { outcome: "never", detail: said };
  const denied = said.includes(": AccessDenied")
    ? " Allow sqs:SendMessage on this queue: attach the policy groundskeeper-client to the role."
    : "";
  return { outcome: "later", detail: said + denied + clockOff(dateMs) };
}

/** What is wrong with this machine's clock, by a server's; empty where it is right, or not known. */
export function clockOff(dateMs: number): string {
  const minutes = Math.round((Date.now() - dateMs) / 60_000);
  // AWS refuses signatures that are more than five minutes off (IAM User Guide, SigV4).
  if (!(Math.abs(minutes) > 5)) return "";
  const off = `${Math.abs(minutes)} minutes ${minutes > 0 ? "fast" : "slow"}`;
  return ` The clock is ${off}: set it, by chrony or NTP`;
}
