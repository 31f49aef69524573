import assert from "assert";
import { sheetCsv } from "../../../reports/files/sheet_csv.ts";

const BOM = "\uFEFF";

/** A cell, and how it stands in the file. */
const CASES: readonly (readonly [cell: string | number | null, written: string])[] = [
  // Formulas
  ["=1+1", "'=1+1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
  ["+1", "'+1"],
  ["-1+1", "'-1+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t'=1"],
  ["\r=1", `"'\r'=1"`],
  ["\n=1", `"\n'=1"`],
  ["＝1", "'＝1"],
  ["＋1", "'＋1"],
  ["－1", "'－1"],
  ["＠x", "'＠x"],
  ["﹦1", "'﹦1"],
  ["﹢1", "'﹢1"],
  ["﹣1", "'﹣1"],
  ["﹫x", "'﹫x"],
  ["  =1", "  '=1"],
  ["\u00A0=1", "\u00A0'=1"],
  ["\u200B=1", "\u200B'=1"],
  ["\0=1", "\ufffd=1"],
  // A cell inside a cell, for those whose separator is another one
  ["a;=1+1", "a;'=1+1"],
  ["a; @x", "a; '@x"],
  ['a;"=1+1', `"a;""'=1+1"`],
  ["a\t=1", "a\t'=1"],
  ["a\n-1", `"a\n'-1"`],
  // What is none
  ["a=b", "a=b"],
  ["a-b;c", "a-b;c"],
  ["2026-11-20", "2026-11-20"],
  ["'=1", "'=1"],
  ["012345678901", "012345678901"],
  // Numbers
  [-5, "-5"],
  [-0.25, "-0.25"],
  [1e21, "1e+21"],
  [1234567, "1234567"],
  [0, "0"],
  // Text
  [null, ""],
  ["", ""],
  ["a,b", '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ["two\nlines", '"two\nlines"'],
  ["two\r\nlines", '"two\r\nlines"'],
  ["Müller 東京", "Müller 東京"],
];

for (const [cell, written] of CASES) {
  Deno.test(`a cell ${JSON.stringify(cell)} is written ${JSON.stringify(written)}`, () => {
    const sheet = { columns: ["a", "b"], rows: [[cell, "end"]] };
    assert.equal(sheetCsv(sheet), `${BOM}a,b\r\n${written},end\r\n`);
  });
}

Deno.test("a heading is no formula either", () => {
  assert.equal(sheetCsv({ columns: ["=1", "b"], rows: [] }), `${BOM}'=1,b\r\n`);
});

Deno.test("a cell with a long run of what nobody sees is written in one look", () => {
  const run = "\n".repeat(200_000);
  const sheet = { columns: ["a"], rows: [[`${run}x`], [`x${run}=1`]] };
  assert.equal(sheetCsv(sheet), `${BOM}a\r\n"${run}x"\r\n"x${run}'=1"\r\n`);
});
