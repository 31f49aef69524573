/**
 * Ids are stored so that SQLite's order of them is JavaScript's.
 *
 * SQLite compares text by its UTF-8 bytes, which is the order of code points; the port lists by
 * UTF-16 code unit. The two differ only where a character above U+FFFF (two surrogates, from
 * U+D800) meets one from U+E000 to U+FFFF. So the latter are stored behind U+10FFFF, the greatest
 * code point, and U+10FFFF itself, which must come before them, as U+10FFFF U+0001. Every other id,
 * and so every ARN and instance ID, is stored as it is and can be read with the sqlite3 shell.
 */
const ESCAPE = "\u{10FFFF}";
const ESCAPE_ITSELF = "\u0001";

/** The id as it is stored. Prefixes stay prefixes. The id must be well-formed UTF-16. */
export function toOrderedKey(id: string): string {
  return id.replace(
    /[\uE000-\uFFFF\u{10FFFF}]/gu,
    (character) => ESCAPE + (character === ESCAPE ? ESCAPE_ITSELF : character),
  );
}

/** The id of a stored key: what was given to {@linkcode toOrderedKey}. */
export function fromOrderedKey(key: string): string {
  return key.replace(
    /\u{10FFFF}(.)/gsu,
    (_, character: string) => character === ESCAPE_ITSELF ? ESCAPE : character,
  );
}

/**
 * The first key, in SQLite's order, after all those that begin with `prefix`; undefined where none
 * can follow them (an empty prefix).
 *
 * A range needs no LIKE, to which `%` and `_` are patterns and "A" equals "a".
 *
 * @param prefix From {@linkcode toOrderedKey}; so its last character is never U+10FFFF and has one
 *   after it.
 */
export function keyAfterPrefix(prefix: string): string | undefined {
  const characters = [...prefix];
  const last = characters.pop();
  if (last === undefined) return undefined;
  // The code points after U+D7FF are the surrogates, which no well-formed text has.
  const next = last === "\uD7FF" ? 0xE000 : last.codePointAt(0)! + 1;
  return characters.join("") + String.fromCodePoint(next);
}
