import assert from "assert";
import fc from "fast-check";
import { denoDisk } from "../../../../runners/adapters/disk/deno_disk.ts";
import type { Disk, OpenFile } from "../../../../runners/core/files/disk.ts";
import { FileError } from "../../../../runners/core/files/file_error.ts";
import { type NewFile, writeFiles } from "../../../../runners/core/files/write_files.ts";
import { FIXED, propertyTest } from "../properties.ts";
import { CODES, type DiskFault, faultyDisk, toDisk } from "./faulty_disk.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-files-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All files below a folder with what is in them. */
function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(Deno.readDirSync(folder)).sort((a, b) => a.name < b.name ? -1 : 1)
      .flatMap(({ name, isDirectory }) =>
        isDirectory
          ? Object.entries(contentsOf(`${folder}/${name}`))
            .map(([path, text]): [string, string] => [`${name}/${path}`, text])
          : [[name, Deno.readTextFileSync(`${folder}/${name}`)] as [string, string]]
      ),
  );
}

const faults: fc.Arbitrary<DiskFault> = fc.record({
  at: fc.nat({ max: 16 }),
  what: fc.constantFrom(...CODES, "short", "nothing"),
  lasts: fc.boolean(),
});

propertyTest<typeof writeFiles>(
  "whatever fails, every name has its earlier or its new text, whole, and nothing else is there",
  writeFiles,
  (write) =>
    fc.assert(
      fc.asyncProperty(faults, fc.boolean(), async (fault, earlier) => {
        await inFolder(async (folder) => {
          const names = ["plan.json", "diffs/a.diff", "diffs/b.diff"];
          if (earlier) await toDisk(names.map((n) => ({ path: `${folder}/${n}`, text: "old" })));
          const files = names.map((name) => ({
            path: `${folder}/${name}`,
            text: ["new ", `text of ${name}`],
          }));
          const { disk, asked } = faultyDisk(fault);
          let told: unknown;
          await write(disk, files).catch((error: unknown) => told = error);
          const found = contentsOf(folder);
          const fresh = names.filter((name) => found[name] === `new text of ${name}`);
          const others = names.filter((name) => !fresh.includes(name));
          assert.deepEqual(
            Object.fromEntries(others.map((name) => [name, found[name]])),
            Object.fromEntries(others.map((name) => [name, earlier ? "old" : undefined])),
          );
          assert.deepEqual(Object.keys(found).filter((name) => !names.includes(name)), []);
          assert.ok(told === undefined || told instanceof FileError, String(told));
          if (told === undefined) assert.equal(fresh.length, names.length, "named, and not there");
          // Before the first rename nothing that was there may be touched.
          else if (!asked.slice(0, -1).includes("rename")) assert.deepEqual(fresh, []);
          // What is not synced when it gets its name may be empty after a power cut.
          const named = asked.indexOf("rename");
          const synced = asked.slice(0, named).filter((one) => one === "sync").length;
          if (named >= 0) assert.equal(synced, names.length);
        });
      }),
      FIXED,
    ),
  {
    "takes a short write for a whole one": (disk, files) =>
      writeFiles(
        withFile(disk, (file) => ({
          ...file,
          write: async (bytes) => {
            await file.write(bytes);
            return bytes.length;
          },
        })),
        files,
      ),
    "does not sync": (disk, files) =>
      writeFiles(withFile(disk, (file) => ({ ...file, sync: () => Promise.resolve() })), files),
    "leaves its temporary files": (disk, files) =>
      writeFiles({ ...disk, remove: () => Promise.resolve() }, files),
    "writes in place": async (disk, files) => {
      for (const { path, text } of files) {
        await disk.makeFolder(path.slice(0, path.lastIndexOf("/")));
        if (await denoDisk.kindOf(path) !== null) await denoDisk.remove(path);
        await writeWhole(disk, path, [...text].join(""));
      }
    },
    "tells of no fault": (disk, files) => writeFiles(disk, files).catch(() => {}),
    "names each file as soon as it is written": async (disk, files) => {
      for (const file of files) await writeFiles(disk, [file]);
    },
    "throws what the system says": (disk, files) =>
      writeFiles(disk, files).catch((error: Error) => Promise.reject(error.cause)),
  },
);

function withFile(disk: Disk, change: (file: OpenFile) => OpenFile): Disk {
  return { ...disk, create: async (path, mode) => change(await disk.create(path, mode)) };
}

async function writeWhole(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.create(path, 0o600);
  try {
    await file.write(new TextEncoder().encode(text));
    await file.sync();
  } catch (error) {
    throw new FileError(path, path, error);
  } finally {
    file.close();
  }
}

