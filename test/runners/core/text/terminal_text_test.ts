import assert from "assert";
import fc from "fast-check";
import { textWidth } from "../../../../runners/core/text/wrap.ts";
import { textStyle } from "../../../../runners/core/cli/text_style.ts";
import {
  type Block,
  MOST_ROWS,
  type Section,
  tableRows,
  type Text,
} from "../../../../runners/core/text/sections.ts";
import { terminalText } from "../../../../runners/core/text/terminal_text.ts";
import { NASTY_STRINGS } from "../../../reports/nasty_strings.ts";
import { FIXED, generated } from "../properties.ts";

const now = new Date("2026-11-20T12:00:00Z");
const told = (text: Text, { width = 80, color = false } = {}) =>
  terminalText(text, { style: textStyle({ color, width }), now });
const section = (...blocks: Section) => told([blocks]).split("\n").slice(0, -1);
const narrow = (width: number, ...blocks: Section) =>
  told([blocks], { width }).split("\n").slice(0, -1);

/** A block of every kind with a text wherever one may stand. */
const everyBlock = (text: string): readonly Block[] => [
  text,
  { heading: text },
  { heading: [text, text] },
  { quiet: text },
  { tone: "refused", text },
  { tone: "info", text },
  { words: [[text, text], [7, text]], rest: text, show: 1 },
  { facts: [[text, text]] },
  {
    items: [{ name: [text, text], tone: "destroy", blocks: [text, { facts: [[text, text]] }] }, {
      name: text,
      tone: "strong",
    }, { name: "" }],
    show: 2,
    rest: text,
  },
  {
    columns: [text, { title: text, align: "right" }, text],
    rows: [[text, text, [text, text]], { cells: [text, 1, text], tone: "destroy" }, []],
    show: 2,
    rest: text,
  },
  { next: text, command: text },
  { command: [text, text] },
  { diff: [{ sign: "-", text }, null, { sign: "+", text: `  ${text}` }] },
];

/** What a terminal obeys or nobody sees, the line ends of the text itself left out. */
const OBEYED = /(?!\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u200b\u2060\ufeff]/u;

for (const [index, block] of everyBlock("x").entries()) {
  const kind = typeof block === "string" ? "paragraph" : Object.keys(block).join(", ");
  Deno.test(`nothing that stands in a block is obeyed: ${kind}`, () => {
    const lines = (text: string) => told([[everyBlock(text)[index]!]], { width: 5_000 });
    for (const text of NASTY_STRINGS.map((text) => text.slice(0, 200))) {
      assert.doesNotMatch(lines(text), OBEYED);
      assert.equal(lines(text).split("\n").length, lines("x").split("\n").length);
    }
  });
}

Deno.test("no block ever holds what a terminal obeys", () => {
  const texts = fc.string({ unit: "binary", minLength: 1 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 20, max: 90 }), (text, width) => {
      assert.doesNotMatch(told([everyBlock(text)], { width }), OBEYED);
    }),
    { ...FIXED, numRuns: generated(100) },
  );
});

Deno.test("no line is wider than the terminal unless it is one word, or a command", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 9 })
    .map((all) => all.join(" "));
  fc.assert(
    fc.property(words, fc.integer({ min: 40, max: 100 }), (text, width) => {
      const commands = (block: Block) => typeof block === "object" && "command" in block;
      for (
        const line of told([everyBlock(text).filter((one) => !commands(one))], { width }).split(
          "\n",
        )
      ) {
        assert.ok(textWidth(line) <= width, `${width}: ${line}`);
        assert.ok(!line.endsWith(" "), line);
      }
    }),
    FIXED,
  );
});

Deno.test("sections stand apart, blocks below each other, and what is empty leaves nothing", () => {
  assert.equal(told([["a", "", "b"], [], [""], [{ quiet: "c" }]]), "a\nb\n\nc\n");
  assert.equal(
    told([[{ columns: ["Role"], rows: [] }, { facts: [] }], [{ items: [] }, { words: [] }]]),
    "\n",
  );
});

