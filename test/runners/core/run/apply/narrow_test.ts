import assert from "assert";
import fc from "fast-check";
import { applyVerb } from "../../../../../runners/core/run/verbs/apply_verb.ts";
import type { RunOptions } from "../../../../../runners/core/run/context.ts";
import { planVerb } from "../../../../../runners/core/run/verbs/plan_verb.ts";
import {
  type Ended,
  type RunDocument,
  runDocument,
  type RunResult,
} from "../../../../../runners/core/run/run_document.ts";
import type { Planned } from "../../../../../runners/core/plan/document.ts";
import type { Change } from "../../../../../runners/core/plan/change.ts";
import type { Store, Write } from "../../../../../runners/core/store/store.ts";
import { dice } from "../../../../deep/dice.ts";
import { generated, propertyTest } from "../../properties.ts";
import { flowingClock } from "./apply_in_store.ts";
import { contextOf, type ScriptedContext } from "../run_context.ts";
import { pathOf, type ScriptedTypes, World } from "../scripted_job.ts";
import { withStore } from "../store_in_folder.ts";

const ACCOUNTS = ["111111111111", "222222222222"];
const REGIONS = ["east", "west"];
const THINGS = ["a", "ab"];
const PATHS = ACCOUNTS.flatMap((account) =>
  REGIONS.flatMap((region) => THINGS.map((thing) => `${account}/${region}/${thing}`))
);

/** What a run is narrowed to; what is empty narrows nothing. */
interface Narrowing {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly things: readonly string[];
}

const EVERYTHING: Narrowing = { accounts: [], regions: [], things: [] };

interface Scene {
  readonly world: World;
  readonly store: Store;
  apply(narrowing: Partial<Narrowing>, part?: Partial<ScriptedContext>): Promise<Applied>;
}

interface Applied {
  readonly exitCode: number;
  readonly plan: Planned<ScriptedTypes>;
  readonly run: RunResult<ScriptedTypes>;
  readonly aside: readonly Ended<ScriptedTypes>[];
}

/** What narrows, and what remembers: mutants have another. */
interface Subject {
  /** Whether a thing is among those that were named. */
  readonly isNamed: (thing: string, things: readonly string[]) => boolean;
  readonly store: (store: Store) => Store;
}

const RIGHT: Subject = {
  isNamed: (thing, things) => things.includes(thing),
  store: (store) => store,
};

