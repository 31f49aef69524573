import assert from "assert";
import fc from "fast-check";
import type { Json } from "../../../../runners/core/json.ts";
import { canonicalJson } from "../../../../runners/core/contract/canonical_json.ts";
import { compareText, hashOf, shortHash } from "../../../../runners/core/plan/canonical.ts";
import { FIXED } from "../properties.ts";

// The first two are RFC 8785's own (sections 3.2.2 and 3.2.3).
const examples: readonly { title: string; value: Json; text: string }[] = [
  {
    title: "numbers, strings and literals",
    value: {
      numbers: [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    },
    text: '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  },
  {
    title: "keys in the order of UTF-16 code units",
    value: {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    },
    text: '{"\\r":"Carriage Return","1":"One","\u0080":"Control",' +
      '"ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign",' +
      '"😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  },
  { title: "minus zero as zero", value: -0, text: "0" },
  { title: "keys by text, not as numbers", value: { 10: 1, 9: 2 }, text: '{"10":1,"9":2}' },
  { title: "nothing as nothing", value: { a: [], b: {} }, text: '{"a":[],"b":{}}' },
];

for (const { title, value, text } of examples) {
  Deno.test(`the canonical form writes ${title}`, () => assert.equal(canonicalJson(value), text));
}

Deno.test("a member that is undefined is left out, as JSON leaves it out", () => {
  assert.equal(canonicalJson({ a: undefined } as unknown as Json), "{}");
});

/** The same value with the keys of every object in reverse order. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => reversed(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).reverse().map(([key, member]) => [key, reversed(member)]),
  );
}

const anyJson = fc.jsonValue() as fc.Arbitrary<Json>;

Deno.test("the order of keys never matters", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      assert.equal(canonicalJson(reversed(value)), canonicalJson(value));
      assert.equal(hashOf(reversed(value)), hashOf(value));
    }),
    FIXED,
  );
});

Deno.test("the canonical form is JSON and always means the value it was made from", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
    FIXED,
  );
});

Deno.test("the order of a list always matters", () => {
  assert.notEqual(hashOf([1, 2]), hashOf([2, 1]));
});

Deno.test("a hash is SHA-256 in hex, and a short one its beginning", () => {
  // printf '{}' | sha256sum
  const empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  assert.equal(hashOf({}), `sha256:${empty}`);
  assert.equal(shortHash({}, 16), empty.slice(0, 16));
});

Deno.test("texts are compared by code unit, whatever the machine's language", () => {
  assert.deepEqual(["b", "ä", "a", "Z", "a"].sort(compareText), ["Z", "a", "a", "b", "ä"]);
});
