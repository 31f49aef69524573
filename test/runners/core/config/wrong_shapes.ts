import {
  audit,
  exempt,
  organization,
  required,
  type WrongConfiguration,
} from "./wrong_configurations.ts";

/** Unknown settings, wrong types, values out of range. */
export const wrongShapes: readonly WrongConfiguration[] = [
  { title: "a list", input: [1], says: ["The configuration must be an object, found a list"] },
  { title: "null", input: null, says: ["The configuration must be an object, found null"] },
  { title: "no version", input: {}, says: ["version must be 1, found nothing"] },
  {
    title: "another version",
    input: { version: 2 },
    says: ["version must be 1, found the number 2"],
  },
  {
    title: "several problems, all told at once",
    input: { version: 1, audti: {}, plans: { maxAge: 1 } },
    says: [
      "plans.maxAge must be a string, found the number 1",
      "audti is not a setting. Did you mean audit?",
    ],
  },
  {
    title: "a key that resembles none",
    input: { version: 1, zzzzzz: 1 },
    says: [
      "zzzzzz is not a setting. Allowed there: $schema, version, organization, store, plans, " +
      "notify, reports, infra, audit, dirty, repo",
    ],
  },
  {
    title: "a misspelt setting",
    input: audit({ graze: "45m" }),
    says: ["audit.graze is not a setting. Did you mean audit.grace?"],
  },
  {
    title: "a misspelt setting in a list",
    input: required({ mach: "exact" }),
    says: [
      "audit.required[0].mach is not a setting. Did you mean audit.required[0].match?",
    ],
  },
  {
    title: "a misspelt setting deep down",
    input: audit({ limits: { perrun: { count: 1 } } }),
    says: ["audit.limits.perrun is not a setting. Did you mean audit.limits.perRun?"],
  },
  {
    title: "a misspelt setting behind a union",
    input: organization({ accounts: [{ id: "111111111111", nam: "prod" }] }),
    says: [
      "organization.accounts[0].nam is not a setting. Did you mean organization.accounts[0].name?",
    ],
  },
  {
    title: "a misspelt kind of value, told in one sentence",
    input: required({ value: { oneof: ["a"] } }),
    says: [
      "audit.required[0].value.oneof is not a setting. Did you mean audit.required[0].value.oneOf?",
    ],
  },
  {
    title: "a misspelt kind of exemption, told in one sentence",
    input: exempt({ match: { acount: "111111111111" } }),
    says: [
      "audit.exempt[0].match.acount is not a setting. Did you mean audit.exempt[0].match.account?",
    ],
  },
  {
    title: "the key __proto__",
    input: JSON.parse('{"version": 1, "__proto__": {"audit": {}}}'),
    says: [
      "__proto__ is not a setting. Allowed there: $schema, version, organization, store, plans, " +
      "notify, reports, infra, audit, dirty, repo",
    ],
  },
  {
    title: "a duration that is none",
    input: audit({ grace: "1 hour" }),
    says: [
      'audit.grace must be a duration such as "45m", "12h" or "3d", found the string "1 hour"',
    ],
  },
  {
    title: "a number for a duration",
    input: audit({ grace: 60 }),
    says: ["audit.grace must be a string, found the number 60"],
  },
  {
    title: "a long text, shown in part",
    input: audit({ clock: "x".repeat(100) }),
    says: [
      `audit.clock must be one of "created", "launched", found the string "${"x".repeat(56)}…`,
    ],
  },
  {
    title: "a share above all",
    input: audit({ limits: { perRun: { percent: 101 } } }),
    says: ["audit.limits.perRun.percent must be at most 100, found the number 101"],
  },
  {
    title: "a limit below none",
    input: audit({ limits: { perRun: { count: -1 } } }),
    says: ["audit.limits.perRun.count must be at least 0, found the number -1"],
  },
  {
    title: "a limit that is no whole number",
    input: audit({ limits: { perRun: { count: 1.5 } } }),
    says: ["audit.limits.perRun.count must be a whole number, found the number 1.5"],
  },
  {
    title: "a share of a day, which has no population",
    input: audit({ limits: { rollingDay: { percent: 1 } } }),
    says: ["audit.limits.rollingDay.percent is not a setting. Allowed there: count"],
  },
  {
    title: "a store of another kind",
    input: { version: 1, store: { kind: "mysql" } },
    says: ['store.kind must be one of "sqlite", "dynamodb", found the string "mysql"'],
  },
  {
    title: "a store's kind that is no text",
    input: { version: 1, store: { kind: 1 } },
    says: ['store.kind must be one of "sqlite", "dynamodb", found the number 1'],
  },
  {
    title: "a table in a file",
    input: { version: 1, store: { table: "groundskeeper" } },
    says: ["store.table is not a setting. Allowed there: kind, path, retention"],
  },
  {
    title: "a Region and a table in a file that says its kind",
    input: { version: 1, store: { kind: "sqlite", region: "us-east-1", table: "t" } },
    says: [
      "store.region is not a setting. Allowed there: kind, path, retention",
      "store.table is not a setting. Allowed there: kind, path, retention",
    ],
  },
  {
    title: "a file in DynamoDB",
    input: { version: 1, store: { kind: "dynamodb", region: "us-east-1", path: "a.db" } },
    says: ["store.path is not a setting. Allowed there: kind, region, table, retention"],
  },
  {
    title: "a table in no Region",
    input: { version: 1, store: { kind: "dynamodb" } },
    says: ["store.region must be a string, found nothing"],
  },
  {
    title: "a table in no Region that there is",
    input: { version: 1, store: { kind: "dynamodb", region: "us-east" } },
    says: ['store.region must be a region name such as "us-east-1", found the string "us-east"'],
  },
  ...["ab", "my table", "a/b", "Größe"].map((table) => ({
    title: `a table that is called ${table}`,
    input: { version: 1, store: { kind: "dynamodb", region: "us-east-1", table } },
    says: [
      "store.table must be the name of a table: 3 to 255 letters, digits, _, . and -, found the " +
      `string "${table}"`,
    ],
  })),
  ...[{}, { kind: "dynamodb", region: "us-east-1" }].map((store) => ({
    title: `a journal that is kept too short: ${JSON.stringify(store)}`,
    input: { version: 1, store: { ...store, retention: "29d" } },
    says: ['store.retention must be at least 30d, found "29d"'],
  })),
  {
    title: "a journal that is kept for less than repo watches",
    input: { version: 1, store: { retention: "30d" }, repo: { watch: "31d" } },
    says: [
      'repo.watch must be at most store.retention, which keeps the journal, found "31d" and "30d"',
    ],
  },
  {
    title: "plans that are too old at once",
    input: { version: 1, plans: { maxAge: "0m" } },
    says: ["plans.maxAge must be more than 0"],
  },
  {
    title: "a plan that is valid for longer than what was used of it is kept",
    input: { version: 1, plans: { maxAge: "31d" }, store: { retention: "30d" } },
    says: [
      "plans.maxAge must be at most store.retention, which keeps what of a plan was used, " +
      'found "31d" and "30d"',
    ],
  },
];
