import { type Cell, isList } from "../../runners/core/text/sections.ts";
import { type Markup, markup } from "./markup.ts";
import { timeHtml } from "./time.ts";

/** Up to this many characters a text stays on one line. */
const ONE_LINE = 28;
/** No ARN that matters is longer; a longer word is noise and may break anywhere. */
const LONGEST_WORD = 160;
/** Browsers break a line after these, which would cut "i-0a1b2c3d" or an ARN in half. */
const BREAKABLE_WORD = /\S*[-/|?!}–]\S+/;
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 20 });

/** Whether a text is long enough to be wrapped between its words. */
export function isProse(text: string): boolean {
  return (text.length > ONE_LINE && text.includes(" ")) || text.length > LONGEST_WORD;
}

/**
 * One table cell.
 * @param first what stands before the content, for readers who do not see the row's colour
 */
export function cellHtml(
  cell: Cell,
  align: "left" | "right",
  asOf: Date,
  first: Markup | null = null,
): Markup {
  const { content, wraps } = contentOf(cell, asOf);
  const names = [align === "right" ? "n" : "", wraps ? "s" : ""].filter((name) => name !== "");
  if (names.length === 0) return markup`<td>${first}${content}</td>`;
  return markup`<td class="${names.join(" ")}">${first}${content}</td>`;
}

function contentOf(cell: Cell, asOf: Date): { content: Markup | null; wraps: boolean } {
  if (cell === null) return { content: null, wraps: false };
  if (typeof cell === "string") return { content: textHtml(cell), wraps: isProse(cell) };
  if (typeof cell === "number") return { content: numberHtml(cell), wraps: false };
  if (!isList(cell)) return { content: timeHtml(cell.at, asOf), wraps: false };
  if (cell.length === 0) return { content: null, wraps: false };
  const items = cell.map((item) => markup`<li>${textHtml(item)}</li>`);
  return { content: markup`<ul>${items}</ul>`, wraps: cell.some(isProse) };
}

/** The value stands beside the grouped number, so that sorting and copying tools can read it. */
function numberHtml(value: number): Markup {
  const text = grouped.format(value);
  return text === String(value) ? markup`${text}` : markup`<data value="${value}">${text}</data>`;
}

/** Prose breaks between words; a word that a browser would break is held together. */
function textHtml(text: string): Markup {
  if (!isProse(text)) return markup`${text}`;
  return markup`${text.split(/(\s+)/).map(wordHtml)}`;
}

function wordHtml(word: string): Markup {
  if (word.length > LONGEST_WORD) return markup`<span class="l">${word}</span>`;
  if (word.length > ONE_LINE) {
    // An ARN may go on in the next line after a ":" or "/", which leaves the ids in it whole.
    return markup`${word.split(/(?<=[:/])(?=[^:/]{6})/).map(pieceHtml)}`;
  }
  return wholeHtml(word);
}

function pieceHtml(piece: string, i: number): Markup {
  return i === 0 ? wholeHtml(piece) : markup`<wbr>${wholeHtml(piece)}`;
}

function wholeHtml(word: string): Markup {
  return BREAKABLE_WORD.test(word) ? markup`<span>${word}</span>` : markup`${word}`;
}
