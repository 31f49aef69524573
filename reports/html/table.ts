import { counted, numberText } from "../../runners/core/cli/words.ts";
import type { Chart, Fold, PageSection } from "../../runners/core/report/page.ts";
import { sumOf } from "../../runners/core/sum_of.ts";
import { type Cell, type CellRow, isList, tableOn } from "../../runners/core/text/sections.ts";
import { chartHtml } from "./chart.ts";
import { commandHtml, jqCommand } from "./headline.ts";
import { type Markup, markup, visibleText } from "./markup.ts";
import { timeHtml } from "./time.ts";

/** What a row's colour says, in words: for screen readers, for the filter, for black and white. */
const TONES = {
  destroy: { said: "irreversible", legend: "cannot be undone" },
  unproven: { said: "not proven", legend: "not proven" },
} as const;

/** From so many rows on, a table is laid out when somebody comes near it. */
const LONG = 100;

/** What a page may weigh in rows and folds, in bytes: a browser is slow with more. */
const ALL = 1_500_000;

/** What a fold may weigh: more of it is hardly read, or made to be too much. */
const LARGEST_FOLD = 100_000;

/** What is markup already, so that it is known what it weighs. */
type Drawn<Thing> = { readonly of: Thing; readonly html: Markup; readonly bytes: number };

/**
 * The sections of a page. Each table has its first rows, and each list of folds its first ones: all
 * of them if the page has room, else as many as their share of it holds. What is left is counted.
 *
 * @param file the run's document, which `rest` and the commands name
 */
export function sectionsHtml(sections: readonly PageSection[], asOf: Date, file: string): Markup {
  const encoder = new TextEncoder();
  const drawn = <Thing>(of: Thing, html: Markup): Drawn<Thing> => (
    { of, html, bytes: encoder.encode(html.toString()).length }
  );
  const parts = sections.map((section) => {
    const { columns, rows } = tableOn("page", section);
    return {
      rows: rows.map((row) => drawn(row, rowHtml(row, columns, asOf))),
      folds: (section.folds ?? []).map((fold) => {
        const whole = drawn(fold, foldHtml(fold, file));
        return whole.bytes > LARGEST_FOLD ? drawn(fold, foldHtml(closed(fold, file), file)) : whole;
      }),
    };
  });
  const weights = parts.flatMap((part) =>
    [part.rows, part.folds].map((all) => sumOf<Drawn<unknown>>(all, ({ bytes }) => bytes))
  );
  const room = shares(weights, ALL);
  return markup`${
    sections.map((section, i) => {
      const { rows, folds } = parts[i]!;
      const shown = { rows: fitting(rows, room[2 * i]!), folds: fitting(folds, room[2 * i + 1]!) };
      return sectionHtml(section, shown, i + 1, file);
    })
  }`;
}

/** A fold without what is in it, for one that is too large. */
function closed({ lines = [], diffs = [], rest: _, ...fold }: Fold, file: string): Fold {
  const count = lines.length + sumOf(diffs, ({ lines }) => lines.length);
  return {
    ...fold,
    rest: `Too long for this page: ${counted(count, "line")}; ${file} has them all.`,
  };
}

/** Under a line that opens it. A page is searched and printed with all of them open. */
function foldHtml(fold: Fold, file: string): Markup {
  const { title, detail, filter, command, lines, diffs, rest } = fold;
  return markup`<details>
<summary><b>${title}</b> <span>${detail}</span></summary>
${lines === undefined ? null : markup`<div class="copy"><pre>${lines.join("\n")}</pre></div>\n`}${
    (diffs ?? []).map(diffHtml)
  }${rest === undefined ? null : markup`<p class="lead">${rest}</p>\n`}${
    filter === undefined ? null : commandHtml(jqCommand(filter, file))
  }${command === undefined ? null : commandHtml(command)}</details>
`;
}

/** What differs in one policy. What is removed and added can be told apart without colour. */
function diffHtml({ title, lines }: NonNullable<Fold["diffs"]>[number]): Markup {
  const marked = lines.map((line) => {
    if (line === null) return markup`<span class="gap">…</span>\n`;
    const { sign, text } = line;
    if (sign === " ") return markup`  ${text}\n`;
    return sign === "-" ? markup`<del>- ${text}</del>\n` : markup`<ins>+ ${text}</ins>\n`;
  });
  return markup`<p class="lead">${title}</p>\n<pre class="diff">${marked}</pre>\n`;
}

