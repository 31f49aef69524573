import * as z from "zod";

const names = (text: string): readonly string[] => text.split(" ");

/** A field of a cron expression: its numbers or names, and what else it may say. */
type Field = {
  readonly from: number;
  readonly to: number;
  /** Names of its numbers, the first for `from`. */
  readonly names?: readonly string[];
  /** What a part may be besides. */
  readonly special?: RegExp;
};

const FIELDS: readonly Field[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31, special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  { from: 1, to: 12, names: names("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC") },
  {
    from: 1,
    to: 7,
    names: names("SUN MON TUE WED THU FRI SAT"),
    special: /^(\?|L|[1-7]L|[1-7]#[1-5])$/,
  },
  { from: 1970, to: 2199 },
];

/**
 * Whether EventBridge Scheduler takes an expression that comes again (EventBridge Scheduler User
 * Guide, "Schedule types": a rate, or six fields of which exactly one of the days is `?`).
 */
export function isSchedule(text: string): boolean {
  if (/^rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)$/.test(text)) {
    return true;
  }
  const fields = /^cron\((.*)\)$/.exec(text)?.[1]?.split(" ") ?? [];
  return fields.length === FIELDS.length &&
    [fields[2], fields[4]].filter((day) => day === "?").length === 1 &&
    fields.every((field, at) => field.split(",").every((part) => isPart(part, FIELDS[at]!)));
}

/** `*`, a value, a range, or one of these with a step. */
function isPart(part: string, { from, to, names = [], special }: Field): boolean {
  if (special?.test(part)) return true;
  const [, range = "", step] = /^([^/]+)(?:\/([1-9]\d*))?$/.exec(part) ?? [];
  const [first = "", last, ...more] = range.split("-");
  const number = (text: string) =>
    names.includes(text) ? from + names.indexOf(text) : /^\d+$/.test(text) ? Number(text) : NaN;
  const within = (value: number) => value >= from && value <= to;
  if (more.length > 0 || Number(step ?? 1) > to) return false;
  if (range === "*") return true;
  return within(number(first)) &&
    (last === undefined || within(number(last)) && number(first) <= number(last));
}

export const schedule = z.string().refine(
  isSchedule,
  'must be a schedule that EventBridge Scheduler takes, such as "rate(1 hour)" or ' +
    '"cron(0 9 ? * MON-FRI *)"',
);
