import assert from "assert";
import { StoreError } from "../../../../runners/core/errors.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";
import { knownOf, type Outcome } from "../../../../runners/core/journal/entry.ts";
import type { ReportDocument, RunRecord } from "../../../../runners/core/report/sink.ts";
import type { RunOptions } from "../../../../runners/core/run/context.ts";
import { applyVerb } from "../../../../runners/core/run/verbs/apply_verb.ts";
import { reportVerb } from "../../../../runners/core/run/verbs/report_verb.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { flowingClock, journalOf, UNLIMITED } from "../run/apply/apply_in_store.ts";
import { contextOf, type ScriptedContext } from "../run/run_context.ts";
import { World } from "../run/scripted_job.ts";
import { withStore } from "../run/store_in_folder.ts";

const PATH = "111111111111/east/a";

/** The documents of changes: the scripted job has one of its own in each run. */
const changesIn = ({ documents }: RunRecord) =>
  documents.filter(({ type }) => type === "groundskeeper_change");

/** What the index has: of two documents with one id, that whose part says more. */
function indexed(records: readonly RunRecord[]): ReportDocument[] {
  const byId = new Map<string, ReportDocument>();
  for (const document of records.flatMap(changesIn)) {
    const before = byId.get(document.id);
    if (before) assert.equal(document.index, before.index, "one document is in two indices");
    if (!before || document.part.proof > before.part.proof) byId.set(document.id, document);
  }
  return [...byId.values()];
}

const changeOf = ({ body }: ReportDocument) =>
  (body["groundskeeper"] as { change: JsonObject }).change;
const runOf = ({ body }: ReportDocument) => (body["groundskeeper"] as { run: JsonObject }).run;
const saidOf = (document: ReportDocument) => {
  const { outcome, run_id } = changeOf(document);
  return [run_id, outcome, runOf(document)["id"]];
};

type Scene = {
  readonly store: Store;
  readonly world: World;
  readonly published: RunRecord[];
  context(
    runId: string,
    options?: Partial<RunOptions>,
    part?: Partial<ScriptedContext>,
  ): ScriptedContext;
};

function scene(work: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    withStore(async (store, path) => {
      const [world, published] = [new World({ [PATH]: "dirty" }), [] as RunRecord[]];
      const told = { world, path, published, clock: flowingClock() };
      await work({
        ...{ store, world, published },
        context: (runId, options = {}, part = {}) =>
          contextOf({ ...told, options, part: { runId, leaseMs: 0, ...part } }),
      });
    });
}

const OCTOBER = new Date("2026-10-31T23:59:59.000Z");
const NOVEMBER = new Date("2026-11-01T00:10:00.000Z");

Deno.test(
  "what AWS was still at ends in the document that the run had which announced it, also a month later",
  scene(async ({ world, published, context }) => {
    world.fates.set(PATH, "takes days");
    await applyVerb(context("run-1", { slot: OCTOBER }));
    world.polls.set(PATH, { verdict: "done" });
    await reportVerb(context("run-2", { slot: NOVEMBER }));
    const [document, ...others] = indexed(published);
    assert.deepEqual(others, []);
    assert.deepEqual(saidOf(document!), ["run-1", "done", "run-2"]);
    assert.equal(document!.index, "groundskeeper-changes-2026.10.01");
    assert.equal(document!.body["@timestamp"], OCTOBER.toISOString());
    assert.equal(changeOf(document!)["since"], "2026-11-20T12:00:00.000Z");
  }),
);

for (const [end, code] of [["failed", "failure"], ["unknown", "unknown"]] as const) {
  Deno.test(
    `what AWS was still at, and then is ${end}, is pending no more`,
    scene(async ({ world, published, context }) => {
      world.fates.set(PATH, "takes days");
      await applyVerb(context("run-1"));
      world.polls.set(
        PATH,
        end === "failed"
          ? { verdict: end, error: { code: "gone", message: "It is gone" } }
          : { verdict: end, detail: "It is gone" },
      );
      await reportVerb(context("run-2"));
      const [document] = indexed(published);
      assert.deepEqual(saidOf(document!), ["run-1", end, "run-2"]);
      assert.equal((document!.body["event"] as JsonObject)["outcome"], code);
      assert.equal((document!.body["error"] as JsonObject)["message"], "It is gone");
    }),
  );
}

Deno.test("an outcome takes the place of one that says less, and never the reverse", () => {
  // What would hide that AWS may have had the effect stands at the beginning.
  const order: readonly Outcome[] = [
    "skipped",
    "drifted",
    "pending",
    "unknown",
    "failed",
    "done",
  ];
  const proofs = order.map(knownOf);
  assert.deepEqual(proofs, proofs.toSorted((a, b) => a - b));
  assert.equal(new Set(proofs).size, order.length);
});

