import assert from "assert";
import { readCommandLine } from "../../../../runners/core/cli/command_line.ts";
import type { CommonOptions, JobCommand, Request } from "../../../../runners/core/cli/request.ts";

const jobs: readonly JobCommand[] = [{
  name: "audit",
  summary: "find instances that break the tag scheme",
  example: "groundskeeper audit plan --out out",
  explains: { argument: "<id>", description: "an ID", example: "groundskeeper audit explain i-1" },
  verbs: [
    { name: "canary plan", summary: "show them", scoped: true, asks: false },
    {
      name: "canary apply",
      summary: "make them",
      own: [{ flags: "--adopt <id>", description: "one" }],
      scoped: true,
      asks: true,
    },
  ],
  own: [
    { flags: "--required <keys>", description: "the keys" },
    { flags: "--principals", description: "users" },
  ],
  groups: [{ name: "canary", summary: "canaries" }],
}, {
  name: "dirty",
  summary: "mark",
  example: "groundskeeper dirty list",
  explains: { argument: "<id> [mark]", description: "an ID", example: "dirty explain i-1" },
  own: [
    { flags: "--only <id>", description: "only this", verbs: ["plan", "apply"] },
    { flags: "--these <id...>", description: "only these", verbs: ["apply"] },
  ],
  verbs: [
    {
      name: "find",
      summary: "find",
      subject: { argument: "<word...>", description: "what to find" },
      own: [{ flags: "--any", description: "any of them" }],
      example: "groundskeeper dirty find a",
    },
    {
      name: "refresh",
      summary: "look",
      scoped: true,
    },
  ],
}];

const read = (line: string): Request =>
  readCommandLine(line === "" ? [] : line.split(" "), jobs, "1.2.3");

const wrong: readonly (readonly [string, string])[] = [
  ["audti", "Unknown command 'audti'. Did you mean audit? See groundskeeper --help"],
  ["audit plam", "Unknown command 'plam'. Did you mean plan? See groundskeeper audit --help"],
  ["audit zzzzzzzz", "Unknown command 'zzzzzzzz'. See groundskeeper audit --help"],
  [
    "audit --acount 111111111111",
    "Unknown option '--acount'. Did you mean --account? See groundskeeper audit plan --help",
  ],
  ["audit history --yes", "Unknown option '--yes'. See groundskeeper audit history --help"],
  [
    "audit plan more",
    "Too many arguments for 'plan'. Expected 0 arguments but got 1: more. " +
    "See groundskeeper audit plan --help",
  ],
  ["audit explain", "Missing required argument 'id'. See groundskeeper audit explain --help"],
  ["permissions", "Missing required argument 'job'. See groundskeeper permissions --help"],
  [
    "audit plan --account",
    "Option '--account <id>' argument missing. See groundskeeper audit plan --help",
  ],
  ...["1", "11111111111a", "1111111111111", "111111111111,222222222222"].map((id) =>
    [
      `audit plan --account ${id}`,
      `Option '--account <id>' argument '${id}' is invalid. It must be an account ID: twelve ` +
      "digits. See groundskeeper audit plan --help",
    ] as const
  ),
  ...[["us-esat-1", '. Did you mean "us-east-1"?'], ["nowhere", "."]].map(([name, near]) =>
    [
      `audit plan --region ${name}`,
      `Option '--region <name>' argument '${name}' is invalid. It is no Region of AWS that this ` +
      `version knows${near} See groundskeeper audit plan --help`,
    ] as const
  ),
  ...["-1", "1.5", "many", "1e3"].map((count) =>
    [
      `audit apply --max-changes ${count}`,
      `Option '--max-changes <n>' argument '${count}' is invalid. It must be a whole number. See ` +
      "groundskeeper audit apply --help",
    ] as const
  ),
  ...[
    "yesterday",
    "2026-11-20",
    "2026-11-20T12:00:00",
    "2026-11-20 12:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-11-20T25:00:00Z",
  ].filter((time) => !time.includes(" ")).map((time) =>
    [
      `audit plan --as-of ${time}`,
      `Option '--as-of <time>' argument '${time}' is invalid. It must be a time such as ` +
      '"2026-11-20T12:00:00Z". See groundskeeper audit plan --help',
    ] as const
  ),
  [
    "dirty plan --required owner",
    "Unknown option '--required'. See groundskeeper dirty plan --help",
  ],
  ["config inti", "Unknown command 'inti'. Did you mean init? See groundskeeper config --help"],
];

for (const [line, message] of wrong) {
  Deno.test(`"groundskeeper ${line}" is refused in one sentence`, () => {
    const [sentence, help] = message.split(" See ");
    assert.throws(() => read(line), {
      name: "UsageError",
      exitCode: 2,
      message: `${sentence}\nTo see what there is:\n  ${help}`,
    });
  });
}

