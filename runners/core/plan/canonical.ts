import { createHash } from "node:crypto";
import { writeCanonical } from "../contract/canonical_json.ts";
import type { Jsonable } from "../json.ts";

/** How many characters are hashed at once. */
const PIECE = 65_536;

/** `sha256:` and the hash of the canonical form, in hex; of a value of any size. */
export function hashOf(value: Jsonable): string {
  return `sha256:${sha256(value).toString("hex")}`;
}

function sha256(value: Jsonable) {
  const hash = createHash("sha256");
  let text = "";
  writeCanonical(value, (piece) => {
    text += piece;
    if (text.length < PIECE) return;
    hash.update(text);
    text = "";
  });
  return hash.update(text).digest();
}

/** The first characters of a hash, an even number of them, for ids that people read. */
export function shortHash(value: Jsonable, length: number): string {
  // A part of the complete text would hold all of it in memory.
  return sha256(value).toString("hex", 0, length / 2);
}

/** The order of UTF-16 code units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
