import assert from "assert";
import { digestOf } from "../../../../runners/core/plan/document.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";
import { FileError } from "../../../../runners/core/files/file_error.ts";
import { loadSnapshot, saveSnapshot } from "../../../../runners/core/run/snapshot.ts";
import { toDisk } from "../files/faulty_disk.ts";
import { scriptedJob, World } from "./scripted_job.ts";

const TAKEN = new Date("2026-11-20T12:00:00.000Z");
const [A, B] = ["111111111111", "222222222222"] as const;
const job = scriptedJob(new World({}));

/** What an account is: one place with a dirty thing. */
const partOf = (id: string) => ({
  id,
  places: { [`${id}/east`]: { thing: "dirty" } },
  unproven: [],
  tripped: [],
});

interface Folder {
  readonly directory: string;
  /** Of the index, or of an account's part. */
  readonly path: (name: string) => string;
  readonly save: (...accounts: readonly string[]) => Promise<string>;
}

async function inFolder(work: (folder: Folder) => void | Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work({
      directory,
      path: (name) => `${directory}/scripted-snapshot${name === "index" ? "" : `/${name}`}.json`,
      save: (...accounts) =>
        saveSnapshot(toDisk, directory, "scripted", accounts.map(partOf), TAKEN),
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Changes a document as somebody does who knows of digests. */
function rewrite(path: string, change: (document: JsonObject) => JsonObject): void {
  const { digest: _old, ...body } = change(JSON.parse(Deno.readTextFileSync(path)));
  Deno.writeTextFileSync(path, JSON.stringify({ ...body, digest: digestOf(body) }));
}

/** Opens the snapshot and goes through its parts, as a plan does. */
function read(directory: string) {
  const { observed, takenAt } = loadSnapshot(directory, job);
  return { parts: [...observed], takenAt };
}

Deno.test("an observation is read back as it was stored, with its time", () =>
  inFolder(async ({ directory, path, save }) => {
    assert.equal(await save(B, A), path("index"));
    assert.deepEqual(read(directory), { parts: [partOf(A), partOf(B)], takenAt: TAKEN });
  }));

Deno.test("a snapshot of no account is read as that", () =>
  inFolder(async ({ directory, save }) => {
    await save();
    assert.deepEqual(read(directory).parts, []);
  }));

const OTHER =
  /^it was edited or cut short, or is of another snapshot than the index beside it\. Make a new one$/;

const DAMAGES: readonly {
  readonly title: string;
  readonly damage: (folder: Folder) => void | Promise<void>;
  /** The file that is told, and what of it. */
  readonly says: readonly [file: string, why: RegExp];
}[] = [
  {
    title: "whose index is missing",
    damage: ({ path }) => Deno.removeSync(path("index")),
    says: ["index", /^there is no such file$/],
  },
  {
    title: "whose index is cut short",
    damage: ({ path }) => Deno.truncateSync(path("index"), 90),
    says: ["index", /^it is not complete \(.+\)\. Make a new one$/],
  },
  {
    title: "whose index was edited",
    damage: ({ path }) => {
      const text = Deno.readTextFileSync(path("index"));
      Deno.writeTextFileSync(path("index"), text.replace(B, "333333333333"));
    },
    says: ["index", /^it was edited after it was written\. Make a new one$/],
  },
  {
    title: "whose index has no digest",
    damage: ({ path }) => {
      const { digest: _gone, ...index } = JSON.parse(Deno.readTextFileSync(path("index")));
      Deno.writeTextFileSync(path("index"), JSON.stringify(index));
    },
    says: ["index", /^it was edited after it was written\. Make a new one$/],
  },
  {
    title: "of another version",
    damage: ({ path }) =>
      rewrite(path("index"), (index) => ({ ...index, schema: "groundskeeper.snapshot/3" })),
    says: [
      "index",
      /^its schema is ".+\/3", and this version reads ".+\/2" or ".+\/1"\. Make a new one$/,
    ],
  },
  {
    title: "of another job, under this job's name",
    damage: ({ path }) => rewrite(path("index"), (index) => ({ ...index, job: "other" })),
    says: ["index", /^it is of the job "other"\. Make a new one$/],
  },
  {
    title: "that lists an account twice",
    damage: ({ path }) =>
      rewrite(path("index"), ({ parts, ...index }) => (
        { ...index, parts: [...parts as JsonObject[], ...parts as JsonObject[]] }
      )),
    says: ["index", /^it lists an account twice\. Make a new one$/],
  },
  {
    title: "that leads out of its folder",
    damage: ({ path }) =>
      rewrite(path("index"), (index) => (
        { ...index, parts: [{ account: "../../etc/passwd", digest: "" }] }
      )),
    says: ["index", /^parts\.0\.account .+\. Make a new one$/],
  },
  {
    title: "of which a part is missing",
    damage: ({ path }) => Deno.removeSync(path(B)),
    says: [B, /^there is no such file$/],
  },
  {
    title: "of which a part is cut short",
    damage: ({ path }) => Deno.truncateSync(path(B), 90),
    says: [B, OTHER],
  },
  {
    title: "of which a part is empty",
    damage: ({ path }) => Deno.truncateSync(path(B), 0),
    says: [B, OTHER],
  },
  {
    title: "of which a part was edited",
    damage: ({ path }) => {
      const text = Deno.readTextFileSync(path(B));
      Deno.writeTextFileSync(path(B), text.replace("dirty", "clean"));
    },
    says: [B, OTHER],
  },
  {
    title: "of which a part and its digest in the index are another account's",
    damage: ({ path }) => {
      Deno.copyFileSync(path(A), path(B));
      rewrite(path("index"), ({ parts, ...index }) => {
        const [{ digest }] = parts as [JsonObject];
        return { ...index, parts: [{ account: B, digest: digest! }] };
      });
    },
    says: [B, OTHER],
  },
  {
    title: "of which a part is of another version",
    damage: ({ path }) => rewrite(path(B), (part) => ({ ...part, schema: "groundskeeper.part/2" })),
    says: [B, OTHER],
  },
  {
    title: "of which a part is another account's",
    damage: ({ path }) => Deno.copyFileSync(path(A), path(B)),
    says: [B, OTHER],
  },
  {
    title: "of which a part is no part",
    damage: ({ path }) => Deno.writeTextFileSync(path(B), "[1]"),
    says: [B, OTHER],
  },
  {
    title: "of which a part is a folder",
    damage: ({ path }) => {
      Deno.removeSync(path(B));
      Deno.mkdirSync(path(B));
    },
    says: [B, /directory/i],
  },
  {
    title: "that another one has begun to replace",
    damage: async ({ directory }) => {
      function* parts() {
        yield { ...partOf(B), tripped: ["new"] };
        throw new FileError("/full", "/", new Error("the disk is full"));
      }
      await assert.rejects(saveSnapshot(toDisk, directory, "scripted", parts(), TAKEN), FileError);
    },
    says: [B, OTHER],
  },
];

for (const { title, damage, says: [file, why] } of DAMAGES) {
  Deno.test(`a snapshot is not used ${title}`, () =>
    inFolder(async (folder) => {
      await folder.save(A, B);
      await damage(folder);
      assert.throws(() => read(folder.directory), (error: Error) => {
        assert.equal(error.name, "UsageError");
        const [, path, text] = /^Cannot (?:use|read) the snapshot "(.*?)": (.*)$/.exec(
          error.message,
        )!;
        assert.equal(path, folder.path(file));
        assert.match(text!, why);
        return true;
      });
    }));
}

Deno.test("a snapshot of another shape is not used, and the first place where it differs is told", () =>
  inFolder(async ({ directory, path }) => {
    const strange = { ...partOf(A), places: { a: { b: 1 } } };
    await saveSnapshot(toDisk, directory, "scripted", [strange], TAKEN);
    assert.throws(() => read(directory), {
      name: "UsageError",
      message: `Cannot use the snapshot "${path(A)}": it does not hold what scripted of this ` +
        "version observes (places.a.b). Make a new one",
    });
  }));

Deno.test("a snapshot takes the place of one of more accounts, and nothing of that is read", () =>
  inFolder(async ({ directory, save }) => {
    await save(A, B);
    await save(B);
    assert.deepEqual(read(directory).parts, [partOf(B)]);
  }));

Deno.test("a part is written before the next one is made, and none is held", () =>
  inFolder(async ({ directory, path }) => {
    const made: string[] = [];
    function* parts() {
      for (const id of [A, B]) {
        for (const earlier of made) assert.ok(Deno.statSync(path(earlier)).isFile);
        made.push(id);
        yield partOf(id);
      }
    }
    await saveSnapshot(toDisk, directory, "scripted", parts(), TAKEN);
    assert.deepEqual(made, [A, B]);
  }));

Deno.test("a part that could not be read again is not written, nor the index", () =>
  inFolder(async ({ directory, path }) => {
    const parts = [partOf(A), { ...partOf(B), tripped: ["x".repeat(1000)] }];
    await assert.rejects(saveSnapshot(toDisk, directory, "scripted", parts, TAKEN, 900), {
      name: "FileError",
      message: `Cannot write "${path(B)}": it is longer than half a gigabyte. Name fewer Regions`,
    });
    const files = Array.from(Deno.readDirSync(`${directory}/scripted-snapshot`));
    assert.deepEqual(files.map(({ name }) => name), [`${A}.json`]);
  }));

/** A snapshot as 0.1.0 wrote it: one file. */
function saveSingle(directory: string, part: JsonObject = {}): string {
  const path = `${directory}/scripted-snapshot.json`;
  const observed = { accounts: [partOf(B), partOf(A)] };
  const body = {
    schema: "groundskeeper.snapshot/1",
    job: "scripted",
    taken_at: TAKEN.toISOString(),
    observed,
    ...part,
  };
  Deno.writeTextFileSync(path, JSON.stringify({ ...body, digest: digestOf(body) }));
  return path;
}

Deno.test("a snapshot of an earlier version is read, until a newer one takes its place", () =>
  inFolder(async ({ directory, save }) => {
    saveSingle(directory);
    assert.deepEqual(read(directory), { parts: [partOf(A), partOf(B)], takenAt: TAKEN });
    await save(A);
    assert.deepEqual(read(directory).parts, [partOf(A)]);
  }));

Deno.test("what a snapshot of an earlier version has of all accounts together is in one part", () =>
  inFolder(({ directory }) => {
    saveSingle(directory, { observed: { accounts: [partOf(A), partOf(B)], tripped: ["both"] } });
    assert.deepEqual(read(directory).parts, [{ ...partOf(A), tripped: ["both"] }, partOf(B)]);
  }));

const OLD_DAMAGES: readonly (readonly [title: string, part: JsonObject, why: string])[] = [
  ["of another job", { job: "other" }, 'it is of the job "other"'],
  ["without accounts", { observed: [] }, "observed Invalid input"],
  ["of nothing", { observed: null }, "observed Invalid input"],
  ["without a time", { taken_at: "today" }, "taken_at Invalid ISO datetime"],
  ["of another job's shape", { observed: { accounts: [{ id: A, roles: [] }] } }, "(places)"],
  ["of another shape", { observed: { accounts: [{ ...partOf(A), places: 1 }] } }, "(places)"],
  [
    "with an account twice",
    { observed: { accounts: [partOf(A), partOf(A)] } },
    "lists an account twice",
  ],
  ["of a version that never was", { schema: "groundskeeper.snapshot/0" }, "its schema is"],
];

for (const [title, part, why] of OLD_DAMAGES) {
  Deno.test(`a snapshot of an earlier version is not used ${title}`, () =>
    inFolder(({ directory }) => {
      const path = saveSingle(directory, part);
      assert.throws(() => loadSnapshot(directory, job), (error: Error) => {
        assert.equal(error.name, "UsageError");
        assert.ok(error.message.startsWith(`Cannot use the snapshot "${path}": `), error.message);
        assert.ok(error.message.includes(why), error.message);
        return true;
      });
    }));
}
