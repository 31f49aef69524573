import assert from "assert";
import fc from "fast-check";
import {
  type Bound,
  decideLimits,
  type Examined,
  type LimitQuestion,
  type Limits,
  limitUses,
} from "../../../../runners/core/limits/limits.ts";
import { FIXED } from "../properties.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00.000Z");
const RUNS = { ...FIXED, numRuns: 1_000 };

const place = (max: number): fc.Arbitrary<Examined> =>
  fc.record({
    account: fc.constantFrom("A", "B"),
    region: fc.constantFrom("east", "west"),
    count: fc.nat(max),
  });
const bound: fc.Arbitrary<Bound> = fc.record(
  { count: fc.nat(12), percent: fc.integer({ min: 0, max: 100 }) },
  { requiredKeys: [] },
);
const limits: fc.Arbitrary<Limits> = fc.record({
  perRun: bound,
  perAccount: bound,
  perRegion: bound,
  rollingDay: fc.record({ count: fc.nat(15) }, { requiredKeys: [] }),
  minPopulation: fc.nat(30),
});
const other = fc.record({
  run_id: fc.constant("other"),
  at: fc.integer({ min: 0, max: 30 }).map((hours) =>
    new Date(NOW_MS - hours * 3_600_000).toISOString()
  ),
  share: fc.boolean(),
  finished: fc.boolean(),
  examined: fc.array(place(60), { maxLength: 2 }),
  wanted: fc.array(place(4), { maxLength: 3 }),
});
const question: fc.Arbitrary<LimitQuestion> = fc.record({
  limits,
  maxChanges: fc.option(fc.nat(12), { nil: undefined }),
  wanted: fc.array(place(4), { maxLength: 4 }),
  examined: fc.array(place(60), { maxLength: 4 }),
  share: fc.boolean(),
  others: fc.array(other, { maxLength: 3 }),
  now: fc.constant(new Date(NOW_MS)),
});

const BOUNDS = ["perRun", "perAccount", "perRegion", "rollingDay"] as const;

Deno.test("raising any limit never turns allowed into refused", () => {
  const raise = fc.record({
    name: fc.constantFrom(...BOUNDS),
    part: fc.constantFrom("count", "percent"),
    by: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(question, raise, (asked, { name, part, by }) => {
      const bound: Bound = asked.limits[name];
      const value = bound[part as keyof Bound];
      fc.pre(value !== undefined && decideLimits(asked) === null);
      const raised = { ...asked.limits, [name]: { ...bound, [part]: value! + by } };
      assert.equal(decideLimits({ ...asked, limits: raised }), null);
    }),
    RUNS,
  );
});

Deno.test("taking a limit away never turns allowed into refused", () => {
  fc.assert(
    fc.property(question, fc.constantFrom(...BOUNDS), (asked, name) => {
      fc.pre(decideLimits(asked) === null);
      assert.equal(decideLimits({ ...asked, limits: { ...asked.limits, [name]: {} } }), null);
    }),
    RUNS,
  );
});

Deno.test("one change more never turns refused into allowed", () => {
  fc.assert(
    fc.property(question, place(3), (asked, more) => {
      fc.pre(decideLimits(asked) !== null);
      assert.notEqual(decideLimits({ ...asked, wanted: [...asked.wanted, more] }), null);
    }),
    RUNS,
  );
});

Deno.test("what another run has taken never turns refused into allowed", () => {
  fc.assert(
    fc.property(question, other, (asked, one) => {
      fc.pre(decideLimits(asked) !== null);
      assert.notEqual(decideLimits({ ...asked, others: [...asked.others, one] }), null);
    }),
    RUNS,
  );
});

Deno.test("--max-changes never turns refused into allowed", () => {
  fc.assert(
    fc.property(question, fc.nat(50), (asked, maxChanges) => {
      fc.pre(decideLimits({ ...asked, maxChanges: undefined }) !== null);
      assert.notEqual(decideLimits({ ...asked, maxChanges }), null);
    }),
    RUNS,
  );
});

Deno.test("a refusal always says more than the limit's value, and less without others", () => {
  fc.assert(
    fc.property(question, (asked) => {
      const refusal = decideLimits(asked);
      fc.pre(refusal !== null);
      const { value, would, reserved } = refusal!;
      assert.ok(would > value, `${would} is not more than ${value}`);
      assert.ok(reserved >= 0 && reserved <= would);
    }),
    RUNS,
  );
});

Deno.test("the order in which places are given never matters to the verdict", () => {
  fc.assert(
    fc.property(question, (asked) => {
      const turned = {
        ...asked,
        wanted: asked.wanted.toReversed(),
        examined: asked.examined.toReversed(),
        others: asked.others.toReversed(),
      };
      assert.deepEqual(decideLimits(turned), decideLimits(asked));
    }),
    RUNS,
  );
});

Deno.test("a run that would use more than a budget holds is always refused", () => {
  fc.assert(
    fc.property(question, (asked) => {
      const over = limitUses(asked).some(({ would, value }) => would > value);
      fc.pre(over && asked.wanted.some(({ count }) => count > 0));
      assert.notEqual(decideLimits(asked), null);
    }),
    RUNS,
  );
});
