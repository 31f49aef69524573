import assert from "assert";
import fc from "fast-check";
import { checkConfig } from "../../../../runners/core/config/config.ts";
import { JOBS } from "../../../../runners/jobs.ts";
import { ConfigError } from "../../../../runners/core/errors.ts";
import { durationMs } from "../../../../runners/core/duration.ts";
import type { RepoConfig } from "../../../../runners/repo/config.ts";
import { importRepokidConfig } from "../../../../runners/repo/migration/repokid_config.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";

/** As "repokid config" writes it, shortened. */
const SAMPLE = {
  query_role_data_in_batch: false,
  batch_processing_size: 100,
  filter_config: {
    AgeFilter: { minimum_age: 120 },
    BlacklistFilter: {
      all: ["break-in"],
      "222222222222": ["payroll"],
      blacklist_bucket: {
        bucket_name: "lists",
        key: "path/blocklist.json",
        account_number: "",
        region: "us-east-1",
        assume_role: "",
      },
    },
    ExclusiveFilter: { all: ["app-*"] },
    OursFilter: { x: 1 },
  },
  active_filters: [
    "repokid.filters.age:AgeFilter",
    "repokid.filters.blacklist:BlacklistFilter",
    "repokid.filters.optout:OptOutFilter",
  ],
  aardvark_api_location: "https://aardvark.example.com/api/1/advisors",
  connection_iam: { assume_role: "RepokidRole", session_name: "repokid", region: "us-east-1" },
  dynamo_db: { assume_role: "RepokidRole", account_number: "1", endpoint: "", region: "" },
  hooks: ["repokid.hooks.loggers"],
  logging: { version: 1 },
  opt_out_period_days: 90,
  dispatcher: {
    session_name: "repokid",
    region: "us-west-2",
    to_rr_queue: "https://sqs.us-west-2.amazonaws.com/111111111111/repokid",
    from_rr_sns: "arn:aws:sns:us-west-2:111111111111:repokid",
  },
  repo_requirements: { oldest_aa_data_days: 6, exclude_new_permissions_for_days: 21 },
  repo_schedule_period_days: 10,
  warnings: { unknown_permissions: false },
  repo_everything: true,
};

Deno.test("Repokid's configuration becomes one that is right", () => {
  const { config } = importRepokidConfig(SAMPLE);
  assert.deepEqual(config, {
    usageWindow: "120d",
    minimumAge: "120d",
    filterConfig: {
      age: { minimum_age: 120 },
      blocklist: {
        all: ["break-in"],
        "222222222222": ["payroll"],
        blocklist_bucket: { bucket: "lists", key: "path/blocklist.json", region: "us-east-1" },
      },
    },
    filters: ["age", "blocklist", "opt-out"],
    aardvark: { api: "https://aardvark.example.com/api/1/advisors" },
    serve: {
      queueUrl: "https://sqs.us-west-2.amazonaws.com/111111111111/repokid",
      topicArn: "arn:aws:sns:us-west-2:111111111111:repokid",
      requestors: [],
      optOutPeriod: "90d",
    },
    evidenceMaxAge: "6d",
    protectNew: "21d",
    scheduleAfter: "10d",
  });
  checkConfig(JOBS, { version: 1, repo: config }, "imported", new Date("2026-11-20"));
});

