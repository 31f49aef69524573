import { createHash } from "node:crypto";
import type { Jsonable } from "../json.ts";

/**
 * JSON with sorted keys and one way to write each value, so that equal values give equal text.
 * Numbers and strings are written as RFC 8785 says (ECMAScript's own form).
 */
export function canonicalJson(value: Jsonable): string {
  let text = "";
  writeCanonical(value, (piece) => text += piece);
  return text;
}

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

/** Hands the canonical form on piece by piece. What JSON leaves out or puts in place is so here. */
function writeCanonical(value: unknown, take: (piece: string) => void): void {
  if (value === null || typeof value !== "object") return take(JSON.stringify(value) ?? "null");
  if (Array.isArray(value)) return writeList(value, take);
  const members = value as { readonly [key: string]: unknown };
  if (typeof members["toJSON"] === "function") return writeCanonical(members["toJSON"](), take);
  let before = "{";
  for (const key of Object.keys(members).sort(compareText)) {
    if (members[key] === undefined) continue;
    take(`${before}${JSON.stringify(key)}:`);
    writeCanonical(members[key], take);
    before = ",";
  }
  take(before === "{" ? "{}" : "}");
}

function writeList(list: readonly unknown[], take: (piece: string) => void): void {
  // Most long lists are of texts, which have but one form.
  if (list.every((item) => item === null || typeof item !== "object")) {
    return take(JSON.stringify(list));
  }
  list.forEach((item, at) => {
    take(at === 0 ? "[" : ",");
    writeCanonical(item, take);
  });
  take("]");
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