Deno.test("words share a column, and a number stands to its right", () => {
  assert.deepEqual(
    section({ words: [["Spared", "5 of 1,000"], [12, "exempt"], [1_000, "young"]] }),
    [
      "Spared     5 of 1,000",
      "      12   exempt",
      "   1,000   young",
    ],
  );
  assert.deepEqual(narrow(40, { words: [["Coverage", "2 of 3 account-regions are proven"]] }), [
    "Coverage   2 of 3 account-regions are",
    "           proven",
  ]);
});

Deno.test("facts have a column of their own; where it is narrow the text stands below its word", () => {
  const facts = [["granted by", "inline policy"], ["rule", "unused"]] as const;
  assert.deepEqual(section({ facts }), ["  granted by   inline policy", "  rule         unused"]);
  assert.deepEqual(narrow(36, { facts }), [
    "  granted by",
    "      inline policy",
    "  rule",
    "      unused",
  ]);
});

Deno.test("the names of a list share columns, and what is said of them stands below", () => {
  const items = [
    { name: ["dev us-east-1", "i-1", "web"], blocks: ["no owner"] },
    { name: ["prod eu-west-1", "i-2"] },
  ];
  assert.deepEqual(section("Would do", { items: [{ name: ["stop", 2], blocks: [{ items }] }] }), [
    "Would do",
    "  stop   2",
    "    dev us-east-1    i-1   web",
    "      no owner",
    "    prod eu-west-1   i-2",
  ]);
  assert.deepEqual(narrow(20, { items }), [
    "  dev us-east-1",
    "    i-1   web",
    "    no owner",
    "  prod eu-west-1",
    "    i-2",
  ]);
});

const account = (index: number) => [`account-${index}`, index];
const many = {
  columns: ["Account", "Instances"],
  rows: Array.from({ length: 23 }, (_, index) => account(index)),
};

Deno.test("each list shows twenty, then how many more there are and where", () => {
  const items = many.rows.map(([name]) => ({ name: name as string }));
  assert.deepEqual(section(many).slice(20), [
    "  account-19          19",
    "  and 3 more; --json has them all",
  ]);
  assert.equal(section({ ...many, show: 23 }).length, 24);
  assert.equal(section({ ...many, total: 5_000, rest: "look" }).at(-1), "  and 4,980 more; look");
  assert.equal(section({ items }).at(-1), "  and 3 more; --json has them all");
  assert.equal(section({ items }).length, 21);
  const words = many.rows.map(([name, count]) => [name, count] as [string, number]);
  const listed = section({ words: words.map(([name, count]) => [count + 1, name]) });
  assert.equal(listed.at(-1), "      66   others; --json has them all");
  assert.equal(
    section({ facts: words.map(([name]) => [name, "x"]) }).at(-1)!.trim(),
    "and 3 more; --json has them all",
  );
});

Deno.test("a long list costs no more rows than a table holds", () => {
  let made = 0;
  const { rows, total } = tableRows(Array.from({ length: MOST_ROWS + 5 }), () => [made++]);
  assert.deepEqual([rows.length, total, made], [MOST_ROWS, MOST_ROWS + 5, MOST_ROWS]);
});

Deno.test("numbers stand to the right, and titles are written as in a sentence", () => {
  const columns = [
    "Account",
    "ID",
    "Instances",
    { title: "Share", align: "right" } as const,
    "Seen",
  ];
  const at = new Date("2026-11-17T12:00:00Z");
  assert.deepEqual(
    section({
      columns,
      rows: [["prod", "1", 1_312, "98.4 %", { at }], ["data", "2", null, "-", ["a", "b"]]],
    }),
    [
      "  account   ID   instances    share   seen",
      "  prod      1        1,312   98.4 %   3 days ago",
      "  data      2            -        -   a, b",
    ],
  );
});

Deno.test("a column that stands on the page alone is not in the terminal", () => {
  const columns = [
    "Account",
    { title: "ID", on: "page" } as const,
    { title: "note", on: "terminal" } as const,
  ];
  assert.deepEqual(section({ columns, rows: [["prod", "1", "new"]] }), [
    "  account   note",
    "  prod      new",
  ]);
});

