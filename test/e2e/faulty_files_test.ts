import assert from "assert";
import fc from "fast-check";
import { denoDisk } from "../../runners/adapters/disk/deno_disk.ts";
import type { Disk } from "../../runners/core/files/disk.ts";
import { CODES, type DiskFault, faultyDisk } from "../runners/core/files/faulty_disk.ts";
import { inProcess, type RanHere } from "./in_process.ts";
import { halfUsedRoles, repoWorld } from "./repo_world.ts";
import { generated } from "../runners/core/properties.ts";

/** The long number of cases runs with the deep tests. */
const RUNS = generated(500, 25);

/** Commands that write files, each the same bytes whenever it is run, and what a fault makes it. */
const COMMANDS: readonly { readonly args: string; readonly faulty: number }[] = [
  { args: "repo plan --snapshot seen --out out", faulty: 3 },
  { args: "repo plan --snapshot seen --out out --json", faulty: 3 },
  { args: "repo stats --csv out/stats.csv", faulty: 3 },
  { args: "repo roles --csv out/roles.csv", faulty: 3 },
  { args: "config init --config out/first.json", faulty: 1 },
];

interface Case {
  readonly command: typeof COMMANDS[number];
  /** Files of an earlier run are there. */
  readonly earlier: boolean;
  readonly fault: DiskFault;
}

const cases: fc.Arbitrary<Case> = fc.record({
  command: fc.constantFrom(...COMMANDS),
  earlier: fc.boolean(),
  fault: fc.record({
    at: fc.nat({ max: 12 }),
    what: fc.constantFrom(...CODES, "short", "nothing"),
    lasts: fc.boolean(),
  }),
});

const EARLIER = "of an earlier run";

Deno.test("whichever write of a command fails, it names no file that is not there, and its exit code says so", async (t) => {
  await using world = await repoWorld({ roles: halfUsedRoles(3) });
  const out = `${world.directory}/out`;
  await inProcess(world, async (run) => {
    assert.equal((await run("repo refresh")).code, 0);
    assert.equal((await run("repo plan --save-snapshot seen")).code, 0);
    const right = new Map<string, Record<string, string>>();
    for (const { args } of COMMANDS) {
      await Deno.remove(out, { recursive: true }).catch(() => {});
      assert.equal((await run(args)).code, 0, args);
      right.set(args, textsIn(out));
    }

    const tried = async (
      { command: { args, faulty }, earlier, fault }: Case,
      spoil: (disk: Disk) => Disk,
    ) => {
      const texts = right.get(args)!;
      await Deno.remove(out, { recursive: true }).catch(() => {});
      await Deno.mkdir(out);
      // A first configuration is never written over another.
      const isThere = earlier && faulty !== 1;
      const before = isThere ? Object.keys(texts) : [];
      for (const name of before) {
        await denoDisk.makeFolder(`${out}/${name}`.replace(/\/[^/]*$/, ""));
        await Deno.writeTextFile(`${out}/${name}`, EARLIER);
      }
      const { disk, asked } = faultyDisk(fault);
      const ran = await run(args, { disk: spoil(disk) });
      const failed = isFault(fault, asked);
      const found = textsIn(out);
      for (const [name, text] of Object.entries(found)) {
        assert.ok(
          text === texts[name] || isThere && text === EARLIER,
          `${name} is neither the earlier nor the new one`,
        );
      }
      for (const name of before) assert.ok(name in found, `${name} is gone`);
      if (!failed) assert.deepEqual(found, texts);
      // Before any renaming all of the earlier files stay.
      else if (!asked.slice(0, -1).includes("rename") && isThere) {
        assert.ok(Object.values(found).every((text) => text === EARLIER));
      }
      for (const name of named(ran)) {
        assert.equal(found[name], texts[name], `${name} is named, and not there`);
      }
      assert.equal(ran.code, failed ? faulty : 0, ran.stderr);
      assert.equal(/Cannot write .*\. [A-Z]/.test(ran.stderr), failed, ran.stderr);
      assert.doesNotMatch(ran.stderr, /defect/);
      if (args.endsWith("--json")) {
        assert.equal(JSON.parse(ran.stdout).schema, "groundskeeper.plan/1");
      }
    };

    await t.step(
      "as it is",
      () =>
        fc.assert(fc.asyncProperty(cases, (one) => tried(one, (disk) => disk)), {
          seed: 42,
          numRuns: RUNS,
        }),
    );
    for (const [what, spoil] of Object.entries(MUTANTS)) {
      await t.step(`of a mutant that ${what} this does not hold`, () =>
        assert.rejects(
          fc.assert(fc.asyncProperty(cases, (one) => tried(one, spoil)), {
            seed: 42,
            numRuns: 300,
            endOnFailure: true,
          }),
          ({ cause }: Error) => cause instanceof assert.AssertionError,
        ));
    }
  });
});

const MUTANTS: Readonly<Record<string, (disk: Disk) => Disk>> = {
  "takes a rename that failed for one that was made": (disk) => ({
    ...disk,
    rename: (from, to) => disk.rename(from, to).catch(() => {}),
    link: (from, to) => disk.link(from, to).catch(() => {}),
  }),
  "takes a sync that failed for one that was made": (disk) => ({
    ...disk,
    create: async (path, mode) => {
      const file = await disk.create(path, mode);
      return {
        write: (bytes) => file.write(bytes),
        close: () => file.close(),
        sync: () => file.sync().catch(() => {}),
      };
    },
  }),
  "leaves its temporary files": (disk) => ({ ...disk, remove: () => Promise.resolve() }),
};

/** Whether something that was asked of the disk was not done. */
function isFault({ at, what, lasts }: DiskFault, asked: readonly string[]): boolean {
  const met = asked.filter((_, index) => lasts ? index >= at : index === at);
  return what !== "short" && (what === "nothing" ? met.includes("write") : met.length > 0);
}

/** The files below a folder, by their path in it. */
function textsIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      if (!isDirectory) return [[name, Deno.readTextFileSync(path)]];
      return Object.entries(textsIn(path)).map(([below, text]) => [`${name}/${below}`, text]);
    }),
  );
}

/** The files below `out` that a text names. */
function named({ stdout }: RanHere): string[] {
  return [...stdout.matchAll(/\bout\/([\w./-]*\w)/g)].map(([, name]) => name!);
}
