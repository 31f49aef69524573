import assert from "assert";
import { readListFile } from "../../../../runners/core/config/list_file.ts";

/** What is read of a file with this name and content. */
async function readOf(name: string, content: string | Uint8Array) {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/${name}`;
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  const read = await readListFile(path);
  await Deno.remove(folder, { recursive: true });
  return read;
}

const right: readonly [string, string, string[]][] = [
  ["teams.txt", "web\ndata\n", ["web", "data"]],
  ["teams.txt", "\ufeffweb\r\n\r\n# of last year\r\n  data  \r\nweb", ["web", "data"]],
  ["teams.txt", '["web"]', ['["web"]']],
  ["teams", "Café", ["Café"]],
  ["teams.json", '["web", " data ", "# 1", "web", ""]', ["web", "data", "# 1"]],
];
for (const [name, content, values] of right) {
  Deno.test(`the list ${name} with ${JSON.stringify(content)} is ${values.join("|")}`, async () => {
    assert.deepEqual(await readOf(name, content), { values });
  });
}

const wrong: readonly [string, string, string | Uint8Array, string][] = [
  ["without a line", "teams.txt", "", "empty"],
  ["with comments only", "teams.txt", "# none\n\n", "empty"],
  ["with an empty list", "teams.json", "[]", "empty"],
  ["with blank strings only", "teams.json", '[" "]', "empty"],
  ["that is cut short", "teams.json", '["web", "da', "unreadable"],
  ["of objects", "teams.json", '[{"name": "web"}]', "unreadable"],
  ["with one number", "teams.json", '["web", 7]', "unreadable"],
  ["that is an object", "teams.json", '{"web": 1}', "unreadable"],
  ["that is no UTF-8", "teams.txt", new Uint8Array([0x77, 0xff, 0xfe]), "unreadable"],
];
for (const [what, name, content, reason] of wrong) {
  Deno.test(`the list ${name} ${what} is ${reason}, and never a shorter list`, async () => {
    const read = await readOf(name, content);
    assert.equal("reason" in read && read.reason, reason);
  });
}

Deno.test("a list that is not there is missing, and a folder cannot be read", async () => {
  const folder = await Deno.makeTempDir();
  const missing = await readListFile(`${folder}/teams.txt`);
  assert.deepEqual(missing, { reason: "missing", detail: "there is no such file" });
  const read = await readListFile(folder);
  assert.equal("reason" in read && read.reason, "unreadable");
  await Deno.remove(folder);
});
