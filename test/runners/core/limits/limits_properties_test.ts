import assert from "assert";
import fc from "fast-check";
import type { Examined, Wanted } from "../../../../runners/core/limits/counts.ts";
import {
  type Bound,
  type Bounds,
  decideLimits,
  type KindBounds,
  type LimitQuestion,
  type Limits,
  limitUses,
} from "../../../../runners/core/limits/limits.ts";
import { FIXED, generated, propertyTest } from "../properties.ts";

const NOW_MS = Date.parse("2026-11-20T12:00:00.000Z");
const RUNS = { ...FIXED, numRuns: generated(1_000) };
const ACTIONS = ["ec2:CreateTags", "ec2:StopInstances", "ec2:TerminateInstances"] as const;

const account = fc.constantFrom("A", "B");
const region = fc.constantFrom("east", "west");
const examined: fc.Arbitrary<Examined> = fc.record({ account, region, count: fc.nat(60) });
const wanting: fc.Arbitrary<Wanted> = fc.record({
  account,
  region,
  kind: fc.constantFrom(...ACTIONS),
  count: fc.nat(4),
});
/** As 0.1.0 wrote it, which knew one kind. */
const wantedOfOld: fc.Arbitrary<Wanted> = fc.record({ account, region, count: fc.nat(4) });

const bound: fc.Arbitrary<Bound> = fc.record(
  { count: fc.nat(12), percent: fc.integer({ min: 0, max: 100 }) },
  { requiredKeys: [] },
);
const bounds = {
  perRun: bound,
  perAccount: bound,
  perRegion: bound,
  rollingDay: fc.record({ count: fc.nat(15) }, { requiredKeys: [] }),
};
const actionBounds = (name: string, kind: string): fc.Arbitrary<KindBounds> =>
  fc.record({ name: fc.constant(name), kind: fc.constant(kind), ...bounds });
const limits: fc.Arbitrary<Limits> = fc.record({
  ...bounds,
  minPopulation: fc.nat(30),
  kinds: fc.tuple(actionBounds("stop", ACTIONS[1]), actionBounds("terminate", ACTIONS[2]))
    .chain((all) => fc.subarray(all)),
  kindOf: fc.constant(({ action }: { action: string }) => action),
});
const other = fc.record({
  run_id: fc.constant("other"),
  at: fc.integer({ min: 0, max: 30 }).map((hours) =>
    new Date(NOW_MS - hours * 3_600_000).toISOString()
  ),
  share: fc.boolean(),
  finished: fc.boolean(),
  examined: fc.array(examined, { maxLength: 2 }),
  wanted: fc.array(fc.oneof(wanting, wantedOfOld), { maxLength: 3 }),
});
const question: fc.Arbitrary<LimitQuestion> = fc.record({
  limits,
  maxChanges: fc.option(fc.nat(12), { nil: undefined }),
  wanted: fc.array(wanting, { maxLength: 4 }),
  examined: fc.array(examined, { maxLength: 4 }),
  share: fc.boolean(),
  others: fc.array(other, { maxLength: 3 }),
  now: fc.constant(new Date(NOW_MS)),
});

type Decide = typeof decideLimits;

const BOUNDS = ["perRun", "perAccount", "perRegion", "rollingDay"] as const;
const REFUSAL = { limit: "", value: 0, would: 1, reserved: 0, scope: null };

/** Bounds with one of them changed. */
function withBound<Some extends Bounds>(
  some: Some,
  name: typeof BOUNDS[number],
  change: (bound: Bound) => Bound,
): Some {
  return { ...some, [name]: change(some[name]) };
}

/** Changes one bound: of all kinds, or of a single one. */
function changed(
  limits: Limits,
  of: "all" | "stop" | "terminate",
  name: typeof BOUNDS[number],
  change: (bound: Bound) => Bound,
): Limits {
  return of === "all" ? withBound(limits, name, change) : {
    ...limits,
    kinds: limits.kinds.map((one) => one.name === of ? withBound(one, name, change) : one),
  };
}

const which = {
  of: fc.constantFrom("all" as const, "stop" as const, "terminate" as const),
  name: fc.constantFrom(...BOUNDS),
};

propertyTest<Decide>(
  "raising any limit never turns allowed into refused",
  decideLimits,
  (decide) => {
    const raise = fc.record({
      ...which,
      part: fc.constantFrom("count" as const, "percent" as const),
      by: fc.integer({ min: 1, max: 10 }),
    });
    fc.assert(
      fc.property(question, raise, (asked, { of, name, part, by }) => {
        fc.pre(decide(asked) === null);
        const limits = changed(
          asked.limits,
          of,
          name,
          (bound) => bound[part] === undefined ? bound : { ...bound, [part]: bound[part] + by },
        );
        assert.equal(decide({ ...asked, limits }), null);
      }),
      RUNS,
    );
  },
  {
    "takes a limit above 10 for a mistake": (asked) =>
      (asked.limits.perRun.count ?? 0) > 10 ? REFUSAL : decideLimits(asked),
    "takes a stop's limit above 10 for a mistake": (asked) =>
      asked.limits.kinds.some(({ perRegion }) => (perRegion.count ?? 0) > 10)
        ? REFUSAL
        : decideLimits(asked),
  },
);

