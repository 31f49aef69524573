/** Presigned URLs of GetCallerIdentity, made by the SDK's own signer. */

import { STSClient } from "@aws-sdk/client-sts";
import type { HttpRequest, RequestPresigner } from "@smithy/types";

import type { MetadataCredentials } from "./instance_credentials.ts";

export interface Presigning {
  /** The host that the signature names. */
  readonly host: string;
  readonly region: string;
  /** Default: `sts`. */
  readonly service?: string;
  readonly now: Date;
  /** How long before `now` it was signed, in milliseconds; negative: after it. Default: 0. */
  readonly agoMs?: number;
  /** In seconds. Default: 900. */
  readonly expires?: number;
  /** Headers that the signature covers, in lower case, besides `host`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The same, where what is sent differs from what was signed. */
  readonly signedHeaders?: Readonly<Record<string, string>>;
  /** Other or more parameters to sign. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What signs; a long-term key has no token. */
export type Keys =
  & Pick<MetadataCredentials, "AccessKeyId" | "SecretAccessKey">
  & Partial<Pick<MetadataCredentials, "Token">>;

/** Signs with these credentials. */
export async function presignedUrl(
  { AccessKeyId, SecretAccessKey, Token }: Keys,
  presigning: Presigning,
): Promise<string> {
  const { host, region, service = "sts", now, agoMs = 0, expires = 900 } = presigning;
  const sts = new STSClient({
    region,
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(Token === undefined ? {} : { sessionToken: Token }),
    },
  });
  // It presigns too, but is declared as what the clients need.
  const signer = await sts.config.signer() as unknown as RequestPresigner;
  const headers = { host, ...presigning.signedHeaders ?? presigning.headers };
  const request: HttpRequest = {
    method: "GET",
    protocol: "https:",
    hostname: host,
    path: "/",
    query: { Action: "GetCallerIdentity", Version: "2011-06-15", ...presigning.parameters },
    headers,
  };
  const { query = {} } = await signer.presign(request, {
    expiresIn: expires,
    signingDate: new Date(now.getTime() - agoMs),
    signingRegion: region,
    signingService: service,
    unhoistableHeaders: new Set(Object.keys(headers)),
  });
  sts.destroy();
  const encoded = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return `https://${host}/?${encoded.join("&")}`;
}
