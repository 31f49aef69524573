import assert from "assert";
import fc from "fast-check";
import { type RegionFacts, trippedBreakers } from "../../../runners/audit/breakers.ts";
import type { CanaryStatus } from "../../../runners/audit/canary/canary.ts";
import { type Level, nextLevel } from "../../../runners/audit/levels.ts";
import { generated, propertyTest } from "../core/properties.ts";
import { configOf, DEV, NOW, YESTERDAY } from "./world.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: generated(1000) };

const config = configOf({ required: [{ key: "owner" }] });
const level = (listed: number, examined = listed, violating = 0, part: Partial<Level> = {}) => ({
  listed,
  examined,
  violating,
  at: YESTERDAY,
  ...part,
});
const seen = (listed: number, examined = listed, violating = 0) => ({
  listed,
  examined,
  violating,
});

/** The same of a region in which groups manage some of the listed instances. */
const grouped = (listed: number, managed: number) => ({ ...level(listed), managed });

/** A region with nothing odd. */
const facts = (part: Partial<RegionFacts> = {}): RegionFacts => ({
  account: DEV,
  region: "us-east-1",
  name: "dev",
  canary: "disabled",
  isCanaryNew: false,
  isDenied: false,
  asked: 0,
  disagreeing: 0,
  seen: seen(0),
  explained: 0,
  level: undefined,
  ...part,
});

const canaries = (...statuses: readonly CanaryStatus[]) =>
  statuses.map((canary, index) => facts({ canary, region: `region-${index}` }));

interface BreakerCase {
  readonly title: string;
  readonly regions: readonly RegionFacts[];
  readonly config?: Parameters<typeof configOf>[0];
  /** The limit, what was found, and the scope unless that is the complete run. */
  readonly trips: readonly (readonly [limit: string, would: number, scope?: string])[];
}

const EAST = `${DEV}/us-east-1`;
const required = [{ key: "owner" }];

