import type { Figure } from "../../runners/core/report/page.ts";
import type { Notice } from "../../runners/core/text/sections.ts";
import { type Markup, markup } from "./markup.ts";

/** What a figure's colour says, for who does not see it. "Neutral" has nothing to say. */
const STATES = {
  good: "good",
  attention: "needs attention",
  unproven: "not proven",
  neutral: null,
} as const;

/** The line of truth: the figures in the order that the job gave them. */
export function headlineHtml(figures: readonly Figure[]): Markup | null {
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
export function noticesHtml(notices: readonly Notice[]): Markup | null {
  if (notices.length === 0) return null;
  const items = notices.map(({ tone, text }) => markup`<li class="${tone}">${text}</li>\n`);
  return markup`<ul class="notices" aria-label="Notices">\n${items}</ul>\n`;
}