Deno.test("what became of each key is said, of dead, unknown and idle ones too", () => {
  const { notes } = importRepokidConfig(SAMPLE);
  const keys = new Set(notes.map(({ key }) => key.split(/[.[]/)[0]));
  assert.deepEqual([...keys].sort(), Object.keys(SAMPLE).sort());
  const became = (key: string) => notes.filter((note) => note.key === key).map((one) => one.became);
  assert.deepEqual(became("filter_config.AgeFilter.minimum_age"), [
    'repo.usageWindow: "120d"',
    'repo.minimumAge: "120d"',
  ]);
  assert.match(became("query_role_data_in_batch")[0]!, /does not read it any more/);
  assert.match(became("repo_everything")[0]!, /^nothing/);
  assert.match(became("filter_config.ExclusiveFilter")[0]!, /active_filters does not name it/);
});

const REFUSED: readonly (readonly [what: string, input: unknown, says: RegExp])[] = [
  ["is a list", [], /must be a JSON object/],
  ["is null", null, /must be a JSON object/],
  [
    "has a filter of one's own",
    { active_filters: ["ours.filters:PayrollFilter"] },
    /active_filters\[0\].*Write it again as a module/,
  ],
  [
    "has a filter of one's own under a name of Repokid's",
    { active_filters: ["ours.filters:AgeFilter"] },
    /active_filters\[0\]/,
  ],
  ["has a hook of one's own", { hooks: ["ours.hooks"] }, /hooks\[0\].*Write them again/],
  ["has filters that are no list", { active_filters: "age" }, /must be a list of strings/],
];

for (const [what, input, says] of REFUSED) {
  Deno.test(`a configuration of Repokid's is refused that ${what}`, () => {
    assert.throws(() => importRepokidConfig(input), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, says);
      return true;
    });
  });
}

/** Values of Repokid that are not allowed here, with the result and what is said. */
const UNUSUAL: readonly (readonly [
  what: string,
  input: unknown,
  repo: Record<string, unknown>,
  left: readonly (readonly [key: string, why: RegExp])[],
])[] = [
  [
    "days that are none",
    { repo_requirements: { oldest_aa_data_days: "5" } },
    {},
    [["repo_requirements.oldest_aa_data_days", /must be a whole number of days/]],
  ],
  [
    "half a dispatcher",
    { dispatcher: { to_rr_queue: "https://x" } },
    {},
    [["dispatcher", /needs both/]],
  ],
  [
    "an Aardvark without address",
    { aardvark_api_location: 1 },
    {},
    [["aardvark_api_location", /address of an API/]],
  ],
  [
    "a window that is longer than AWS tracks",
    { filter_config: { AgeFilter: { minimum_age: 500 } } },
    { usageWindow: "400d", minimumAge: "500d" },
    [["filter_config.AgeFilter.minimum_age", /AWS tracks use for 400 days/]],
  ],
  [
    "no window",
    { filter_config: { AgeFilter: { minimum_age: 0 } } },
    { minimumAge: "0d" },
    [["repo.usageWindow", /must be more than 0/]],
  ],
  [
    "evidence that may be as old as the window",
    {
      filter_config: { AgeFilter: { minimum_age: 30 } },
      repo_requirements: { oldest_aa_data_days: 30 },
    },
    { usageWindow: "30d", minimumAge: "30d" },
    [["repo.evidenceMaxAge", /must be less than repo\.usageWindow/]],
  ],
  [
    "names in a list that no role can have",
    {
      active_filters: ["repokid.filters.blocklist:BlocklistFilter"],
      filter_config: {
        BlocklistFilter: { all: ["payroll", "team/app", "app-*"], "my.account": ["x"] },
      },
    },
    { filters: ["blocklist"], filterConfig: { blocklist: { all: ["payroll"] } } },
    [
      ["repo.filterConfig.blocklist.all[1]", /must be the name of a role/],
      ["repo.filterConfig.blocklist.all[1]", /must be the name of a role/],
      ["repo.filterConfig.blocklist.my.account", /must be "all" or the ID of an account/],
    ],
  ],
  [
    "patterns with brackets",
    {
      active_filters: ["repokid.filters.exclusive:ExclusiveFilter"],
      filter_config: { ExclusiveFilter: { all: ["app-[ab]*", "web-*"] } },
    },
    { filters: ["exclusive"], filterConfig: { exclusive: { all: ["web-*"] } } },
    [["repo.filterConfig.exclusive.all[0]", /with \* and \? alone/]],
  ],
  [
    "a queue that is none",
    { dispatcher: { to_rr_queue: "rr", from_rr_sns: "arn:aws:sns:us-east-1:111111111111:rr" } },
    {},
    [
      ["repo.serve.queueUrl", /must be the URL of a queue/],
      ["repo.serve", /queueUrl must be/],
    ],
  ],
];

