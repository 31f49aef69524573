import type { Json } from "../../core/json.ts";
/** A JSON value with its place in the text. */
export type JsonNode = {
  readonly type: "object" | "array" | "string" | "number" | "boolean" | "null";
  /** The place of its first character. */
  readonly offset: number;
  readonly length: number;
  /** Of a string, a number, a boolean or null. */
  readonly value?: Json;
  /** The items of an array. */
  readonly items?: readonly JsonNode[];
  /** The members of an object in their order, with repeated keys. */
  readonly members?: readonly JsonMember[];
};

/** A member of an object; the key is a string. */
export type JsonMember = {
  readonly key: JsonNode & { readonly value: string };
  readonly value: JsonNode;
};

/** No policy is nested deeper: IAM's grammar has six levels. */
const DEEPEST = 100;

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /[^ \t\n\r,\]}]+/y;

/**
 * Reads JSON and keeps the place of each value.
 *
 * @throws SyntaxError if it is not JSON, or nested deeper than any policy
 */
export function readJson(text: string): JsonNode {
  // Below, the text is known to be JSON.
  JSON.parse(text);
  return readValue(text, skipSpace(text, 0), 0);
}

function readValue(text: string, at: number, depth: number): JsonNode {
  if (depth > DEEPEST) throw new SyntaxError(`it is nested more than ${DEEPEST} times`);
  const first = text[at];
  if (first === '"') return readString(text, at);
  if (first === "[") return readArray(text, at, depth);
  if (first === "{") return readObject(text, at, depth);
  SCALAR.lastIndex = at;
  const [scalar] = SCALAR.exec(text)!;
  const value: Json = JSON.parse(scalar);
  const type = value === null ? "null" : typeof value as "number" | "boolean";
  return { type, offset: at, length: scalar.length, value };
}

function readString(text: string, at: number): JsonMember["key"] {
  let end = text.indexOf('"', at + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  const inner = text.slice(at + 1, end);
  const value = inner.includes("\\") ? JSON.parse(text.slice(at, end + 1)) as string : inner;
  return { type: "string", offset: at, length: end + 1 - at, value };
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

function readArray(text: string, from: number, depth: number): JsonNode {
  const items: JsonNode[] = [];
  let at = skipSpace(text, from + 1);
  while (text[at] !== "]") {
    const item = readValue(text, at, depth + 1);
    items.push(item);
    at = skipComma(text, item.offset + item.length);
  }
  return { type: "array", offset: from, length: at + 1 - from, items };
}

function readObject(text: string, from: number, depth: number): JsonNode {
  const members: JsonMember[] = [];
  let at = skipSpace(text, from + 1);
  while (text[at] !== "}") {
    const key = readString(text, at);
    const colon = skipSpace(text, key.offset + key.length);
    const value = readValue(text, skipSpace(text, colon + 1), depth + 1);
    members.push({ key, value });
    at = skipComma(text, value.offset + value.length);
  }
  return { type: "object", offset: from, length: at + 1 - from, members };
}

/** The place after an item: of the next one, or of the end. */
function skipComma(text: string, at: number): number {
  const next = skipSpace(text, at);
  return text[next] === "," ? skipSpace(text, next + 1) : next;
}

function skipSpace(text: string, at: number): number {
  if (text.charCodeAt(at) > 0x20) return at;
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}
