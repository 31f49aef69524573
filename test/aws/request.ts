/** What an AWS client asked for: service, region, access key, action and parameters. */

import { s3Action } from "./s3_action.ts";

/** The wire formats that AWS's services speak; an error has to come back in the same one. */
export type Protocol = "ec2" | "query" | "json" | "rest-json" | "rest-xml" | "cbor";

export interface AwsRequest {
  /** As it stands in the signature's scope, e.g. `ec2`, `monitoring`; `unknown` if unsigned. */
  readonly service: string;
  /** `us-east-1` where the scope names none. */
  readonly region: string;
  /** Null for the few calls that AWS takes unsigned. */
  readonly accessKeyId: string | null;
  /** As IAM spells it, e.g. `ec2:DescribeInstances`. */
  readonly action: string;
  /** Flat: query parameters as sent, JSON members at the top level (nested ones as JSON text). */
  readonly parameters: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
}

/** Where IAM's prefix differs from the signing name (Service Authorization Reference). */
const iamPrefixOf: Readonly<Record<string, string>> = {
  email: "ses",
  monitoring: "cloudwatch",
  tagging: "tag",
};

/** Operations of REST services that this project meets; the rest are named by method and path. */
const restActions: readonly (readonly [service: string, pattern: RegExp, action: string])[] = [
  ["account", /^POST \/listRegions$/, "ListRegions"],
  ["account", /^POST \/getRegionOptStatus$/, "GetRegionOptStatus"],
  ["scheduler", /^GET \/schedules$/, "ListSchedules"],
  ["scheduler", /^GET \/schedules\/[^/]+$/, "GetSchedule"],
  ["scheduler", /^POST \/schedules\/[^/]+$/, "CreateSchedule"],
  ["ses", /^POST \/v2\/email\/outbound-emails$/, "SendEmail"],
  ["access-analyzer", /^POST \/policy\/validation$/, "ValidatePolicy"],
  ["access-analyzer", /^POST \/policy\/check-no-new-access$/, "CheckNoNewAccess"],
];

/** A larger body is some object's or message's content, not worth parsing for its parameters. */
const largestParsedBody = 1 << 20;

const noParameters: Readonly<Record<string, string>> = {};

/**
 * Reads one HTTP request as a call of AWS's API. Never throws: what it cannot read it names by
 * method and path, and the servers behind give their own answer.
 */
export function parseRequest(
  method: string,
  url: URL,
  headers: Headers,
  body: Uint8Array,
): AwsRequest {
  const scope = credentialScope(url, headers);
  const text = () => body.length <= largestParsedBody ? new TextDecoder().decode(body) : "";
  const called = (service: string, name: string) => `${iamPrefixOf[service] ?? service}:${name}`;
  const common = { region: scope.region, accessKeyId: scope.accessKeyId };

  const target = headers.get("x-amz-target");
  if (target !== null) {
    return {
      ...common,
      service: scope.service,
      action: called(scope.service, target.slice(target.lastIndexOf(".") + 1)),
      parameters: jsonParameters(text()),
      protocol: "json",
    };
  }
  const cborOperation = url.pathname.match(/^\/service\/[^/]+\/operation\/(\w+)$/)?.[1];
  if (cborOperation !== undefined) {
    const action = called(scope.service, cborOperation);
    return {
      ...common,
      service: scope.service,
      action,
      parameters: noParameters,
      protocol: "cbor",
    };
  }
  if (scope.service === "s3") {
    const action = s3Action(method, url);
    return {
      ...common,
      service: "s3",
      action,
      parameters: s3Parameters(url),
      protocol: "rest-xml",
    };
  }
  const isForm = headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
  const form = new URLSearchParams(isForm ? text() : url.search);
  const formAction = form.get("Action");
  if (formAction !== null) {
    const service = scope.service === "unknown" ? serviceOfVersion(form) : scope.service;
    return {
      ...common,
      service,
      action: called(service, formAction),
      parameters: Object.fromEntries(form),
      protocol: service === "ec2" ? "ec2" : "query",
    };
  }
  const prefix = iamPrefixOf[scope.service] ?? scope.service;
  const request = `${method} ${url.pathname}`;
  const known = restActions.find(([service, pattern]) =>
    service === prefix && pattern.test(request)
  );
  return {
    ...common,
    service: scope.service,
    action: `${prefix}:${known?.[2] ?? request}`,
    parameters: jsonParameters(text()),
    protocol: "rest-json",
  };
}

/** The signature's scope, from the header or, for a presigned URL, from the query. */
function credentialScope(url: URL, headers: Headers) {
  const header = headers.get("authorization")?.match(/Credential=([^,\s]+)/)?.[1];
  const credential = header ?? url.searchParams.get("X-Amz-Credential");
  if (!credential) return { accessKeyId: null, region: "us-east-1", service: "unknown" };
  const parts = credential.split("/");
  const accessKeyId = parts[0] ?? "";
  // SigV4a leaves the region out of the scope.
  if (parts.length === 4) {
    return { accessKeyId, region: "us-east-1", service: parts[2] ?? "unknown" };
  }
  return { accessKeyId, region: parts[2] ?? "us-east-1", service: parts[3] ?? "unknown" };
}

/** Unsigned calls: AssumeRoleWithWebIdentity and WithSAML are all that AWS takes. */
function serviceOfVersion(form: URLSearchParams): string {
  return form.get("Version") === "2011-06-15" ? "sts" : "unknown";
}

function jsonParameters(text: string): Readonly<Record<string, string>> {
  if (!text.startsWith("{")) return noParameters;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return noParameters;
    throw error;
  }
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed as Record<string, unknown>)) {
    flat[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return flat;
}

function s3Parameters(url: URL): Readonly<Record<string, string>> {
  const [, bucket = "", ...key] = decodeURIComponent(url.pathname).split("/");
  return { ...Object.fromEntries(url.searchParams), Bucket: bucket, Key: key.join("/") };
}
