import assert from "assert";
import { checkConfig } from "../../../runners/config.ts";
import { ConfigError } from "../../../runners/core/errors.ts";
import { importRepokidConfig } from "../../../runners/repo/import_config.ts";

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
  checkConfig({ version: 1, repo: config }, "imported", new Date("2026-11-20"));
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
  [
    "has days that are none",
    { repo_requirements: { oldest_aa_data_days: "5" } },
    /must be a number of days, found "5"/,
  ],
  ["has filters that are no list", { active_filters: "age" }, /must be a list of strings/],
  ["has half a dispatcher", { dispatcher: { to_rr_queue: "https://x" } }, /needs both/],
  ["has an Aardvark without address", { aardvark_api_location: 1 }, /address of an API/],
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