propertyTest<Decide>(
  "taking a limit away never turns allowed into refused",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, fc.record(which), (asked, { of, name }) => {
        fc.pre(decide(asked) === null);
        assert.equal(
          decide({ ...asked, limits: changed(asked.limits, of, name, () => ({})) }),
          null,
        );
        assert.equal(decide({ ...asked, limits: { ...asked.limits, kinds: [] } }), null);
      }),
      RUNS,
    );
  },
  {
    "takes no limit for none at all": (asked) =>
      decideLimits({
        ...asked,
        limits: { ...asked.limits, perRun: { count: 0, ...asked.limits.perRun } },
      }),
    "wants to be told of each step": (asked) =>
      asked.limits.kinds.length === 0 && asked.wanted.length > 0 ? REFUSAL : decideLimits(asked),
  },
);

propertyTest<Decide>("one change more never turns refused into allowed", decideLimits, (decide) => {
  fc.assert(
    fc.property(question, wanting, (asked, more) => {
      fc.pre(decide(asked) !== null);
      assert.notEqual(decide({ ...asked, wanted: [...asked.wanted, more] }), null);
    }),
    RUNS,
  );
}, {
  "counts no further than ten": (asked) =>
    asked.wanted.reduce((sum, { count }) => sum + count, 0) > 10 ? null : decideLimits(asked),
  "looks at the last kind only": (asked) =>
    decideLimits({ ...asked, wanted: asked.wanted.slice(-1) }),
});

propertyTest<Decide>(
  "what another run has taken never turns refused into allowed",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, other, (asked, { examined: _more, ...one }) => {
        fc.pre(decide(asked) !== null);
        // Without what it examined: shares are measured together, and more allow more.
        const others = [...asked.others, { ...one, examined: [] }];
        assert.notEqual(decide({ ...asked, others }), null);
      }),
      RUNS,
    );
  },
  {
    "knows the last run only": (asked) =>
      decideLimits({ ...asked, others: asked.others.slice(-1) }),
  },
);

propertyTest<Decide>("--max-changes never turns refused into allowed", decideLimits, (decide) => {
  fc.assert(
    fc.property(question, fc.nat(50), (asked, maxChanges) => {
      fc.pre(decide({ ...asked, maxChanges: undefined }) !== null);
      assert.notEqual(decide({ ...asked, maxChanges }), null);
    }),
    RUNS,
  );
}, {
  "puts it in the place of the run's limit": ({ maxChanges, ...asked }) =>
    decideLimits(
      maxChanges === undefined
        ? asked
        : { ...asked, limits: { ...asked.limits, perRun: { count: maxChanges } } },
    ),
});

propertyTest<Decide>(
  "a refusal always says more than the limit's value, and less without others",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, (asked) => {
        const refusal = decide(asked);
        fc.pre(refusal !== null);
        const { value, would, reserved } = refusal!;
        assert.ok(would > value, `${would} is not more than ${value}`);
        assert.ok(reserved >= 0 && reserved <= would);
      }),
      RUNS,
    );
  },
  {
    "tells of its own changes only": (asked) => {
      const refusal = decideLimits(asked);
      return refusal && { ...refusal, would: refusal.would - refusal.reserved };
    },
  },
);

propertyTest<Decide>(
  "the order in which places are given never matters to the verdict",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, (asked) => {
        const turned = {
          ...asked,
          wanted: asked.wanted.toReversed(),
          examined: asked.examined.toReversed(),
          others: asked.others.toReversed(),
        };
        assert.deepEqual(decide(turned), decide(asked));
      }),
      RUNS,
    );
  },
  {
    "looks at the first place": (asked) =>
      decideLimits({ ...asked, wanted: asked.wanted.slice(0, 1) }),
  },
);

propertyTest<Decide>(
  "a run that would use more than a budget holds is always refused",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, (asked) => {
        const over = limitUses(asked).some(({ would, value, limit }) =>
          would > value && takesOf(asked, limit)
        );
        fc.pre(over);
        assert.notEqual(decide(asked), null);
      }),
      RUNS,
    );
  },
  {
    "forgets the other runs": (asked) => decideLimits({ ...asked, others: [] }),
    "forgets the limits of steps": (asked) =>
      decideLimits({ ...asked, limits: { ...asked.limits, kinds: [] } }),
  },
);

