/** What a caller signs with, for the calls whose signature the proxy checks. */

import type { Answer } from "./answer.ts";
import { textOf } from "./answer.ts";
import { elementText } from "./xml_text.ts";

export interface SigningKey {
  readonly secretAccessKey: string;
  /** The session token; null for a long-term key. */
  readonly token: string | null;
  /** In milliseconds since the epoch, by the proxy's clock; `Infinity` for a long-term key. */
  readonly expiresAtMs: number;
}

/** The key in an answer of STS or IAM that gives credentials. @param offsetMs of the proxy's clock */
export function signingKeyIn(answer: Answer, offsetMs: number): SigningKey | null {
  const xml = textOf(answer);
  const secretAccessKey = elementText(xml, "SecretAccessKey");
  const expiration = elementText(xml, "Expiration");
  if (secretAccessKey === null) return null;
  return {
    secretAccessKey,
    token: elementText(xml, "SessionToken"),
    expiresAtMs: expiration === null ? Infinity : Date.parse(expiration) + offsetMs,
  };
}
