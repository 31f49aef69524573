import { counted, numberText } from "../../runners/core/cli/words.ts";
import { createHash } from "node:crypto";
import type { Page, PageSection } from "../../runners/core/report/page.ts";
import type { Notice } from "../../runners/core/text/sections.ts";
import chart from "./chart.css" with { type: "text" };
import headline from "./headline.css" with { type: "text" };
import { headlineHtml, recountHtml } from "./headline.ts";
import { Markup, markup } from "./markup.ts";
import page from "./page.css" with { type: "text" };
import script from "./page.js" with { type: "text" };
import print from "./print.css" with { type: "text" };
import table from "./table.css" with { type: "text" };
import { sectionsHtml, titlesCss } from "./table.ts";
import { exactTimeHtml } from "./time.ts";

/** What the page says about the run that it comes from. */
export type PageOptions = {
  readonly job: string;
  readonly runId: string;
  /** The scheduled instant that the run stands for. */
  readonly slot: Date;
  readonly toolVersion: string;
  /** The page of the job's run before, as the name of a file beside this one; null: there is none. */
  readonly before: string | null;
};

/** What lists the runs. Each run has a row there, from which one comes to the next. */
export const INDEX = "index.html";

/** The run's document beside its page, which the page's commands read. */
export function documentName({ job, runId }: Pick<PageOptions, "job" | "runId">): string {
  return `${job}-${runId}.json`;
}

/**
 * Renders a job's page as one HTML file that needs nothing beside it: no network, no script (which
 * only adds filtering, sorting and copying). All text of the page is escaped. The same input gives
 * the same bytes.
 */
export function renderPage(page: Page, options: PageOptions): string {
  const { job, runId, slot, toolVersion, before } = options;
  const links = [
    ...(before === null ? [] : [markup`<a href="${before}">Run before</a>`]),
    markup`<a href="${INDEX}#after-${job}-${runId}">Run after</a>`,
    markup`<a href="${INDEX}#${job}-${runId}">All runs</a>`,
  ].map((link) => markup`<li>${link}</li>\n`);
  return documentHtml(page, documentName(options), {
    // A run that was late stands for an earlier slot.
    said: slot.getTime() === page.asOf.getTime()
      ? null
      : markup`, scheduled for ${exactTimeHtml(slot)}`,
    nav: markup`<nav class="runs" aria-label="Runs"><ul>\n${links}</ul></nav>\n`,
    foot: markup`Groundskeeper ${toolVersion}, ${job}, run <span class="id">${runId}</span>`,
  });
}

/** Renders the page that leads to those of the runs. */
export function renderIndex(page: Page, { toolVersion }: Pick<PageOptions, "toolVersion">): string {
  const foot = markup`Groundskeeper ${toolVersion}`;
  return documentHtml(page, "", { said: null, nav: null, foot });
}

function documentHtml(
  page: Page,
  file: string,
  { said, nav, foot }: Readonly<Record<"said" | "nav" | "foot", Markup | null>>,
): string {
  const { asOf } = page;
  const sections = page.sections.filter(({ rows, folds = [] }) => rows.length + folds.length > 0);
  const style = `${STYLE}\n${titlesCss(sections)}`;
  // Escaping would break our own style, script and policy. Never do so with a page's text.
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(contentPolicy(style, script))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${page.title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>${page.title}</h1>
<p class="as-of">As of ${exactTimeHtml(asOf)}${said}</p>
${nav}</header>
<main>
${headlineHtml(page.headline)}${noticesHtml(page.notices)}${contentsHtml(sections)}${
    sectionsHtml(sections, asOf, file)
  }${recountHtml(page.headline, file)}</main>
<footer>
<p>${foot}</p>
<p>Times are told as of ${
    exactTimeHtml(asOf)
  }.<span class="screen"> Point at one to see it in full.</span></p>
</footer>
<script>${new Markup(script)}</script>
</body>
</html>
`.toString();
}

/** Where to go on a page of several tables. */
function contentsHtml(sections: readonly PageSection[]): Markup | null {
  if (sections.length < 2) return null;
  const links = sections.map(({ title, rows, total = rows.length, folds = [] }, i) =>
    markup`<li><a href="#section-${i + 1}">${title}</a> <span>${
      total > 0 ? counted(total, "row") : numberText(folds.length)
    }</span></li>\n`
  );
  return markup`<nav aria-label="Sections"><ul>\n${links}</ul></nav>\n`;
}

/** The page's one style. What is for paper comes last, since it takes things back. */
const STYLE: string = [page, headline, chart, table, print].join("\n");

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

/** The sentences that must not be overlooked, before any table. */
function noticesHtml(notices: readonly Notice[]): Markup | null {
  if (notices.length === 0) return null;
  const items = notices.map(({ tone, text }) => markup`<li class="${tone}">${text}</li>\n`);
  return markup`<ul class="notices" aria-label="Notices">\n${items}</ul>\n`;
}
