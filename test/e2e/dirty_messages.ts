import { ulid } from "../../runners/core/contract/ulid.ts";
import { messageSha256 } from "../../runners/core/attest/message_hash.ts";
import { AUDIENCE_HEADER, audienceOf, LOGIN_SCHEMA } from "../../runners/core/contract/login.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import type { InstanceCredentials } from "../aws/instance_credentials.ts";
import { presignedUrl } from "../aws/presigned_url.ts";

/** An instance. */
export type Where = { readonly account: string; readonly region: string; readonly id: string };

/** What the client sends of a login. */
export function loginOf({ account, region, id }: Where, more: JsonObject = {}): JsonObject {
  return {
    schema: LOGIN_SCHEMA,
    id: ulid(Date.now()),
    event: "session_open",
    source: "pam",
    at: new Date().toISOString(),
    instance: { id, region, account },
    pam: { service: "sshd", type: "open_session", user: "alice", rhost: "203.0.113.9", tty: "ssh" },
    client: { version: "1.0.0", dropped: 0 },
    ...more,
  };
}

/** A presigned GetCallerIdentity by the instance identity role. */
export async function proofOf(
  { region }: Where,
  identity: InstanceCredentials["identity"],
  message: JsonObject,
  queueArn: string,
): Promise<JsonObject> {
  const headers = { [AUDIENCE_HEADER]: audienceOf(queueArn, messageSha256(message)) };
  const host = `sts.${region}.amazonaws.com`;
  return { url: await presignedUrl(identity, { host, region, now: new Date(), headers }), headers };
}

/** What EventBridge sends when somebody has begun a session of Session Manager. */
export function startedSession(
  { account, region, id }: Where,
  more: JsonObject = {},
): JsonObject {
  const at = new Date().toISOString();
  return {
    ...{ version: "0", id: crypto.randomUUID(), "detail-type": "AWS API Call via CloudTrail" },
    ...{ source: "aws.ssm", account, region, time: at },
    detail: {
      ...{
        eventID: crypto.randomUUID(),
        eventName: "StartSession",
        sourceIPAddress: "203.0.113.9",
      },
      userIdentity: { arn: `arn:aws:sts::${account}:assumed-role/operator/bob` },
      requestParameters: { target: id },
      ...more,
    },
  };
}
