import assert from "assert";
import fc from "fast-check";
import { type JsonNode, readJson } from "../../../../runners/repo/policy/json_node.ts";
import { FIXED } from "../../core/properties.ts";

const wrong = [
  "",
  " ",
  "{",
  "[1,]",
  '{"a":1,}',
  '"\\x"',
  "'a'",
  "01",
  "[1] [2]",
  "{a:1}",
  "// x\n1",
];

for (const text of wrong) {
  Deno.test(`${JSON.stringify(text)} is no JSON`, () => {
    assert.throws(() => readJson(text), SyntaxError);
  });
}

Deno.test("what is nested deeper than any policy is refused and fells no one", () => {
  assert.throws(() => readJson("[".repeat(100_000) + "]".repeat(100_000)), SyntaxError);
  assert.equal(readJson("[".repeat(100) + "]".repeat(100)).type, "array");
});

/** Checks that the text has everything at the place of its node, and answers the value. */
function valueOf(node: JsonNode, text: string): unknown {
  const own = text.slice(node.offset, node.offset + node.length);
  const value = node.items
    ? node.items.map((item) => valueOf(item, text))
    : node.members
    ? Object.fromEntries(
      node.members.map(({ key, value }) => [valueOf(key, text), valueOf(value, text)]),
    )
    : node.value;
  assert.deepEqual(JSON.parse(own), value);
  return value;
}

Deno.test("every value is read as JSON.parse reads it, and stands where it says", () => {
  const indent = fc.constantFrom("", "  ", "\t", "\n \r\n\t");
  fc.assert(
    fc.property(fc.jsonValue(), indent, indent, (value, space, around) => {
      const text = around + JSON.stringify(value, null, space) + around;
      assert.deepEqual(valueOf(readJson(text), text), JSON.parse(text));
    }),
    FIXED,
  );
});

const strings = ['"\\\\"', '"\\""', '"\\\\\\""', '"a\\u0022b"', '"{[,]}"', '["\\\\","b"]'];

for (const text of strings) {
  Deno.test(`a string ends where it ends: ${text}`, () => {
    assert.deepEqual(valueOf(readJson(text), text), JSON.parse(text));
  });
}

Deno.test("a key that stands there twice is there twice", () => {
  const { members } = readJson('{"a":1,"a":2}');
  assert.deepEqual(members?.map(({ key, value }) => [key.value, value.value]), [["a", 1], [
    "a",
    2,
  ]]);
});
