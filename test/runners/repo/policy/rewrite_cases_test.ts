import assert from "assert";
import { outcomeOf, rewriteCase } from "./rewrite_case.ts";

const FOLDER = new URL("../../../cases/repo/rewrite/", import.meta.url);
const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
  .filter((name) => name.endsWith(".json")).sort();

Deno.test("the cases are there", () => assert.ok(files.length >= 40, `${files.length} cases`));

for (const file of files) {
  const text = Deno.readTextFileSync(new URL(file, FOLDER));
  const { expect, ...one } = rewriteCase.parse(JSON.parse(text));
  Deno.test(`${file.replace(".json", "").replaceAll("_", " ")}: ${one.about}`, () => {
    assert.deepEqual(outcomeOf(one), expect);
  });
}
