import { counted, numberText } from "../../runners/core/cli/words.ts";
import type { PageSection } from "../../runners/core/report/page.ts";
import {
  type Cell,
  type CellRow,
  isList,
  REST,
  tableOn,
} from "../../runners/core/text/sections.ts";
import { chartHtml } from "./chart.ts";
import { type Markup, markup } from "./markup.ts";
import { timeHtml } from "./time.ts";

/** What a row's colour says, in words: for screen readers, for the filter, for black and white. */
const TONES = {
  destroy: { said: "irreversible", legend: "cannot be undone" },
  unproven: { said: "not proven", legend: "not proven" },
} as const;

/** A section: its table with a filter, or the sentence that stands for an empty one. */
export function sectionHtml(section: PageSection, number: number, asOf: Date): Markup {
  const id = `section-${number}`;
  const lead = section.lead === undefined ? null : markup`<p class="lead">${section.lead}</p>\n`;
  const chart = section.chart === undefined ? null : chartHtml(section.chart);
  const content = section.rows.length === 0
    ? markup`<p class="empty">${section.empty}</p>`
    : tableHtml(section, id, asOf);
  return markup`<section>
<h2 id="${id}">${section.title}</h2>
${lead}${chart}${content}
</section>
`;
}

function tableHtml(section: PageSection, id: string, asOf: Date): Markup {
  const { columns, rows, left } = tableOn("page", section);
  const shown = numberText(rows.length);
  const all = numberText(rows.length + left);
  const rest = left <= 0
    ? null
    : markup`<p class="lead">The first ${shown} of ${all}; ${section.rest ?? REST}.</p>\n`;
  const heads = columns.map(({ title, align }, i) => {
    const wide = rows.some((row) => isWide(row, i));
    const names = [align === "right" ? "n" : "", wide ? "w" : ""].filter((name) => name !== "");
    return names.length === 0
      ? markup`<th scope="col">${title}</th>`
      : markup`<th scope="col" class="${names.join(" ")}">${title}</th>`;
  });
  // The filter is hidden until the script, without which it would do nothing, shows it.
  return markup`${rest}<div class="bar">
<label class="filter" hidden>Filter <input type="search" autocomplete="off" spellcheck="false"></label>
<output class="count">${counted(rows.length, "row")}</output>
${legendHtml(rows, left > 0)}</div>
<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
<table>
<caption>${section.title}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows.map((row) => rowHtml(row, columns, asOf))}</tbody>
</table>
</div>`;
}

function isWide(row: CellRow, column: number): boolean {
  const cell = row.cells[column] ?? null;
  if (typeof cell === "string") return isProse(cell);
  return isList(cell) && cell.some(isProse);
}

/** A row has a cell for every column, and a surplus cell is shown rather than lost. */
function rowHtml(
  row: CellRow,
  columns: readonly { readonly align: "left" | "right" }[],
  asOf: Date,
): Markup {
  const said = row.tone === undefined
    ? null
    : markup`<span class="said">${TONES[row.tone].said}: </span>`;
  const length = Math.max(columns.length, row.cells.length);
  const cells = Array.from({ length }, (_, i) => {
    const align = columns[i]?.align ?? "left";
    return cellHtml(row.cells[i] ?? null, align, asOf, i === 0 ? said : null);
  });
  return row.tone === undefined
    ? markup`<tr>${cells}</tr>\n`
    : markup`<tr class="${row.tone}">${cells}</tr>\n`;
}

/** What tones mean, and how many rows have them: of a table that is cut, of the rows that it shows. */
function legendHtml(rows: readonly CellRow[], isCut: boolean): Markup | null {
  const entries = (["destroy", "unproven"] as const)
    .map((tone) => ({ tone, count: rows.filter((row) => row.tone === tone).length }))
    .filter(({ count }) => count > 0)
    .map(({ tone, count }) =>
      markup`<li><span class="swatch ${tone}"></span>${numberText(count)} ${
        isCut ? "of these " : ""
      }${TONES[tone].legend}</li>`
    );
  return entries.length === 0 ? null : markup`<ul class="legend">${entries}</ul>\n`;
}

/** Up to this many characters a text stays on one line. */
const ONE_LINE = 28;
/** No ARN that matters is longer; a longer word is noise and may break anywhere. */
const LONGEST_WORD = 160;
/** Browsers break a line after these, which would cut "i-0a1b2c3d" or an ARN in half. */
const BREAKABLE_WORD = /\S*[-/|?!}–]\S+/;

/** Whether a text is long enough to be wrapped between its words. */
function isProse(text: string): boolean {
  return (text.length > ONE_LINE && text.includes(" ")) || text.length > LONGEST_WORD;
}

/**
 * One table cell.
 * @param first what stands before the content, for readers who do not see the row's colour
 */
function cellHtml(
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
  const text = numberText(value);
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
    // An ARN may go on in the next line after a ":" or "/", and so no id in it is cut.
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
