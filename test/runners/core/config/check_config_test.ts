import assert from "assert";
import type { AuditConfig } from "../../../../runners/audit/config.ts";
import { checkConfig, configJsonSchema } from "../../../../runners/core/config/config.ts";
import { reportsSecrets } from "../../../../runners/core/config/reports.ts";
import { JOBS } from "../../../../runners/jobs.ts";
import { ConfigError } from "../../../../runners/core/errors.ts";
import { wrongAccounts } from "./wrong_accounts.ts";
import { wrongCanaries } from "./wrong_canaries.ts";
import { wrongDirty } from "./wrong_dirty.ts";
import { wrongLadders } from "./wrong_ladders.ts";
import { wrongNotify } from "./wrong_notify.ts";
import { wrongRepo } from "./wrong_repo.ts";
import { wrongReports } from "./wrong_reports.ts";
import { wrongRules } from "./wrong_rules.ts";
import { wrongShapes } from "./wrong_shapes.ts";

const TODAY = new Date("2026-11-20T23:59:00Z");

const wrong = [
  ...wrongShapes,
  ...wrongAccounts,
  ...wrongRules,
  ...wrongLadders,
  ...wrongCanaries,
  ...wrongNotify,
  ...wrongDirty,
  ...wrongRepo,
  ...wrongReports,
];

for (const { title, input, says } of wrong) {
  Deno.test(`a configuration is refused that has ${title}`, () => {
    assert.throws(() => checkConfig(JOBS, input, "g.json", TODAY), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.problems, says.map((sentence) => `g.json: ${sentence}`));
      return true;
    });
  });
}

Deno.test("what is left out has the documented value", () => {
  const config = checkConfig(
    JOBS,
    { version: 1, audit: { required: [{ key: "owner" }] } },
    "",
    TODAY,
  );
  assert.deepEqual(config, {
    version: 1,
    organization: {
      accounts: "current",
      units: [],
      exclude: [],
      regions: "enabled",
      roles: null,
      namedRoles: {},
      homeRole: null,
      externalId: null,
      sessionName: "groundskeeper-{job}",
    },
    store: { kind: "sqlite", path: "groundskeeper.db", retention: "400d" },
    plans: { maxAge: "24h", pendingMax: "7d" },
    notify: [],
    reports: { directory: "out", elasticsearch: null, mail: null },
    audit: {
      required: [{ key: "owner", match: "exact", aliases: [], allowEmpty: false }],
      states: ["running", "stopped"],
      grace: "60m",
      clock: "created",
      mark: "groundskeeper-audit",
      looks: { count: 2, spacing: "30m" },
      extension: "14d",
      enforce: { accounts: [], units: [], quarantine: "14d" },
      ladder: [{ after: "0m", do: "mark" }],
      canary: {
        mode: "when-enforcing",
        image: "ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64",
        subnets: {},
        tags: {
          Name: "api-canary-{region}",
          project: "API canary",
          created_by: "groundskeeper",
        },
      },
      protection: "respect",
      instanceStore: "spare",
      managed: "report",
      managedTags: [],
      exempt: [],
      limits: {
        perRun: { count: 10, percent: 10 },
        perAccount: { count: 5 },
        perRegion: {},
        rollingDay: { count: 20 },
        minPopulation: 20,
        stop: { perRun: { count: 10 }, perAccount: {}, perRegion: {}, rollingDay: {} },
        terminate: { perRun: { count: 5 }, perAccount: {}, perRegion: {}, rollingDay: {} },
      },
      breakers: { canaryFailShare: 0.2, ratioJump: 0.25, tagDisagree: 0.01, populationDrop: 0.5 },
    },
    dirty: {
      tag: "dirty",
      queueUrl: null,
      eventsQueueUrl: null,
      require: "verified",
      people: "keep",
      events: {
        mark: [
          "session_open",
          "console_login",
          "ssm_session",
          "instance_connect",
          "serial_console",
        ],
      },
      ignore: [],
      auditors: [],
      act: {
        enforce: { accounts: [], groups: [] },
        allowSingle: false,
        grace: "4h",
        maxGrace: "24h",
        perGroup: 1,
        perAccount: 1,
      },
      limits: { perRun: { count: 10 }, rollingDay: { count: 20 } },
    },
    repo: {
      usageWindow: "90d",
      minimumAge: "90d",
      protectNew: "14d",
      trustFirstScan: false,
      evidenceMaxAge: "5d",
      level: "service",
      managedByCode: "propose",
      codeTags: [],
      managedPolicies: "report",
      protectedRoles: [],
      pinned: ["iam:PassRole"],
      wildcard: "list",
      checkNoNewAccess: false,
      scheduleAfter: "7d",
      watch: "7d",
      stamp: "off",
      aardvark: null,
      filters: [],
      filterConfig: {},
      hooks: [],
      serve: null,
      limits: {
        perRun: { roles: 50 },
        perAccount: {},
        rollingDay: {},
        restore: { roles: 5 },
      },
    },
  });
});

