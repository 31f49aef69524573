import { UNSEEN_CHARACTERS } from "../spelling.ts";
import type { TextStyle } from "./text_style.ts";

/** A column of a table for people. */
export type TextColumn = {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly align?: "left" | "right";
};

/**
 * A table of aligned columns. Cells are never cut: columns that do not fit the width move to a
 * second line below their row, indented, each cell after its title unless it is the only one, and a
 * text. A `-` says nothing there.
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  style: TextStyle,
  indent = "  ",
): string {
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? "")))
  );
  const fitting = columnsThatFit(widths, style.width - indent.length);
  const line = (cells: readonly string[]) =>
    indent +
    cells.slice(0, fitting).map((cell, index) => pad(cell, widths[index]!, columns[index]!))
      .join("   ").trimEnd();
  const rest = (cells: readonly string[]) => {
    const moved = columns.slice(fitting);
    const titled = moved.length > 1 || moved[0]?.align === "right";
    const left = cells.slice(fitting).flatMap((cell, index) =>
      cell === "" || cell === "-" ? [] : titled ? `${moved[index]!.title} ${cell}`.trim() : cell
    );
    return left.length === 0 ? [] : wrapText(left.join("   "), style.width, `${indent}    `);
  };
  const heading = columns.map(({ title }) => title);
  return [
    ...(heading.every((title) => title === "") ? [] : [style.dim(line(heading))]),
    ...rows.flatMap((row) => [line(row), ...rest(row)]),
  ].join("\n");
}

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

/** How many characters wide a text stands in a terminal, colour codes not counted. */
export function textWidth(text: string): number {
  // deno-lint-ignore no-control-regex
  return [...text.replaceAll(/\u001b\[[0-9;]*m/g, "")].length;
}

function columnsThatFit(widths: readonly number[], width: number): number {
  let used = 0;
  for (const [index, column] of widths.entries()) {
    used += column + (index === 0 ? 0 : 3);
    if (used > width) return Math.max(1, index);
  }
  return widths.length;
}

function pad(cell: string, width: number, column: TextColumn): string {
  const space = " ".repeat(Math.max(0, width - textWidth(cell)));
  return column.align === "right" ? space + cell : cell + space;
}