Deno.test("a last column of text is wrapped in its place, where there is room", () => {
  const table = {
    columns: ["Policy", "Why"],
    rows: [["app", "it was not used by anybody for ninety days"]],
  };
  assert.deepEqual(narrow(44, table), [
    "  policy   why",
    "  app      it was not used by anybody for",
    "           ninety days",
  ]);
});

Deno.test("columns that do not fit move below their row, and those that say nothing are left out", () => {
  const columns = ["Name", "By", { title: "Loses", align: "right" } as const, ""];
  assert.deepEqual(narrow(24, { columns, rows: [["a".repeat(20), "-", 7, "b"]] }), [
    "  name",
    `  ${"a".repeat(20)}`,
    "      loses 7   b",
  ]);
});

Deno.test("a column that just fits stays", () => {
  const columns = ["Account", "Instances", "Note"];
  const table = { columns, rows: [["prod", 312, "n".repeat(5)]] };
  assert.equal(narrow(29, table).length, 2);
  assert.equal(narrow(28, table).length, 3);
});

Deno.test("a table without titles has no line for them, and one without rows is none", () => {
  assert.deepEqual(section({ columns: ["", ""], rows: [["a", "b"], ["ccc"]] }), [
    "  a     b",
    "  ccc",
  ]);
  assert.deepEqual(section({ columns: ["Account", "ID"], rows: [] }), [""]);
});

Deno.test("no ID of a table is ever cut, and no line is wider than the terminal", () => {
  const id = fc.stringMatching(/^i-[0-9a-f]{8}$/);
  const why = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 6 })
    .map((all) => all.join(" "));
  const tables = fc.array(fc.tuple(id, fc.nat(), why, id), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(tables, fc.integer({ min: 20, max: 90 }), (rows, width) => {
      const text = told([[{ columns: ["ID", "n", "why", "by"], rows }]], { width });
      assert.deepEqual(text.split("\n").filter((line) => textWidth(line) > width), []);
      for (const cell of rows.flatMap(([first, count, , last]) => [first, `${count}`, last])) {
        assert.ok(text.replaceAll(",", "").split(/\s+/).includes(cell), `${cell} is cut`);
      }
    }),
    FIXED,
  );
});

Deno.test("a command is never broken, and stands two spaces in", () => {
  const command = "groundskeeper audit apply --plan out/audit-plan.json";
  assert.deepEqual(narrow(30, { next: "Nothing was changed. To do exactly this:", command }), [
    "Nothing was changed. To do",
    "exactly this:",
    `  ${command}`,
  ]);
});

Deno.test("a diff is broken under its own indentation, and what is left out is said", () => {
  const lines = Array.from({ length: 123 }, () => ({ sign: "+" as const, text: "x" }));
  assert.deepEqual(narrow(20, { diff: [{ sign: "-", text: '    "a" b c d e f' }, null] }), [
    '  -     "a" b c d e',
    "  -     f",
    "  ...",
  ]);
  assert.equal(section({ diff: lines }).at(-1), "  and 3 lines more; --json has them all");
});

Deno.test("only what would be destroyed is red, a refusal and a name are bold", () => {
  const text: Text = [[
    { heading: ["web", "prod"] },
    { tone: "refused", text: "Refused" },
    { quiet: "stamped" },
    {
      items: [{ name: "a", tone: "destroy", blocks: ["why"] }, {
        name: ["b", "c"],
        tone: "strong",
      }],
    },
    {
      columns: ["", ""],
      rows: [{ cells: ["d"], tone: "destroy" }, { cells: ["e"], tone: "unproven" }],
    },
    { diff: [{ sign: "-", text: "f" }, { sign: "+", text: "g" }] },
  ]];
  const codes = { 31: "R<", 1: "B<", 2: "D<", 22: ">", 39: ">" };
  const marked = Object.entries(codes).reduce(
    (said, [code, sign]) => said.replaceAll(`\u001b[${code}m`, sign),
    told(text, { color: true }),
  );
  assert.equal(
    marked,
    "B<web>   prod\nB<Refused>\nD<stamped>\nR<  a>\n    why\n  B<b>   c\nR<  d>\n  e\nR<  - f>\n  + g\n",
  );
  assert.equal(marked.replaceAll(/[RBD]<|>/g, ""), told(text));
});