const cases: readonly BreakerCase[] = [
  { title: "nothing at all", regions: [], trips: [] },
  {
    title: "a region that nobody has seen before",
    regions: [facts({ seen: seen(50, 50, 50) })],
    trips: [],
  },
  // Canaries
  {
    title: "one canary of five that is not well: just the share that is allowed",
    regions: canaries("ok", "ok", "ok", "ok", "absent"),
    trips: [],
  },
  {
    title: "one canary of four that is not well",
    regions: canaries("ok", "ok", "ok", "stale"),
    trips: [["breakers.canaryFailShare", 0.25]],
  },
  {
    title: "one canary alone that is not well, however few regions there are",
    regions: canaries("error"),
    trips: [["breakers.canaryFailShare", 1]],
  },
  {
    title: "regions without a canary, which are not counted",
    regions: canaries("ok", "ok", "ok", "absent", ...Array<CanaryStatus>(20).fill("disabled")),
    trips: [["breakers.canaryFailShare", 0.25]],
  },
  {
    title: "canaries that are all not well, where that is allowed",
    regions: canaries("absent", "stale"),
    config: { required, breakers: { canaryFailShare: 1 } },
    trips: [],
  },
  {
    title: "one canary of a hundred, where none may fail",
    regions: canaries("state", ...Array<CanaryStatus>(99).fill("ok")),
    config: { required, breakers: { canaryFailShare: 0 } },
    trips: [["breakers.canaryFailShare", 0.01]],
  },
  // The two sources of tags
  {
    title: "sources that differ on one of a hundred",
    regions: [facts({ asked: 100, disagreeing: 1 })],
    trips: [],
  },
  {
    title: "sources that differ on two of a hundred, counted over all regions",
    regions: [
      facts({ asked: 50, disagreeing: 2 }),
      facts({ region: "eu-west-1", asked: 50 }),
    ],
    trips: [["breakers.tagDisagree", 0.02]],
  },
  {
    title: "sources that differ on all of nineteen, which are few",
    regions: [facts({ asked: 19, disagreeing: 19 })],
    trips: [],
  },
  {
    title: "sources that differ on one of twenty",
    regions: [facts({ asked: 20, disagreeing: 1 })],
    trips: [["breakers.tagDisagree", 0.05]],
  },
  // Populations
  {
    title: "a region that has lost half of its instances: just the share that is allowed",
    regions: [facts({ level: level(20), seen: seen(10) })],
    trips: [],
  },
  {
    title: "a region that has lost more than half",
    regions: [facts({ level: level(20), seen: seen(9) })],
    trips: [["breakers.populationDrop", 0.55, EAST]],
  },
  {
    title: "a region that has lost all of nineteen",
    regions: [facts({ level: level(19), seen: seen(0) })],
    trips: [],
  },
  {
    title: "a region that has lost many, and of enough it is known why",
    regions: [facts({ level: level(20), seen: seen(2), explained: 8 })],
    trips: [],
  },
  {
    title: "a region that has lost many, and of one too few it is known why",
    regions: [facts({ level: level(20), seen: seen(2), explained: 7 })],
    trips: [["breakers.populationDrop", 0.55, EAST]],
  },
  {
    title: "a region that has grown",
    regions: [facts({ level: level(20), seen: seen(2000) })],
    trips: [],
  },
  {
    title: "a region that could not be read",
    regions: [facts({ level: level(20), seen: null })],
    trips: [],
  },
  {
    title: "a loss of just the share that is allowed, which no rounding makes more",
    regions: [facts({ level: level(20), seen: seen(14) })],
    config: { required, breakers: { populationDrop: 0.3 } },
    trips: [],
  },
  {
    title: "a loss of one that is allowed none",
    regions: [facts({ level: level(20), seen: seen(19) })],
    config: { required, breakers: { populationDrop: 0 } },
    trips: [["breakers.populationDrop", 0.05, EAST]],
  },
  // Groups: `seen` and `level` with how many of theirs a group manages
  {
    title: "a night in which all instances of groups are gone",
    regions: [facts({ level: grouped(100, 80), seen: grouped(20, 0) })],
    trips: [],
  },
  {
    title: "a region of groups alone that is empty at night",
    regions: [facts({ level: grouped(100, 100), seen: grouped(0, 0) })],
    trips: [],
  },
  {
    title: "a night in which groups scale in, and most of the rest is gone too",
    regions: [facts({ level: grouped(100, 80), seen: grouped(9, 0) })],
    trips: [["breakers.populationDrop", 0.55, EAST]],
  },
  {
    title: "groups that stay as they are while most of the rest is gone",
    regions: [facts({ level: grouped(1000, 980), seen: grouped(989, 980) })],
    trips: [["breakers.populationDrop", 0.55, EAST]],
  },
  {
    title: "a level from before groups were counted, of which more than half is gone",
    regions: [facts({ level: level(100), seen: grouped(49, 20) })],
    trips: [["breakers.populationDrop", 0.51, EAST]],
  },
  {
    title: "a level from before groups were counted, of which nothing is gone",
    regions: [facts({ level: level(100), seen: grouped(100, 80) })],
    trips: [],
  },
  {
    title: "instances that are of a group now and were not",
    regions: [facts({ level: grouped(100, 0), seen: grouped(100, 80) })],
    trips: [],
  },
  {
    title: "the loss of all of nineteen beside a group",
    regions: [facts({ level: grouped(100, 81), seen: grouped(81, 81) })],
    trips: [],
  },
  {
    title: "a region of groups and fifteen others that answers with nothing",
    regions: [facts({ level: grouped(500, 485), seen: grouped(0, 0) })],
    trips: [["breakers.populationDrop", 1, EAST]],
  },
  {
    title: "a night in which groups scale in, and few others stay",
    regions: [facts({ level: grouped(500, 485), seen: grouped(15, 0) })],
    trips: [],
  },
  {
    title: "a night in which groups scale in, and of few others half is gone",
    regions: [facts({ level: grouped(500, 480), seen: grouped(10, 0) })],
    trips: [],
  },
  {
    title: "a region of groups and few others, all gone for a known reason",
    regions: [facts({ level: grouped(500, 485), seen: grouped(0, 0), explained: 15 })],
    trips: [],
  },
  {
    title: "a small region of groups and others that answers with nothing",
    regions: [facts({ level: grouped(19, 10), seen: grouped(0, 0) })],
    trips: [],
  },
  // Denied Regions, and canaries that were never made
  {
    title: "canaries that are well beside Regions that a policy denies",
    regions: [
      ...canaries("ok"),
      ...["a", "b"].map((region) => facts({ region, canary: "error", isDenied: true, seen: null })),
    ],
    trips: [],
  },
  {
    title: "one canary of four that is not well, beside a Region that a policy denies",
    regions: [
      ...canaries("ok", "ok", "ok", "stale"),
      facts({ region: "a", canary: "error", isDenied: true, seen: null }),
    ],
    trips: [["breakers.canaryFailShare", 0.25]],
  },
  {
    title: "a canary that was never made, where something would be changed",
    regions: [...canaries("ok"), facts({ region: "a", canary: "absent", isCanaryNew: true })],
    trips: [["breakers.canaryFailShare", 0.5]],
  },
  // Ratios
  {
    title: "a quarter more that violates: just the share that is allowed",
    regions: [facts({ level: level(20, 20, 4), seen: seen(20, 20, 9) })],
    trips: [],
  },
  {
    title: "more than a quarter more that violates, here and overall",
    regions: [facts({ level: level(20, 20, 4), seen: seen(20, 20, 10) })],
    trips: [["breakers.ratioJump", 0.3, EAST], ["breakers.ratioJump", 0.3]],
  },
  {
    title: "a jump in one region, which is little overall",
    regions: [
      facts({ level: level(20), seen: seen(20, 20, 20) }),
      facts({ region: "eu-west-1", level: level(200), seen: seen(200) }),
    ],
    trips: [["breakers.ratioJump", 1, EAST]],
  },
  {
    title: "a jump over regions that are each too small to say anything",
    regions: ["a", "b", "c"].map((region) =>
      facts({ region, level: level(10), seen: seen(10, 10, 5) })
    ),
    trips: [["breakers.ratioJump", 0.5]],
  },
  {
    title: "a jump among nineteen",
    regions: [facts({ level: level(19), seen: seen(19, 19, 19) })],
    trips: [],
  },
  {
    title: "a jump of a region that was small before",
    regions: [facts({ level: level(19), seen: seen(100, 100, 100) })],
    trips: [],
  },
  {
    title: "a region in which far less violates",
    regions: [facts({ level: level(20, 20, 20), seen: seen(20, 20, 0) })],
    trips: [],
  },
  {
    title: "violators that are new beside a region that nobody has seen before",
    regions: [
      facts({ level: level(20), seen: seen(20) }),
      facts({ region: "eu-west-1", seen: seen(200, 200, 200) }),
    ],
    trips: [],
  },
  {
    title: "a jump of just the share that is allowed, which no rounding makes more",
    regions: [facts({ level: level(20, 20, 12), seen: seen(20, 20, 13) })],
    config: { required, breakers: { ratioJump: 0.05 } },
    trips: [],
  },
  {
    title: "what has been so for a day",
    regions: [
      facts({
        level: level(20, 20, 0, { doubted_since: YESTERDAY, doubted: seen(4, 4, 4) }),
        seen: seen(4, 4, 4),
      }),
    ],
    trips: [],
  },
  {
    title: "several at once: what says more comes first, regions in their order",
    regions: [
      facts({ region: "us-east-1", level: level(20), seen: seen(2), canary: "absent" }),
      facts({ region: "eu-west-1", level: level(20), seen: seen(2), asked: 20, disagreeing: 9 }),
    ],
    trips: [
      ["breakers.canaryFailShare", 1],
      ["breakers.tagDisagree", 0.45],
      ["breakers.populationDrop", 0.9, `${DEV}/eu-west-1`],
      ["breakers.populationDrop", 0.9, EAST],
    ],
  },
];

