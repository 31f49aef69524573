import assert from "assert";
import fc from "fast-check";
import { compareText, shortHash } from "../../../runners/core/plan/canonical.ts";
import type { Observed, Tags } from "../../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { anyPlanning } from "./arbitrary_world.ts";
import { documentOf } from "./world.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: 500 };

/** The items in an order that follows from the seed. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return items.map((item, index) => ({ item, place: shortHash([seed, index], 12) }))
    .sort((a, b) => compareText(a.place, b.place)).map(({ item }) => item);
}

/** The observed world in another order, and the plan that is made of it, as bytes. */
function sameBytes(reorder: (observed: Observed, seed: number) => Observed) {
  fc.assert(
    fc.property(anyPlanning, fc.nat(), (planning: AuditPlanning, seed) => {
      const again = { ...planning, observed: reorder(planning.observed, seed) };
      assert.equal(JSON.stringify(documentOf(again)), JSON.stringify(documentOf(planning)));
    }),
    RUNS,
  );
}

Deno.test("the order in which accounts answer does not show in the plan", () =>
  sameBytes(({ accounts }, seed) => ({ accounts: shuffled(accounts, seed) })));

Deno.test("the order in which regions answer does not show in the plan", () =>
  sameBytes(({ accounts }, seed) => ({
    accounts: accounts.map((account) => ({ ...account, regions: shuffled(account.regions, seed) })),
  })));

Deno.test("the order of instances and pages does not show in the plan", () =>
  sameBytes(({ accounts }, seed) => ({
    accounts: accounts.map((account) => ({
      ...account,
      regions: account.regions.map((region) => ({
        ...region,
        instances: shuffled(region.instances, seed),
      })),
    })),
  })));

Deno.test("the order of an instance's tags does not show in the plan", () => {
  const reordered = (tags: Tags, seed: number) =>
    Object.fromEntries(shuffled(Object.entries(tags), seed));
  sameBytes(({ accounts }, seed) => ({
    accounts: accounts.map((account) => ({
      ...account,
      regions: account.regions.map((region) => ({
        ...region,
        instances: region.instances.map((one) => ({ ...one, tags: reordered(one.tags, seed) })),
      })),
    })),
  }));
});

Deno.test("the order of what the store knows does not show in the plan", () =>
  fc.assert(
    fc.property(anyPlanning, (planning) => {
      const reversed = <Row>(rows: ReadonlyMap<string, Row>) => new Map([...rows].reverse());
      const { looks, marks } = planning.earlier;
      const again = { ...planning, earlier: { looks: reversed(looks), marks: reversed(marks) } };
      assert.equal(JSON.stringify(documentOf(again)), JSON.stringify(documentOf(planning)));
    }),
    RUNS,
  ));
