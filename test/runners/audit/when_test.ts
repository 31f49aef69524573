import assert from "assert";
import fc from "fast-check";
import type { When } from "../../../runners/audit/config.ts";
import { applies, isLeftOutByTags, type Whereabouts } from "../../../runners/audit/when.ts";
import { generated, propertyTest } from "../core/properties.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_130, numRuns: generated(3000) };

const some = <Value>(...values: Value[]) => fc.subarray(values, { minLength: 1 });
const tag = fc.oneof(
  fc.record({ key: fc.constantFrom("env", "Tier") }),
  fc.record({ key: fc.constantFrom("env", "Tier"), value: fc.constantFrom("prod", "") }),
  fc.record({ key: fc.constant("env"), oneOf: some("prod", "Dev") }),
  fc.record({ key: fc.constant("env"), pattern: fc.constantFrom("^p.*$", "^[A-Z]*$") }),
);
const conditions = fc.record({
  accounts: some("111111111111", "222222222222"),
  units: some("ou-a", "ou-b"),
  regions: some("us-east-1", "eu-west-1"),
  vpcs: some("vpc-a", "vpc-b"),
  tag,
}, { requiredKeys: [] });
const when: fc.Arbitrary<When> = fc.tuple(conditions, fc.option(conditions)).map(([said, not]) =>
  ({ ...said, ...(not ? { not } : {}) }) as When
);

/** An instance of which everything is known, and whose tags are written as they should be. */
const known: fc.Arbitrary<Whereabouts> = fc.record({
  account: fc.constantFrom("111111111111", "222222222222", "333333333333"),
  units: fc.subarray(["ou-a", "ou-b"]),
  unitsAsked: fc.constant(["ou-a", "ou-b"]),
  region: fc.constantFrom("us-east-1", "eu-west-1", "us-west-2"),
  vpc: fc.constantFrom("vpc-a", "vpc-b", "vpc-c"),
  tags: fc.record(
    { env: fc.constantFrom("prod", "Dev", "x", ""), Tier: fc.constantFrom("prod", "") },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, string>>,
});

/** Takes some of the facts away. */
const forgetting = fc.record({
  units: fc.subarray(["ou-a", "ou-b"]),
  region: fc.boolean(),
  vpc: fc.boolean(),
  tags: fc.boolean(),
}).map((less) => (all: Whereabouts): Whereabouts => ({
  ...all,
  units: all.units.filter((unit) => !less.units.includes(unit)),
  unitsAsked: all.unitsAsked.filter((unit) => !less.units.includes(unit)),
  region: less.region ? null : all.region,
  vpc: less.vpc ? null : all.vpc,
  tags: less.tags ? null : all.tags,
}));

type Applies = typeof applies;

const asIf = (answer: boolean): Applies => (said, where) => {
  const holds = applies(said, where);
  return typeof holds === "boolean" ? holds : answer;
};
/** Looks at each member by itself, and lets one that is not known pass. */
const withoutUnknown: Applies = (said, where) =>
  applies(said && where.vpc === null ? { ...said, vpcs: ["vpc-z"] } : said, {
    ...where,
    vpc: where.vpc ?? "",
  });

propertyTest<Applies>(
  "what is not known never decides whether a rule applies: either the rest decides, or nothing",
  applies,
  (tried) =>
    fc.assert(
      fc.property(when, known, forgetting, (said, all, forget) => {
        const less = tried(said, forget(all));
        if (typeof less === "boolean") assert.equal(less, tried(said, all));
      }),
      RUNS,
    ),
  {
    "takes what is not known as if it held": asIf(true),
    "takes what is not known as if it did not hold": asIf(false),
    "takes an unknown VPC for another one": withoutUnknown,
  },
);

propertyTest<Applies>(
  "where everything is known, it is always known whether a rule applies",
  applies,
  (tried) =>
    fc.assert(
      fc.property(when, known, (said, all) => assert.equal(typeof tried(said, all), "boolean")),
      RUNS,
    ),
  { "knows nothing": () => ({ unknown: "" }) },
);

const UPPER = (text: string) =>
  text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();

propertyTest<Applies>(
  "a tag in another spelling never takes an instance into a rule or out of it",
  applies,
  (tried) =>
    fc.assert(
      fc.property(when, known, fc.boolean(), (said, all, inKey) => {
        const spelt = Object.fromEntries(
          Object.entries(all.tags ?? {}).map(([key, value]) =>
            inKey ? [UPPER(key), value] : [key, ` ${value}`]
          ),
        );
        const other = tried(said, { ...all, tags: spelt });
        if (typeof other === "boolean") assert.equal(other, tried(said, all));
      }),
      RUNS,
    ),
  {
    "compares letter by letter": (said, where) => {
      const holds = applies(said, where);
      return typeof holds === "boolean" ? holds : false;
    },
  },
);

propertyTest<typeof isLeftOutByTags>(
  "a rule is always left out by tags if others would bring it back, and never if none could",
  isLeftOutByTags,
  (tried) =>
    fc.assert(
      fc.property(when, known, known, (said, one, other) => {
        const changed = { ...one, tags: other.tags, vpc: other.vpc };
        const wasOut = applies(said, one) === false;
        if (wasOut && applies(said, changed) === true) assert.ok(tried(said, one));
        if (tried(said, one)) assert.ok(wasOut);
        if (said.tag === undefined && said.vpcs === undefined && said.not === undefined) {
          assert.ok(!tried(said, one));
        }
      }),
      RUNS,
    ),
  {
    "counts nothing": () => false,
    "counts what another account or Region decides": (said, where) =>
      applies(said, where) === false,
  },
);
