import { UNSEEN_CHARACTERS } from "../spelling.ts";

/** Breaks text between words, so that no line is wider; a longer word stands alone. */
export function wrapText(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(indent + longer) > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, indent + line].map((text) => text.trimEnd());
}

const UNSEEN = new RegExp(`[${UNSEEN_CHARACTERS}\\p{Zl}\\p{Zp}]`, "gu");

/** Text from outside, made safe for a terminal: what nobody would see, or obeys, is shown. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (character) => {
    const hex = character.codePointAt(0)!.toString(16).padStart(4, "0");
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex}`;
  });
}

/** How many characters wide a text stands in a terminal. */
export function textWidth(text: string): number {
  return [...text].length;
}

export function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, textWidth(cell));
    }
  }
  return widths;
}

/** A cell as wide as its column, to the left or to the right in it. */
export function pad(cell: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - textWidth(cell)));
  return right ? space + cell : cell + space;
}