for (const { title, regions, config: own = { required }, trips } of cases) {
  const verb = trips.length > 0 ? "trips a breaker" : "trips no breaker";
  Deno.test(`${title} ${verb}`, () => {
    const tripped = trippedBreakers(regions, configOf(own), NOW, true);
    assert.deepEqual(
      tripped.map(({ limit, would, scope }) => [limit, would, scope]),
      trips.map(([limit, would, scope = null]) => [limit, would, scope]),
    );
    for (const { value, would, detail } of tripped) {
      assert.ok(would > value);
      assert.ok(detail.length > 20);
    }
  });
}

Deno.test("canaries that are missing are told apart from those that are not well", () => {
  const told = (...statuses: CanaryStatus[]) =>
    trippedBreakers(canaries(...statuses), config, NOW, true).map(({ detail }) => detail);
  assert.deepEqual(told("absent", "absent"), ["2 of 2 canaries are missing"]);
  assert.deepEqual(told("ok", "absent"), ["1 of 2 canaries is missing"]);
  assert.deepEqual(told("stale"), ["1 of 1 canary is not well"]);
  assert.deepEqual(told("ok", "state", "absent"), [
    "2 of 3 canaries are not well, 1 of them missing",
  ]);
});

Deno.test("a canary that was never made is no failure where nothing would be changed", () => {
  const unmade = facts({ region: "a", canary: "absent", isCanaryNew: true });
  const told = (changes: boolean, ...more: RegionFacts[]) =>
    trippedBreakers([unmade, ...more], config, NOW, changes).map(({ detail }) => detail);
  assert.deepEqual(told(false), []);
  assert.deepEqual(told(false, facts({ canary: "absent" })), ["1 of 1 canary is missing"]);
  assert.deepEqual(told(true), [
    '1 of 1 canary is missing; 1 of them was never made: "audit canary plan" says how',
  ]);
});

