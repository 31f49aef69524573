import assert from "assert";
import { digestOf } from "../../../../runners/core/plan/document.ts";
import { readDocumentFile } from "../../../../runners/core/run/document_file.ts";

const SCHEMA = "groundskeeper.plan/1";
const body = { schema: SCHEMA, changes: [{ id: "a" }, { id: "b" }], note: "ä" };
const whole = { ...body, digest: digestOf(body) };

async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
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
    says: "it is not complete (",
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
    says:
      `its schema is "groundskeeper.plan/2", and this version reads "${SCHEMA}". Make a new one`,
  },
  {
    title: "has no schema",
    text: "{}",
    says: `its schema is undefined, and this version reads "${SCHEMA}". Make a new one`,
  },
  { title: "holds a list", text: "[1]", says: "it holds no document" },
  { title: "holds null", text: "null", says: "it holds no document" },
];

for (const { title, text, says } of unusable) {
  Deno.test(`a document is not used that ${title}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/plan.json`;
      await Deno.writeTextFile(path, text);
      assert.throws(() => readDocumentFile(path, "plan", SCHEMA), (error: Error) => {
        assert.equal(error.name, "UsageError");
        const start = `Cannot use the plan "${path}": ${says}`;
        assert.equal(error.message.slice(0, start.length), start);
        return true;
      });
    }));
}

Deno.test("a document that is missing is told as missing", () =>
  inFolder((folder) => {
    assert.throws(() => readDocumentFile(`${folder}/plan.json`, "plan", SCHEMA), {
      name: "UsageError",
      message: `Cannot read the plan "${folder}/plan.json": there is no such file`,
    });
  }));

Deno.test("a document that cannot be read is told with its cause", () =>
  inFolder((folder) => {
    assert.throws(() => readDocumentFile(folder, "plan", SCHEMA), (error: Error) => {
      assert.match(error.message, /^Cannot read the plan ".*": .*directory/i);
      assert.ok(error.cause instanceof Error);
      return true;
    });
  }));

Deno.test("a document is read back equal, and other spacing is no edit", () =>
  inFolder(async (folder) => {
    const path = `${folder}/plan.json`;
    for (const indent of [0, 2]) {
      await Deno.writeTextFile(path, JSON.stringify(whole, null, indent));
      assert.deepEqual(readDocumentFile(path, "plan", SCHEMA), whole);
    }
  }));
