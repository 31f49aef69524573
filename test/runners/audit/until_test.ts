import assert from "assert";
import fc from "fast-check";
import { asksOf, asksText, untilOf } from "../../../runners/audit/ladder/until.ts";
import { FIXED, generated, propertyTest } from "../core/properties.ts";

const granted: readonly [value: string, until: string][] = [
  ["2026-12-20", "2026-12-21T00:00:00.000Z"],
  ["2026-12-9", "2026-12-10T00:00:00.000Z"],
  ["2027-1-2", "2027-01-03T00:00:00.000Z"],
  ["20261220", "2026-12-21T00:00:00.000Z"],
  ["2028-02-29", "2028-03-01T00:00:00.000Z"],
  [" 2026-12-20\u00a0", "2026-12-21T00:00:00.000Z"],
  ["2026-\u200b12-20", "2026-12-21T00:00:00.000Z"],
  ["2026\u201112\u201320", "2026-12-21T00:00:00.000Z"],
  ["2026-12-20T18:00\u221208:00", "2026-12-21T02:00:00.000Z"],
  ["2026-12-20T18:00Z", "2026-12-20T18:00:00.000Z"],
  ["2026-12-20t18:00:30.5z", "2026-12-20T18:00:30.000Z"],
  ["2026-12-20 18:00 UTC", "2026-12-20T18:00:00.000Z"],
  ["2026-12-20T18Z", "2026-12-20T18:00:00.000Z"],
  ["20261220T180000Z", "2026-12-20T18:00:00.000Z"],
  ["2026-12-20T18:00-08:00", "2026-12-21T02:00:00.000Z"],
  ["2026-12-20T18:00+0530", "2026-12-20T12:30:00.000Z"],
  ["2026-12-20T24:00Z", "2026-12-21T00:00:00.000Z"],
  // It is not known whose clock is meant, so that the complete day is granted.
  ["2026-12-20T18:00", "2026-12-21T00:00:00.000Z"],
];

for (const [value, until] of granted) {
  Deno.test(`"${value}" asks for time until ${until}`, () => {
    assert.deepEqual(untilOf(value), { until: new Date(until), problem: null });
  });
}

const NO_DATE = "it is not written as year-month-day";
const NO_DAY = "there is no such day";
const NO_TIME = "what follows the day is no time of day";
const told: readonly [value: string, problem: string][] = [
  ["", "it is empty"],
  [" \u200b", "it is empty"],
  ["12/20/2026", NO_DATE],
  ["20.12.2026", NO_DATE],
  ["20-12-2026", NO_DATE],
  ["2026/12/20", NO_DATE],
  ["26-12-20", NO_DATE],
  ["2026-12", NO_DATE],
  ["20 Dec 2026", NO_DATE],
  ["in two weeks", NO_DATE],
  ["1797724800", NO_DATE],
  ["２０２６-12-20", NO_DATE],
  ["2026-12-20 or later", NO_TIME],
  ["2026-02-30", NO_DAY],
  ["2026-13-01", NO_DAY],
  ["2026-00-10", NO_DAY],
  ["2027-02-29T18:00Z", NO_DAY],
  ["20122026", NO_DAY],
  ["2026-12-20T25:00Z", NO_TIME],
  ["2026-12-20T24:30Z", NO_TIME],
  ["2026-12-20T18:61Z", NO_TIME],
  ["2026-12-20T18:00+25:00", NO_TIME],
  ["2026-12-20T6pm", NO_TIME],
  ["2026-12-20T", NO_TIME],
];

for (const [value, problem] of told) {
  Deno.test(`"${value}" grants no time: ${problem}`, () => {
    assert.deepEqual(untilOf(value), { until: null, problem });
  });
}

const part = fc.oneof(
  fc.nat(3000).map(String),
  fc.constantFrom("-", "/", "T", "Z", ":", " ", "+", ".", "0", "02", "30", "\u200b", "UTC"),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const written = fc.oneof(
  fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
  fc.tuple(fc.integer({ min: 2000, max: 2100 }), fc.nat(13), fc.nat(32), part)
    .map(([year, month, day, rest]) => `${year}-${month}-${day}${rest}`),
);

propertyTest<typeof untilOf>(
  "whatever an owner writes either has its year first and ends within two days, or is told",
  untilOf,
  (read) => {
    fc.assert(
      fc.property(written, (value) => {
        const { until, problem } = read(value);
        assert.notEqual(until === null, problem === null, value);
        if (!until) return;
        const digits = value.replaceAll(/[^\d-]/g, "");
        const date = /^(\d{4})-?(\d\d?)-?(\d\d?)/.exec(digits);
        assert.ok(date, value);
        const [, year, month, day] = date.map(Number);
        const begin = Date.UTC(year!, month! - 1, day!);
        assert.equal(new Date(begin).getUTCDate(), day);
        assert.ok(Math.abs(until.getTime() - begin) <= 2 * 86_400_000);
      }),
      { ...FIXED, numRuns: generated(2_000) },
    );
  },
  {
    "takes whatever Date takes": (value) => {
      const date = new Date(value);
      return Number.isNaN(date.getTime())
        ? { until: null, problem: NO_DATE }
        : { until: date, problem: null };
    },
    "says nothing of what it cannot read": (value) => ({ ...untilOf(value), problem: null }),
  },
);

const keys: readonly [key: string, counts: boolean | "is nothing"][] = [
  ["groundskeeper-until", true],
  ["GroundsKeeper-Until", true],
  [" groundskeeper-until ", true],
  ["groundskeeper-until\u200b", true],
  ["groundskeeper_until", false],
  ["groundskeeper until", false],
  ["groundskeeperUntil", false],
  ["groundskeeper\u2011until", false],
  ["gr\u043eundskeeper-until", false],
  ["groundskeeper", "is nothing"],
  ["groundskeeper-audit", "is nothing"],
  ["until", "is nothing"],
  ["__proto__", "is nothing"],
];

for (const [key, counts] of keys) {
  const what = counts === true
    ? "asks for time"
    : counts
    ? "is nothing"
    : "is told, and asks for none";
  Deno.test(`a tag "${key}" ${what}`, () => {
    const asks = asksOf(Object.fromEntries([[key, "2026-12-20"]]));
    assert.deepEqual(
      asks.map(({ until }) => until !== null),
      counts === "is nothing" ? [] : [counts],
    );
  });
}

Deno.test("where no step follows, no time is promised", () => {
  const asks = asksOf({ "groundskeeper-until": "2026-12-09" });
  assert.match(asksText(asks, null, new Date("2026-12-01"))!, /; no step follows that could wait$/);
});

Deno.test("time that was granted and is over is told as that", () => {
  const asks = asksOf({ "groundskeeper-until": "2026-12-09" });
  const latest = new Date("2026-12-27T00:00:00Z");
  const said = (extended: boolean, now: string) =>
    asksText(asks, { extended, latest }, new Date(now))!.split("; ").at(-1);
  assert.equal(said(true, "2026-12-09T23:59:59Z"), "it is granted");
  assert.equal(said(true, "2026-12-10T00:00:00Z"), "it was granted, and is over");
  assert.equal(said(false, "2026-12-09T00:00:00Z"), "the next step is due no earlier than that");
  assert.equal(said(false, "2026-12-10T00:00:00Z"), "that time is over");
});