const DEFAULTS: CommonOptions = {
  config: null,
  accounts: [],
  regions: [],
  accountsFile: null,
  snapshotDirectory: null,
  saveSnapshotDirectory: null,
  asOf: null,
  planFile: null,
  slot: null,
  outDirectory: null,
  maxChanges: null,
  yes: false,
  json: false,
  format: null,
  failOn: null,
  verbose: false,
};

interface JobLine {
  readonly line: string;
  readonly verb: string;
  readonly subject?: string;
  readonly options?: Partial<CommonOptions>;
  readonly own?: { readonly [name: string]: string | boolean };
}

const noon = new Date("2026-11-20T12:00:00Z");
const lines: readonly JobLine[] = [
  { line: "audit", verb: "plan" },
  { line: "audit --json", verb: "plan", options: { json: true } },
  { line: "audit -v", verb: "plan", options: { verbose: true } },
  {
    line: "audit plan --account 012345678901 --account 111111111111 " +
      "--region us-east-1 --region global",
    verb: "plan",
    options: { accounts: ["012345678901", "111111111111"], regions: ["us-east-1", "global"] },
  },
  {
    line: "audit plan --config c --accounts-file f --snapshot s --save-snapshot t --out o",
    verb: "plan",
    options: {
      config: "c",
      accountsFile: "f",
      snapshotDirectory: "s",
      saveSnapshotDirectory: "t",
      outDirectory: "o",
    },
  },
  {
    line: "audit plan --as-of 2026-11-20T13:00:00+01:00",
    verb: "plan",
    options: { asOf: noon },
  },
  {
    line: "audit plan --required owner,project --principals",
    verb: "plan",
    own: { required: "owner,project", principals: true },
  },
  {
    line: "audit report --slot 2026-11-20T12:00:00.000Z",
    verb: "report",
    options: { slot: noon },
  },
  {
    line: "audit apply --plan out/audit-plan.json --yes --max-changes 0",
    verb: "apply",
    options: { planFile: "out/audit-plan.json", yes: true, maxChanges: 0 },
  },
  // Taken here, so that the verb can refuse them with its reason.
  { line: "audit apply --snapshot s", verb: "apply", options: { snapshotDirectory: "s" } },
  { line: "audit report --as-of 2026-11-20T12:00Z", verb: "report", options: { asOf: noon } },
  {
    line: "audit explain i-0123456789abcdef0 --region us-east-1",
    verb: "explain",
    subject: "i-0123456789abcdef0",
    options: { regions: ["us-east-1"] },
  },
  { line: "audit history --json", verb: "history", options: { json: true } },
  // Of no effect there: a schedule says it to every verb.
  ...["history", "canary apply"].map((verb) => ({
    line: `audit ${verb} --slot 2026-11-20T12:00:00.000Z`,
    verb,
    options: { slot: noon },
  })),
];

for (const { line, verb, subject, options, own } of lines) {
  Deno.test(`"groundskeeper ${line}" is read whole`, () => {
    assert.deepEqual(read(line), {
      kind: "job",
      job: "audit",
      verb,
      subject: subject ?? null,
      options: { ...DEFAULTS, ...options },
      own: own ?? {},
    });
  });
}

const ALL = { run: null, target: null, since: null };

const tools: readonly (readonly [string, Partial<Extract<Request, { kind: "tool" }>>])[] = [
  ["config init", { command: "config init" }],
  ["config check", { command: "config check" }],
  ["config schema", { command: "config schema" }],
  ["config line audit canary apply --adopt i-1 --config c", {
    command: "config line",
    subject: "audit",
    line: ["audit", "canary", "apply", "--adopt", "i-1", "--config", "c"],
  }],
  ["permissions repo --check --account 111111111111", {
    command: "permissions",
    subject: "repo",
    check: true,
    options: { ...DEFAULTS, accounts: ["111111111111"] },
  }],
  ["permissions audit --role observe", {
    command: "permissions",
    subject: "audit",
    role: "observe",
  }],
  ["changes", { command: "changes" }],
  ["changes --since 2026-11-20", {
    command: "changes",
    entries: { ...ALL, since: new Date("2026-11-20T00:00:00Z") },
  }],
  ["changes --since 2026-11-20T12:00:00+01:00 --run 01JDXYZ0000000000000000000", {
    command: "changes",
    entries: {
      ...ALL,
      run: "01JDXYZ0000000000000000000",
      since: new Date("2026-11-20T11:00:00Z"),
    },
  }],
  ["changes --target arn:aws:iam::111111111111:role/a", {
    command: "changes",
    entries: { ...ALL, target: "arn:aws:iam::111111111111:role/a" },
  }],
];

