import { AUDIENCE_HEADER, PROOF_MAX_AGE_MS } from "../contract/login.ts";
import { shown } from "../shown.ts";
import { STS_ENDPOINTS, type StsEndpoint } from "./sts_endpoints.ts";

/** What a presigned GetCallerIdentity says of itself, before anybody has checked its signature. */
export type Presigned = {
  readonly endpoint: StsEndpoint;
  readonly signedAtMs: number;
  /** For how long it wants to be good. */
  readonly lifeMs: number;
};

/** Exactly the headers that are sent. A signed header that nobody compares could bind anything. */
const SIGNED_HEADERS = `host;${AUDIENCE_HEADER}`;

/**
 * The parameters of such a URL, and what each may be (IAM User Guide, "Create a signed AWS API
 * request"). With one more, STS could be asked something else.
 */
const PARAMETERS: { readonly [name: string]: RegExp } = {
  "Action": /^GetCallerIdentity$/,
  "Version": /^2011-06-15$/,
  "X-Amz-Algorithm": /^AWS4-HMAC-SHA256$/,
  "X-Amz-Credential": /^\w+\/\d{8}\/[a-z0-9-]+\/sts\/aws4_request$/,
  "X-Amz-Date": /^\d{8}T\d{6}Z$/,
  "X-Amz-Expires": /^[1-9]\d{0,2}$/,
  "X-Amz-Security-Token": /^[\w+/=.-]+$/,
  "X-Amz-SignedHeaders": new RegExp(`^${SIGNED_HEADERS}$`),
  "X-Amz-Signature": /^[0-9a-f]{64}$/,
};

/**
 * A name and a value of ASCII, encoded in the one way that signatures allow (RFC 3986): no parser can
 * read it as something else.
 */
const PARAMETER = /^([A-Za-z-]+)=((?:[A-Za-z0-9_.~-]|%[0-7][0-9A-F])*)$/;

/** How much of a text from outside is told. */
const TOLD = 100;

/**
 * Reads the URL of a proof. The address before its query is compared as text with the endpoints of
 * STS, so that no user, port, path, scheme or look-alike gets through.
 *
 * @returns or why it cannot be used
 */
export function readPresigned(url: string): Presigned | string {
  const [address = "", query = "", ...more] = url.split("?");
  const endpoint = STS_ENDPOINTS.get(address);
  if (endpoint === undefined) {
    return `"${told(address)}" is no endpoint of STS that is known here`;
  }
  const malformed = (detail: string) => `The proof's URL ${detail}`;
  if (more.length > 0) return malformed("has a second query");
  const values = readParameters(query);
  if (typeof values === "string") return malformed(values);
  const { "X-Amz-Credential": scope = "", "X-Amz-Date": date = "", "X-Amz-Expires": expires } =
    values;
  const [, day, region] = scope.split("/");
  if (day !== date.slice(0, 8)) return malformed("is signed for another day than its date");
  if (region !== endpoint.region) {
    return malformed(`is signed for the Region ${region}, and its host is of ${endpoint.region}`);
  }
  const signedAtMs = instantOf(date);
  if (Number.isNaN(signedAtMs)) return malformed(`has the date ${date}, which is none`);
  const lifeMs = Number(expires) * 1_000;
  return lifeMs <= PROOF_MAX_AGE_MS
    ? { endpoint, signedAtMs, lifeMs }
    : malformed(`wants to be good for ${expires} seconds`);
}

/** The values by name, each name once; or what is wrong. */
function readParameters(query: string): { readonly [name: string]: string } | string {
  const values = new Map<string, string>();
  for (const part of query.split("&")) {
    const [, name = "", encoded = ""] = PARAMETER.exec(part) ?? [];
    if (!Object.hasOwn(PARAMETERS, name)) {
      return `has a parameter that does not belong there: "${told(part.split("=")[0]!)}"`;
    }
    if (values.has(name)) return `has ${name} twice`;
    values.set(name, decodeURIComponent(encoded));
  }
  for (const [name, form] of Object.entries(PARAMETERS)) {
    const value = values.get(name);
    if (value === undefined) return `has no ${name}`;
    // Its value is not told: it may be a token or a signature.
    if (!form.test(value)) return `has a wrong ${name}`;
  }
  return Object.fromEntries(values);
}

/** Milliseconds since the epoch of `20261120T205742Z`, or NaN. */
function instantOf(date: string): number {
  return Date.parse(
    date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
}

function told(text: string): string {
  return text.length <= TOLD ? shown(text) : `${shown(text.slice(0, TOLD))}…`;
}
