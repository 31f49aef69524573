import assert from "assert";
import fc from "fast-check";
import { DURATION_PATTERN, durationMs, spanText } from "../../../runners/core/duration.ts";
import { FIXED } from "./properties.ts";

for (
  const text of ["", "45", "m", "-1m", "1.5h", "01m", "1 m", "1w", "1M", "1m2s", "1000000d", "1m\n"]
) {
  Deno.test(`${JSON.stringify(text)} is no duration`, () => {
    assert.throws(() => durationMs(text), {
      name: "RangeError",
      message: `"${text}" is not a duration such as "45m" or "3d"`,
    });
  });
}

const durations: readonly (readonly [string, number])[] = [
  ["0s", 0],
  ["30s", 30_000],
  ["45m", 2_700_000],
  ["12h", 43_200_000],
  ["3d", 259_200_000],
  ["999999d", 999_999 * 86_400_000],
];

for (const [text, ms] of durations) {
  Deno.test(`${text} is ${ms} milliseconds`, () => assert.equal(durationMs(text), ms));
}

Deno.test("whatever the pattern lets in has a whole, safe number of milliseconds", () => {
  fc.assert(
    fc.property(fc.stringMatching(DURATION_PATTERN), (text) => {
      const ms = durationMs(text);
      assert.ok(Number.isSafeInteger(ms) && ms >= 0, `${text} is ${ms}`);
    }),
    FIXED,
  );
});

const spans: readonly (readonly [number, string])[] = [
  [0, "less than a second"],
  [999, "less than a second"],
  [1_000, "1 second"],
  [59_999, "59 seconds"],
  [60_000, "1 minute"],
  [3_599_999, "59 minutes"],
  [3_600_000, "1 hour"],
  [86_399_999, "23 hours"],
  [86_400_000, "1 day"],
  [3 * 86_400_000, "3 days"],
  [365 * 86_400_000 - 1, "364 days"],
  [365 * 86_400_000, "1 year"],
  [-120_000, "2 minutes"],
];

for (const [ms, text] of spans) {
  Deno.test(`a span of ${ms} ms reads "${text}"`, () => assert.equal(spanText(ms), text));
}