Deno.test(
  "a rerun of the same slot has no second document of a change",
  scene(async ({ world, published, context }) => {
    world.fates.set(PATH, "refused");
    await applyVerb(context("run-1", { slot: NOVEMBER }));
    world.fates.delete(PATH);
    await applyVerb(context("run-2", { slot: NOVEMBER }));
    assert.deepEqual(published.map((one) => changesIn(one).length), [1, 1]);
    assert.deepEqual(indexed(published).map(saidOf), [["run-2", "done", "run-2"]]);
  }),
);

Deno.test(
  "a refused run has no document of its changes, and its refusal is in none of an earlier run's",
  scene(async ({ world, published, context }) => {
    world.fates.set(PATH, "takes days");
    await applyVerb(context("run-1"));
    world.polls.set(PATH, { verdict: "done" });
    world.set("111111111111/east/b", "dirty");
    const none = { config: { limits: { ...UNLIMITED.limits, perRun: { count: 0 } } } };
    const { exitCode } = await applyVerb(context("run-2", {}, none));
    assert.equal(exitCode, 4);
    const [document, ...others] = changesIn(published.at(-1)!);
    assert.deepEqual(others, []);
    assert.deepEqual(saidOf(document!), ["run-1", "done", "run-2"]);
    assert.equal(runOf(document!)["refused"], null);
  }),
);

Deno.test(
  "a run that only reports has no document of a change, and upkeep has none",
  scene(async ({ world, published, context }) => {
    await reportVerb(context("run-1"));
    world.set(PATH, "worn");
    await applyVerb(context("run-2"));
    assert.deepEqual(published.map(changesIn), [[], []]);
  }),
);

Deno.test(
  "a run of which the store has forgotten when it ran ends in the document of that instant",
  scene(async ({ store, world, published, context }) => {
    world.fates.set(PATH, "takes days");
    await applyVerb(context("run-1", { slot: OCTOBER }));
    await store.write([{ kind: "scripted/run", id: "run-1", value: undefined }]);
    world.polls.set(PATH, { verdict: "done" });
    await reportVerb(context("run-2", { slot: NOVEMBER }));
    const [document] = changesIn(published.at(-1)!);
    assert.equal(document!.body["@timestamp"], "2026-11-20T12:00:00.000Z");
  }),
);

Deno.test(
  "an outcome that the store did not take is in a document when a later run has learned it",
  scene(async ({ store, published, context }) => {
    const deaf: Store = {
      ...killedAt(store, Infinity),
      write: (writes) =>
        writes.some(({ kind, value }) => kind === "scripted/open-intent" && value === undefined)
          ? Promise.reject(new StoreError("The store is full"))
          : store.write(writes),
    };
    await applyVerb(context("run-1", {}, { openStore: () => Promise.resolve(deaf) }));
    assert.deepEqual(indexed(published).map(saidOf), [["run-1", "unknown", "run-1"]]);
    await applyVerb(context("run-2"));
    assert.deepEqual(indexed(published).map(saidOf), [["run-1", "done", "run-2"]]);
  }),
);

/** The store of a run that is killed at its write of this number. */
function killedAt(store: Store, number: number): Store & { readonly isDead: boolean } {
  let left = number;
  const alive = <Result>(work: () => Promise<Result>) =>
    left-- > 0 ? work() : Promise.reject(new Error("killed"));
  return {
    get: (kind, id) => store.get(kind, id),
    list: (kind, prefix) => store.list(kind, prefix),
    write: (writes) => alive(() => store.write(writes)),
    writeEach: (writes, signal) => alive(() => store.writeEach(writes, signal)),
    close: () => {},
    get isDead() {
      return left < 0;
    },
  };
}

Deno.test("wherever a run is killed, the documents say of every change what the journal says", async () => {
  const things = ["a", "b", "c"].map((name) => `111111111111/east/${name}`);
  let killed = 0;
  for (let number = 1, isDead = true; isDead; number++) {
    await scene(async ({ store, world, published, context }) => {
      for (const path of things) world.set(path, "dirty");
      world.set("111111111111/east/upkeep", "worn");
      world.fates.set(things[1]!, "takes days");
      const dying = killedAt(store, number);
      const first = applyVerb(
        context("run-1", {}, { openStore: () => Promise.resolve(dying) }),
      );
      await first.catch(() => {});
      isDead = dying.isDead;
      // Nobody is told what a dead process would have published.
      if (isDead) published.length = 0;
      world.fates.clear();
      for (const path of things) world.polls.set(path, { verdict: "done" });
      await applyVerb(context("run-2"));
      await applyVerb(context("run-3"));
      const journal = (await journalOf(store)).filter(({ action }) => action !== "thing:Polish");
      // What a run has left to another one is not in the journal.
      const made = indexed(published).filter((one) => changeOf(one)["outcome"] !== "skipped");
      if (isDead && journal.some(({ run_id }) => run_id === "run-1")) killed++;
      assert.deepEqual(
        made.map((document) => saidOf(document).slice(0, 2).join()).sort(),
        journal.map(({ run_id, outcome }) => [run_id, outcome].join()).sort(),
        `killed at write ${number}`,
      );
    })();
  }
  assert.ok(killed > 3, `${killed} runs died after a change`);
});
