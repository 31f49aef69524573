import { createHash } from "node:crypto";
import type { AskSts } from "../../../runners/core/attest/sts_answer.ts";
import {
  AUDIENCE_HEADER,
  audienceOf,
  type StsProof,
} from "../../../runners/core/contract/login.ts";

/** What a proof is made of. */
export type Signing = {
  /** Whose credentials sign: STS names this ARN. */
  readonly arn: string;
  readonly queueArn: string;
  readonly sha256: string;
  readonly at: Date;
};

/** The ARN by which STS names an instance that signs with its instance identity role. */
export function identityArn({ id, account }: { id: string; account: string }): string {
  return `arn:aws:sts::${account}:assumed-role/aws:ec2-instance/${id}`;
}

/**
 * A proof whose signature {@linkcode memorySts} checks: as many as a test of ten thousand messages
 * wants. Those with signatures of AWS are in `test/runners/core/attest`.
 */
export function signedProof({ arn, queueArn, sha256, at }: Signing): StsProof {
  const audience = audienceOf(queueArn, sha256);
  const date = at.toISOString().replace(/[-:]|\.\d+/g, "");
  const token = new TextEncoder().encode(arn).toBase64();
  const parameters = {
    "Action": "GetCallerIdentity",
    "Version": "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `ASIAPROOF/${date.slice(0, 8)}/us-east-1/sts/aws4_request`,
    "X-Amz-Date": date,
    "X-Amz-Expires": "900",
    "X-Amz-Security-Token": token,
    "X-Amz-SignedHeaders": `host;${AUDIENCE_HEADER}`,
    "X-Amz-Signature": signatureOf(token, date, audience),
  };
  const query = Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return {
    url: `https://sts.us-east-1.amazonaws.com/?${query.join("&")}`,
    headers: { [AUDIENCE_HEADER]: audience },
  };
}

/**
 * STS: answers whom the credentials are of, if the signature is of what was sent.
 *
 * @param believes whether it takes a signature that is right, or is not
 */
export function memorySts(believes: (isRight: boolean) => boolean): AskSts {
  return ({ url, headers }) => {
    const query = new URL(url).searchParams;
    const [token = "", date = "", signature] = ["Security-Token", "Date", "Signature"]
      .map((name) => query.get(`X-Amz-${name}`) ?? "");
    const right = signatureOf(token, date, headers[AUDIENCE_HEADER] ?? "");
    const arn = new TextDecoder().decode(Uint8Array.fromBase64(token));
    const [status, body]: [number, string] = believes(signature === right)
      ? [200, `<GetCallerIdentityResult><Arn>${arn}</Arn></GetCallerIdentityResult>`]
      : [403, "<Code>SignatureDoesNotMatch</Code><Message>no</Message>"];
    return Promise.resolve({ status, body });
  };
}

function signatureOf(...signed: readonly string[]): string {
  return createHash("sha256").update(signed.join("\n")).digest("hex");
}
