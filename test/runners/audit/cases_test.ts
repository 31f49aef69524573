import assert from "assert";
import { readCase, saidBy } from "./case_file.ts";
import { documentOf } from "./world.ts";

const folder = new URL("../../cases/audit/", import.meta.url);

const files = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => name.endsWith(".json")).sort();

for (const file of files) {
  const { name, planning, expect } = readCase(Deno.readTextFileSync(new URL(file, folder)));
  Deno.test(`audit case ${file}: ${name}`, () => {
    assert.deepEqual(saidBy(documentOf(planning)), expect);
  });
}

Deno.test("the audit's cases are there", () => assert.ok(files.length >= 60, `${files.length}`));