Deno.test("a breaker says what it saw, in a sentence", () => {
  const regions = [
    facts({ canary: "absent", level: level(40, 40, 4), seen: seen(40, 40, 20) }),
    facts({ region: "eu-west-1", asked: 50, disagreeing: 2, level: level(40), seen: seen(2) }),
  ];
  assert.deepEqual(trippedBreakers(regions, config, NOW, true).map(({ detail }) => detail), [
    "1 of 1 canary is missing",
    "DescribeInstances and DescribeTags differ on 2 of the 50 instances that both were asked about",
    "dev eu-west-1 answered with 2 of the 40 instances of 2026-11-19T12:00:00.000Z",
    "dev us-east-1 has 50.0 % violating instances, and had 10.0 % at 2026-11-19T12:00:00.000Z",
    "47.6 % of all instances break the rules, and 5.0 % did in the last run",
  ]);
});

const region = fc.record({
  canary: fc.constantFrom<CanaryStatus>("ok", "absent", "disabled"),
  asked: fc.nat(60),
  disagreeing: fc.nat(3),
  listed: fc.nat(60),
  violating: fc.nat(60),
  explained: fc.nat(10),
  was: fc.option(fc.tuple(fc.nat(60), fc.nat(60)), { nil: undefined }),
}).map(({ canary, asked, disagreeing, listed, violating, explained, was }) =>
  facts({
    canary,
    asked,
    disagreeing: Math.min(disagreeing, asked),
    seen: seen(listed, listed, Math.min(violating, listed)),
    explained,
    level: was && level(was[0], was[0], Math.min(...was)),
  })
);
const world = fc.array(region, { maxLength: 4 }).map((regions) =>
  regions.map((one, index) => ({ ...one, region: `region-${index}` }))
);
const NAMES = ["canaryFailShare", "ratioJump", "tagDisagree", "populationDrop"] as const;
const share = fc.nat(100).map((percent) => percent / 100);
const shares = fc.record(
  Object.fromEntries(
    NAMES.map((name) => [name, share]),
  ) as Record<typeof NAMES[number], fc.Arbitrary<number>>,
);

type Trip = typeof trippedBreakers;

const scaledIn = fc.record({
  managed: fc.nat(100),
  gone: fc.nat(100),
  rest: fc.integer({ min: 20, max: 60 }),
  lost: fc.nat(60),
});

propertyTest<Trip>(
  "however many instances of groups are gone, the region trips as it would without groups",
  trippedBreakers,
  (trip) => {
    const names = (...regions: RegionFacts[]) =>
      trip(regions, config, NOW, true).map(({ limit, would }) => `${limit} ${would}`);
    fc.assert(
      fc.property(scaledIn, ({ managed, gone, rest, lost }) => {
        const [left, there] = [Math.max(0, managed - gone), Math.max(0, rest - lost)];
        const alone = names(facts({ level: level(rest), seen: seen(there) }));
        const beside = facts({
          level: grouped(rest + managed, managed),
          seen: { ...seen(there + left), managed: left },
        });
        assert.deepEqual(names(beside), alone);
      }),
      RUNS,
    );
  },
  {
    "counts groups as all others": (regions, config, now, changes) =>
      trippedBreakers(
        regions.map(({ level, ...one }) => {
          const { managed: _managed, ...plain } = level!;
          return { ...one, level: plain };
        }),
        config,
        now,
        changes,
      ),
    "takes all that is gone for instances of groups": (regions, config, now, changes) =>
      trippedBreakers(
        regions.map((one) => ({
          ...one,
          explained: one.level!.managed ? Math.max(0, one.level!.listed - one.seen!.listed) : 0,
        })),
        config,
        now,
        changes,
      ),
  },
);

