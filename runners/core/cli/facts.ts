import { beside } from "./beside.ts";
import { wrapText } from "./table.ts";
import type { TextStyle } from "./text_style.ts";

/** Facts below each other: a word, and beside it, or below where that is too narrow, the text. */
export function factLines(
  facts: readonly (readonly [string, string])[],
  style: TextStyle,
): string[] {
  const column = Math.max(0, ...facts.map(([word]) => word.length)) + 5;
  const narrow = style.width - column < 30;
  return facts.flatMap(([word, text]) =>
    narrow
      ? [`  ${word}`, ...wrapText(text, style.width, "      ")]
      : beside(`  ${word}`, text, style, column).split("\n")
  );
}
