import assert from "assert";
import { join } from "node:path";
import { fileSink } from "../../../reports/files/file_sink.ts";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import { denoDisk } from "../../../runners/adapters/disk/deno_disk.ts";
import { EXIT, GroundskeeperError } from "../../../runners/core/errors.ts";
import { sampleRecord as record } from "../sample_record.ts";

const store = new MemoryStore();
const options = { disk: denoDisk, toolVersion: "0.1.0" };
const names = ["jsonl", "csv", "html", "json"].map((type) => `audit-${record.runId}.${type}`);
const all = [...names, "index.html", "runs"].sort();

async function inTemporary(test: (directory: string) => Promise<void>) {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const list = (directory: string) =>
  Array.from(Deno.readDirSync(directory), (entry) => entry.name).sort();
const readAll = (paths: readonly string[]) => paths.map((path) => Deno.readTextFileSync(path));

Deno.test("a run is four files and a row of the index in a directory that the sink makes", () =>
  inTemporary(async (parent) => {
    const directory = join(parent, "deep", "out");
    const paths = await fileSink(directory, options).publish(record, store);
    assert.deepEqual(paths, [...names, "index.html"].map((name) => join(directory, name)));
    assert.deepEqual(list(directory), all);
    const [lines, sheet, page, document, index] = readAll(paths);
    assert.equal(
      lines,
      '{"_id":"1","_index":"aws-audits-2026.11.01","doc_type":"aws_tag_audit"}\n',
    );
    assert.equal(sheet, "\uFEFFaccount\r\nprod\r\n");
    assert.match(page!, /^<!doctype html>[^]*<\/html>\n$/);
    assert.deepEqual(JSON.parse(document!), JSON.parse(JSON.stringify(record.run)));
    assert.match(index!, new RegExp(`<tr id="audit-${record.runId}"><td><a href="${names[2]}">`));
  }));

Deno.test("publishing again changes no byte and leaves no other file", () =>
  inTemporary(async (directory) => {
    const sink = fileSink(directory, options);
    const first = readAll(await sink.publish(record, store));
    const second = readAll(await sink.publish(record, store));
    assert.deepEqual(second, first);
    assert.deepEqual(list(directory), all);
  }));

Deno.test("two runs at once do not get in each other's way", () =>
  inTemporary(async (directory) => {
    const sink = fileSink(directory, options);
    await Promise.all([sink.publish(record, store), sink.publish(record, store)]);
    assert.deepEqual(list(directory), all);
  }));

Deno.test("where one file of a run cannot be written, none of it is", () =>
  inTemporary(async (directory) => {
    await Deno.mkdir(join(directory, names[2]!));
    await assert.rejects(fileSink(directory, options).publish(record, store), GroundskeeperError);
    assert.deepEqual(list(directory), [names[2]]);
  }));

Deno.test("where the index alone cannot be written, the run's files are there and are named", () =>
  inTemporary(async (directory) => {
    await Deno.mkdir(join(directory, "index.html"));
    const paths = names.map((name) => join(directory, name));
    await assert.rejects(fileSink(directory, options).publish(record, store), {
      code: "report",
      exitCode: EXIT.partly,
      message: `Cannot write the index of the runs in "${directory}" ` +
        `(${paths.join(", ")} are written): ` +
        "it is a directory. Name a file, or name another directory with reports.directory",
    });
    assert.deepEqual(list(directory), all);
    assert.match(Deno.readTextFileSync(paths[2]!), /<\/html>\n$/);
  }));

Deno.test("a directory that is a file is named, with what to do", () =>
  inTemporary(async (parent) => {
    const directory = join(parent, "out");
    await Deno.writeTextFile(directory, "");
    await assert.rejects(fileSink(directory, options).publish(record, store), {
      code: "report",
      exitCode: EXIT.partly,
      message: `Cannot write the report audit-${record.runId} to "${directory}": ` +
        "a file is in the place of a directory. Move it away, " +
        "or name another directory with reports.directory",
    });
  }));

Deno.test({
  name: "Deno's permission for the directory is enough",
  permissions: { read: ["./out-of-a-test"], write: ["./out-of-a-test"] },
  async fn() {
    try {
      const paths = await fileSink("out-of-a-test", options).publish(record, store);
      assert.equal(paths.length, 5);
    } finally {
      await Deno.remove("out-of-a-test", { recursive: true });
    }
  },
});

Deno.test({
  name: "a permission that Deno was not given is named, with the flags",
  permissions: { read: false, write: false },
  async fn() {
    await assert.rejects(fileSink("out", options).publish(record, store), {
      message: `Cannot write the report audit-${record.runId} to "out": ` +
        "Deno was not given it. Add --allow-read=out --allow-write=out, " +
        "or name another directory with reports.directory",
    });
  },
});

for (const runId of ["../evil", "a/b", "", ".hidden", "a\0b", "x".repeat(200)]) {
  Deno.test(`a run named ${JSON.stringify(runId.slice(0, 20))} never leaves the directory`, () =>
    inTemporary(async (directory) => {
      const sink = fileSink(join(directory, "out"), options);
      await assert.rejects(
        sink.publish({ ...record, runId }, store),
        /Cannot name a report after the run/,
      );
      assert.deepEqual(list(directory), []);
    }));
}
