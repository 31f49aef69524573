import { exactTime, relativeTime } from "./relative_time.ts";
import { type Markup, markup } from "./markup.ts";

/** An instant relative to `asOf`; the exact one is on hover, on paper and for machines. */
export function timeHtml(instant: Date, asOf: Date): Markup {
  if (Number.isNaN(instant.getTime())) return UNKNOWN;
  return markup`<time datetime="${instant.toISOString()}" title="${exactTime(instant)}">${
    relativeTime(instant, asOf)
  }</time>`;
}

/** An instant in full, where it is what the reader came for. */
export function exactTimeHtml(instant: Date): Markup {
  if (Number.isNaN(instant.getTime())) return UNKNOWN;
  return markup`<time datetime="${instant.toISOString()}">${exactTime(instant)}</time>`;
}

/** A report with one broken date must still be written. */
const UNKNOWN = markup`unknown time`;
