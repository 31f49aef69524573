import { type Markup, markup } from "./markup.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The Gregorian calendar's average, which is exact enough for "14 months ago". */
const MONTH = 30.436875 * DAY;
const YEAR = 365.2425 * DAY;

/** Each unit is used from `from` on, so that a count below 2 (a coarse one) is rare. */
const UNITS = [
  { from: 2 * YEAR, length: YEAR, name: "year" },
  { from: 2 * MONTH, length: MONTH, name: "month" },
  { from: 2 * DAY, length: DAY, name: "day" },
  { from: 2 * HOUR, length: HOUR, name: "hour" },
  { from: MINUTE, length: MINUTE, name: "minute" },
] as const;

/**
 * How far an instant is from another one, for reading: "3 days ago", "in 47 hours", "now" within a
 * minute. Counts are cut and not rounded: an age is never told older than it is, and a deadline
 * never later.
 */
export function relativeTime(instant: Date, asOf: Date): string {
  const distance = instant.getTime() - asOf.getTime();
  const length = Math.abs(distance);
  const unit = UNITS.find((unit) => length >= unit.from);
  if (unit === undefined) return "now";
  const count = Math.floor(length / unit.length);
  const words = `${count} ${unit.name}${count === 1 ? "" : "s"}`;
  return distance < 0 ? `${words} ago` : `in ${words}`;
}

/** An instant as people compare it with a console or a log: "2026-11-20 12:00:00 UTC". */
export function exactTime(instant: Date): string {
  return `${instant.toISOString().slice(0, -5).replace("T", " ")} UTC`;
}

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
