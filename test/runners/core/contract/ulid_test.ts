import assert from "assert";
import { ULID, ulid } from "../../../../runners/core/contract/ulid.ts";

Deno.test("names of events sort by their time, and are never the same", () => {
  const times = [0, 1, 31, 32, 1_000, 1_767_225_600_000, 1_767_225_600_001, 2 ** 48 - 1];
  const names = times.map((time) => ulid(time));
  assert.deepEqual(names.toSorted(), names);
  for (const name of names) assert.match(name, ULID);
  assert.equal(ulid(0).slice(0, 10), "0000000000");
  assert.equal(ulid(2 ** 48 - 1).slice(0, 10), "7ZZZZZZZZZ");
  // The specification's own example (github.com/ulid/spec): 1469918176385 ms.
  assert.equal(ulid(1_469_918_176_385).slice(0, 10), "01ARYZ6S41");
  assert.equal(new Set(Array.from({ length: 10_000 }, () => ulid(7))).size, 10_000);
});
