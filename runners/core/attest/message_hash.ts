import { createHash } from "node:crypto";
import { canonicalJson } from "../contract/canonical_json.ts";
import type { JsonObject } from "../json.ts";

/**
 * What the audience of a proof names of its message: the SHA-256, in hexadecimal, of the message
 * without `proof` as canonical JSON.
 *
 * @param message the body as it was parsed, with the fields that this version does not know
 */
export function messageSha256(message: JsonObject): string {
  const { proof: _proof, ...told } = message;
  return createHash("sha256").update(canonicalJson(told)).digest("hex");
}
