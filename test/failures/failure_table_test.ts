import assert from "assert";
import type { TestName } from "./failure_row.ts";
import { failurePage, FAILURES, PAGE } from "./failure_table.ts";

const TESTS = new URL("../", import.meta.url);

/** How many rows each list must have: one that is taken out is missed. */
const ROWS: Readonly<Record<string, number>> = {
  "What happened to operators": 25,
  "What py-awsaudit does": 13,
  "What comparable tools do": 16,
  "What Repokid and Aardvark do": 32,
  "What broke when others tried it": 34,
};

/** Whether a file has a test of this name, spelled out or put together from parts that it has. */
function hasTest(source: string, name: string): boolean {
  const literals = source.matchAll(
    /\b(?:Deno\.test|\w+Test|onSmallDisk)(?:<[^"`;]*>)?\(\s*(?:\{\s*name:\s*)?(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g,
  );
  for (const [, plain, template] of literals) {
    if (plain !== undefined && JSON.parse(`"${plain}"`) === name) return true;
    if (template === undefined) continue;
    const parts = template.split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/);
    const found = new RegExp(`^${parts.map((part) => RegExp.escape(part)).join("(.+?)")}$`).exec(
      name,
    );
    if (found && found.slice(1).every((part) => source.includes(part))) return true;
  }
  return false;
}

/** Whether a list of cases, which is no test file itself, has one of this name. */
function hasCase(source: string, name: string): boolean {
  return [...source.matchAll(/\b(?:name|title): "((?:[^"\\]|\\.)*)"/g)]
    .some(([, found]) => JSON.parse(`"${found}"`) === name);
}

function isThere([file, name]: TestName): boolean {
  const source = Deno.readTextFileSync(new URL(file, TESTS));
  if (file.endsWith(".json")) {
    const { name: own, about } = JSON.parse(source) as { name?: string; about?: string };
    return (own ?? about) === name;
  }
  return file.endsWith("_test.ts") ? hasTest(source, name) : hasCase(source, name);
}

for (const { title, rows } of FAILURES) {
  Deno.test(`every failure of "${title}" names a test that there is, or says why there is none`, () => {
    for (const { what, answer, tests, without } of rows) {
      assert.ok(tests.length > 0 || without !== undefined, what);
      assert.ok(tests.length === 0 || answer !== "", what);
      for (const test of tests) assert.ok(isThere(test), `${test.join(": ")}\nof: ${what}`);
    }
  });
}

Deno.test("no failure is missing, and none is told twice", () => {
  assert.deepEqual(
    Object.fromEntries(FAILURES.map(({ title, rows }) => [title, rows.length])),
    ROWS,
  );
  const told = FAILURES.flatMap(({ rows }) => rows.map(({ what }) => what));
  assert.equal(new Set(told).size, told.length);
});

Deno.test("the page says what the lists say", async () => {
  assert.equal(Deno.readTextFileSync(PAGE), await failurePage(FAILURES));
});

Deno.test("a test that is not there is found missing", () => {
  const source = 'Deno.test("one thing", () => {});\nfor (const what of ["a"]) ' +
    "Deno.test(`a ${what} of ${other({ x: 1 })} things`, () => {});";
  assert.equal(hasTest(source, "one thing"), true);
  assert.equal(hasTest(source, "one thin"), false);
  assert.equal(hasTest(source, "a a of other things"), true);
  assert.equal(hasTest(source, "a b-not-there of other things"), false);
  assert.equal(hasTest('repoTest("of a scene", work)', "of a scene"), true);
  assert.equal(hasCase('{ title: "of a list" }', "of a list"), true);
  assert.equal(hasCase('{ title: "of a list" }', "of another"), false);
});
