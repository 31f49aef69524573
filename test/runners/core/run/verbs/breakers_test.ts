import assert from "assert";
import { reservationsOf } from "../../../../../runners/core/limits/reservations.ts";
import { applyVerb } from "../../../../../runners/core/run/verbs/apply_verb.ts";
import { planVerb } from "../../../../../runners/core/run/verbs/plan_verb.ts";
import { reportVerb } from "../../../../../runners/core/run/verbs/report_verb.ts";
import { flowingClock, journalOf, UNLIMITED } from "../apply/apply_in_store.ts";
import { contextOf, type Told } from "../run_context.ts";
import { World } from "../scripted_job.ts";
import { rowsOf, withStore } from "../store_in_folder.ts";

/** A world in which a breaker has tripped. */
function tripped(things: Record<string, string>, work: (told: Told) => Promise<void>) {
  return () =>
    withStore(async (_, path) => {
      const world = new World(things);
      world.tripped.push("breakers.ratioJump");
      await work({ path, world, clock: flowingClock() });
    });
}

const A = "111111111111/east/a";
const BREAKER = {
  limit: "breakers.ratioJump",
  value: 0.2,
  would: 1,
  scope: null,
  detail: "breakers.ratioJump",
};

for (
  const [name, verb] of Object.entries({ plan: planVerb, report: reportVerb, apply: applyVerb })
) {
  Deno.test(
    `${name} is exit 4 where a breaker refuses a change, and says which`,
    tripped({ [A]: "dirty" }, async (told) => {
      const { plan, exitCode } = await verb(contextOf(told));
      assert.equal(exitCode, 4);
      assert.deepEqual(plan.refused, { ...BREAKER, reserved: 0 });
      assert.deepEqual(plan.breakers, [BREAKER]);
      assert.equal(told.world.get(A), "dirty");
    }),
  );

  Deno.test(
    `${name} tells of a breaker that has nothing to refuse, and is exit 0`,
    tripped({ [A]: "clean" }, async (told) => {
      const { plan, exitCode } = await verb(contextOf(told));
      assert.deepEqual([plan.refused, plan.breakers, exitCode], [null, [BREAKER], 0]);
    }),
  );

  Deno.test(
    `${name} is exit 3 where a breaker has nothing to refuse and a place is unproven`,
    tripped({ [A]: "clean", "222222222222/east/b": "dirty" }, async (told) => {
      told.world.unproven.push("222222222222/east");
      assert.equal((await verb(contextOf(told))).exitCode, 3);
    }),
  );
}

Deno.test(
  "a breaker refuses what draws on no limit, too",
  tripped({ [A]: "faded" }, async (told) => {
    assert.equal((await applyVerb(contextOf(told))).exitCode, 4);
    assert.deepEqual(told.world.calls, []);
  }),
);

Deno.test(
  "a breaker is told before a limit that refuses as well, and nothing is reserved or asked",
  () =>
    withStore(async (store, path) => {
      const world = new World({ [A]: "dirty" });
      world.tripped.push("breakers.populationDrop", "breakers.ratioJump");
      const config = { limits: { ...UNLIMITED.limits, perRun: { count: 0 } } };
      const confirm = () => assert.fail("asked");
      const told = { path, world, clock: flowingClock(), options: { yes: false } };
      const { plan } = await applyVerb(contextOf({ ...told, part: { config, confirm } }));
      assert.equal(plan.refused?.limit, "breakers.populationDrop");
      assert.equal(plan.breakers.length, 2);
      assert.deepEqual(await rowsOf(store, "scripted/reservation"), []);
      assert.deepEqual(await journalOf(store), []);
    }),
);

Deno.test("a change that draws on no limit is made under a limit of nothing, and not reserved", () =>
  withStore(async (store, path) => {
    const world = new World({ [A]: "faded" });
    const config = { limits: { ...UNLIMITED.limits, perRun: { count: 0 } } };
    const told = { path, world, clock: flowingClock(), options: { maxChanges: 0 } };
    const { run, exitCode } = await applyVerb(contextOf({ ...told, part: { config } }));
    assert.deepEqual([run?.changes[0]?.outcome, exitCode], ["done", 0]);
    const { reservations } = await reservationsOf(store, "scripted", { ...config, share: false });
    assert.deepEqual(reservations.map(({ wanted }) => wanted), [[]]);
  }));

Deno.test("a stricter limit of one action refuses the whole run, what it does not bind included", () =>
  withStore(async (store, path) => {
    const world = new World({ [A]: "dirty", "111111111111/east/b": "broken" });
    const none = { perRun: { count: 0 }, perAccount: {}, perRegion: {}, rollingDay: {} };
    const kinds = [{ name: "scrap", kind: "thing:Scrap", ...none }];
    const config = { limits: { ...UNLIMITED.limits, kinds } };
    const told = { path, world, clock: flowingClock() };
    const { plan, run, exitCode } = await applyVerb(contextOf({ ...told, part: { config } }));
    assert.equal(exitCode, 4);
    assert.equal(plan.refused?.limit, "limits.scrap.perRun.count");
    assert.deepEqual(run?.changes.map(({ outcome }) => outcome), [null, null]);
    assert.deepEqual(await journalOf(store), []);
  }));
