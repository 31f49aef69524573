import { numberText } from "../../runners/core/cli/words.ts";
import type { Digest } from "../../runners/core/report/digest.ts";
import type { Block, Table, Text } from "../../runners/core/text/sections.ts";
import { plainText } from "../../runners/core/text/terminal_text.ts";
import { Markup, markup } from "../html/markup.ts";
import style from "./mail.css" with { type: "text" };

/** Both forms of a mail; they say the same. */
export type RenderedMail = { readonly html: string; readonly text: string };

/** Gmail cuts a message off at 102 KB ("clipped"). In bytes. */
const MOST_HTML = 100_000;

/** How many rows of each table are shown: the first of these that makes the mail small enough. */
const SHOWN = [100, 50, 20, 10, 5, 2, 0];

/**
 * Renders a mail with as many rows as there is room for, 100 of each table at most.
 *
 * @param now stands in no text: all of its instants are told as they are
 * @param rest the command that shows the other rows
 */
export function renderMail(digest: Digest, now: Date, rest: string): RenderedMail {
  const { html, text } = SHOWN.values().map((show) => {
    const text = shortened(digest.text, show, rest);
    return { show, text, html: mailHtml(digest.subject, text) };
  }).find(({ show, html }) => show === 0 || new TextEncoder().encode(html).length <= MOST_HTML)!;
  return { html, text: plainText(text, now) };
}

function shortened(text: Text, show: number, command: string): Text {
  const short = (block: Block): Block => {
    if (typeof block === "string" || !("columns" in block)) return block;
    const { rows, total = rows.length } = block;
    const rest = `this shows them: ${command}`;
    return { ...block, rows: rows.slice(0, show), show, total, rest };
  };
  return text.map((section) => section.map(short));
}

/**
 * A mail's text as HTML, complete in itself. All of the text is escaped.
 *
 * @throws TypeError for a block that no mail has
 */
function mailHtml(title: string, text: Text): string {
  const blocks = text.flatMap((section) => section.filter((block) => block !== ""));
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${blocks.map((block, index) => blockHtml(block, index === 0))}</body>
</html>
`.toString();
}

function blockHtml(block: Block, isFirst: boolean): Markup {
  if (typeof block === "string") return markup`<p>${block}</p>\n`;
  if ("heading" in block) {
    const heading = [block.heading].flat().join(" ");
    return isFirst ? markup`<h1>${heading}</h1>\n` : markup`<h2>${heading}</h2>\n`;
  }
  if ("quiet" in block) return markup`<p class="quiet">${block.quiet}</p>\n`;
  if ("tone" in block) return markup`<p class="notice">${block.text}</p>\n`;
  if ("facts" in block) {
    const rows = block.facts.map(([word, text]) =>
      markup`<tr><th scope="row">${word}</th><td>${text}</td></tr>\n`
    );
    return markup`<table>\n${rows}</table>\n`;
  }
  if ("columns" in block) return tableHtml(block);
  if ("command" in block) {
    return markup`<p>${block.next ?? ""}</p>\n<pre>${[block.command].flat().join("\n")}</pre>\n`;
  }
  throw new TypeError("A mail has no such block");
}

function tableHtml({ columns, rows, total = rows.length, rest = "" }: Table): Markup {
  const titles = columns.map((column) => typeof column === "string" ? column : column.title);
  const heads = titles.map((title) => markup`<th scope="col">${title}</th>`);
  const body = rows.map((row) => {
    const cells = "cells" in row ? row.cells : row;
    const filled = cells.map((cell, index) => {
      // A mail is read later, so that its instants are texts.
      if (typeof cell !== "string") throw new TypeError("A cell of a mail is a text");
      // On a telephone a row is a card: each cell with its title. Wide, the title is hidden.
      return markup`<td>${cell === "" ? null : markup`<i>${titles[index]!} </i>`}${cell}</td>`;
    });
    return markup`<tr>${filled}</tr>\n`;
  });
  const left = total - rows.length;
  const more = left > 0 ? markup`<p>and ${numberText(left)} more; ${rest}</p>\n` : null;
  return markup`<table class="cards">\n<tr class="head">${heads}</tr>\n${body}</table>\n${more}`;
}
