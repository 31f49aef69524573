import assert from "assert";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { digestOf } from "../../runners/core/plan/document.ts";
import type { RunRow } from "../../runners/core/run/run_register.ts";
import { type AuditWorld, auditWorld, groupsOf } from "../e2e/audit_world.ts";
import type { Ran } from "../e2e/command.ts";
import { mayMount, type SmallDisk, smallDisk } from "./small_disk.ts";

// Where nothing can be mounted these are skipped by name; where everything is to be tried they fail.
const ignore = Deno.env.get("CI") !== "true" && !await mayMount();

const KIB = 1024;

type Scene = AuditWorld & { readonly disk: SmallDisk; readonly folder: string };

/** An organization with four instances to mark, and a disk of 256 KiB at `small/`. */
function onSmallDisk(name: string, work: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      await using world = await auditWorld({ groups: groupsOf(2, 2), accounts: 1 });
      const folder = `${world.directory}/small`;
      await using disk = await smallDisk(folder, 256 * KIB);
      await work({ ...world, disk, folder });
    },
  });
}

/** Puts more settings into the configuration. */
async function configure({ directory }: Scene, part: Record<string, unknown>): Promise<void> {
  const path = `${directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path)) as Record<string, unknown>;
  await Deno.writeTextFile(path, JSON.stringify({ ...config, ...part }));
}

/** The files on the small disk that the program has left there. */
function filesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return filesIn(path);
    return name === ".filler" ? [] : [path];
  });
}

function assertWholeDocument(path: string): void {
  const document = JSON.parse(Deno.readTextFileSync(path)) as { digest: string };
  assert.equal(document.digest, digestOf(document));
}

function assertTold(ran: Ran, code: number, said: RegExp): void {
  assert.equal(ran.code, code, ran.stderr);
  assert.match(ran.said, said);
  assert.doesNotMatch(ran.stderr, /defect|"stack"/);
}

const marks = ({ aws }: Scene) =>
  aws.proxy.calls.filter(({ action }) => action === "ec2:CreateTags").length;

/** How the last run of the job stands in the store. */
async function lastRun(scene: Scene): Promise<RunRow | undefined> {
  return (await scene.json<RunRow[]>("audit history")).at(-1);
}

const FULL = /Cannot write ".*": the disk is full\. Make room/;

for (const [what, leave] of [["no room", 0], ["room for a part of the file", 4 * KIB]] as const) {
  for (
    const [option, file] of [
      ["--out small/out", "audit-plan.json"],
      ["--save-snapshot small/out", "audit-snapshot.json"],
    ] as const
  ) {
    onSmallDisk(`plan ${option} with ${what} is done in part and leaves no file`, async (scene) => {
      await scene.disk.fill(leave);
      const ran = await scene.run(`audit plan ${option}`);
      assertTold(ran, 3, FULL);
      assert.match(ran.stdout, /mark/, "the plan is shown all the same");
      assert.doesNotMatch(ran.stdout, /small/);
      assert.deepEqual(filesIn(scene.folder), []);
    });

    onSmallDisk(`plan ${option} with ${what} leaves the earlier file`, async (scene) => {
      assert.equal((await scene.run(`audit plan ${option}`)).code, 0);
      const path = `${scene.folder}/out/${file}`;
      const [earlier, files] = [await Deno.readTextFile(path), filesIn(scene.folder)];
      assert.ok(files.includes(path));
      await scene.disk.fill(leave);
      assertTold(await scene.run(`audit plan ${option}`), 3, FULL);
      assert.deepEqual(filesIn(scene.folder), files);
      assert.equal(await Deno.readTextFile(path), earlier);
      await scene.disk.free();
      assert.equal((await scene.run(`audit plan ${option}`)).code, 0);
      assertWholeDocument(path);
    });
  }
}

onSmallDisk("plan --out --json on a read-only disk prints its one document", async (scene) => {
  await scene.disk.readOnly();
  const ran = await scene.run("audit plan --json --out small");
  assertTold(ran, 3, /the file system is read-only\. Mount it for writing/);
  assert.equal(JSON.parse(ran.stdout).totals.changes, 4);
});

for (const verb of ["report", "apply --yes"]) {
  onSmallDisk(`${verb} whose files find no room stands in the store`, async (scene) => {
    await configure(scene, { reports: { directory: "small" } });
    await scene.disk.fill(4 * KIB);
    assertTold(await scene.run(`audit ${verb}`), 3, /The record could not be written to files/);
    assert.deepEqual(filesIn(scene.folder), []);
    const row = await lastRun(scene);
    assert.deepEqual([row?.exit_code, row?.finished === null], [3, false]);
    const journal = await scene.json<JournalEntry[]>("changes");
    const made = verb === "report" ? 0 : 4;
    const outcomes = journal.map(({ outcome }) => outcome);
    assert.deepEqual([marks(scene), ...outcomes], [made, ...Array(made).fill("done")]);
  });
}

onSmallDisk("a store that finds no room changes nothing, and says so", async (scene) => {
  await configure(scene, { store: { path: "small/groundskeeper.db" } });
  await scene.disk.fill();
  for (const verb of ["report", "apply --yes"]) {
    assertTold(await scene.run(`audit ${verb}`), 1, /Cannot .* the store .*disk is full/);
  }
  assert.equal(marks(scene), 0);
  assert.equal((await scene.run("audit plan")).code, 0);
});

onSmallDisk(
  "a store on a disk that has filled up since is read, and not written",
  async (scene) => {
    await configure(scene, { store: { path: "small/groundskeeper.db" } });
    assert.equal((await scene.run("audit report")).code, 0);
    await scene.disk.fill();
    assert.equal((await scene.run("audit plan")).code, 0);
    for (const verb of ["report", "apply --yes"]) {
      assertTold(await scene.run(`audit ${verb}`), 1, /Cannot .* the store .*disk is full/);
    }
    assert.equal(marks(scene), 0);
  },
);

for (const room of [4, 12, 16, 24, 28, 32]) {
  onSmallDisk(`an apply whose store fills up within ${room} KiB loses no change`, async (scene) => {
    await configure(scene, { store: { path: "small/groundskeeper.db" } });
    assert.equal((await scene.run("audit report")).code, 0);
    await scene.disk.fill(room * KIB);
    const ran = await scene.run("audit apply --yes --json");
    assert.ok([0, 1, 3].includes(ran.code), ran.stderr);
    assert.doesNotMatch(ran.stderr, /defect|"stack"/);
    if (ran.code === 1) assert.equal(marks(scene), 0);
    await scene.disk.free();
    // What was written to AWS was announced before, and the next run says what became of it.
    const announced = (await scene.json<JournalEntry[]>("changes")).length;
    assert.ok(announced >= marks(scene), `${announced} announced, ${marks(scene)} written`);
    assert.equal((await scene.run("audit apply --yes")).code, 0);
    const journal = await scene.json<JournalEntry[]>("changes");
    assert.deepEqual(journal.map(({ outcome }) => outcome), Array(4).fill("done"));
  });
}

onSmallDisk("config init on a full disk leaves no file and is exit 1", async (scene) => {
  await scene.disk.fill();
  assertTold(await scene.run("config init --config small/groundskeeper.json"), 1, FULL);
  assert.deepEqual(filesIn(scene.folder), []);
  await scene.disk.free();
  assert.equal((await scene.run("config init --config small/groundskeeper.json")).code, 0);
});

onSmallDisk("repo stats --csv on a full disk shows its figures", async (scene) => {
  assert.equal((await scene.run("repo refresh")).code, 0);
  await scene.disk.fill();
  const ran = await scene.run("repo stats --csv small/stats.csv");
  assertTold(ran, 3, FULL);
  assert.notEqual(ran.stdout, "");
  assert.deepEqual(filesIn(scene.folder), []);
});
