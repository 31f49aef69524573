import { columnWidths, pad, textWidth, visible, wrapText } from "./wrap.ts";
import { type TextStyle, textStyle } from "../cli/text_style.ts";
import { counted, numberText, relativeText } from "../cli/words.ts";
import {
  type Block,
  type Capped,
  type Cell,
  type DiffLine,
  isList,
  type Item,
  LISTED,
  REST,
  type Table,
  tableOn,
  type Text,
  type Words,
} from "./sections.ts";

/** How many lines of a diff are shown. */
const DIFF_LINES = 120;
/** Where the texts of words begin. */
const COLUMN = 11;
/** Between columns. */
const GAP = "   ";
/** A text that has no more room than this beside its word stands below it. */
const NARROW = 25;
/** What the last column of a table needs to be wrapped in its place. */
const ROOM = 30;

/**
 * A text for a terminal. Every string is escaped; no line is wider than the style says unless a
 * single word is, or it is a command; numbers stand to the right; columns that do not fit move to a
 * second line; lists end with how many more there are. Instants are told from `now`.
 */
export function terminalText(
  text: Text,
  { style, now }: { readonly style: TextStyle; readonly now: Date },
): string {
  const printer = new Printer(style, now);
  return text.map((section) => section.flatMap((block) => printer.lines(block, "")).join("\n"))
    .filter((section) => section !== "").join("\n\n") + "\n";
}

/** The same without colours, 100 characters wide: for chat, for notices, and for programs. */
export function plainText(text: Text, now: Date): string {
  return terminalText(text, { style: textStyle({ color: false, width: 100 }), now });
}

class Printer {
  constructor(private readonly style: TextStyle, private readonly now: Date) {}

  /** @param indent what the block stands behind; lists at the left edge stand two spaces in */
  lines(block: Block, indent: string): string[] {
    const inner = indent === "" ? "  " : indent;
    if (block === "") return [];
    if (typeof block === "string") return this.#wrap(visible(block), indent);
    if ("heading" in block) {
      const parts = [block.heading].flat().filter((part) => part !== "").map(visible);
      return this.#name(parts, parts, indent, this.style.bold);
    }
    if ("quiet" in block) return this.#wrap(visible(block.quiet), indent).map(this.style.dim);
    if ("tone" in block) {
      const lines = this.#wrap(visible(block.text), indent);
      return block.tone === "refused" ? lines.map(this.style.bold) : lines;
    }
    if ("words" in block) return this.#words(block.words, block, indent, COLUMN, 1);
    if ("facts" in block) return this.#words(block.facts, block, inner, 0, GAP.length);
    if ("items" in block) return this.#items(block.items, block, inner);
    if ("columns" in block) return this.#table(block, inner);
    if ("diff" in block) return this.#diff(block.diff, block, inner);
    return [
      ...this.lines(block.next ?? "", indent),
      ...[block.command].flat().map((line) => `${indent}  ${visible(line)}`.trimEnd()),
    ];
  }

