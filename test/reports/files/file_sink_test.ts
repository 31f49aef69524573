import assert from "assert";
import { join } from "node:path";
import { fileFault } from "../../../reports/files/file_fault.ts";
import { fileSink } from "../../../reports/files/file_sink.ts";
import { writeWholeFiles } from "../../../reports/files/whole_files.ts";
import { EXIT, GroundskeeperError } from "../../../runners/core/errors.ts";
import type { RunRecord } from "../../../runners/core/report/sink.ts";
import { sampleOptions, samplePage } from "../sample_page.ts";

const record: RunRecord = {
  ...sampleOptions,
  documents: [{ id: "1", type: "aws_tag_audit", body: { doc_type: "aws_tag_audit" } }],
  sheet: { columns: ["account"], rows: [["prod"]] },
  page: samplePage,
};
const toolVersion = "0.1.0";
const names = ["jsonl", "csv", "html"].map((type) => `audit-${record.runId}.${type}`);

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

Deno.test("a run is three files in a directory that the sink makes", () =>
  inTemporary(async (parent) => {
    const directory = join(parent, "deep", "out");
    const paths = await fileSink(directory, { toolVersion }).publish(record);
    assert.deepEqual(paths, names.map((name) => join(directory, name)));
    assert.deepEqual(list(directory), [...names].sort());
    const [lines, sheet, page] = readAll(paths);
    assert.equal(lines, '{"_id":"1","doc_type":"aws_tag_audit"}\n');
    assert.equal(sheet, "\uFEFFaccount\r\nprod\r\n");
    assert.match(page!, /^<!doctype html>[^]*<\/html>\n$/);
  }));

Deno.test("publishing again changes no byte and leaves no other file", () =>
  inTemporary(async (directory) => {
    const sink = fileSink(directory, { toolVersion });
    const first = readAll(await sink.publish(record));
    const second = readAll(await sink.publish(record));
    assert.deepEqual(second, first);
    assert.deepEqual(list(directory), [...names].sort());
  }));

Deno.test("two runs at once do not get in each other's way", () =>
  inTemporary(async (directory) => {
    const sink = fileSink(directory, { toolVersion });
    await Promise.all([sink.publish(record), sink.publish(record)]);
    assert.deepEqual(list(directory), [...names].sort());
  }));

Deno.test("a failure leaves the earlier files whole and no temporary one", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "a.txt");
    await writeWholeFiles(new Map([[path, "earlier"]]));
    const impossible = join(directory, "missing", "b.txt");
    await assert.rejects(
      writeWholeFiles(new Map([[path, "later"], [impossible, "later"]])),
      Deno.errors.NotFound,
    );
    assert.equal(await Deno.readTextFile(path), "earlier");
    assert.deepEqual(list(directory), ["a.txt"]);
  }));

Deno.test("a rename that fails leaves no temporary file", () =>
  inTemporary(async (directory) => {
    await Deno.mkdir(join(directory, names[2]!));
    await assert.rejects(fileSink(directory, { toolVersion }).publish(record), GroundskeeperError);
    assert.deepEqual(list(directory), [...names].sort());
  }));

Deno.test("a directory that is a file is named, with what to do", () =>
  inTemporary(async (parent) => {
    const directory = join(parent, "out");
    await Deno.writeTextFile(directory, "");
    await assert.rejects(fileSink(directory, { toolVersion }).publish(record), {
      code: "report",
      exitCode: EXIT.partly,
      message: `Cannot write the report audit-${record.runId} to "${directory}": ` +
        "it is a file, not a directory. Move it away, " +
        "or name another directory with reports.directory",
    });
  }));

Deno.test({
  name: "Deno's permission for the directory is enough",
  permissions: { read: ["./out-of-a-test"], write: ["./out-of-a-test"] },
  async fn() {
    try {
      const paths = await fileSink("out-of-a-test", { toolVersion }).publish(record);
      assert.equal(paths.length, 3);
    } finally {
      await Deno.remove("out-of-a-test", { recursive: true });
    }
  },
});

Deno.test({
  name: "a permission that Deno was not given is named, with the flags",
  permissions: { read: false, write: false },
  async fn() {
    await assert.rejects(fileSink("out", { toolVersion }).publish(record), {
      message: `Cannot write the report audit-${record.runId} to "out": ` +
        "Deno was not given it. Add --allow-read=out --allow-write=out, " +
        "or name another directory with reports.directory",
    });
  },
});

const FAULTS: readonly (readonly [code: string, said: RegExp])[] = [
  ["ENOSPC", /^the disk is full\. Make room, or name another directory/],
  ["EDQUOT", /^the disk quota is used up\. Make room,/],
  ["EACCES", /^permission denied\. Let this user write to it,/],
  ["EROFS", /^the file system is read-only\. Mount it for writing,/],
  ["ENOTDIR", /^it is a file, not a directory\. Move it away,/],
  ["EIO", /^input\/output error\. Make it a directory that this user can write,/],
];
for (const [code, said] of FAULTS) {
  Deno.test(`${code} is told in words, with what to do`, () => {
    assert.match(fileFault(Object.assign(new Error("input/output error"), { code }), "out"), said);
  });
}

for (const runId of ["../evil", "a/b", "", ".hidden", "a\0b", "x".repeat(200)]) {
  Deno.test(`a run named ${JSON.stringify(runId.slice(0, 20))} never leaves the directory`, () =>
    inTemporary(async (directory) => {
      const sink = fileSink(join(directory, "out"), { toolVersion });
      await assert.rejects(
        sink.publish({ ...record, runId }),
        /Cannot name a report after the run/,
      );
      assert.deepEqual(list(directory), []);
    }));
}
