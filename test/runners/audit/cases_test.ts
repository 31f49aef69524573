import assert from "assert";
import { readCase, saidOf } from "./case_file.ts";

const folder = new URL("../../cases/audit/", import.meta.url);

const files = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => name.endsWith(".json")).sort();

for (const file of files) {
  const { name, planning, expect } = readCase(Deno.readTextFileSync(new URL(file, folder)));
  Deno.test(`audit case ${file}: ${name}`, () => {
    const { next, ...said } = saidOf(planning);
    assert.deepEqual(expect.next === undefined ? said : { ...said, next }, expect);
  });
}

Deno.test("the audit's cases are there", () => assert.ok(files.length >= 60, `${files.length}`));