for (const [what, input, repo, left] of UNUSUAL) {
  Deno.test(`of ${what}, what can be had here is written, and the rest is listed`, () => {
    const imported = importRepokidConfig(input);
    assert.deepEqual(imported.config, repo);
    assert.deepEqual(imported.left.map(({ key }) => key), left.map(([key]) => key));
    left.forEach(([, why], index) => assert.match(imported.left[index]!.why, why));
    checkConfig(JOBS, { version: 1, repo: imported.config }, "imported", new Date("2026-11-20"));
  });
}

const ODD = fc.oneof(
  fc.constantFrom<unknown>(null, 0, -1, 1, 3, 1.5, 90, 399, 401, 50_000, "90", "", "x", true, {}),
  fc.array(fc.constantFrom<unknown>("app", "app-*", "a/b", "[ab]", "", 1, "é", "x".repeat(65))),
);
const LISTS = fc.dictionary(
  fc.constantFrom("all", "111111111111", "x.y", "constructor"),
  ODD,
);
const UNUSUAL_CONFIG = fc.record({
  filter_config: fc.oneof(
    ODD,
    fc.record({
      AgeFilter: fc.oneof(ODD, fc.record({ minimum_age: ODD })),
      BlocklistFilter: fc.oneof(
        ODD,
        LISTS,
        fc.record({
          all: ODD,
          blocklist_bucket: fc.oneof(
            ODD,
            fc.record({ bucket: ODD, key: ODD, account_number: ODD, region: ODD }),
          ),
        }),
      ),
      ExclusiveFilter: fc.oneof(ODD, LISTS),
      LambdaFilter: ODD,
    }, { requiredKeys: [] }),
  ),
  active_filters: fc.subarray([
    "repokid.filters.age:AgeFilter",
    "repokid.filters.blocklist:BlocklistFilter",
    "repokid.filters.exclusive:ExclusiveFilter",
    "repokid.filters.lambda:LambdaFilter",
  ]),
  repo_requirements: fc.oneof(
    ODD,
    fc.record({ oldest_aa_data_days: ODD, exclude_new_permissions_for_days: ODD }),
  ),
  repo_schedule_period_days: ODD,
  aardvark_api_location: fc.oneof(ODD, fc.constant("https://a.example/api/1/advisors")),
  opt_out_period_days: ODD,
  dispatcher: fc.oneof(
    ODD,
    fc.record({
      to_rr_queue: fc.oneof(ODD, fc.constant("https://sqs.us-east-1.amazonaws.com/111111111111/q")),
      from_rr_sns: fc.oneof(ODD, fc.constant("arn:aws:sns:us-east-1:111111111111:t")),
    }),
  ),
}, { requiredKeys: [] });

type Import = typeof importRepokidConfig;

propertyTest<Import>(
  "what is imported is always accepted by config check, and no window gets shorter than it was",
  importRepokidConfig,
  (importing) =>
    fc.assert(
      fc.property(UNUSUAL_CONFIG, (input) => {
        const { config, left } = importing(input);
        let checked;
        try {
          checked = checkConfig(
            JOBS,
            { version: 1, repo: config },
            "imported",
            new Date("2026-11-20"),
          );
        } catch (error) {
          assert.fail(String(error));
        }
        const age = (input as { filter_config?: { AgeFilter?: { minimum_age?: unknown } } })
          .filter_config?.AgeFilter?.minimum_age;
        if (!Number.isInteger(age) || Number(age) < 0) return;
        const days = durationMs((checked["repo"] as RepoConfig).usageWindow) / 86_400_000;
        assert.ok(days >= Math.min(Number(age), 400), `${days} days instead of ${age}`);
        assert.ok(days === age || left.length > 0, "a window that was changed is not listed");
      }),
      { ...FIXED, numRuns: generated(500) },
    ),
  {
    "does not check what it answers": (input) => {
      const { left, ...imported } = importRepokidConfig(input);
      const noEffect = structuredClone(imported.config) as Record<string, unknown>;
      for (const { key, value } of left) {
        if (/^repo\.\w+$/.test(key)) noEffect[key.slice("repo.".length)] = value;
      }
      return { ...imported, left, config: noEffect as typeof imported.config };
    },
    "falls back to the default window": (input) => {
      const imported = importRepokidConfig(input);
      const { usageWindow, ...config } = imported.config;
      return usageWindow === "400d" ? { ...imported, config } : imported;
    },
  },
);
