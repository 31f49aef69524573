import { spanText } from "../duration.ts";

/** Made once, since making one takes longer than writing a thousand numbers. */
const NUMBERS = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });

/** "1,234". */
export function numberText(number: number): string {
  return NUMBERS.format(number);
}

/** "1 instance", "12 instances"; `many` where the plural is not made with an s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${NUMBERS.format(count)} ${count === 1 ? one : many}`;
}

/** "web, batch, and 3 more": the first few of a list that stands in a sentence. */
export function fewText(texts: readonly string[], few: number): string {
  const left = texts.length - few;
  return texts.slice(0, few).join(", ") + (left > 0 ? `, and ${NUMBERS.format(left)} more` : "");
}

/** "98.4 %", or "-" of nothing. Never rounded up to 100. */
export function percentText(part: number, whole: number): string {
  if (whole === 0) return "-";
  if (part === whole) return "100 %";
  return `${(Math.floor(part / whole * 1000) / 10).toFixed(1)} %`;
}

/** "3 days ago", "in 2 hours", "just now". What is a minute short of seven days away is "in 7 days". */
export function relativeText(instant: Date, now: Date): string {
  const ms = now.getTime() - instant.getTime();
  if (Math.abs(ms) < 1000) return "just now";
  if (ms > 0) return `${spanText(ms)} ago`;
  return `in ${spanText(-ms < HOUR_MS - MINUTE_MS ? ms : MINUTE_MS - ms)}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** "7 Nov 03:00" in UTC, with the year where it is another. */
export function dayText(instant: Date, now: Date): string {
  return `${dateText(instant, now)} ${instant.toISOString().slice(11, 16)}`;
}

/** "7 Nov" in UTC, with the year where it is another. */
export function dateText(instant: Date, now: Date): string {
  const year = instant.getUTCFullYear();
  const month = instant.toLocaleString("en", { month: "short", timeZone: "UTC" });
  return `${instant.getUTCDate()} ${month}${year === now.getUTCFullYear() ? "" : ` ${year}`}`;
}

/** An instant in RFC 3339 as pages have it: "2026-12-20 18:09:58 UTC". */
export function instantText(instant: string): string {
  return instant.replace(/^(.{10})T(.{8}).*$/, "$1 $2 UTC");
}
