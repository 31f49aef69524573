/** Texts that a terminal or an editor would obey, by what they do. */
export const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ["an escape that recolours", "\u001b[31mred"],
  ["a bell and a backspace", "a\u0007\u0008b"],
  ["a carriage return", "a\rNothing was changed."],
  ["a line break", "a\nNothing was changed."],
  ["a tab", "a\tb"],
  ["C1 controls", "a\u009b2Jb"],
  ["text that runs backwards", "a\u202eb"],
  ["an isolate", "a\u2066b\u2069"],
  ["an Arabic letter mark", "a\u061cb"],
  ["a line separator", "a\u2028b\u2029c"],
  ["a zero-width space", "a\u200bb"],
];

/** What no text may hold. */
export const OBEYED: RegExp =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
