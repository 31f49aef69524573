import assert from "assert";
import { decideCase } from "./case_file.ts";

const folder = new URL("../../../cases/repo/decide/", import.meta.url);

const files = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => name.endsWith(".json")).sort();

for (const file of files) {
  const { name, said, expect } = decideCase(Deno.readTextFileSync(new URL(file, folder)));
  Deno.test(`decision case ${file}: ${name}`, () => assert.deepEqual(said, expect));
}

Deno.test("the cases of decisions are there", () =>
  assert.ok(files.length >= 30, `${files.length}`));
