import assert from "assert";
import { loadSnapshot, saveSnapshot } from "../../../../runners/core/run/snapshot.ts";
import { toDisk } from "../files/faulty_disk.ts";
import { scriptedJob, World } from "./scripted_job.ts";

const TAKEN = new Date("2026-11-20T12:00:00.000Z");
const world = new World({ "A/east/a": "dirty" });
const job = scriptedJob(world);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an observation is read back as it was stored, with its time", () =>
  inFolder(async (folder) => {
    const path = await saveSnapshot(toDisk, `${folder}/new`, "scripted", world.observed(), TAKEN);
    assert.equal(path, `${folder}/new/scripted-snapshot.json`);
    assert.deepEqual(await loadSnapshot(`${folder}/new`, job), {
      observed: world.observed(),
      takenAt: TAKEN,
    });
  }));

Deno.test("a snapshot that was edited is not used", () =>
  inFolder(async (folder) => {
    const path = await saveSnapshot(toDisk, folder, "scripted", world.observed(), TAKEN);
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace("dirty", "clean"));
    await assert.rejects(loadSnapshot(folder, job), {
      name: "UsageError",
      message: `Cannot use the snapshot "${path}": it was edited after it was written. ` +
        "Make a new one",
    });
  }));

Deno.test("a snapshot of another job is not used, also under this job's name", () =>
  inFolder(async (folder) => {
    const path = await saveSnapshot(toDisk, folder, "other", world.observed(), TAKEN);
    await Deno.rename(path, `${folder}/scripted-snapshot.json`);
    await assert.rejects(loadSnapshot(folder, job), {
      name: "UsageError",
      message: /: it does not hold what scripted of this version observes$/,
    });
  }));

Deno.test("a snapshot of another shape is not used, and the first place where it differs is told", () =>
  inFolder(async (folder) => {
    await saveSnapshot(
      toDisk,
      folder,
      "scripted",
      { places: { a: { b: 1 } }, unproven: [] },
      TAKEN,
    );
    await assert.rejects(loadSnapshot(folder, job), {
      name: "UsageError",
      message: /: it does not hold what scripted of this version observes \(places\.a\.b\)$/,
    });
  }));

Deno.test("a snapshot that is not there is told by its file", () =>
  inFolder(async (folder) => {
    await assert.rejects(loadSnapshot(folder, job), {
      name: "UsageError",
      message: `Cannot read the snapshot "${folder}/scripted-snapshot.json": there is no such file`,
    });
  }));
