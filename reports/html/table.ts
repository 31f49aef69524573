import type { PageSection } from "../../runners/core/report/page.ts";
import { type CellRow, isList, REST, tableOn } from "../../runners/core/text/sections.ts";
import { chartHtml } from "./chart.ts";
import { cellHtml, isProse } from "./cell.ts";
import { type Markup, markup } from "./markup.ts";

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

/** "1 row", "5,000 rows". */
export function rowCount(count: number): string {
  return count === 1 ? "1 row" : `${count.toLocaleString("en-US")} rows`;
}

function tableHtml(section: PageSection, id: string, asOf: Date): Markup {
  const { columns, rows, left } = tableOn("page", section);
  const shown = rows.length.toLocaleString("en-US");
  const all = (rows.length + left).toLocaleString("en-US");
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
<output class="count">${rowCount(rows.length)}</output>
${legendHtml(rows)}</div>
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

function legendHtml(rows: readonly CellRow[]): Markup | null {
  const entries = (["destroy", "unproven"] as const)
    .map((tone) => ({ tone, count: rows.filter((row) => row.tone === tone).length }))
    .filter(({ count }) => count > 0)
    .map(({ tone, count }) =>
      markup`<li><span class="swatch ${tone}"></span>${count.toLocaleString("en-US")} ${
        TONES[tone].legend
      }</li>`
    );
  return entries.length === 0 ? null : markup`<ul class="legend">${entries}</ul>\n`;
}
