import { createHash } from "node:crypto";
import type { Json } from "../json.ts";

/**
 * JSON with sorted keys and nothing left to taste, so that equal values give equal text.
 * Numbers and strings are written as RFC 8785 says (ECMAScript's own form).
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value as { readonly [key: string]: Json | undefined })
    .filter((entry): entry is [string, Json] => entry[1] !== undefined)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/** `sha256:` and the hash of the canonical form, in hex. */
export function hashOf(value: Json): string {
  return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}

/** The first characters of a hash, for ids that people read. */
export function shortHash(value: Json, length: number): string {
  return hashOf(value).slice("sha256:".length, "sha256:".length + length);
}

/** The order of UTF-16 code units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
