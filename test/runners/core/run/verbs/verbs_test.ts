import assert from "assert";
import { InterruptedError } from "../../../../../runners/core/errors.ts";
import { PLAIN_COMMAND } from "../../../../../runners/core/cli/next_command.ts";
import type { RunOptions } from "../../../../../runners/core/run/context.ts";
import { explainVerb } from "../../../../../runners/core/run/verbs/explain_verb.ts";
import { applyVerb } from "../../../../../runners/core/run/verbs/apply_verb.ts";
import { planVerb } from "../../../../../runners/core/run/verbs/plan_verb.ts";
import { planDocument } from "../../../../../runners/core/plan/document.ts";
import { readPlanFile } from "../../../../../runners/core/run/apply/plan_file.ts";
import { scopeOf } from "../../../../../runners/core/run/make_plan.ts";
import { reportVerb } from "../../../../../runners/core/run/verbs/report_verb.ts";
import type { Store } from "../../../../../runners/core/store/store.ts";
import type { RunRow } from "../../../../../runners/core/run/run_register.ts";
import { ManualClock } from "../../manual_clock.ts";
import { journalOf, UNLIMITED } from "../apply/apply_in_store.ts";
import { contextOf, type Told } from "../run_context.ts";
import { planOf, type ScriptedJob, scriptedJob, World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

type Scene = Told & { readonly store: Store; readonly folder: string };

function scene(work: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    withStore(async (store, path) => {
      const world = new World({ "111111111111/east/a": "dirty", "222222222222/east/b": "clean" });
      const folder = path.slice(0, path.lastIndexOf("/"));
      await work({ store, path, folder, world, clock: new ManualClock() });
    });
}

const scopes: readonly (readonly [string, Partial<RunOptions>, string])[] = [
  [
    "an account that the configuration does not name",
    { accounts: ["333333333333"] },
    "--account 333333333333: not among the accounts of the configuration " +
    "(111111111111, 222222222222)",
  ],
  [
    "a region that the configuration does not name",
    { regions: ["us-west-2"] },
    "--region us-west-2: not among organization.regions (us-east-1)",
  ],
];

for (const [title, options, message] of scopes) {
  Deno.test(
    `a plan is refused for ${title}`,
    scene(async (told) => {
      const context = contextOf({ ...told, options });
      const organization = { ...context.organization, regions: ["us-east-1"] };
      await assert.rejects(planVerb({ ...context, organization }), { name: "UsageError", message });
    }),
  );
}

Deno.test(
  "an account and a Region that are named twice are looked at once",
  scene(async (told) => {
    for (const regions of [[], ["us-east-1", "us-east-1"]]) {
      const accounts = regions.length === 0 ? [] : ["111111111111", "111111111111"];
      const context = contextOf({ ...told, options: { accounts, regions } });
      const organization = { ...context.organization, regions: ["us-east-1", "us-east-1"] };
      const scope = await scopeOf({ ...context, organization });
      assert.deepEqual(scope.regions, ["us-east-1"]);
      assert.equal(scope.accounts.length, accounts.length === 0 ? 2 : 1);
    }
  }),
);

Deno.test(
  "a plan that is cut by a signal says so, and does not plan from half of the world",
  scene(async (told) => {
    const part = { signal: AbortSignal.abort(new DOMException("stop", "AbortError")) };
    await assert.rejects(planVerb(contextOf({ ...told, part })), InterruptedError);
  }),
);

for (
  const [verb, run] of Object.entries({ plan: planVerb, report: reportVerb, apply: applyVerb })
) {
  Deno.test(
    `a signal that comes while ${verb} judges ends it before the plan's end, and nothing is changed`,
    scene(async ({ store, ...told }) => {
      const stop = new AbortController();
      const context = contextOf({ ...told, part: { signal: stop.signal } });
      let steps = 0;
      const job: ScriptedJob = {
        ...context.job,
        *planInSteps({ observed, now }) {
          setTimeout(() => stop.abort(new InterruptedError()), 0);
          for (; steps < 1000; steps++) {
            void told.clock.advance(1000);
            yield;
          }
          return planOf(observed, now);
        },
      };
      await assert.rejects(run({ ...context, job }), InterruptedError);
      assert.ok(steps < 1000, `${steps} steps were made`);
      assert.deepEqual(await journalOf(store), []);
      assert.deepEqual(told.world.calls, []);
    }),
  );
}

Deno.test(
  "plan makes no file where there is no store, and writes nothing where there is one",
  scene(async ({ store, ...told }) => {
    const { exitCode, run } = await planVerb(contextOf({ ...told, path: `${told.folder}/no.db` }));
    assert.deepEqual([exitCode, run], [0, null]);
    await planVerb(contextOf(told));
    for (const kind of ["look", "scripted/run", "scripted/open-run", "scripted/budget"]) {
      assert.deepEqual(await rowsOf(store, kind), []);
    }
    assert.deepEqual(await journalOf(store), []);
    const files = Array.from(Deno.readDirSync(told.folder), ({ name }) => name);
    assert.deepEqual(files, ["groundskeeper.db"]);
  }),
);

Deno.test(
  "plan --out writes a plan that apply can read",
  scene(async (told) => {
    const options = { outDirectory: told.folder };
    const { planFile, written, plan } = await planVerb(contextOf({ ...told, options }));
    assert.equal(planFile, `${told.folder}/scripted-plan.json`);
    assert.deepEqual(written, [planFile]);
    const { job } = contextOf(told);
    const terms = { job, configHash: "sha256:01", planMaxAgeMs: 1, clock: told.clock };
    const document = JSON.parse(JSON.stringify(planDocument(plan, job.documentParts)));
    assert.deepEqual(await readPlanFile(planFile!, terms), { ...document, changes: plan.changes });
  }),
);

Deno.test(
  "a plan that a limit refuses is exit 4, one with a gap in its coverage exit 3",
  scene(async (told) => {
    const config = { limits: { ...UNLIMITED.limits, perRun: { count: 0 } } };
    assert.equal((await planVerb(contextOf({ ...told, part: { config } }))).exitCode, 4);
    told.world.unproven.push("222222222222/east");
    assert.equal((await planVerb(contextOf(told))).exitCode, 3);
    assert.equal((await planVerb(contextOf({ ...told, part: { config } }))).exitCode, 4);
  }),
);

Deno.test(
  "from a snapshot a plan is hypothetical and for the time it was taken, or as of another",
  scene(async (told) => {
    const saved = { saveSnapshotDirectory: told.folder };
    const first = await planVerb(contextOf({ ...told, options: saved }));
    assert.equal(first.plan.hypothetical, false);
    told.world.set("111111111111/east/a", "clean");
    const later = { ...told, clock: new ManualClock("2026-11-25T12:00:00Z") };
    const options = { snapshotDirectory: told.folder };
    const part = { sessions: () => assert.fail("AWS was asked") };
    const { plan } = await planVerb(contextOf({ ...later, options, part }));
    assert.deepEqual([plan.hypothetical, plan.as_of], [true, "2026-11-20T12:00:00.000Z"]);
    assert.equal(plan.plan_id, first.plan.plan_id);
    assert.equal(plan.changes.length, 1);
    const asOf = new Date("2027-01-01T00:00:00Z");
    const moved = await planVerb(contextOf({ ...later, options: { ...options, asOf }, part }));
    assert.equal(moved.plan.as_of, "2027-01-01T00:00:00.000Z");
  }),
);

Deno.test(
  "report stores looks and the run, publishes, and changes nothing in the accounts",
  scene(async ({ store, ...told }) => {
    const slot = new Date("2026-11-20T11:30:00Z");
    const { run, exitCode } = await reportVerb(contextOf({ ...told, options: { slot } }));
    assert.equal(exitCode, 0);
    assert.deepEqual(run?.changes.map(({ outcome, at }) => [outcome, at]), [[null, null]]);
    assert.equal(run?.slot, "2026-11-20T11:30:00.000Z");
    assert.deepEqual(told.world.calls, []);
    assert.equal((await rowsOf(store, "look")).length, 1);
    const [row] = (await rowsOf(store, "scripted/run")).map(({ value }) =>
      value as unknown as RunRow
    );
    assert.deepEqual([row?.verb, row?.exit_code, row?.slot], ["report", 0, run?.slot]);
  }),
);

for (const options of [{ asOf: new Date() }, { snapshotDirectory: "x" }]) {
  Deno.test(
    `report with ${Object.keys(options)} is refused`,
    scene(async (told) => {
      await assert.rejects(reportVerb(contextOf({ ...told, options })), {
        name: "UsageError",
        message: /shows a hypothetical plan, and report acts on the world as it is/,
      });
    }),
  );
}

Deno.test(
  "a sink that fails keeps the others from nothing, and the run is done in part",
  scene(async (told) => {
    const sink = (name: string) => ({
      name,
      publish: () =>
        name === "broken" ? Promise.reject(new Error("full")) : Promise.resolve([name]),
    });
    const part = { sinks: [sink("broken"), sink("whole")] };
    const { exitCode, written } = await reportVerb(contextOf({ ...told, part }));
    assert.deepEqual([exitCode, written], [3, ["whole"]]);
  }),
);

Deno.test(
  "explain looks only where the thing is known to be, and tells what is known of it",
  scene(async (told) => {
    told.world.set("111111111111/east/b1", "dirty");
    const context = contextOf(told);
    const seen: unknown[] = [];
    const job: ReturnType<typeof scriptedJob> = {
      ...context.job,
      locate: () => ({ account: "111111111111", region: "east" }),
      observeAccount: (account, observing) => {
        seen.push(account.id, observing.scope.regions);
        return context.job.observeAccount(account, observing);
      },
    };
    const { explanation, exitCode } = await explainVerb({ ...context, job }, "b1", PLAIN_COMMAND);
    assert.deepEqual([explanation.text, exitCode], [[["b1, 0 entries"]], 0]);
    assert.deepEqual(seen, ["111111111111", ["east"]]);
  }),
);

Deno.test(
  "what explain does not find is told with how much was read",
  scene(async (told) => {
    told.world.unproven.push("222222222222/east");
    await assert.rejects(explainVerb(contextOf(told), "nobody", PLAIN_COMMAND), {
      code: "not-found",
      exitCode: 3,
      message: '"nobody" was not found in the 1 of 2 account-regions that were read. ' +
        "Narrow the search with --account and --region, or check the ID",
    });
  }),
);
