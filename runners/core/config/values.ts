import * as z from "zod";
import { REGION_SHAPE } from "../aws/region_names.ts";
import { DURATION_PATTERN } from "../duration.ts";

/** The kinds of values that every part of the configuration uses, with their sentences. */

export const accountId = z.string().regex(/^\d{12}$/, "must be a string of twelve digits").meta({
  description: "An AWS account ID: twelve digits, quoted, so that a leading 0 survives",
});

export const regionName = z.string().regex(
  REGION_SHAPE,
  'must be a region name such as "us-east-1"',
);

export const unitId = z.string().regex(
  /^(ou-[0-9a-z-]+|r-[0-9a-z]+)$/,
  "must be the ID of a unit, ou-…",
);

export const duration = z.string().regex(
  DURATION_PATTERN,
  'must be a duration such as "45m", "12h" or "3d"',
);

/** Whether a day exists: `Date` takes 30 February for 2 March. */
export function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false;
}

/** A day in UTC. What ends on it ends with it. */
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as "2027-01-31"')
  .refine(isDay, "must be a day that exists");

const amount = z.int().min(0).max(1_000_000);
const share = z.number().min(0).max(100);

/**
 * A bound: both parts bind where both are given; 0 means none. What is left out keeps its default,
 * so that setting one part never takes the other away.
 */
export function bound(defaults: { readonly count?: number; readonly percent?: number }) {
  return z.strictObject({
    count: orDefault(amount, defaults.count),
    percent: orDefault(share, defaults.percent),
  }).prefault({});
}

/** A bound by count alone. */
export function countBound(count?: number) {
  return z.strictObject({ count: orDefault(amount, count) }).prefault({});
}

/** A share: 0.25 is a quarter. */
export function shareOfOne(value: number) {
  return z.number().min(0).max(1).default(value);
}

function orDefault(part: typeof amount | typeof share, value: number | undefined) {
  return value === undefined ? part.optional() : part.default(value);
}
