import type { Page, PageSection } from "../../runners/core/report/page.ts";
import { contentPolicy } from "./content_policy.ts";
import { headlineHtml, noticesHtml } from "./headline.ts";
import script from "./page.js" with { type: "text" };
import { Markup, markup } from "./markup.ts";
import { style } from "./style.ts";
import { rowCount, sectionHtml } from "./table.ts";
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
      rowCount(section.total ?? section.rows.length)
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