for (const [line, request] of tools) {
  Deno.test(`"groundskeeper ${line}" asks for a tool`, () => {
    const tool = {
      kind: "tool",
      subject: null,
      role: null,
      check: false,
      line: [],
      entries: ALL,
      options: DEFAULTS,
      own: {},
      ...request,
    };
    assert.deepEqual(read(line), tool);
  });
}

Deno.test("changes can be narrowed to accounts and printed as JSON", () => {
  const request = read("changes --account 111111111111 --json --config c");
  const options = { ...DEFAULTS, accounts: ["111111111111"], json: true, config: "c" };
  assert.deepEqual(request.kind === "tool" && request.options, options);
});

const LEVELS = [
  "",
  "--help",
  "-h",
  "audit --help",
  "audit -h",
  ...["plan", "report", "apply", "explain", "history"].map((verb) => `audit ${verb} --help`),
  "audit --json --help",
  "config",
  "config --help",
  "config init --help",
  "config check --help",
  "config line --help",
  "config schema --help",
  "permissions --help",
  "changes --help",
];

for (const line of LEVELS) {
  Deno.test(`"groundskeeper ${line}" shows help, with an example`, () => {
    const request = read(line);
    assert.equal(request.kind, "text");
    const text = request.kind === "text" ? request.text : "";
    assert.match(text, /^Usage: groundskeeper/);
    assert.match(text, /\nExamples?:\n {2}groundskeeper /);
  });
}

Deno.test("--version says name and version", () => {
  assert.deepEqual(read("--version"), { kind: "text", text: "groundskeeper 1.2.3\n" });
});

Deno.test("every verb says in its help what it may do", () => {
  const help = read("audit --help");
  const text = help.kind === "text" ? help.text.replaceAll(/\s+/g, " ") : "";
  assert.match(text, /plan .*leaves no trace/);
  assert.match(text, /report .*changes nothing in the accounts/);
  assert.match(text, /apply .*make the changes/);
});

Deno.test("help does not offer what would be refused", () => {
  const help = read("audit apply --help");
  assert.ok(help.kind === "text" && !/--as-of|--snapshot </.test(help.text));
});

Deno.test("a verb of two words has its own options, and the scope's", () => {
  const request = read("audit canary apply --adopt i-0123456789abcdef0 --region us-east-1 --yes");
  assert.ok(request.kind === "job");
  assert.equal(request.verb, "canary apply");
  assert.deepEqual(request.own, { adopt: "i-0123456789abcdef0" });
  assert.deepEqual([request.options.regions, request.options.yes], [["us-east-1"], true]);
  assert.throws(() => read("audit canary plan --adopt i-0123456789abcdef0"), /Unknown option/);
  assert.throws(() => read("audit canary aply"), /Did you mean apply\?/);
});

Deno.test("a job's own verb has its own words and options, and no others", () => {
  const find = read("dirty find s3:Get* sqs:* --any --json");
  assert.ok(find.kind === "job");
  assert.deepEqual([find.verb, find.subject, find.own], ["find", "s3:Get* sqs:*", { any: true }]);
  assert.equal(find.options.json, true);
  const refresh = read("dirty refresh --account 111111111111");
  assert.ok(refresh.kind === "job");
  assert.deepEqual([refresh.subject, refresh.options.accounts], [null, ["111111111111"]]);
  assert.throws(() => read("dirty find"), /Missing required argument 'word'/);
  assert.throws(() => read("dirty find a --account 111111111111"), /Unknown option '--account'/);
  assert.throws(() => read("dirty refresh more"), /Too many arguments/);
  assert.throws(() => read("audit refresh"), /Unknown command 'refresh'/);
});

Deno.test("a job's own options belong to the verbs that they are said of", () => {
  const apply = read("dirty apply --only a --these b c --yes");
  assert.ok(apply.kind === "job");
  assert.deepEqual(apply.own, { only: "a", these: ["b", "c"] });
  assert.throws(() => read("dirty plan --these b"), /Unknown option '--these'/);
  assert.throws(() => read("dirty explain a --only b"), /Unknown option '--only'/);
});

Deno.test("explain may be asked about more than one word", () => {
  const subjectOf = (line: string) => {
    const request = read(line);
    return request.kind === "job" ? request.subject : undefined;
  };
  assert.equal(subjectOf("dirty explain a"), "a");
  assert.equal(subjectOf("dirty explain a b"), "a b");
  assert.throws(() => read("dirty explain a b c"), /Too many arguments/);
});
