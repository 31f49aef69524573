import assert from "assert";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import fc from "fast-check";
import { compareText, shortHash } from "../../../runners/core/plan/canonical.ts";
import type { ObservedAccount } from "../../../runners/audit/observed.ts";
import { plan, planInSteps } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import type { Tags } from "../../../runners/audit/tags.ts";
import { generated, propertyTest } from "../core/properties.ts";
import { anyPlanning } from "./arbitrary_world.ts";
import { documentOf } from "./world.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: generated(500) };

type Plan = typeof plan;

/** A plan that keeps the order in which things came. */
const asItCame = (order: (planning: AuditPlanning) => readonly string[]): Plan => (planning) => {
  const made = plan(planning);
  return { ...made, own: { ...made.own, order: order(planning).join() } };
};

/** The items in an order that follows from the seed. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return items.map((item, index) => ({ item, place: shortHash([seed, index], 12) }))
    .sort((a, b) => compareText(a.place, b.place)).map(({ item }) => item);
}

/** The observed world in another order, and its plan, as bytes. */
function orderTest(
  what: string,
  reorder: (observed: Parts<ObservedAccount>, seed: number) => Parts<ObservedAccount>,
  order: (observed: Parts<ObservedAccount>) => readonly string[],
): void {
  propertyTest<Plan>(`${what} does not show in the plan`, plan, (make) => {
    fc.assert(
      fc.property(anyPlanning, fc.nat(), (planning: AuditPlanning, seed) => {
        const again = { ...planning, observed: reorder(planning.observed, seed) };
        const bytes = (planning: AuditPlanning) => JSON.stringify(documentOf(planning, { make }));
        assert.equal(bytes(again), bytes(planning));
      }),
      RUNS,
    );
  }, { "tells of them as they came": asItCame(({ observed }) => order(observed)) });
}

const regionsOf = (observed: Parts<ObservedAccount>) =>
  [...observed].flatMap(({ regions }) => regions);
const instancesOf = (observed: Parts<ObservedAccount>) =>
  regionsOf(observed).flatMap(({ instances }) => instances);

propertyTest<(accounts: readonly ObservedAccount[]) => Parts<ObservedAccount>>(
  "the order in which accounts answer does not show in the plan",
  partsOf,
  (parts) => {
    fc.assert(
      fc.property(anyPlanning, fc.nat(), (planning: AuditPlanning, seed) => {
        const observed = parts(shuffled([...planning.observed], seed));
        const bytes = (planning: AuditPlanning) => JSON.stringify(documentOf(planning));
        assert.equal(bytes({ ...planning, observed }), bytes(planning));
      }),
      RUNS,
    );
  },
  {
    "hands them on as they came": (accounts) => (
      { ...partsOf(accounts), [Symbol.iterator]: () => accounts.values() }
    ),
  },
);

orderTest(
  "the order in which regions answer",
  (observed, seed) =>
    partsOf([...observed].map((account) => (
      { ...account, regions: shuffled(account.regions, seed) }
    ))),
  (observed) => regionsOf(observed).map(({ region }) => region),
);

orderTest(
  "the order of instances and pages",
  (observed, seed) =>
    partsOf([...observed].map((account) => ({
      ...account,
      regions: account.regions.map((region) => ({
        ...region,
        instances: shuffled(region.instances, seed),
      })),
    }))),
  (observed) => instancesOf(observed).map(({ id }) => id),
);

const reordered = (tags: Tags, seed: number) =>
  Object.fromEntries(shuffled(Object.entries(tags), seed));

orderTest(
  "the order of an instance's tags",
  (observed, seed) =>
    partsOf([...observed].map((account) => ({
      ...account,
      regions: account.regions.map((region) => ({
        ...region,
        instances: region.instances.map((one) => ({ ...one, tags: reordered(one.tags, seed) })),
      })),
    }))),
  (observed) => instancesOf(observed).flatMap(({ tags }) => Object.keys(tags)),
);

propertyTest<Plan>("the order of what the store knows does not show in the plan", plan, (make) => {
  fc.assert(
    fc.property(anyPlanning, (planning) => {
      const reversed = <Row>(rows: ReadonlyMap<string, Row>) => new Map([...rows].reverse());
      const { sightings, marks, lifts, canaries, stamps, levels } = planning.earlier;
      const earlier = {
        sightings: reversed(sightings),
        marks: reversed(marks),
        lifts: reversed(lifts),
        canaries: reversed(canaries),
        stamps: reversed(stamps),
        levels: reversed(levels),
        listings: planning.earlier.listings,
        owners: planning.earlier.owners,
      };
      const bytes = (planning: AuditPlanning) => JSON.stringify(documentOf(planning, { make }));
      assert.equal(bytes({ ...planning, earlier }), bytes(planning));
    }),
    RUNS,
  );
}, { "tells of it as it stands there": asItCame(({ earlier }) => [...earlier.marks.keys()]) });

Deno.test("a plan is made in steps, one for each region and each instance", () =>
  fc.assert(
    fc.property(anyPlanning, (planning) => {
      const regions = [...planning.observed].flatMap((account) => account.regions).length;
      const { totals } = documentOf(planning);
      assert.equal(Array.from(planInSteps(planning)).length, regions + totals.examined);
    }),
    { ...RUNS, numRuns: 50 },
  ));
