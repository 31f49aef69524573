import assert from "assert";
import fc from "fast-check";
import { textTable, textWidth, visible, wrapText } from "../../../../runners/core/cli/table.ts";
import { textStyle } from "../../../../runners/core/cli/text_style.ts";
import { FIXED } from "../properties.ts";

const plain = (width: number) => textStyle({ color: false, width });
const columns = [
  { title: "account" },
  { title: "instances", align: "right" },
  { title: "note" },
] as const;

Deno.test("columns align, numbers to the right, and no line ends in spaces", () => {
  const rows = [["prod", "312", ""], ["sandbox", "7", "report only"]];
  assert.deepEqual(textTable(columns, rows, plain(80)).split("\n"), [
    "  account   instances   note",
    "  prod            312",
    "  sandbox           7   report only",
  ]);
});

Deno.test("a column that does not fit moves to a second line, indented, below its row", () => {
  const rows = [["prod", "312", "report only"], ["data", "7", ""]];
  assert.deepEqual(textTable(columns, rows, plain(30)).split("\n"), [
    "  account   instances",
    "  prod            312",
    "      report only",
    "  data              7",
  ]);
});

Deno.test("of cells that move, those that say nothing are left out", () => {
  const moving = [{ title: "name" }, { title: "by" }, { title: "loses" }, { title: "" }];
  assert.deepEqual(textTable(moving, [["a".repeat(20), "-", "7", "b"]], plain(24)).split("\n"), [
    "  name",
    `  ${"a".repeat(20)}`,
    "      loses 7   b",
  ]);
});

Deno.test("a column that just fits stays", () => {
  const rows = [["prod", "312", "n".repeat(5)]];
  assert.equal(textTable(columns, rows, plain(29)).split("\n").length, 2);
  assert.equal(textTable(columns, rows, plain(28)).split("\n").length, 3);
});

Deno.test("a table without titles has no line for them", () => {
  const untitled = [{ title: "" }, { title: "" }];
  assert.equal(textTable(untitled, [["a", "b"], ["ccc"]], plain(80), ""), "a     b\nccc");
});

Deno.test("a table without rows is its titles", () => {
  assert.equal(textTable(columns, [], plain(80)), "  account   instances   note");
});

Deno.test("colour codes take no width", () => {
  const style = textStyle({ color: true, width: 80 });
  const rows = [[style.dim("prod"), "1", "x"]];
  const [, row] = textTable(columns, rows, style).split("\n");
  assert.equal(row, "  \u001b[2mprod\u001b[22m              1   x");
  assert.equal(textWidth(style.bold("prod")), 4);
});

const id = fc.stringMatching(/^i-[0-9a-f]{8}$/);
const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 6 })
  .map((all) => all.join(" "));
const table = fc.record({
  rows: fc.array(fc.tuple(id, fc.nat().map(String), words, id), { minLength: 1, maxLength: 5 }),
  width: fc.integer({ min: 20, max: 90 }),
});
const four = [{ title: "id" }, { title: "n", align: "right" }, { title: "why" }, {
  title: "by",
}] as const;

Deno.test("no line of a table is ever wider than the width, and no ID is ever cut", () => {
  fc.assert(
    fc.property(table, ({ rows, width }) => {
      const text = textTable(four, rows, plain(width));
      for (const line of text.split("\n")) {
        assert.ok(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`);
      }
      for (const cell of rows.flatMap(([first, count, , last]) => [first, count, last])) {
        assert.ok(text.split(/\s+/).includes(cell), `${cell} is cut`);
      }
    }),
    FIXED,
  );
});

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
    { ...FIXED, numRuns: 2_000 },
  );
});
