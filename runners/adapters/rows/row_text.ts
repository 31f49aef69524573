import { Buffer } from "node:buffer";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Json } from "../../core/json.ts";

/**
 * How many characters of JSON are stored as they are. A role that may do everything loses 22,000
 * permissions, which are named in the journal: 750 KB, more than a row may have, and 160 KB
 * compressed.
 */
const MOST_CHARACTERS = 50_000;

/** No JSON begins like this. */
const COMPRESSED = "deflate:";

/**
 * The value as its row has it: as JSON, or, where that is large, compressed (RFC 1951) in Base64.
 *
 * @throws TypeError for what JSON would silently change or drop: NaN, infinities, undefined,
 *   functions, symbols; and for a bigint. (A negative zero becomes 0, which equals it.)
 */
export function toRowText(value: Json): string {
  const text = JSON.stringify(value, refuseWhatJsonChanges);
  return text.length <= MOST_CHARACTERS
    ? text
    : COMPRESSED + deflateRawSync(text).toString("base64");
}

/** The value of a row. @throws an error for a text that {@linkcode toRowText} does not make */
export function fromRowText(text: string): Json {
  if (!text.startsWith(COMPRESSED)) return JSON.parse(text);
  const compressed = Buffer.from(text.slice(COMPRESSED.length), "base64");
  return JSON.parse(inflateRawSync(compressed).toString("utf8"));
}

function refuseWhatJsonChanges(name: string, value: unknown): unknown {
  const changed = typeof value === "number"
    ? !Number.isFinite(value)
    : ["undefined", "function", "symbol", "bigint"].includes(typeof value);
  if (changed) {
    throw new TypeError(`Cannot store ${String(value)} at "${name}": JSON has no such value`);
  }
  return value;
}
