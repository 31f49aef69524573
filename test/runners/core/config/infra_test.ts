import assert from "assert";
import { checkConfig } from "../../../../runners/core/config/config.ts";
import { isSchedule } from "../../../../runners/core/config/schedule.ts";
import { ConfigError } from "../../../../runners/core/errors.ts";

const HUB = { account: "111111111111", region: "us-east-1" };
const TABLE = { kind: "dynamodb", region: "us-east-1" };
const ACCOUNTS = Array.from({ length: 51 }, (_, n) => ({ id: String(200000000000 + n) }));

type Parts = {
  readonly infra?: object;
  readonly organization?: object;
  readonly store?: object;
};

function check({ infra = {}, organization = {}, store = {} }: Parts) {
  return checkConfig(
    [],
    {
      version: 1,
      organization: {
        roles: "groundskeeper-{job}-{role}",
        accounts: [HUB].map(({ account }) => ({ id: account })),
        ...organization,
      },
      store,
      infra: { hub: HUB, ...infra },
    },
    "g.json",
    new Date("2026-11-30T00:00:00Z"),
  );
}

const SUBNET = { subnetIds: ["subnet-0123456789abcdef0"] };
const IMAGE = { image: "acme/groundskeeper:1", ...SUBNET };

const RIGHT: readonly (readonly [title: string, parts: Parts])[] = [
  ["the hub alone, with a file", {}],
  ["tasks with a table", { infra: IMAGE, store: TABLE }],
  ["an organization", {
    infra: { organizationId: "o-abcdefghij", guards: { targets: ["r-ab12"] } },
    organization: { accounts: "organizations" },
  }],
  ["50 accounts", { organization: { accounts: ACCOUNTS.slice(1) } }],
  ["an image by its digest", {
    infra: { ...SUBNET, image: `1.dkr.ecr.us-east-1.amazonaws.com/gk@sha256:${"a".repeat(64)}` },
    store: TABLE,
  }],
];

for (const [title, parts] of RIGHT) {
  Deno.test(`infra takes ${title}`, () => void check(parts));
}

const WRONG: readonly (readonly [title: string, parts: Parts, says: RegExp])[] = [
  [
    "roles without a name",
    { organization: { roles: null, accounts: "current" } },
    /organization\.roles is null, and infra makes roles/,
  ],
  [
    "a home role that is assumed first",
    { organization: { homeRole: "arn:aws:iam::111111111111:role/hub" } },
    /organization\.homeRole must be left out/,
  ],
  [
    "an organization without its ID",
    { organization: { accounts: "organizations" } },
    /infra\.organizationId must be said/,
  ],
  [
    "51 accounts one by one",
    { organization: { accounts: ACCOUNTS } },
    /names 51 accounts\. infra deploys up to 50/,
  ],
  [
    "guards without an organization",
    { infra: { guards: { targets: ["r-ab12"] } } },
    /infra\.guards\.targets takes effect/,
  ],
  [
    "a table in another Region",
    { store: { ...TABLE, region: "eu-west-1" } },
    /store\.region must be infra\.hub\.region, found "eu-west-1"/,
  ],
  ["tasks with a file", { infra: IMAGE }, /store\.kind must be "dynamodb"/],
  [
    "tasks in no subnet",
    { infra: { image: "acme/gk:1" }, store: TABLE },
    /infra\.subnetIds must name/,
  ],
  ["a client that is no role", {
    infra: { client: { roles: ["arn:aws:iam::111111111111:user/web"] } },
  }, /infra\.client\.roles\[0\] must be the ARN of a role/],
  [
    "an account that is a number",
    { infra: { hub: { ...HUB, account: 111111111111 } } },
    /infra\.hub\.account must be a string of twelve digits/,
  ],
  [
    "a Region that is none",
    { infra: { hub: { ...HUB, region: "Frankfurt" } } },
    /infra\.hub\.region must be a region name/,
  ],
  [
    "an image without a tag",
    { infra: { ...IMAGE, image: "acme/groundskeeper" }, store: TABLE },
    /infra\.image must be the name of an image/,
  ],
  ["a schedule that EventBridge refuses", {
    infra: { schedules: { "audit-report": "rate(1 hours)" } },
  }, /infra\.schedules\.audit-report must be a schedule/],
  [
    "a subnet that is none",
    { infra: { ...IMAGE, subnetIds: ["10.0.0.0/24"] }, store: TABLE },
    /infra\.subnetIds\[0\] must be a subnet ID/,
  ],
  [
    "an organization's ID that is a unit",
    { infra: { organizationId: "ou-ab12-cdef3456" } },
    /infra\.organizationId must be the ID of an organization/,
  ],
  ["a tag that is AWS's", { infra: { tags: { "aws:team": "x" } } }, /infra\.tags/],
  ["a setting that is misspelt", { infra: { subnetId: [] } }, /Did you mean infra\.subnetIds\?/],
];

for (const [title, parts, says] of WRONG) {
  Deno.test(`infra is refused ${title}`, () => {
    assert.throws(() => check(parts), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.problems.join("\n"), says);
      return true;
    });
  });
}

const SCHEDULES: readonly (readonly [text: string, taken: boolean])[] = [
  ["rate(1 hour)", true],
  ["rate(1 minute)", true],
  ["rate(2 days)", true],
  ["rate(15 minutes)", true],
  ["rate(1 hours)", false],
  ["rate(2 hour)", false],
  ["rate(0 hours)", false],
  ["rate(05 hours)", false],
  ["rate(1 week)", false],
  ["cron(0 9 ? * MON-FRI *)", true],
  ["cron(0/15 * * * ? *)", true],
  ["cron(0 9 1,15 JAN-JUN ? 2026-2030)", true],
  ["cron(0 9 L * ? *)", true],
  ["cron(0 9 15W * ? *)", true],
  ["cron(0 9 ? * 6#3 *)", true],
  ["cron(0 9 ? * 5L *)", true],
  ["cron(0 9 * * * *)", false],
  ["cron(0 9 ? * ? *)", false],
  ["cron(0 9 ? * MON)", false],
  ["cron(60 9 ? * MON *)", false],
  ["cron(0 24 ? * MON *)", false],
  ["cron(0 9 32 * ? *)", false],
  ["cron(0 9 0 * ? *)", false],
  ["cron(0 9 ? 13 MON *)", false],
  ["cron(0 9 ? * 8 *)", false],
  ["cron(0 9 ? * FRI-MON *)", false],
  ["cron(0 9 ? * mon *)", false],
  ["cron(0 9 ? * MON 1969)", false],
  ["cron(0  9 ? * MON *)", false],
  ["cron(0/0 9 ? * MON *)", false],
  ["cron(1-2-3 9 ? * MON *)", false],
  ["at(2026-12-01T00:00:00)", false],
  ["0 9 * * *", false],
  ["", false],
];

for (const [text, taken] of SCHEDULES) {
  Deno.test(`"${text}" is ${taken ? "a schedule" : "no schedule"} of EventBridge`, () => {
    assert.equal(isSchedule(text), taken);
  });
}