propertyTest<Trip>(
  "a large region that answers with nothing always trips, however many of its instances are groups'",
  trippedBreakers,
  (trip) => {
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: 1, max: 60 }), (managed, rest) => {
        fc.pre(managed + rest >= 20);
        const gone = facts({ level: grouped(rest + managed, managed), seen: grouped(0, 0) });
        const limits = trip([gone], config, NOW, true).map(({ limit }) => limit);
        assert.deepEqual(limits, ["breakers.populationDrop"]);
      }),
      RUNS,
    );
  },
  {
    "asks for enough instances beside groups": (regions, config, now, changes) =>
      trippedBreakers(
        regions.filter(({ level }) => level!.listed - level!.managed! >= 20),
        config,
        now,
        changes,
      ),
  },
);

propertyTest<Trip>("raising a breaker's share never trips it", trippedBreakers, (trip) => {
  fc.assert(
    fc.property(
      world,
      shares,
      fc.constantFrom(...NAMES),
      share,
      (
        regions,
        breakers,
        name,
        more,
      ) => {
        const names = (shares: typeof breakers) =>
          trip(regions, configOf({ required, breakers: shares }), NOW, true)
            .map(({ limit, scope }) => `${limit} ${scope}`);
        const before = names(breakers);
        const after = names({ ...breakers, [name]: Math.max(breakers[name], more) });
        assert.deepEqual(after.filter((one) => !before.includes(one)), []);
      },
    ),
    RUNS,
  );
}, {
  "takes a share above a half for none": (regions, config, now, changes) =>
    config.breakers.ratioJump > 0.5
      ? trippedBreakers(
        regions,
        { ...config, breakers: { ...config.breakers, ratioJump: 0 } },
        now,
        changes,
      )
      : trippedBreakers(regions, config, now, changes),
});

propertyTest<Trip>(
  "an instance that is explained never trips a breaker, and a canary that is well never does",
  trippedBreakers,
  (trip) => {
    fc.assert(
      fc.property(world, (regions) => {
        const better = regions.map((one) => ({
          ...one,
          explained: one.explained + 1,
          canary: one.canary === "absent" ? "ok" as const : one.canary,
        }));
        const names = (all: readonly RegionFacts[]) =>
          trip(all, config, NOW, true).map(({ limit, scope }) => `${limit} ${scope}`);
        const before = names(regions);
        assert.deepEqual(names(better).filter((one) => !before.includes(one)), []);
      }),
      RUNS,
    );
  },
  {
    "takes what is explained for lost": (regions, config, now, changes) =>
      trippedBreakers(
        regions.map((one) => ({ ...one, explained: -one.explained })),
        config,
        now,
        changes,
      ),
  },
);

const steps: readonly [what: string, earlier: Level | undefined, doubted: boolean, next: Level][] =
  [
    ["a region that was never seen is taken as it is", undefined, false, {
      ...seen(5, 4, 3),
      at: NOW.toISOString(),
    }],
    ["a region in doubt keeps its level, and says since when", level(20), true, {
      ...level(20),
      doubted_since: NOW.toISOString(),
      doubted: seen(5, 4, 3),
    }],
    [
      "a region still in doubt says since when it first was",
      level(20, 20, 0, { doubted_since: YESTERDAY, doubted: seen(5, 4, 3) }),
      true,
      level(20, 20, 0, { doubted_since: YESTERDAY, doubted: seen(5, 4, 3) }),
    ],
    [
      "a region that is believed again has the level that was seen, and no doubt",
      level(20, 20, 0, { doubted_since: YESTERDAY }),
      false,
      { ...seen(5, 4, 3), at: NOW.toISOString() },
    ],
  ];

for (const [what, earlier, doubted, next] of steps) {
  Deno.test(what, () => {
    const look = { seen: seen(5, 4, 3), doubted, allowed: config.breakers };
    assert.deepEqual(nextLevel(earlier, look, NOW), next);
  });
}
