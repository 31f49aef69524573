import assert from "assert";
import fc from "fast-check";
import {
  counted,
  dateText,
  dayText,
  percentText,
  relativeText,
} from "../../../../runners/core/cli/words.ts";
import { FIXED, generated } from "../properties.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const SECOND = 1_000;
const DAY = 86_400_000;

const percents: readonly (readonly [number, number, string])[] = [
  [0, 0, "-"],
  [0, 7, "0.0 %"],
  [7, 7, "100 %"],
  [307, 312, "98.3 %"],
  [999_999, 1_000_000, "99.9 %"],
  [1, 3, "33.3 %"],
  [2, 3, "66.6 %"],
  [57, 200, "28.5 %"],
];

for (const [part, whole, text] of percents) {
  Deno.test(`${part} of ${whole} is ${text}`, () => assert.equal(percentText(part, whole), text));
}

Deno.test("a part is never rounded up: not to 100, and not at all", () => {
  const parts = fc.integer({ min: 1, max: 1_000_000 }).chain((whole) =>
    fc.record({ whole: fc.constant(whole), part: fc.nat(whole) })
  );
  fc.assert(
    fc.property(parts, ({ part, whole }) => {
      const text = percentText(part, whole);
      if (part < whole) assert.notEqual(text, "100 %");
      const tenths = Number(BigInt(part) * 1000n / BigInt(whole));
      assert.equal(text, part === whole ? "100 %" : `${(tenths / 10).toFixed(1)} %`);
    }),
    { ...FIXED, numRuns: generated(5_000) },
  );
});

const counts: readonly (readonly [string, string])[] = [
  [counted(0, "instance"), "0 instances"],
  [counted(1, "instance"), "1 instance"],
  [counted(12_345, "instance"), "12,345 instances"],
  [counted(2, "entry", "entries"), "2 entries"],
];

for (const [text, expected] of counts) {
  Deno.test(`counted: ${expected}`, () => assert.equal(text, expected));
}

const moments: readonly (readonly [number, string])[] = [
  [0, "just now"],
  [-999, "just now"],
  [-SECOND, "1 second ago"],
  [-3 * DAY, "3 days ago"],
  [2 * 3_600_000, "in 2 hours"],
  [7 * DAY - 2 * SECOND, "in 7 days"],
  [7 * DAY - 120 * SECOND, "in 6 days"],
  [59 * 60 * SECOND + 1, "in 1 hour"],
  [30 * 60 * SECOND - 1, "in 29 minutes"],
  [999, "just now"],
];

for (const [ms, text] of moments) {
  Deno.test(`${ms} ms from now is "${text}"`, () => {
    assert.equal(relativeText(new Date(NOW.getTime() + ms), NOW), text);
  });
}

const days: readonly (readonly [string, string])[] = [
  ["2026-11-07T03:00:59Z", "7 Nov 03:00"],
  ["2026-09-01T00:00:00Z", "1 Sep 00:00"],
  ["2025-12-31T23:59:00Z", "31 Dec 2025 23:59"],
  ["2027-01-31T00:00:00Z", "31 Jan 2027 00:00"],
];

for (const [instant, text] of days) {
  Deno.test(`${instant} reads "${text}", in UTC wherever the machine is`, () => {
    assert.equal(dayText(new Date(instant), NOW), text);
    assert.equal(dateText(new Date(instant), NOW), text.slice(0, -" 00:00".length));
  });
}