/** Whether the run itself takes anything of a budget; what others have taken refuses nobody else. */
function takesOf({ wanted, limits }: LimitQuestion, limit: string): boolean {
  const step = limits.kinds.find(({ name }) => limit.startsWith(`limits.${name}.`));
  return wanted.some(({ count, kind }) => count > 0 && (!step || kind === step.kind));
}

propertyTest<Decide>(
  "the limits of a step never bind a run that does not take it",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, (asked) => {
        const wanted = asked.wanted.filter(({ kind }) => kind === ACTIONS[0]);
        const without = { ...asked.limits, kinds: [] };
        assert.deepEqual(
          decide({ ...asked, wanted }),
          decide({ ...asked, wanted, limits: without }),
        );
      }),
      RUNS,
    );
  },
  {
    "counts every kind for every step": (asked) =>
      decideLimits({
        ...asked,
        wanted: asked.wanted.map((one) => ({ ...one, kind: ACTIONS[1] })),
      }),
  },
);

propertyTest<Decide>(
  "a run is always allowed where all limits and those of each step allow it, and only there",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, (asked) => {
        const only = (kinds: Limits["kinds"]) =>
          decide({ ...asked, limits: { ...asked.limits, kinds } });
        const each = [only([]), ...asked.limits.kinds.map((one) => only([one]))];
        assert.equal(decide(asked) === null, each.every((refusal) => refusal === null));
      }),
      RUNS,
    );
  },
  {
    "lets the first step's limits speak for all": (asked) =>
      decideLimits({
        ...asked,
        limits: { ...asked.limits, kinds: asked.limits.kinds.slice(0, 1) },
      }),
    "lets a step's limits stand in place of all others": (asked) =>
      decideLimits(
        asked.limits.kinds.length === 0
          ? asked
          : { ...asked, limits: { ...asked.limits, perRun: {}, perAccount: {}, perRegion: {} } },
      ),
  },
);

propertyTest<Decide>(
  "what 0.1.0 has reserved always counts as what it could do: as marks",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, (asked) => {
        const renamed = asked.others.map((run) => ({
          ...run,
          wanted: run.wanted.map((one) => ({ ...one, kind: one.kind ?? ACTIONS[0] })),
        }));
        const { kinds, minPopulation } = asked.limits;
        const none = { perRun: {}, perAccount: {}, perRegion: {}, rollingDay: {} };
        for (const limits of [asked.limits, { ...none, kinds, minPopulation }]) {
          const so = { ...asked, limits };
          assert.deepEqual(decide({ ...so, others: renamed }), decide(so));
        }
      }),
      RUNS,
    );
  },
  {
    "does not count what has no kind": (asked) =>
      decideLimits({
        ...asked,
        others: asked.others.map((run) => ({
          ...run,
          wanted: run.wanted.filter(({ kind }) => kind !== undefined),
        })),
      }),
    "counts what has no kind for every step": (asked) =>
      decideLimits({
        ...asked,
        others: asked.others.map((run) => ({
          ...run,
          wanted: run.wanted.map((one) => ({ ...one, kind: one.kind ?? ACTIONS[1] })),
        })),
      }),
  },
);

/** The same question, as if there were no changes but these. */
function only(
  asked: LimitQuestion,
  isCounted: (one: Wanted) => boolean,
): LimitQuestion {
  const { apart: _apart, ...limits } = asked.limits;
  return {
    ...asked,
    limits,
    wanted: asked.wanted.filter(isCounted),
    others: asked.others.map((run) => ({ ...run, wanted: run.wanted.filter(isCounted) })),
  };
}

propertyTest<Decide>(
  "a kind that is counted apart is always decided as if it were alone, and the others as if it were not",
  decideLimits,
  (decide) => {
    fc.assert(
      fc.property(question, (asked) => {
        const isApart = ({ kind }: Wanted) => kind === ACTIONS[2];
        const so = { ...asked, limits: { ...asked.limits, apart: ["undo/", ACTIONS[2]] } };
        for (const isCounted of [isApart, (one: Wanted) => !isApart(one)]) {
          const some = { ...so, wanted: asked.wanted.filter(isCounted) };
          assert.deepEqual(decide(some), decideLimits(only(some, isCounted)));
        }
      }),
      RUNS,
    );
  },
  {
    "counts all together": ({ limits: { apart: _apart, ...limits }, ...asked }) =>
      decideLimits({ ...asked, limits }),
    "does not bind it at all": (asked) =>
      decideLimits(only(asked, ({ kind }) => !asked.limits.apart?.includes(kind!))),
  },
);