const says: readonly (readonly [what: string, cause: Error | string, said: RegExp])[] = [
  ["a full disk", "ENOSPC", /^the disk is full\. Make room$/],
  ["a used-up quota", "EDQUOT", /^the disk quota is used up\. Make room$/],
  ["a missing right", "EACCES", /^permission denied\. Let this user write there$/],
  ["a read-only file system", "EROFS", /^the file system is read-only\. Mount it for writing$/],
  ["a directory of that name", "EISDIR", /^it is a directory\. Name a file$/],
  [
    "a file in the place of a folder",
    "ENOTDIR",
    /^a file is in the place of a directory\. Move it away$/,
  ],
  ["a name that is too long", "ENAMETOOLONG", /^its name is too long\. Name a shorter one$/],
  [
    "a fault that is not known",
    "E1",
    /^said by the system\. Name a file that this user can write$/,
  ],
  [
    "a permission that Deno was not given",
    new Deno.errors.NotCapable('Requires write access to "out"'),
    /^Deno was not given it\. Add --allow-read=out --allow-write=out$/,
  ],
  [
    "what Deno guards",
    new Deno.errors.NotCapable('Requires all access to "/dev/full"'),
    /^it belongs to the system\. Name another place$/,
  ],
];
for (const [what, cause, said] of says) {
  Deno.test(`${what} is told in words, with what to do`, () => {
    const error = typeof cause === "string"
      ? Object.assign(new Error("said by the system"), { code: cause })
      : cause;
    const told = new FileError("out/plan.json", "out", error);
    assert.match(told.fault, said);
    assert.equal(told.message, `Cannot write "out/plan.json": ${told.fault}`);
    assert.deepEqual([told.code, told.exitCode, told.cause], ["file", 3, error]);
  });
}

Deno.test("a file is for its person alone unless it says otherwise", () =>
  inFolder(async (folder) => {
    const files: NewFile[] = [{ path: `${folder}/a`, text: "" }, {
      path: `${folder}/b`,
      text: "",
      mode: 0o644,
    }];
    await toDisk(files);
    assert.deepEqual(files.map(({ path }) => Deno.statSync(path).mode! & 0o777), [0o600, 0o644]);
  }));

Deno.test("text of any length and in pieces is written whole", () =>
  inFolder(async (folder) => {
    const pieces = ["ä".repeat(70_000), "", ..."😀 and more ".repeat(3_000)];
    await toDisk([{ path: `${folder}/a`, text: pieces }]);
    assert.equal(Deno.readTextFileSync(`${folder}/a`), pieces.join(""));
  }));

Deno.test("a name may be as long as the file system lets it be", () =>
  inFolder(async (folder) => {
    await toDisk([{ path: `${folder}/${"n".repeat(255)}`, text: "text" }]);
    await assert.rejects(toDisk([{ path: `${folder}/${"n".repeat(256)}`, text: "" }]), {
      message: /: its name is too long\. Name a shorter one$/,
    });
    assert.equal(Object.keys(contentsOf(folder)).length, 1);
  }));

Deno.test("what is no file is never replaced by one", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/empty`);
    for (const [path, fault] of [[`${folder}/empty`, "directory"], ["/dev/null", "device"]]) {
      await assert.rejects(toDisk([{ path: path!, text: "text" }]), {
        name: "FileError",
        message: new RegExp(`: it is a ${fault}.*\\. Name a file$`),
      });
    }
    assert.ok(Deno.statSync("/dev/null").isCharDevice);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["empty"]);
  }));

Deno.test("a new file is never written over another one, and two who make it do not mix", () =>
  inFolder(async (folder) => {
    const path = `${folder}/groundskeeper.json`;
    const make = (text: string) => writeFiles(denoDisk, [{ path, text }], { replace: false });
    const ends = await Promise.allSettled([make("one"), make("two")]);
    assert.deepEqual(ends.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const [winner] = ["one", "two"].filter((_, index) => ends[index]!.status === "fulfilled");
    assert.deepEqual(contentsOf(folder), { "groundskeeper.json": winner });
  }));

Deno.test("that a name is taken is told apart from a folder that is a file", () =>
  inFolder(async (folder) => {
    await toDisk([{ path: `${folder}/file`, text: "text" }]);
    for (const [path, isTaken] of [["file", true], ["file/below", false]] as const) {
      const files = [{ path: `${folder}/${path}`, text: "new" }];
      await assert.rejects(writeFiles(denoDisk, files, { replace: false }), { isTaken });
    }
    assert.deepEqual(contentsOf(folder), { file: "text" });
  }));

Deno.test("a fault of the text itself is none of the file, and leaves nothing either", () =>
  inFolder(async (folder) => {
    const text = function* () {
      yield "a part";
      throw new TypeError("a defect");
    };
    await assert.rejects(toDisk([{ path: `${folder}/file`, text: text() }]), TypeError);
    assert.deepEqual(contentsOf(folder), {});
  }));
