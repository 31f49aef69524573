/** A presigned request, as it is sent: by GET, with these headers alone. */
export type StsRequest = {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
};

export type StsAnswer = { readonly status: number; readonly body: string };

/**
 * Sends a presigned request to STS. It follows no redirect, and limits the time and the size of the
 * answer.
 *
 * @throws Error where there is no answer, or one that is too large
 */
export type AskSts = (request: StsRequest, signal: AbortSignal) => Promise<StsAnswer>;

/** Who signed, by STS; or why it does not say so: that is final. */
type Identified =
  | { readonly arn: string }
  | { readonly expired: string }
  | { readonly invalid: string };

/**
 * The codes by which STS says that a request or its credentials are too old (STS API Reference,
 * "Common Error Types").
 */
const EXPIRED = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/** STS says so of a signature of more than 15 minutes ago, with SignatureDoesNotMatch. */
const SIGNATURE_EXPIRED = /^Signature expired: /;

/** The codes by which it says that the request is not what its owner has signed. */
const INVALID = ["IncompleteSignature", "InvalidClientTokenId", "SignatureDoesNotMatch"];

/**
 * Reads the answer to GetCallerIdentity.
 *
 * @throws Error for every answer that says nothing of the proof, such as a throttling or a redirect
 */
export function readStsAnswer({ status, body }: StsAnswer): Identified {
  if (status === 200) {
    const arn = textOf(body, "Arn");
    if (arn !== null && body.includes("<GetCallerIdentityResult>")) return { arn };
    throw new Error("Cannot check a proof: STS answered GetCallerIdentity without an ARN");
  }
  const code = textOf(body, "Code") ?? "";
  const message = textOf(body, "Message") ?? "";
  // Below its first line a message may repeat the request, with the session token.
  const said = `${code}: ${message.split("\n")[0]}`;
  if (status >= 400 && status < 500) {
    if (EXPIRED.includes(code) || SIGNATURE_EXPIRED.test(message)) return { expired: said };
    if (INVALID.includes(code)) return { invalid: said };
  }
  throw new Error(`Cannot check a proof: STS answered with status ${status}, ${said}`);
}

/** The text of the one element of this name; null where there is none, or more than one. */
function textOf(xml: string, name: string): string | null {
  const [found, ...more] = xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"));
  return found === undefined || more.length > 0 ? null : found[1]!;
}
