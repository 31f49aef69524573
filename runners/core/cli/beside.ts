import { wrapText } from "./table.ts";
import type { TextStyle } from "./text_style.ts";

const COLUMN = 11;

/** A word, and beside it a text that stays in its column when it is broken. */
export function beside(word: string, text: string, style: TextStyle, column = COLUMN): string {
  const [first, ...more] = wrapText(text, style.width - column);
  return [`${word.padEnd(column)}${first}`, ...more.map((line) => " ".repeat(column) + line)]
    .map((line) => line.trimEnd()).join("\n");
}
