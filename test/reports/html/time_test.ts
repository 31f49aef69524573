import assert from "assert";
import { exactTime, relativeTime } from "../../../reports/html/time.ts";

const asOf = new Date("2026-11-20T12:00:00.000Z");
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const CASES: readonly (readonly [distance: number, past: string, future: string])[] = [
  [0, "now", "now"],
  [59_999, "now", "now"],
  [minute, "1 minute ago", "in 1 minute"],
  [2 * minute - 1, "1 minute ago", "in 1 minute"],
  [2 * minute, "2 minutes ago", "in 2 minutes"],
  [2 * hour - 1, "119 minutes ago", "in 119 minutes"],
  [2 * hour, "2 hours ago", "in 2 hours"],
  [48 * hour - 1, "47 hours ago", "in 47 hours"],
  [2 * day, "2 days ago", "in 2 days"],
  [3 * day - 1, "2 days ago", "in 2 days"],
  [14 * day, "14 days ago", "in 14 days"],
  [60 * day, "60 days ago", "in 60 days"],
  [61 * day, "2 months ago", "in 2 months"],
  [365 * day, "11 months ago", "in 11 months"],
  [366 * day, "12 months ago", "in 12 months"],
  [730 * day, "23 months ago", "in 23 months"],
  [731 * day, "2 years ago", "in 2 years"],
  [3653 * day, "10 years ago", "in 10 years"],
];

for (const [distance, past, future] of CASES) {
  Deno.test(`a distance of ${distance} ms reads "${past}" and "${future}"`, () => {
    assert.equal(relativeTime(new Date(asOf.getTime() - distance), asOf), past);
    assert.equal(relativeTime(new Date(asOf.getTime() + distance), asOf), future);
  });
}

Deno.test("an exact time is in UTC to the second", () => {
  assert.equal(exactTime(new Date("2026-11-20T12:00:07.999Z")), "2026-11-20 12:00:07 UTC");
});
