import assert from "assert";
import { digestOf } from "../../../../runners/core/plan/document.ts";
import { readDocumentFile, writeDocumentFile } from "../../../../runners/core/run/document_file.ts";

const SCHEMA = "groundskeeper.plan/1";
const body = { schema: SCHEMA, changes: [{ id: "a" }, { id: "b" }], note: "ä" };
const whole = { ...body, digest: digestOf(body) };

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const text = JSON.stringify(whole, null, 2);
const unusable: readonly { title: string; text: string; says: string }[] = [
  ...[0, 1, 40, text.length - 1].map((length) => ({
    title: `was cut short after ${length} of ${text.length} characters`,
    text: text.slice(0, length),
    says: "it is not whole (",
  })),
  {
    title: "was edited",
    text: text.replace('"a"', '"c"'),
    says: "it was edited after it was written. Make a new one",
  },
  {
    title: "lacks a part",
    text: JSON.stringify({ ...whole, changes: [] }),
    says: "it was edited after it was written. Make a new one",
  },
  {
    title: "has no digest",
    text: JSON.stringify(body),
    says: "it was edited after it was written. Make a new one",
  },
  {
    title: "has another schema",
    text: JSON.stringify({ ...whole, schema: "groundskeeper.plan/2" }),
    says: `its schema is "groundskeeper.plan/2", and this version reads "${SCHEMA}"`,
  },
  {
    title: "has no schema",
    text: "{}",
    says: `its schema is undefined, and this version reads "${SCHEMA}"`,
  },
  { title: "holds a list", text: "[1]", says: "it holds no document" },
  { title: "holds null", text: "null", says: "it holds no document" },
];

for (const { title, text, says } of unusable) {
  Deno.test(`a document is not used that ${title}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/plan.json`;
      await Deno.writeTextFile(path, text);
      await assert.rejects(readDocumentFile(path, "plan", SCHEMA), (error: Error) => {
        assert.equal(error.name, "UsageError");
        const start = `Cannot use the plan "${path}": ${says}`;
        assert.equal(error.message.slice(0, start.length), start);
        return true;
      });
    }));
}

Deno.test("a document that is missing is told as missing", () =>
  inFolder(async (folder) => {
    await assert.rejects(readDocumentFile(`${folder}/plan.json`, "plan", SCHEMA), {
      name: "UsageError",
      message: `Cannot read the plan "${folder}/plan.json": there is no such file`,
    });
  }));

Deno.test("a document that cannot be read is told with its cause", () =>
  inFolder(async (folder) => {
    await assert.rejects(readDocumentFile(folder, "plan", SCHEMA), (error: Error) => {
      assert.match(error.message, /^Cannot read the plan ".*": .*directory/i);
      assert.ok(error.cause instanceof Error);
      return true;
    });
  }));

Deno.test("what was written is read back equal, and other spacing is no edit", () =>
  inFolder(async (folder) => {
    const path = `${folder}/deep/down/plan.json`;
    await writeDocumentFile(path, whole);
    assert.deepEqual(await readDocumentFile(path, "plan", SCHEMA), whole);
    await Deno.writeTextFile(path, JSON.stringify(whole));
    assert.deepEqual(await readDocumentFile(path, "plan", SCHEMA), whole);
  }));

Deno.test("a document is written for its person alone, indented, with a last line end", () =>
  inFolder(async (folder) => {
    const path = `${folder}/plan.json`;
    await writeDocumentFile(path, whole);
    assert.equal(await Deno.readTextFile(path), text + "\n");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  }));

Deno.test("a write that fails leaves the old file and nothing beside it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/plan.json`;
    await writeDocumentFile(path, whole);
    await assert.rejects(writeDocumentFile(`${path}/below.json`, whole), {
      name: "UsageError",
      message: new RegExp(`^Cannot write "${path}/below.json": `),
    });
    assert.deepEqual(await readDocumentFile(path, "plan", SCHEMA), whole);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["plan.json"]);
  }));

Deno.test("a file that cannot be put in its place leaves no temporary one", () =>
  inFolder(async (folder) => {
    const path = `${folder}/plan.json`;
    await Deno.mkdir(`${path}/taken`, { recursive: true });
    await assert.rejects(writeDocumentFile(path, whole), { name: "UsageError" });
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["plan.json"]);
  }));
