/**
 * GetCallerIdentity by a presigned URL, with its signature checked: what a third party sends that
 * was handed the URL. The servers check none.
 */

import { createHash, createHmac } from "node:crypto";

import { type Answer, xmlAnswer } from "./answer.ts";
import type { Exchange } from "./answering.ts";
import type { Caller, Callers } from "./callers.ts";
import { type AwsError, protocolError, unknownKey } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import type { SigningKey } from "./signing_key.ts";
import type { RawRequest } from "./upstream.ts";

/**
 * How long STS takes the signature, whatever X-Amz-Expires says (aws-iam-authenticator,
 * pkg/token/token.go: "valid for 15 minutes regardless of this parameters value").
 */
const validMs = 15 * 60_000;
const aheadMs = 5 * 60_000;

/** The answer, or null for any other call. */
export function presignedIdentity(
  { request, raw, caller, requestId }: Pick<Exchange, "request" | "raw" | "caller" | "requestId">,
  callers: Callers,
  nowMs: number,
): Answer | null {
  if (request.action !== "sts:GetCallerIdentity") return null;
  const query = new URLSearchParams(raw.target.split("?")[1] ?? "");
  if (!query.has("X-Amz-Signature")) return null;
  const key = callers.signingKey(request.accessKeyId ?? "");
  const refusal = caller === undefined || key === undefined
    ? unknownKey("query")
    : refusalOf(request, raw, query, key, nowMs);
  return refusal === null ? identityAnswer(caller!) : protocolError("query", refusal, requestId);
}

/** The answer to GetCallerIdentity (STS API Reference, "GetCallerIdentity", sample response). */
export function identityAnswer({ userId, account, arn }: Caller): Answer {
  return xmlAnswer(
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` +
      `<GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${userId}</UserId>` +
      `<Account>${account}</Account></GetCallerIdentityResult>` +
      `<ResponseMetadata><RequestId>${crypto.randomUUID()}</RequestId></ResponseMetadata>` +
      `</GetCallerIdentityResponse>`,
  );
}

function refusalOf(
  request: AwsRequest,
  raw: RawRequest,
  query: URLSearchParams,
  key: SigningKey,
  nowMs: number,
): AwsError | null {
  // A token of other credentials is as unknown as the key itself.
  if (query.get("X-Amz-Security-Token") !== key.token) return unknownKey("query");
  // STS API Reference, "Common Errors", ExpiredTokenException, with the code that STS sends.
  if (key.expiresAtMs <= nowMs) {
    const message = "The security token included in the request is expired";
    return { code: "ExpiredToken", message };
  }
  const scope = query.get("X-Amz-Credential")!.split("/").slice(1);
  const message = scopeProblem(scope, query, raw.headers.get("host") ?? "", request) ??
    dateProblem(query.get("X-Amz-Date") ?? "", nowMs) ??
    signatureProblem(raw, query, key, scope);
  return message === null ? null : { code: "SignatureDoesNotMatch", message, status: 403 };
}

/** IAM User Guide, "Troubleshoot Signature Version 4 signing", "credential scope errors". */
function scopeProblem(
  [date, region, service, end]: readonly string[],
  query: URLSearchParams,
  host: string,
  request: AwsRequest,
): string | null {
  const named = /^sts(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
  // The global endpoint is of us-east-1; any other host is that of this proxy.
  const expected = named ?? (host === "sts.amazonaws.com" ? "us-east-1" : request.region);
  if (region !== expected) return `Credential should be scoped to a valid region.`;
  if (service !== "sts") return `Credential should be scoped to correct service: 'sts'.`;
  if (end !== "aws4_request") return `Credential should be scoped with a valid terminator.`;
  const signed = query.get("X-Amz-Date")?.slice(0, 8);
  return date === signed ? null : `Date in Credential scope does not match YYYYMMDD from date.`;
}

/**
 * The messages as STS sends them, in issues of aws-iam-authenticator and Vault: "Signature expired:
 * 20190409T163401Z is now earlier than 20190409T163413Z (20190409T164913Z - 15 min.)".
 */
function dateProblem(date: string, nowMs: number): string | null {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signedMs)) return "Date must be in ISO-8601 'basic format'.";
  const now = basicFormat(nowMs);
  if (signedMs < nowMs - validMs) {
    const least = basicFormat(nowMs - validMs);
    return `Signature expired: ${date} is now earlier than ${least} (${now} - 15 min.)`;
  }
  if (signedMs > nowMs + aheadMs) {
    const most = basicFormat(nowMs + aheadMs);
    return `Signature not yet current: ${date} is still later than ${most} (${now} + 5 min.)`;
  }
  return null;
}

function basicFormat(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
}

/**
 * IAM User Guide, "Create a signed AWS API request", with the signature in the query; the message is
 * that of "Troubleshoot Signature Version 4 signing", which repeats the request.
 */
function signatureProblem(
  raw: RawRequest,
  query: URLSearchParams,
  { secretAccessKey }: SigningKey,
  scope: readonly string[],
): string | null {
  const canonical = canonicalRequest(raw, query);
  const date = query.get("X-Amz-Date") ?? "";
  const text = ["AWS4-HMAC-SHA256", date, scope.join("/"), hashOf(canonical)].join("\n");
  const key = scope.reduce<string | Uint8Array>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return signature === query.get("X-Amz-Signature")
    ? null
    : "The request signature we calculated does not match the signature you provided. Check your " +
      "AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
      `The canonical string for this request should have been\n'${canonical}'`;
}

function canonicalRequest(raw: RawRequest, query: URLSearchParams): string {
  const names = (query.get("X-Amz-SignedHeaders") ?? "").split(";");
  const headers = names.map((name) =>
    `${name}:${(raw.headers.get(name) ?? "").trim().replace(/ +/g, " ")}\n`
  );
  const parameters = [...query].filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
  return [
    raw.method,
    raw.target.split("?")[0],
    parameters.join("&"),
    headers.join(""),
    names.join(";"),
    hashOf(raw.body),
  ].join("\n");
}

function hashOf(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** RFC 3986: encodeURIComponent leaves five reserved characters bare. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
