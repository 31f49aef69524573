import { UNTIL_TAG } from "../../core/contract/names.ts";
import { DAY_MS } from "../../core/duration.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { looksLike, shown } from "../../core/shown.ts";
import { fold, plainForm } from "../../core/spelling.ts";
import type { Tags } from "../tags.ts";
import { wholeSeconds } from "./mark.ts";

/** A tag by which an owner asks for time, or seems to. */
export type Ask = {
  readonly key: string;
  readonly value: string;
  /** The end of the time that is asked for; null where the tag cannot be read in one way. */
  readonly until: Date | null;
  /** Why it cannot be read, for people; null where it can. */
  readonly problem: string | null;
};

/** The tags that ask for time, by key, in any spelling; what only looks like one grants none. */
export function asksOf(tags: Tags): Ask[] {
  return Object.entries(tags).flatMap(([key, value]): Ask[] => {
    if (fold(key) === fold(UNTIL_TAG)) return [{ key, value, ...untilOf(value) }];
    return seemsToAsk(key)
      ? [{ key, value, until: null, problem: `its key is another than ${UNTIL_TAG}` }]
      : [];
  }).sort((a, b) => compareText(a.key, b.key));
}

/** The latest instant that the tags ask for: of two wishes, the later one is the safe one. */
export function latestAsked(asks: readonly Ask[]): Date | null {
  const instants = asks.flatMap(({ until }) => until ? [until.getTime()] : []);
  return instants.length === 0 ? null : new Date(Math.max(...instants));
}

/** Said of a tag that cannot be read. */
export const GRANTS_NONE = "grants no time";

/** What the tags ask for and what they get, for people; the values are shown, not raw. */
export function asksText(asks: readonly Ask[], granted: Granted | null, now: Date): string | null {
  if (asks.length === 0) return null;
  const until = latestAsked(asks);
  const said = asks.map((ask) => {
    const tag = `${shown(ask.key)}: "${shown(ask.value)}"`;
    return ask.until
      ? `${tag} asks for time until ${wholeSeconds(ask.until)}`
      : `${tag} ${GRANTS_NONE}, since ${ask.problem} (write ${UNTIL_TAG}: YYYY-MM-DD)`;
  });
  if (asks.filter((ask) => ask.until).length > 1) said.push("the latest of these counts");
  return [...said, ...(until ? [outcomeText(until, granted, now)] : [])].join("; ");
}

/** How much of the time that is asked for the next step of an instance grants. */
export type Granted = {
  /** The owner has asked for time, and has it. */
  readonly extended: boolean;
  /** Until when an owner may have time for the step; null for the mark, which waits for nobody. */
  readonly latest: Date | null;
};

function outcomeText(until: Date, granted: Granted | null, now: Date): string {
  if (!granted) return "no step follows that could wait";
  if (!granted.latest) return "time is granted from the mark on, for the step that follows it";
  const { extended, latest } = granted;
  if (until > latest) return `audit.extension grants it until ${wholeSeconds(latest)}`;
  if (until <= now) return extended ? "it was granted, and is over" : "that time is over";
  return extended ? "it is granted" : "the next step is due no earlier than that";
}

function seemsToAsk(key: string): boolean {
  const bare = (text: string) => fold(text).replaceAll(/[\p{Pd}\p{Pc}\p{White_Space}.:/]/gu, "");
  return looksLike(key, UNTIL_TAG) || bare(key) === bare(UNTIL_TAG);
}

const DATE = /^(\d{4})(?:-(\d{1,2})-(\d{1,2})|(\d{2})(\d{2}))(?:[Tt ](.*))?$/;
const TIME =
  /^(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)? ?(Z|UTC|([+-])(\d{2}):?(\d{2})?)?$/i;

/** What programs put in place of a hyphen. */
const HYPHENS = /[\p{Pd}\u2212]/gu;

/**
 * Reads what an owner asks for. Only ISO 8601 dates with the year first have one reading. A day is
 * included, UTC; a time of day with its zone is the instant itself, and one without a zone stands
 * for its day.
 */
export function untilOf(text: string): Pick<Ask, "until" | "problem"> {
  const value = plainForm(text).replaceAll(HYPHENS, "-");
  const no = (problem: string) => ({ until: null, problem });
  if (value === "") return no("it is empty");
  const date = DATE.exec(value);
  if (!date) return no("it is not written as year-month-day");
  const [, year, month = date[4]!, day = date[5]!] = date;
  const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const begin = new Date(`${iso}T00:00:00Z`);
  // `Date` takes 30 February for 2 March.
  if (!begin.toJSON()?.startsWith(iso)) return no("there is no such day");
  const nextDay = new Date(begin.getTime() + DAY_MS);
  if (date[6] === undefined) return { until: nextDay, problem: null };
  const time = TIME.exec(date[6]);
  const sinceBegin = time && msOfDay(time);
  if (sinceBegin === null) return no("what follows the day is no time of day");
  const until = time![4] === undefined ? nextDay : new Date(begin.getTime() + sinceBegin);
  return { until, problem: null };
}

/** Milliseconds since midnight UTC; null for a time or a zone that does not exist. */
function msOfDay(
  [, hour, minute = "0", second = "0", , sign, zoneHour = "0", zoneMinute = "0"]: RegExpExecArray,
): number | null {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const [zh, zm] = [Number(zoneHour), Number(zoneMinute)];
  const exists = m < 60 && s < 61 && zh < 24 && zm < 60 &&
    (h < 24 || h === 24 && m === 0 && s === 0);
  if (!exists) return null;
  const zoneMs = (zh * 60 + zm) * 60_000 * (sign === "-" ? -1 : 1);
  return ((h * 60 + m) * 60 + s) * 1000 - zoneMs;
}
