import { ConfigError } from "../errors.ts";
import { pathText } from "./problems.ts";

/** How other encodings begin (Unicode Standard, section 23.8). */
const MARKS: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ["UTF-32", [0xff, 0xfe, 0, 0]],
  ["UTF-32", [0, 0, 0xfe, 0xff]],
  ["UTF-16", [0xff, 0xfe]],
  ["UTF-16", [0xfe, 0xff]],
];

/**
 * The text of a configuration file, which is UTF-8, with or without a byte order mark. Read as
 * anything else, a value would silently be another one.
 *
 * @param file its name, for messages
 * @throws ConfigError that says where it is not, or what it seems to be
 */
export function configText(bytes: Uint8Array, file: string): string {
  const [encoding] = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte)) ??
    (bytes.includes(0) ? ["UTF-16 or UTF-32"] : []);
  if (encoding !== undefined) {
    throw new ConfigError([`${file} is ${encoding}, and not UTF-8: save it as UTF-8`]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const { place, byte } = firstWrong(bytes);
    throw new ConfigError(
      [`${file}:${place} is not UTF-8 (the byte 0x${byte}): save the file as UTF-8`],
      { cause: error },
    );
  }
}

/** Line and column of the first byte that no character of UTF-8 has at its place. */
function firstWrong(bytes: Uint8Array): { readonly place: string; readonly byte: string } {
  // A replacement character that stands in the file itself is three right bytes.
  const lossy = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let index = 0;
  for (const character of lossy) {
    const encoded = new TextEncoder().encode(character);
    if (!encoded.every((byte, at) => bytes[offset + at] === byte)) break;
    offset += encoded.length;
    index += character.length;
  }
  const byte = (bytes[offset] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  return { place: placeIn(lossy, index), byte };
}

/** Line and column of an offset, both from 1. */
export function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

/**
 * What is wrong with the texts of a configuration, whatever they are for: half of a surrogate pair
 * cannot be written as UTF-8, and no tag, path or name has the character U+0000.
 */
export function brokenTexts(value: unknown, path: readonly PropertyKey[] = []): string[] {
  if (typeof value === "string") {
    return isWhole(value) ? [] : [`${pathText(path)} ${NOT_WHOLE}`];
  }
  if (value === null || typeof value !== "object") return [];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([key, member]) =>
    typeof key === "string" && !isWhole(key)
      ? [`${pathText(path)} has a key that ${NOT_WHOLE}`]
      : brokenTexts(member, [...path, key])
  );
}

const NOT_WHOLE = "must not have the character U+0000 or half of a surrogate pair";

function isWhole(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}
