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
    title: "what no Region of this version is called stays left out too",
    configured: { allExcept: ["sa-west-1"] },
    setting: { allExcept: ["eu-west-1", "sa-east-1", "sa-west-1"] },
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

/** What is said, where no setting is to be given. */
function saidOf(...told: Parameters<typeof deniedAdvice>): string[] {
  const advice = deniedAdvice(...told);
  assert.deepEqual(advice.flatMap(({ setting }) => setting), []);
  return advice.map(({ say }) => say);
}

const ACCOUNTS = [..."123456"];
const MANY = [...REGIONS].toSorted();
const SOME = "organization.regions is of all accounts: allow the observing role there, or give " +
  "those accounts a configuration of their own.";

Deno.test("a Region that is denied in some accounts alone is told, and not left out", () => {
  const coverage = coverageOf([read("1", "eu-west-1"), read("2", "us-east-1")], [
    denied("2", "eu-west-1"),
  ]);
  assert.deepEqual(
    saidOf(coverage, "enabled", (id) => `acc-${id}`),
    [`eu-west-1 is denied in 1 of 2 accounts (acc-2). ${SOME}`],
  );
});

for (const configured of ["enabled", ["us-east-1", "eu-west-1"]] as const) {
  Deno.test(`a run of a part of the organization says no setting (${configured})`, () => {
    const coverage = coverageOf([read("1", "us-east-1")], [denied("1", "eu-west-1")]);
    const regions = organizationSchema.parse({ regions: configured }).regions;
    assert.notEqual(settingIn(deniedAdvice(coverage, regions)), null);
    assert.deepEqual(saidOf(coverage, null), [
      "eu-west-1 is denied in 1. organization.regions is of all accounts: a run without " +
      "--account, --region, --accounts-file and --snapshot shows what can be left out.",
    ]);
  });
}

Deno.test("an account that is not read at all may use the Region that the others deny", () => {
  const unread = { account: "2", region: "global", reason: "role-not-assumable", detail: "no" };
  const coverage = coverageOf([read("1", "us-east-1")], [denied("1", "eu-west-1"), unread]);
  assert.deepEqual(saidOf(coverage), [
    "eu-west-1 is denied in 1 of 2 accounts (1). organization.regions is of all accounts, and 1 " +
    "of 2 accounts answered in no Region: a setting is shown once all are read.",
  ]);
});

Deno.test("IAM users that are not known are no reason against a setting", () => {
  const users = { account: "1", region: "global", reason: "users-empty-answer", detail: "no" };
  const coverage = coverageOf([read("1", "us-east-1")], [denied("1", "eu-west-1"), users]);
  assert.deepEqual(settingIn(deniedAdvice(coverage)), { allExcept: ["eu-west-1"] });
});

Deno.test("Regions that the same accounts deny are one sentence", () => {
  const most = MANY.filter((region) => region !== "us-east-1");
  const coverage = coverageOf(
    ACCOUNTS.flatMap((id) =>
      MANY.filter((region) => region === "us-east-1" || id > "4" || region < "eu")
        .map((region) => read(id, region))
    ),
    ACCOUNTS.flatMap((id) =>
      most.filter((region) => id <= "4" && region > "eu").map((region) => denied(id, region))
    ),
  );
  const names = most.filter((region) => region > "eu");
  assert.deepEqual(saidOf(coverage), [
    `${names.length} Regions are denied in 4 of 6 accounts (1, 2, 3, and 1 more): ${
      names.join(", ")
    }. ${SOME}`,
  ]);
});

Deno.test("an account that denies each of its Regions is to be left out itself", () => {
  const coverage = coverageOf(
    [read("1", "us-east-1")],
    ["us-east-1", "eu-west-1"].map((region) => denied("2", region)),
  );
  assert.deepEqual(saidOf(coverage), [
    "Each Region that is read is denied in 1 of 2 accounts (2). Allow the observing role there, " +
    "or leave the account out with organization.exclude.",
  ]);
});

Deno.test("where each account denies everything, no Region is to be left out", () => {
  const coverage = coverageOf(
    [],
    ["1", "2"].flatMap((id) => MANY.map((region) => denied(id, region))),
  );
  assert.deepEqual(saidOf(coverage), [
    "Each Region that is read is denied in all 2 accounts. Allow the observing role in the Regions " +
    "that you use, and name them in organization.regions.",
  ]);
});

Deno.test("a setting of many Regions stands on lines that fit a terminal, and is JSON", () => {
  const [used = "", ...others] = MANY;
  const [advice] = deniedAdvice(
    coverageOf([read("1", used)], others.map((region) => denied("1", region))),
  );
  assert.ok(advice!.setting.every((line) => line.length <= 96));
  assert.deepEqual(settingIn([advice!]), { allExcept: others });
});

Deno.test("an account of which a policy denies everything is no Region to leave out", () => {
  assert.deepEqual(deniedAdvice(coverageOf([], [denied("1", "global")])), []);
});

const NAMES = ["us-east-1", "eu-west-1", "sa-east-1", "ap-east-1"] as const;
const said = fc.constantFrom("read", "none", "denied-by-policy", "throttled", "access-denied");
const world = fc.array(
  fc.tuple(fc.constantFrom("1", "2", "3"), fc.constantFrom(...NAMES, "global"), said),
  { maxLength: 12 },
).map((all) => [...new Map(all.map((one) => [`${one[0]}/${one[1]}`, one])).values()]);

propertyTest<typeof deniedAdvice>(
  "a Region in which any account answers, or may answer, is never left out",
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
        const answers = places.filter(([, region, said]) =>
          region !== "global" && said !== "denied-by-policy"
        ).map(([account]) => account);
        const silent = places.filter(([account]) => !answers.includes(account));
        if (silent.length > 0) assert.deepEqual(out, []);
        assert.equal(settingIn(advise(coverage, null)), null);
      }),
      RUNS,
    );
  },
  {
    "leaves out what one account denies": ({ regions: _read, ...coverage }, configured) =>
      deniedAdvice({ ...coverage, regions: [] }, configured),
    "takes a part of the organization for all": (coverage, configured) =>
      deniedAdvice(coverage, configured ?? "enabled"),
    "forgets accounts that are not read": ({ unproven, ...coverage }, configured) =>
      deniedAdvice({
        ...coverage,
        unproven: unproven.filter(({ region }) => region !== "global"),
      }, configured),
    "asks no other reason": ({ unproven, ...coverage }, configured) =>
      deniedAdvice({
        ...coverage,
        unproven: unproven.filter(({ reason }) => reason === "denied-by-policy"),
      }, configured),
  },
);
