import assert from "assert";
import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import {
  fromOrderedKey,
  keyAfterPrefix,
  toOrderedKey,
} from "../../../runners/adapters/sqlite/ordered_key.ts";

const SEED = 20_261_121;

/** Short ids of the characters at which the two orders, or the escape, turn. */
const ids = fc.array(
  fc.constantFrom("\u0001", "\u0002", "a", "\ud7ff", "\ue000", "\uffff", "👩", "\u{10ffff}"),
  { maxLength: 4 },
).map((characters) => characters.join(""));

Deno.test("A stored key is always the id again", () => {
  fc.assert(
    fc.property(ids, (id) => assert.equal(fromOrderedKey(toOrderedKey(id)), id)),
    { seed: SEED },
  );
});

Deno.test("The ids that AWS gives are stored as they are", () => {
  const arn = "arn:aws:iam::123456789012:role/path/Zürich_%";
  assert.equal(toOrderedKey(arn), arn);
});

Deno.test("The bytes of stored keys always have the order of the ids' code units", () => {
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      const expected = a < b ? -1 : a > b ? 1 : 0;
      assert.equal(compareBytes(toOrderedKey(a), toOrderedKey(b)), expected);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

Deno.test("A key is in the range of a prefix exactly when its id begins with the prefix", () => {
  fc.assert(
    fc.property(ids, ids, fc.boolean(), (prefix, rest, begins) => {
      const id = begins ? prefix + rest : rest;
      const from = toOrderedKey(prefix), key = toOrderedKey(id), end = keyAfterPrefix(from);
      const within = compareBytes(from, key) <= 0 &&
        (end === undefined || compareBytes(key, end) < 0);
      assert.equal(within, id.startsWith(prefix));
    }),
    { seed: SEED, numRuns: 2_000 },
  );
  assert.equal(keyAfterPrefix(""), undefined);
  assert.equal(keyAfterPrefix("a\ud7ff"), "a\ue000");
});

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