  #wrap(text: string, indent: string): string[] {
    return wrapText(text, this.style.width, indent);
  }

  #rest(left: number, { rest = REST }: Capped, indent: string): string[] {
    return left > 0 ? this.#wrap(visible(`and ${numberText(left)} more; ${rest}`), indent) : [];
  }

  /**
   * The parts of a name, in the columns that they share with others. Where they do not fit, as many
   * stand on a line as do, later lines behind `further`; `paint` is for the first part.
   */
  #name(
    parts: readonly string[],
    aligned: readonly string[],
    indent: string,
    paint: (text: string) => string = (text) => text,
    further: string = indent,
  ): string[] {
    const line = aligned.join(GAP).trimEnd();
    if (textWidth(indent + line) <= this.style.width) {
      const first = (aligned[0] ?? "").trimEnd();
      return [indent + paint(first) + line.slice(first.length)];
    }
    const lines: string[][] = [];
    for (const [index, part] of parts.entries()) {
      const [at, next] = lines.length < 2 ? [indent, aligned[index] ?? part] : [further, part];
      const longer = [...lines.at(-1) ?? [], next];
      if (lines.length > 0 && textWidth((at + longer.join(GAP)).trimEnd()) <= this.style.width) {
        lines[lines.length - 1] = longer;
      } else lines.push([lines.length === 0 ? next : part]);
    }
    return lines.flatMap((own, index) => {
      const at = index === 0 ? indent : further;
      const painted = index === 0 ? paint : (text: string) => text;
      const first = own[0]!.trimEnd();
      return own.length > 1
        ? [at + painted(first) + own.join(GAP).trimEnd().slice(first.length)]
        : wrapText(first, this.style.width - at.length).map((text) => at + painted(text));
    });
  }

  #items(items: readonly Item[], capped: Capped, indent: string): string[] {
    const shown = items.slice(0, capped.show ?? LISTED);
    const names = shown.map(({ name }) => [name].flat().filter((part) => part !== ""));
    const texts = names.map((parts) => parts.map(wordText));
    const widths = columnWidths(texts);
    return [
      ...shown.flatMap(({ tone, blocks = [] }, index) => {
        const parts = texts[index]!;
        const aligned = parts.map((part, column) =>
          pad(part, widths[column]!, typeof names[index]![column] === "number")
        );
        const paint = tone === "strong" ? this.style.bold : undefined;
        const lines = this.#name(parts, aligned, indent, paint, `${indent}  `);
        return [
          ...(tone === "destroy" ? lines.map(this.style.red) : lines),
          ...blocks.flatMap((block) => this.lines(block, `${indent}  `)),
        ];
      }),
      ...this.#rest((capped.total ?? items.length) - shown.length, capped, indent),
    ];
  }

  #words(
    words: readonly Words[],
    capped: Capped,
    indent: string,
    least: number,
    gap: number,
  ): string[] {
    const shown = cappedWords(words, capped);
    const column = Math.max(
      least,
      ...shown.map(([word]) =>
        textWidth(wordText(word)) + (typeof word === "number" ? GAP.length : gap)
      ),
    );
    const room = this.style.width - indent.length - column;
    return shown.flatMap(([word, text]) => {
      const label = wordText(word);
      if (room < NARROW) {
        return [
          ...this.#wrap(label, indent).filter((line) => line !== ""),
          ...this.#wrap(visible(text), `${indent}    `),
        ];
      }
      const beside = typeof word === "number"
        ? label.padStart(column - GAP.length) + GAP
        : pad(label, column, false);
      return wrapText(visible(text), room).map((line, index) =>
        `${indent}${index === 0 ? beside : " ".repeat(column)}${line}`.trimEnd()
      );
    });
  }

  #table(table: Table, indent: string): string[] {
    const { columns, rows, left } = tableOn("terminal", table);
    if (rows.length === 0) return [];
    const texts = rows.map(({ cells }) =>
      columns.map(({ align }, index) => this.#cell(cells[index] ?? null, align))
    );
    const titles = columns.map(({ title }) => titleText(title));
    const widths = columnWidths([titles, ...texts]);
    const { fitting, wrapsAt } = this.#fit(widths, columns, indent);
    const lines = (cells: readonly string[]) =>
      fitting === 1 ? this.#wrap(cells[0]!, indent) : [
        (indent +
          cells.slice(0, fitting).map((cell, index) =>
            pad(cell, widths[index]!, columns[index]!.align === "right")
          ).join(GAP)).trimEnd(),
      ];
    const rowLines = (cells: readonly string[]) => {
      if (wrapsAt !== null) {
        const [first, ...more] = wrapText(cells.at(-1)!, this.style.width - wrapsAt);
        return [
          ...lines([...cells.slice(0, -1), first!]),
          ...more.map((one) => " ".repeat(wrapsAt) + one),
        ];
      }
      const isTitled = columns.length - fitting > 1 || columns.at(-1)?.align === "right";
      const moved = cells.map((cell, index) =>
        cell === "" || cell === "-" ? "" : isTitled ? `${titles[index]} ${cell}`.trim() : cell
      ).slice(fitting).filter((cell) => cell !== "");
      return [
        ...lines(cells),
        ...(moved.length === 0 ? [] : this.#wrap(moved.join(GAP), `${indent}    `)),
      ];
    };
    return [
      ...(titles.every((title) => title === "") ? [] : lines(titles).map(this.style.dim)),
      ...texts.flatMap((cells, index) => {
        const own = rowLines(cells);
        return rows[index]!.tone === "destroy" ? own.map(this.style.red) : own;
      }),
      ...this.#rest(left, table, indent),
    ];
  }

  /** How many columns stand on the first line, and where the last is wrapped, if it can be. */
  #fit(
    widths: readonly number[],
    columns: readonly { readonly align: string }[],
    indent: string,
  ): { readonly fitting: number; readonly wrapsAt: number | null } {
    let begin = indent.length;
    for (const [index, width] of widths.entries()) {
      if (begin + width > this.style.width) {
        const isText = index === widths.length - 1 && columns[index]!.align === "left";
        return index > 0 && isText && this.style.width - begin >= ROOM
          ? { fitting: widths.length, wrapsAt: begin }
          : { fitting: Math.max(1, index), wrapsAt: null };
      }
      begin += width + GAP.length;
    }
    return { fitting: widths.length, wrapsAt: null };
  }

  #cell(cell: Cell, align: "left" | "right"): string {
    if (cell === null) return align === "right" ? "-" : "";
    if (typeof cell === "string") return visible(cell);
    if (typeof cell === "number") return numberText(cell);
    return isList(cell) ? visible(cell.join(", ")) : relativeText(cell.at, this.now);
  }

  /** A line is broken between words under its own indentation where it is too wide. */
  #diff(lines: readonly (DiffLine | null)[], { rest = REST }: Capped, indent: string): string[] {
    const left = lines.length - DIFF_LINES;
    return [
      ...lines.slice(0, DIFF_LINES).flatMap((line) => {
        if (line === null) return [`${indent}...`];
        const [space] = /^\s*/.exec(line.text)!;
        const wrapped = this.#wrap(
          visible(line.text.slice(space.length)),
          `${indent}${line.sign} ${visible(space)}`,
        );
        return line.sign === "-" ? wrapped.map(this.style.red) : wrapped;
      }),
      ...(left > 0
        ? this.#wrap(visible(`and ${counted(left, "line")} more; ${rest}`), indent)
        : []),
    ];
  }
}

function cappedWords(
  words: readonly Words[],
  { show = LISTED, rest = REST }: Capped,
): readonly Words[] {
  const left = words.slice(show);
  if (left.length === 0) return words;
  const counts = left.map(([word]) => word).filter((word) => typeof word === "number");
  const more: Words = counts.length === left.length
    ? [counts.reduce((sum, count) => sum + count), `others; ${rest}`]
    : ["", `and ${numberText(left.length)} more; ${rest}`];
  return [...words.slice(0, show), more];
}

function wordText(word: string | number): string {
  return typeof word === "number" ? numberText(word) : visible(word);
}

/** "Account" is written "account" in a terminal, and "ARN" stays. */
function titleText(title: string): string {
  return visible(title.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase()));
}
