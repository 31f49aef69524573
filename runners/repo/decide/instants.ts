import { DAY_MS } from "../../core/duration.ts";
/**
 * For how many days IAM tracks the use of services; in some Regions it began later (IAM API
 * Reference, GenerateServiceLastAccessedDetails).
 */
export const TRACKED_DAYS = 400;

/** "Recent activity usually appears within four hours" (the same page). */
const APPEARS_WITHIN_MS = 4 * 3_600_000;

/**
 * Until when evidence speaks: a later use may be missing in it.
 *
 * @param completedAt when it was generated, RFC 3339; what is after `now` counts as now
 * @returns RFC 3339; null: `completedAt` is no instant
 */
export function speaksUntil(completedAt: string, now: Date): string | null {
  const at = readInstant(completedAt);
  if (at === null) return null;
  return new Date(Math.min(at, now.getTime()) - APPEARS_WITHIN_MS).toISOString();
}

/** There was no IAM before this day: an older instant is some other number. */
const OLDEST = Date.parse("2011-05-03T00:00:00Z");

/**
 * Reads an instant of evidence: RFC 3339, or seconds or milliseconds since 1970 as digits, as
 * Aardvark and old tables have them.
 *
 * @returns milliseconds since 1970; null: it is none. Then a use counts as a use now.
 */
export function readInstant(text: string): number | null {
  const at = /^\d{4}-\d{2}-\d{2}([T ]|$)/.test(text) ? Date.parse(text) : /^\d{9,14}$/.test(text)
    // Seconds have ten digits until 2286, milliseconds have thirteen.
    ? Number(text) * (text.length <= 11 ? 1_000 : 1)
    : NaN;
  return Number.isFinite(at) && at >= OLDEST ? at : null;
}

/** The first instant after a day `YYYY-MM-DD`, UTC; null: it is no day. */
export function endOfDay(day: string): number | null {
  const start = new Date(`${day}T00:00:00.000Z`);
  // The 31st of February would be read as a day of March.
  return start.toJSON() === `${day}T00:00:00.000Z` ? start.getTime() + DAY_MS : null;
}
