import assert from "assert";
import { parseInstant } from "../../../../runners/repo/migration/timestamps.ts";

Deno.test("what is no instant is unknown", () => {
  for (
    const value of [
      undefined,
      null,
      "",
      "  ",
      "yesterday",
      "N/A",
      NaN,
      Infinity,
      -1,
      "-1",
      "2026-13-45T00:00:00Z",
      1e20,
      {},
      [],
      true,
      "0x10",
    ]
  ) assert.equal(parseInstant(value), undefined, String(value));
});

Deno.test("instants are read in seconds, milliseconds and as text, without a zone in UTC", () => {
  const cases: [value: unknown, expected: string][] = [
    [1_500_000_000, "2017-07-14T02:40:00.000Z"],
    [1_500_000_000_000, "2017-07-14T02:40:00.000Z"],
    ["1500000000", "2017-07-14T02:40:00.000Z"],
    ["1500000000123", "2017-07-14T02:40:00.123Z"],
    ["2017-07-14T02:40:00Z", "2017-07-14T02:40:00.000Z"],
    ["2017-07-14T04:40:00+02:00", "2017-07-14T02:40:00.000Z"],
    ["2017-07-14 02:40:00.5", "2017-07-14T02:40:00.500Z"],
    ["2017-07-14T02:40:00", "2017-07-14T02:40:00.000Z"],
    ["Fri, 14 Jul 2017 02:40:00 GMT", "2017-07-14T02:40:00.000Z"],
  ];
  for (const [value, expected] of cases) {
    assert.equal(parseInstant(value)?.toISOString(), expected, String(value));
  }
});
