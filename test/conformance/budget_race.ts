import assert from "assert";
import { reservationsOf } from "../../runners/core/limits/reservations.ts";
import type { Store } from "../../runners/core/store/store.ts";
import {
  type Budget,
  type BudgetAnswer,
  type BudgetRun,
  budgetRuns,
  BUDGETS,
  takenBy,
} from "./budget_contender.ts";
import { contend, CONTENDERS } from "./contend.ts";
import type { RaceCase } from "./store_conformance.ts";

/** Sixteen processes over the same budgets: of a run, of a day, and a percentage. */
export const budgetCase: RaceCase = {
  title:
    "of 16 processes that reserve at once, those that are allowed never pass a limit together, " +
    "and nobody is refused who has room",
  async run({ store, place }, contender) {
    const answers = await contend(contender, place, (me) => ({ do: "reserve", me }));
    const told = new Map((answers as BudgetAnswer[][]).flat().map((one) => [one.run_id, one]));
    for (const budget of BUDGETS) await assertHeld(store, budget, told);
  },
};

async function assertHeld(
  store: Store,
  budget: Budget,
  told: ReadonlyMap<string, BudgetAnswer>,
): Promise<void> {
  const { job, limits, share, ends } = budget;
  const runs = new Map(
    Array.from({ length: CONTENDERS }, (_, me) => budgetRuns(budget, me)).flat()
      .map((run) => [run.run_id, run]),
  );
  const answers = [...runs.keys()].map((id) => {
    const answer = told.get(id);
    assert.ok(answer, `${id} was told nothing`);
    return answer;
  });
  const count = (answer: BudgetAnswer) => Object.keys(answer.saw).length;
  const allowed = answers.filter(({ isAllowed }) => isAllowed).sort((a, b) => count(a) - count(b));
  assert.ok(allowed.length > 0 && allowed.length < answers.length, `${job}: ${allowed.length}`);

  // They came one after the other, and each was judged by exactly those before it.
  const inOrder = allowed.map(({ run_id }) => run_id);
  for (const [index, { saw }] of allowed.entries()) {
    assert.deepEqual(Object.keys(saw).sort(), inOrder.slice(0, index).sort());
  }
  for (const answer of answers) {
    const { run_id, isAllowed, saw } = answer;
    assert.deepEqual(Object.keys(saw).sort(), inOrder.slice(0, count(answer)).sort(), run_id);
    for (const [other, taken] of Object.entries(saw)) {
      const { wanted, kept } = runs.get(other)!;
      assert.ok(taken === wanted || (ends && taken === kept), `${run_id} saw ${taken} of ${other}`);
    }
    assert.equal(isAllowed, hasRoom(budget, runs, answer), run_id);
  }

  const { reservations } = await reservationsOf(store, job, { limits, share });
  assert.deepEqual(
    Object.fromEntries(reservations.map((one) => [one.run_id, takenBy(one)])),
    Object.fromEntries(inOrder.map((id) => [id, runs.get(id)![ends ? "kept" : "wanted"]])),
  );
  const taken = reservations.reduce((sum, one) => sum + takenBy(one), 0);
  assert.ok(taken <= mostOf(budget, inOrder.map((id) => runs.get(id)!)), `${job}: ${taken}`);
}

/** Whether a run had room, by what it saw. */
function hasRoom(
  budget: Budget,
  runs: ReadonlyMap<string, BudgetRun>,
  { run_id, saw }: BudgetAnswer,
): boolean {
  const own = runs.get(run_id)!;
  const taken = Object.values(saw).reduce((sum, count) => sum + count, own.wanted);
  return taken <= mostOf(budget, [own, ...Object.keys(saw).map((id) => runs.get(id)!)]);
}

/** How much these runs may take together. */
function mostOf({ limits }: Budget, runs: readonly BudgetRun[]): number {
  const { perRun, rollingDay, minPopulation } = limits;
  const population = runs.reduce((sum, { examined }) => sum + examined, 0);
  const share = perRun.percent === undefined || population < minPopulation
    ? Infinity
    : Math.floor(population * perRun.percent / 100);
  return Math.min(perRun.count ?? Infinity, rollingDay.count ?? Infinity, share);
}