const limits = {};
const destructive = {
  required: [{ key: "owner" }],
  grace: "15m",
  ladder: [
    { after: "0m", do: "mark" },
    { after: "3d", do: "stop" },
    { after: "14d", do: "terminate" },
  ],
};

const right: readonly { title: string; input: object }[] = [
  { title: "no job at all", input: {} },
  {
    title: "an exemption that ends in a year to the day",
    input: {
      audit: {
        required: [{ key: "owner" }],
        exempt: [{ match: { account: "111111111111" }, reason: "why", until: "2027-11-20" }],
      },
    },
  },
  {
    title: "an exemption that has ended, so that it is told and not refused",
    input: {
      audit: {
        required: [{ key: "owner" }],
        exempt: [{ match: { account: "111111111111" }, reason: "why", until: "2020-01-01" }],
      },
    },
  },
  ...["^(a|b)$", "^[a|b]$", "^a\\|b$", "^(?:a|(b|c))d$"].map((pattern) => ({
    title: `the pattern ${pattern}`,
    input: { audit: { required: [{ key: "owner", value: { pattern } }] } },
  })),
  {
    title: "one named account and the caller's own credentials",
    input: { organization: { accounts: [{ id: "012345678901" }] } },
  },
  {
    title: "units of the organization",
    input: {
      organization: { accounts: "organizations", units: ["ou-ab12-cdef3456"], roles: "r" },
    },
  },
  {
    title: "two keys that differ in case where case counts",
    input: { audit: { required: [{ key: "owner" }, { key: "Owner" }] } },
  },
  { title: "limits of 0, which means none", input: { audit: zeroLimits() } },
  {
    title: "a whole ladder, limits that are written out, and just enough grace",
    input: { audit: { ...destructive, limits: { stop: { perRun: { count: 1 } } } } },
  },
  {
    title: "a grace of nothing, where nothing is terminated",
    input: {
      audit: { ...destructive, ladder: destructive.ladder.slice(0, 2), grace: "0m", limits },
    },
  },
  {
    title: "an enforced account and a canary with every required tag",
    input: {
      audit: {
        required: [{ key: "owner" }],
        enforce: { accounts: ["111111111111"] },
        canary: { tags: { owner: "groundskeeper" } },
      },
    },
  },
  {
    title: "an enforced account and no canary at all",
    input: {
      audit: {
        required: [{ key: "owner" }],
        enforce: { accounts: ["111111111111"] },
        canary: { mode: "off" },
      },
    },
  },
  {
    title: "enforced units of an organization",
    input: {
      organization: { accounts: "organizations", roles: "r" },
      audit: {
        required: [{ key: "created_by" }],
        enforce: { units: ["ou-ab12-cdef3456", "r-ab12"] },
      },
    },
  },
];

function zeroLimits() {
  return { required: [{ key: "owner" }], limits: { perRun: { count: 0, percent: 0 } } };
}

for (const { title, input } of right) {
  Deno.test(`a configuration is taken that has ${title}`, () => {
    assert.equal(checkConfig(JOBS, { version: 1, ...input }, "g.json", TODAY).version, 1);
  });
}

Deno.test("a part of the limits keeps the others' defaults", () => {
  const audit = { required: [{ key: "owner" }], limits: { perAccount: { count: 1 } } };
  assert.deepEqual(
    (checkConfig(JOBS, { version: 1, audit }, "", TODAY)["audit"] as AuditConfig).limits,
    {
      perRun: { count: 10, percent: 10 },
      perAccount: { count: 1 },
      perRegion: {},
      rollingDay: { count: 20 },
      minPopulation: 20,
      stop: { perRun: { count: 10 }, perAccount: {}, perRegion: {}, rollingDay: {} },
      terminate: { perRun: { count: 5 }, perAccount: {}, perRegion: {}, rollingDay: {} },
    },
  );
});

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];

