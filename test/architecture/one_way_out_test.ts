import assert from "assert";
import { filesBelow, ROOT } from "./module_graph.ts";

/** The ways out of the program, with the files that may use them. Reading is free. */
const WAYS: readonly {
  readonly what: string;
  readonly uses: RegExp;
  readonly may: readonly string[];
}[] = [
  {
    what: "the disk",
    uses: new RegExp(
      "Deno\\.(writeTextFile|writeFile|open|create|mkdir|rename|link|symlink|remove|truncate|" +
        "copyFile|makeTemp\\w+|chmod|chown|utime)(Sync)?\\b|node:fs\\b",
      "g",
    ),
    // SQLite writes its file by itself; that one must be there before it does.
    may: ["runners/adapters/disk/deno_disk.ts", "runners/adapters/sqlite/file.ts"],
  },
  {
    what: "stdout and stderr",
    uses: /Deno\.(stdout|stderr)\b|\bconsole\.|\b(prompt|confirm|alert)\(["'`]/g,
    may: ["runners/shell/deno_host.ts"],
  },
];

/** The uses in code: an example in a comment runs in a test. */
function usesIn(text: string, uses: RegExp): string[] {
  return [...text.replaceAll(/^ *\/?\*.*$/gm, "").matchAll(uses)].map(([use]) => use);
}

for (const { what, uses, may } of WAYS) {
  Deno.test(`what the program writes to ${what} goes through one place`, async () => {
    const files = (await Promise.all(["runners", "reports"].map(filesBelow))).flat();
    const used = await Promise.all(
      files.map(async (path) => [path, usesIn(await Deno.readTextFile(`${ROOT}${path}`), uses)]),
    );
    assert.deepEqual(
      used.filter(([path, found]) => found!.length > 0 && !may.includes(`${path}`)),
      [],
    );
    for (const path of may) {
      assert.ok(used.some(([one, found]) => one === path && found!.length > 0));
    }
  });
}

Deno.test("a file that writes by itself is found", () => {
  const [disk, output] = WAYS.map(({ uses }) => uses) as [RegExp, RegExp];
  for (const text of ["await Deno.writeTextFile(path)", "Deno.openSync(p)", 'from "node:fs"']) {
    assert.equal(usesIn(text, disk).length, 1, text);
  }
  for (const text of ["console.log(1)", "Deno.stderr.writeSync(b)", 'prompt("Sure?")']) {
    assert.equal(usesIn(text, output).length, 1, text);
  }
  assert.deepEqual(usesIn("/**\n * console.log(plan)\n */\n", output), []);
  assert.deepEqual(usesIn("await Deno.readTextFile(path); Deno.stat(path)", disk), []);
});
