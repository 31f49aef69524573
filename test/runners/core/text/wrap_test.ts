import assert from "assert";
import fc from "fast-check";
import { textWidth, visible, wrapText } from "../../../../runners/core/text/wrap.ts";
import { FIXED, generated } from "../properties.ts";

Deno.test("wrapped text is never wider than the width unless a single word is, and whole", () => {
  const anyWords = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(anyWords, fc.integer({ min: 5, max: 40 }), (given, width) => {
      const lines = wrapText(given.join(" "), width, "  ");
      for (const line of lines) {
        const single = !line.trim().includes(" ");
        assert.ok(textWidth(line) <= width || single, `${width}: ${line}`);
        assert.ok(line.startsWith("  "));
      }
      assert.deepEqual(lines.flatMap((line) => line.trim().split(" ")), given);
    }),
    FIXED,
  );
});

const unsafe: readonly (readonly [string, string, string])[] = [
  ["an escape sequence", "\u001b[31mred", "\\u001b[31mred"],
  ["a carriage return", "good\rbad", "good\\u000dbad"],
  ["a line end, which would forge a line", "a\nNothing was changed", "a\\u000aNothing was changed"],
  ["a tab, which would break columns", "a\tb", "a\\u0009b"],
  ["a bell and a null", "\u0007\u0000", "\\u0007\\u0000"],
  ["a C1 control", "\u009b31m", "\\u009b31m"],
  ["an override of direction", "a\u202eb", "a\\u202eb"],
  ["an isolate of direction", "\u2066a\u2069", "\\u2066a\\u2069"],
  ["an Arabic letter mark", "a\u061cb", "a\\u061cb"],
  ["a line separator", "a\u2028b\u2029", "a\\u2028b\\u2029"],
];

for (const [title, text, shown] of unsafe) {
  Deno.test(`text from outside is shown and not obeyed: ${title}`, () => {
    assert.equal(visible(text), shown);
  });
}

Deno.test("letters of all languages and signs stay as they are", () => {
  const text = 'Zoë 東京 עברית 😀 "a" \\ €';
  assert.equal(visible(text), text);
});

Deno.test("nothing that a terminal obeys is ever left in text that was made visible", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.doesNotMatch(visible(text), /\p{Cc}|\p{Bidi_Control}|\p{Zl}|\p{Zp}/u);
    }),
    { ...FIXED, numRuns: generated(2_000) },
  );
});