/** Gives each as much as it wants, as long as none has more than an equal share of what is left. */
function shares(wanted: readonly number[], all: number): readonly number[] {
  const given = wanted.map(() => 0);
  let left = all;
  const smallestFirst = wanted.map((bytes, i) => ({ bytes, i })).sort((a, b) => a.bytes - b.bytes);
  for (const [done, { bytes, i }] of smallestFirst.entries()) {
    given[i] = Math.min(bytes, left / (wanted.length - done));
    left -= given[i]!;
  }
  return given;
}

function fitting<Thing>(all: readonly Drawn<Thing>[], room: number): readonly Drawn<Thing>[] {
  let used = 0;
  const first = all.findIndex(({ bytes }) => (used += bytes) > room + 0.5);
  return first < 0 ? all : all.slice(0, Math.max(first, 1));
}

function sectionHtml(
  section: PageSection,
  { rows, folds }: {
    readonly rows: readonly Drawn<CellRow>[];
    readonly folds: readonly Drawn<Fold>[];
  },
  number: number,
  file: string,
): Markup {
  const { title, lead, charts = [], folds: all = [] } = section;
  return markup`<section id="s${number}">
<h2 id="section-${number}">${title}</h2>
${lead === undefined ? null : leadHtml(lead)}${chartsHtml(charts)}${
    folds.length === all.length ? null : leadHtml(cutText(folds.length, all.length, file))
  }${folds.map(({ html }) => html)}${
    section.rows.length === 0 ? null : tablesHtml(section, rows, `section-${number}`, file)
  }</section>
`;
}

function leadHtml(text: string): Markup {
  return markup`<p class="lead">${text}</p>\n`;
}

function cutText(shown: number, all: number, file: string, rest = `${file} has them all`): string {
  return `The first ${numberText(shown)} of ${numberText(all)}; ${rest}.`;
}

function chartsHtml(charts: readonly Chart[]): Markup | null {
  const drawn = charts.flatMap((chart) => chartHtml(chart) ?? []);
  return drawn.length === 0 ? null : markup`<div class="charts">\n${drawn}</div>\n`;
}

/** The table of what needs to be looked at, and below it, folded, that of what does not. */
function tablesHtml(
  section: PageSection,
  drawn: readonly Drawn<CellRow>[],
  id: string,
  file: string,
): Markup {
  const calm = drawn.filter(({ of }) => of.calm);
  const others = drawn.filter(({ of }) => !of.calm);
  const total = section.total ?? section.rows.length;
  const isCut = total > drawn.length;
  const more = `${numberText(calm.length)}${others.length === 0 ? "" : " more"} with nothing wrong`;
  return markup`${isCut ? leadHtml(cutText(drawn.length, total, file, section.rest)) : null}${
    others.length === 0 ? null : tableHtml(section, others, id, isCut)
  }${
    calm.length === 0 ? null : markup`<details>
<summary>${more}</summary>
${tableHtml(section, calm, id, isCut)}</details>
`
  }`;
}

/** At this width a row becomes a card, and each cell has the title of its column before it. */
export const NARROW = "screen and (max-width: 40rem)";

/** The titles of the columns as a style, which costs nothing in each of 5,000 rows. */
export function titlesCss(sections: readonly PageSection[]): string {
  const rules = sections.flatMap((section, i) =>
    section.rows.length === 0 ? [] : tableOn("page", { ...section, rows: [] }).columns.map(
      ({ title }, column) =>
        `#s${i + 1} td:nth-child(${column + 1})::before{content:"${cssText(title)}"}\n`,
    )
  );
  return `@media ${NARROW} {\n${rules.join("")}}\n`;
}

/** Text inside a string of CSS: all but letters, digits and spaces as code points. */
function cssText(text: string): string {
  return visibleText(text).replaceAll(
    /[^A-Za-z0-9 ]/gu,
    (character) => `\\${character.codePointAt(0)!.toString(16)} `,
  );
}

function tableHtml(
  section: PageSection,
  drawn: readonly Drawn<CellRow>[],
  id: string,
  isCut: boolean,
): Markup {
  const rows = drawn.map(({ of }) => of);
  const heads = tableOn("page", section).columns.map(({ title, align }, i) => {
    const wide = rows.some((row) => isProse(row.cells[i] ?? null));
    return markup`<th scope="col"${classHtml(align === "right" && "n", wide && "w")}>${title}</th>`;
  });
  // The filter is hidden until the script, without which it would do nothing, shows it.
  return markup`<div class="table">
<div class="bar">
<label class="filter" hidden>Filter <input type="search" autocomplete="off" spellcheck="false"></label>
<output class="count">${counted(rows.length, "row")}</output>
${legendHtml(rows, isCut)}</div>
<div class="scroll${
    rows.length > LONG ? " long" : ""
  }" role="region" aria-labelledby="${id}" tabindex="0">
<table>
<caption>${section.title}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${drawn.map(({ html }) => html)}</tbody>
</table>
</div>
</div>
`;
}