/** A world of dirty things, and a plan file that would clean all of them. */
function scene(
  work: (scene: Scene) => Promise<void>,
  subject: Subject = RIGHT,
): () => Promise<void> {
  return () =>
    withStore(async (store, path) => {
      const folder = await Deno.makeTempDir();
      const world = new World(Object.fromEntries(PATHS.map((path) => [path, "dirty"])));
      const told = { world, path, clock: flowingClock() };
      let runs = 0;
      const context = (
        { accounts, regions, things }: Narrowing,
        options: Partial<RunOptions>,
        part: Partial<ScriptedContext> = {},
      ) => {
        const narrowed = things.length > 0;
        const options_ = { ...options, accounts, regions, narrowed };
        const whole = contextOf({ ...told, options: options_, part: { ...part, leaseMs: 0 } });
        const isNamed = (change: Change) =>
          !narrowed || subject.isNamed(pathOf(change).split("/")[2]!, things);
        const isInside = (change: Change) =>
          isNamed(change) && (accounts.length === 0 || accounts.includes(change.account)) &&
          (regions.length === 0 || regions.includes(change.region));
        return {
          ...whole,
          runId: `run-${++runs}`,
          openStore: async () => subject.store(await whole.openStore()),
          job: {
            ...whole.job,
            isAsked: isNamed,
            // As a job plans that was asked about a part of the world.
            plan: (planning: Parameters<typeof whole.job.plan>[0]) => {
              const plan = whole.job.plan(planning);
              return { ...plan, changes: plan.changes.filter(isInside) };
            },
          },
        };
      };
      try {
        const { planFile } = await planVerb(context(EVERYTHING, { outDirectory: folder }));
        await work({
          world,
          store,
          apply: async (narrowing, part) => {
            const of = context({ ...EVERYTHING, ...narrowing }, { planFile }, part);
            const { exitCode, plan, run, aside = [] } = await applyVerb(of);
            return { exitCode, plan, run: run!, aside };
          },
        });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
}

/** The run as programs read it. */
function documentOf({ plan, run, aside }: Applied): RunDocument {
  return runDocument(plan, run, (keys) => ({ keys }), aside);
}

/** "done", or "skipped not-asked", by path. */
function endings(applied: Applied): Record<string, string> {
  return Object.fromEntries(
    documentOf(applied).changes.map((change) => [
      pathOf(change),
      [change.outcome, ...change.outcome === "skipped" ? [change.error!.code] : []].join(" "),
    ]),
  );
}

const writesOf = (world: World) =>
  world.calls.filter((call) => call.startsWith("write ")).map((call) => call.slice(6));

Deno.test(
  "one applies a plan part by part: what is outside of a run is skipped, costs nothing, and waits",
  scene(async ({ world, apply }) => {
    const parts: [Partial<Narrowing>, number][] = [
      [{ accounts: ["111111111111"], things: ["a"] }, 2],
      [{ accounts: ["111111111111"] }, 2],
      [{ regions: ["west"] }, 2],
      [{}, 2],
    ];
    for (const [part, makes] of parts) {
      const before = writesOf(world).length;
      const applied = await apply(part);
      assert.equal(applied.exitCode, 0, JSON.stringify(endings(applied)));
      assert.equal(writesOf(world).length - before, makes);
      const document = documentOf(applied);
      assert.equal(document.changes.length, PATHS.length);
      assert.equal(document.totals.changes, PATHS.length);
      assert.equal(applied.run.changes.length, makes);
    }
    assert.deepEqual(writesOf(world).sort(), [...PATHS].sort());
    await assert.rejects(apply({}), {
      name: "UsageError",
      message: /was applied by run run-2 and run run-3 and run run-4 and run run-5; each change/,
    });
  }),
);

Deno.test(
  "two runs of one plan file at the same time make each change once",
  scene(async ({ world, apply }) => {
    await Promise.allSettled([apply({}), apply({}), apply({ accounts: [ACCOUNTS[0]!] })]);
    assert.deepEqual(writesOf(world).sort(), [...PATHS].sort());
  }),
);

/** A run that is killed when it would write its first outcome; its store takes nothing after that. */
function killedAtOutcome(store: Store): Partial<ScriptedContext> {
  let alive = true;
  const write = (writes: readonly Write[]) => {
    alive &&= !writes.some(({ kind, value }) =>
      kind === "scripted/open-intent" && value === undefined
    );
    return alive ? store.write(writes) : Promise.reject(new Error("killed"));
  };
  return { openStore: () => Promise.resolve({ ...bound(store), write, close: () => {} }) };
}

function bound(store: Store): Store {
  return {
    get: (kind, id) => store.get(kind, id),
    list: (kind, prefix) => store.list(kind, prefix),
    write: (writes) => store.write(writes),
    writeEach: (writes) => store.writeEach(writes),
    close: () => store.close(),
  };
}

Deno.test(
  "a run that died has used the changes that it had announced, and no others",
  scene(async ({ world, store, apply }) => {
    await assert.rejects(apply({}, killedAtOutcome(store)), { message: "killed" });
    const [begun] = writesOf(world);
    for (const path of PATHS) world.set(path, "dirty");
    const applied = await apply({});
    assert.equal(endings(applied)[begun!], "skipped used");
    assert.equal(applied.exitCode, 3);
    assert.deepEqual(writesOf(world).sort(), [...PATHS].sort());
  }),
);

Deno.test(
  "a plan file that an older version used up as one makes nothing more",
  scene(async ({ world, store, apply }) => {
    await apply({ things: ["a"] });
    const [row] = await Array.fromAsync(store.list("scripted/used-change"));
    const id = row!.id.slice(0, row!.id.lastIndexOf("/"));
    await store.write([{
      kind: "scripted/used-change",
      id,
      value: { run_id: "old", at: "2026-11-20" },
    }]);
    const before = writesOf(world).length;
    await assert.rejects(apply({}), { message: /applied by run old and run run-2; each/ });
    assert.equal(writesOf(world).length, before);
  }),
);

const STORIES = generated(2_000, 20);

propertyTest(
  "no change of a plan file is ever made twice, and each is told as it is",
  RIGHT,
  (subject) =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        (seed) => scene((one) => story(one, seed), subject)(),
      ),
      { seed: 42, numRuns: STORIES },
    ),
  {
    "takes a name for one that begins with it": {
      ...RIGHT,
      isNamed: (thing, things) => things.some((one) => thing.startsWith(one)),
    },
    "forgets what was begun": {
      ...RIGHT,
      store: (store) => ({
        ...bound(store),
        write: (writes) =>
          store.write(writes.filter(({ kind }) => kind !== "scripted/used-change")),
      }),
    },
    "takes one change for all of its plan": {
      ...RIGHT,
      store: (store) => ({
        ...bound(store),
        write: (writes) =>
          store.write(
            writes.map((one) =>
              one.kind === "scripted/used-change" ? { ...one, id: one.id.split("/")[0]! } : one
            ),
          ),
      }),
    },
  },
);

/** Some runs over parts of the plan, while the world changes and writes fail. */
async function story({ world, apply }: Scene, seed: number): Promise<void> {
  const { between } = dice(seed);
  const chance = (percent: number) => between(1, 100) <= percent;
  const pick = <One>(all: readonly One[]) => all[between(0, all.length - 1)]!;
  const some = (all: readonly string[]) => chance(50) ? [] : all.filter(() => chance(60));
  const used = new Map<string, string>();
  for (let step = 0; step < 4; step++) {
    for (const path of PATHS) {
      if (chance(30)) world.set(path, pick(["dirty", "clean already", "broken"]));
      world.fates.set(path, pick(["works", "works", "works", "refused", "cut before"]));
    }
    const narrowing = { accounts: some(ACCOUNTS), regions: some(REGIONS), things: some(THINGS) };
    const inside = PATHS.filter((path) => isInside(path, narrowing));
    const expected = Object.fromEntries(PATHS.map((path) => [
      path,
      !inside.includes(path)
        ? "skipped not-asked"
        : used.has(path)
        ? used.get(path) === "done" ? "skipped already-made" : "skipped used"
        : world.get(path) !== "dirty"
        ? "drifted"
        : ENDINGS[world.fates.get(path)!],
    ]));
    if (inside.length > 0 && inside.every((path) => used.has(path))) {
      await assert.rejects(apply(narrowing), { name: "UsageError" });
      continue;
    }
    const applied = await apply(narrowing);
    assert.deepEqual(endings(applied), expected);
    const fine = inside.every((path) => expected[path] === "done" || used.get(path) === "done");
    assert.equal(applied.exitCode, fine ? 0 : 3);
    for (const path of inside) {
      const how = expected[path]!;
      if (/^(done|failed|unknown)$/.test(how)) used.set(path, how);
    }
  }
  const written = writesOf(world);
  assert.equal(new Set(written).size, written.length);
}

const ENDINGS: Readonly<Record<string, string>> = {
  works: "done",
  refused: "failed",
  "cut before": "unknown",
};

function isInside(path: string, { accounts, regions, things }: Narrowing): boolean {
  const [account, region, thing] = path.split("/") as [string, string, string];
  const has = (all: readonly string[], one: string) => all.length === 0 || all.includes(one);
  return has(accounts, account) && has(regions, region) && has(things, thing);
}
