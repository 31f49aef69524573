import assert from "assert";

/** Casts through `unknown` say that the type is wrong, or that a value is not checked. */
const CAST = /\bas unknown as\b/;

/** Each line of the program that casts, with the line above it. */
async function casts(): Promise<{ readonly place: string; readonly above: string }[]> {
  const found = [];
  for (const path of await sources(["runners", "reports"])) {
    const lines = (await Deno.readTextFile(path)).split("\n");
    for (const [index, line] of lines.entries()) {
      if (CAST.test(line)) found.push({ place: `${path}:${index + 1}`, above: lines[index - 1]! });
    }
  }
  return found;
}

async function sources(folders: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) files.push(...await sources([path]));
      else if (name.endsWith(".ts")) files.push(path);
    }
  }
  return files.sort();
}

Deno.test("values keep their types: fewer than 15 casts through unknown, each with its reason", async () => {
  const found = await casts();
  assert.deepEqual(found.filter(({ above }) => !/^\s*\/\/ /.test(above)), []);
  assert.ok(found.length < 15, found.map(({ place }) => place).join("\n"));
});