/** Walks a JSON Schema and answers what is wrong with its nodes. */
function schemaProblems(node: unknown, path: string): string[] {
  if (node === null || typeof node !== "object") return [`${path} is no schema`];
  const schema = node as Record<string, unknown>;
  const below = [
    ...Object.entries((schema["properties"] ?? {}) as object),
    ...["items", "propertyNames"].filter((key) => key in schema).map((key) => [key, schema[key]]),
    ...((schema["anyOf"] ?? schema["oneOf"] ?? []) as unknown[])
      .map((one, index) => [`branch ${index}`, one]),
  ] as [string, unknown][];
  const type = schema["type"];
  const says = type !== undefined ||
    ["anyOf", "oneOf", "const", "enum"].some((key) => key in schema);
  return [
    ...(says ? [] : [`${path} says nothing`]),
    ...(type === undefined || TYPES.includes(String(type)) ? [] : [`${path} has type ${type}`]),
    ...(type === "object" && "properties" in schema && isOpen(schema)
      ? [`${path} lets unknown keys in`]
      : []),
    ...below.flatMap(([key, value]) => schemaProblems(value, `${path}/${key}`)),
  ];
}

/** Whether an object may have keys of which nothing is said. */
function isOpen({ additionalProperties }: Record<string, unknown>): boolean {
  return additionalProperties !== false &&
    Object.keys(additionalProperties as object | undefined ?? {}).length === 0;
}

Deno.test("the JSON Schema is one: known types, closed objects, nothing unsaid", () => {
  const schema = configJsonSchema(JOBS) as Record<string, unknown>;
  assert.equal(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  assert.equal(schema["title"], "Groundskeeper");
  assert.deepEqual(schema["required"], ["version"], "what has a default is not required");
  // Modules of one's own read their settings themselves.
  assert.deepEqual(schemaProblems(schema, ""), ["/repo/filterConfig lets unknown keys in"]);
  assert.equal(JSON.stringify(JSON.parse(JSON.stringify(schema))), JSON.stringify(schema));
});

const SERVERS: readonly (readonly [node: string, isRight: boolean])[] = [
  ["https://es.example", true],
  ["https://es.example:9243/behind/a/proxy/", true],
  ["http://[::1]:9200", true],
  ["es.example:9200", false],
  ["https://user@es.example", false],
  ["https://es.example?key=x", false],
];

Deno.test("an editor sees by the JSON Schema what is no server and no mail address", () => {
  const { properties } = configJsonSchema(JOBS) as { properties: Record<string, Schema> };
  const { elasticsearch, mail } = properties["reports"]!.properties!;
  const pattern = (schema: Schema | undefined, ...path: string[]) => {
    const found = path.reduce<Schema | undefined>((one, key) => one?.properties?.[key], schema);
    return new RegExp(found!.pattern!, "u");
  };
  const node = pattern(elasticsearch!.anyOf![0], "node");
  for (const [text, isRight] of SERVERS) assert.equal(node.test(text), isRight, text);
  const host = pattern(mail!.anyOf![0], "smtp", "host");
  for (const text of ["smtp.example.com", "10.0.0.1", "::1"]) assert.ok(host.test(text), text);
  assert.ok(!host.test("smtp.example.com:587"));
  assert.ok(!pattern(mail!.anyOf![0], "from").test("a@example.com, b@example.com"));
});

type Schema = {
  readonly properties?: { readonly [name: string]: Schema };
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
};

Deno.test("the secrets of the reports are told by who needs them", () => {
  const secrets = (reports: object) =>
    reportsSecrets(checkConfig(JOBS, { version: 1, reports }, "", TODAY).reports);
  const node = "https://es.example";
  const mail = { from: "a@example.com", fallback: "b@example.com" };
  const smtp = { host: "smtp.example.com", user: "apikey", passwordEnv: "SMTP_PASSWORD" };
  assert.deepEqual(secrets({}), { documents: [], mail: [] });
  assert.deepEqual(secrets({ elasticsearch: { node } }), { documents: [], mail: [] });
  assert.deepEqual(
    secrets({ elasticsearch: { node, apiKeyEnv: "KEY" }, mail: { ...mail, smtp } }),
    {
      documents: [
        { variable: "KEY", setting: "reports.elasticsearch.apiKeyEnv", what: "the API key" },
      ],
      mail: [{
        variable: "SMTP_PASSWORD",
        setting: "reports.mail.smtp.passwordEnv",
        what: "the password",
      }],
    },
  );
  const basic = { username: "elastic", passwordEnv: "ES_PASSWORD" };
  assert.deepEqual(secrets({ elasticsearch: { node, basic } }).documents, [{
    variable: "ES_PASSWORD",
    setting: "reports.elasticsearch.basic.passwordEnv",
    what: "the password",
  }]);
});
