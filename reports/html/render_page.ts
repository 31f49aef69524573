import { counted } from "../../runners/core/cli/words.ts";
import { createHash } from "node:crypto";
import type { Figure, Page, PageSection } from "../../runners/core/report/page.ts";
import type { Notice } from "../../runners/core/text/sections.ts";
import chart from "./chart.css" with { type: "text" };
import headline from "./headline.css" with { type: "text" };
import { Markup, markup } from "./markup.ts";
import page from "./page.css" with { type: "text" };
import script from "./page.js" with { type: "text" };
import print from "./print.css" with { type: "text" };
import table from "./table.css" with { type: "text" };
import { sectionHtml } from "./table.ts";
import { exactTimeHtml } from "./time.ts";

/** What the page says about the run that it comes from. */
export type PageOptions = {
  readonly job: string;
  readonly runId: string;
  /** The scheduled instant that the run stands for. */
  readonly slot: Date;
  readonly toolVersion: string;
};

/**
 * Renders a job's page as one HTML file that needs nothing beside it: no network, no script (which
 * only adds filtering and sorting). All text of the page is escaped. The same input gives the same
 * bytes.
 */
export function renderPage(page: Page, options: PageOptions): string {
  const { job, runId, slot, toolVersion } = options;
  const { asOf, sections } = page;
  const document = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${verbatim(contentPolicy(style, script))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${page.title}</title>
<style>${verbatim(style)}</style>
</head>
<body>
<header>
<h1>${page.title}</h1>
<p class="as-of">As of ${exactTimeHtml(asOf)}${scheduledHtml(slot, asOf)}</p>
</header>
<main>
${headlineHtml(page.headline)}${noticesHtml(page.notices)}${contentsHtml(sections)}${
    sections.map((section, i) => sectionHtml(section, i + 1, asOf))
  }</main>
<footer>
<p>Groundskeeper ${toolVersion}, ${job}, run <span class="id">${runId}</span></p>
<p>Times are told as of ${exactTimeHtml(asOf)}.${HOW_TO_SEE_EXACT_TIMES}</p>
</footer>
<script>${verbatim(script)}</script>
</body>
</html>
`;
  return document.toString();
}

/** Where to go on a page of several tables. */
function contentsHtml(sections: readonly PageSection[]): Markup | null {
  if (sections.length < 2) return null;
  const links = sections.map((section, i) =>
    markup`<li><a href="#section-${i + 1}">${section.title}</a> <span>${
      counted(section.total ?? section.rows.length, "row")
    }</span></li>\n`
  );
  return markup`<nav aria-label="Sections"><ul>\n${links}</ul></nav>\n`;
}

/** Said when it differs: a run that was late stands for an earlier slot. */
function scheduledHtml(slot: Date, asOf: Date): Markup | null {
  return slot.getTime() === asOf.getTime() ? null : markup`, scheduled for ${exactTimeHtml(slot)}`;
}

const HOW_TO_SEE_EXACT_TIMES = markup`<span class="screen"> Point at one to see it in full.</span>`;

/** For our own style, script and policy, which escaping would break. Never for a page's text. */
function verbatim(text: string): Markup {
  return new Markup(text);
}

/** The page's one style. What is for paper comes last, since it takes things back. */
const style: string = [page, headline, chart, table, print].join("\n");

/**
 * The page's Content-Security-Policy: nothing from outside, and of what is inside only the one
 * style and the one script, by their hashes. Should the escaping ever fail, injected markup still
 * neither runs, nor loads, nor sends anything.
 *
 * @param style the exact text between the style tags
 * @param script the exact text between the script tags
 */
function contentPolicy(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src '${sha256(style)}'`,
    `script-src '${sha256(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;
}

/** What a figure's colour says, for who does not see it. "Neutral" has nothing to say. */
const STATES = {
  good: "good",
  attention: "needs attention",
  unproven: "not proven",
  neutral: null,
} as const;

/** The line of truth: the figures in the order that the job gave them. */
function headlineHtml(figures: readonly Figure[]): Markup | null {
  if (figures.length === 0) return null;
  return markup`<dl class="headline">\n${figures.map(figureHtml)}</dl>\n`;
}

function figureHtml({ label, value, detail, state }: Figure): Markup {
  const words = STATES[state];
  const said = words === null ? null : markup`<span class="said"> (${words})</span>`;
  const more = detail === undefined ? null : markup`<dd class="detail">${detail}</dd>`;
  return markup`<div class="figure ${state}">
<dt>${label}</dt>
<dd class="value">${value}${said}</dd>
${more}</div>
`;
}

/** The sentences that must not be overlooked, before any table. */
function noticesHtml(notices: readonly Notice[]): Markup | null {
  if (notices.length === 0) return null;
  const items = notices.map(({ tone, text }) => markup`<li class="${tone}">${text}</li>\n`);
  return markup`<ul class="notices" aria-label="Notices">\n${items}</ul>\n`;
}
