import assert from "assert";
import fc from "fast-check";
import { organizationSchema } from "../../../runners/core/config/organization.ts";
import { coverageOf, type UnprovenRegion } from "../../../runners/core/plan/coverage.ts";
import { REGIONS } from "../../../runners/core/aws/region_names.ts";
import { type DeniedAdvice, deniedAdvice } from "../../../runners/audit/present/denied_regions.ts";
import { generated, propertyTest } from "../core/properties.ts";

const RUNS = { seed: 20_261_130, numRuns: generated(1000) };

const denied = (account: string, region: string): UnprovenRegion => (
  { account, region, reason: "denied-by-policy", detail: "no" }
);
const read = (account: string, region: string) => ({ account, region, proof: "second-source" });

/** The setting that an advice holds, as the configuration takes it; null where it holds none. */
function settingIn(advice: readonly DeniedAdvice[]) {
  const [json] = advice.map(({ setting }) => setting.join("\n")).filter((text) => text !== "");
  return json === undefined
    ? null
    : organizationSchema.parse(JSON.parse(`{${json}}`).organization).regions;
}

const cases = [
  {
    title: "where the enabled Regions are read, those that are denied are left out",
    configured: "enabled",
    setting: { allExcept: ["eu-west-1", "sa-east-1"] },
  },
  {
    title: "what is left out already stays left out",
    configured: { allExcept: ["us-west-2", "ap-east-1"] },
    setting: { allExcept: ["ap-east-1", "eu-west-1", "sa-east-1", "us-west-2"] },
  },
  {
    title: "of Regions that are named the others stay named",
    configured: ["us-east-1", "eu-west-1", "sa-east-1"],
    setting: ["us-east-1"],
  },
  {
    title: "where all named Regions are denied, nothing can be left out",
    configured: ["eu-west-1", "sa-east-1"],
    setting: null,
  },
] as const;

for (const { title, configured, setting } of cases) {
  Deno.test(title, () => {
    const coverage = coverageOf([read("1", "us-east-1")], [
      denied("1", "sa-east-1"),
      denied("1", "eu-west-1"),
    ]);
    const regions = organizationSchema.parse({ regions: configured }).regions;
    assert.deepEqual(settingIn(deniedAdvice(coverage, regions)), setting);
  });
}

Deno.test("a Region that is denied in some accounts alone is told, and not left out", () => {
  const coverage = coverageOf([read("1", "eu-west-1")], [denied("2", "eu-west-1")]);
  assert.deepEqual(deniedAdvice(coverage), [{
    say: "eu-west-1 is denied in 1 of 2 accounts. organization.regions is of all accounts: allow " +
      "the observing role there, or give those accounts a configuration of their own.",
    setting: [],
  }]);
});

Deno.test("a setting of many Regions stands on lines that fit a terminal, and is JSON", () => {
  const all = [...REGIONS].toSorted();
  const [advice] = deniedAdvice(coverageOf([], all.map((region) => denied("1", region))));
  assert.ok(advice!.setting.every((line) => line.length <= 96));
  assert.deepEqual(settingIn([advice!]), { allExcept: all });
});

Deno.test("an account of which a policy denies everything is no Region to leave out", () => {
  assert.deepEqual(deniedAdvice(coverageOf([], [denied("1", "global")])), []);
});

const NAMES = ["us-east-1", "eu-west-1", "sa-east-1", "ap-east-1"] as const;
const said = fc.constantFrom("read", "none", "denied-by-policy", "throttled", "access-denied");
const world = fc.array(
  fc.tuple(fc.constantFrom("1", "2", "3"), fc.constantFrom(...NAMES), said),
  { maxLength: 12 },
).map((all) => [...new Map(all.map((one) => [`${one[0]}/${one[1]}`, one])).values()]);

propertyTest<typeof deniedAdvice>(
  "a Region in which any account answers, or fails for another reason, is never left out",
  deniedAdvice,
  (advise) => {
    fc.assert(
      fc.property(world, (places) => {
        const proven = places.filter(([, , said]) => said === "read" || said === "none");
        const coverage = coverageOf(
          proven.map(([account, region, proof]) => ({ account, region, proof })),
          places.filter((one) => !proven.includes(one)).map(([account, region, reason]) => (
            { account, region, reason, detail: "" }
          )),
        );
        const setting = settingIn(advise(coverage));
        const out: readonly string[] = setting !== null && typeof setting === "object" &&
            "allExcept" in setting
          ? setting.allExcept
          : [];
        for (const [, region, said] of places) {
          if (said !== "denied-by-policy") assert.ok(!out.includes(region), region);
        }
      }),
      RUNS,
    );
  },
  {
    "leaves out what one account denies": ({ regions: _read, ...coverage }, configured) =>
      deniedAdvice({ ...coverage, regions: [] }, configured),
    "asks no other reason": ({ unproven, ...coverage }, configured) =>
      deniedAdvice({
        ...coverage,
        unproven: unproven.filter(({ reason }) => reason === "denied-by-policy"),
      }, configured),
  },
);