function classHtml(...names: readonly (string | false | undefined)[]): Markup | null {
  const given = names.filter((name) => name);
  return given.length === 0 ? null : markup` class="${given.join(" ")}"`;
}

/** A row has a cell for every column, and a surplus cell is shown rather than lost. */
function rowHtml(
  { cells, tone, link }: CellRow,
  columns: readonly { readonly align: "left" | "right" }[],
  asOf: Date,
): Markup {
  const said = tone && markup`<span class="said">${TONES[tone].said}: </span>`;
  const drawn = Array.from({ length: Math.max(columns.length, cells.length) }, (_, i) => {
    const cell = cells[i] ?? null;
    const content = contentHtml(cell, asOf);
    return markup`<td${classHtml(columns[i]?.align === "right" && "n", isProse(cell) && "s")}>${
      i > 0 ? content : markup`${said ?? null}${link ? linkHtml(link, content) : content}`
    }</td>`;
  });
  const id = link ? markup` id="${link.id}"` : null;
  return markup`<tr${id}${classHtml(tone)}>${drawn}</tr>\n`;
}

/** What tones mean, and how many rows have them: of a table that is cut, of the rows that it shows. */
function legendHtml(rows: readonly CellRow[], isCut: boolean): Markup | null {
  const entries = (["destroy", "unproven"] as const).flatMap((tone) => {
    const count = rows.filter((row) => row.tone === tone).length;
    const what = `${numberText(count)} ${isCut ? "of these " : ""}${TONES[tone].legend}`;
    return count === 0 ? [] : [markup`<li><span class="swatch ${tone}"></span>${what}</li>`];
  });
  return entries.length === 0 ? null : markup`<ul class="legend">${entries}</ul>\n`;
}

/** Up to this many characters a text stays on one line. */
const ONE_LINE = 28;
/** No ARN that matters is longer; a longer word is noise and may break anywhere. */
const LONGEST_WORD = 160;
/** Browsers break a line after these, which would cut "i-0a1b2c3d" or an ARN in half. */
const BREAKABLE_WORD = /\S*[-/|?!}–]\S+/;

/** Whether a text of a cell is long enough to be wrapped between its words. */
function isProse(cell: Cell): boolean {
  if (isList(cell)) return cell.some(isProse);
  return typeof cell === "string" &&
    (cell.length > ONE_LINE && cell.includes(" ") || cell.length > LONGEST_WORD);
}

/** The run before leads to this row as the run after it. */
function linkHtml({ file, after }: NonNullable<CellRow["link"]>, content: Markup | null): Markup {
  const id = after === null ? null : markup` id="after-${after}"`;
  return markup`<a${id} href="${file}">${content}</a>`;
}

function contentHtml(cell: Cell, asOf: Date): Markup | null {
  if (cell === null) return null;
  if (typeof cell === "string") return textHtml(cell);
  if (typeof cell === "number") return numberHtml(cell);
  if (!isList(cell)) return timeHtml(cell.at, asOf);
  const items = cell.map((item) => markup`<li>${textHtml(item)}</li>`);
  return items.length === 0 ? null : markup`<ul>${items}</ul>`;
}

/** The value stands beside the grouped number, so that sorting and copying tools can read it. */
function numberHtml(value: number): Markup {
  const text = numberText(value);
  return text === String(value) ? markup`${text}` : markup`<data value="${value}">${text}</data>`;
}

/** Prose breaks between words; a word that a browser would break is held together. */
function textHtml(text: string): Markup {
  return isProse(text) ? markup`${text.split(/(\s+)/).map(wordHtml)}` : markup`${text}`;
}

function wordHtml(word: string): Markup {
  if (word.length > LONGEST_WORD) return markup`<span class="l">${word}</span>`;
  // An ARN may go on in the next line after a ":" or "/", and so no id in it is cut.
  const pieces = word.length > ONE_LINE ? word.split(/(?<=[:/])(?=[^:/]{6})/) : [word];
  return markup`${
    pieces.map((piece, i) => {
      const whole = BREAKABLE_WORD.test(piece) ? markup`<span>${piece}</span>` : markup`${piece}`;
      return i === 0 ? whole : markup`<wbr>${whole}`;
    })
  }`;
}
