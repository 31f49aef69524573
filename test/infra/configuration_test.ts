import assert from "assert";
import rootConfig from "../../deno.json" with { type: "json" };
import cdktnConfig from "../../infra/cdktn/deno.json" with { type: "json" };
import infraConfig from "../../infra/deno.json" with { type: "json" };
import { deployedJobs, readInstallation } from "../../infra/configuration.ts";
import type { Installation } from "../../infra/installation.ts";
import { eventsTemplate, memberTemplate } from "../../infra/member_template.ts";
import { documentOf, type PolicyDocument } from "../../infra/policies/statement.ts";
import { tagsOf } from "../../infra/tags.ts";
import { readCommandLine } from "../../runners/core/cli/command_line.ts";
import { ConfigError } from "../../runners/core/errors.ts";
import { jsonText } from "../../runners/core/json_text.ts";
import { JOBS } from "../../runners/jobs.ts";
import { readJsonc } from "../../runners/core/config/read.ts";
import { blocks } from "../architecture/pages.ts";
import { ROOT } from "../architecture/module_graph.ts";
import {
  ALL,
  ALL_LOGINS,
  HOST,
  INSTALLATIONS,
  LOGINS,
  ONE,
  REPORTED,
  THREE,
} from "./installations.ts";

const TODAY = new Date("2026-11-30T00:00:00Z");

/** Reads an installation from a file with this content. */
async function installation(content: unknown): Promise<Installation> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(content));
    return await readInstallation(file, "/", TODAY);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("infra finds exactly the jobs of the command line by their folders", async () => {
  assert.deepEqual(
    (await deployedJobs()).map(({ name }) => name),
    JOBS.map(({ name }) => name).sort(),
  );
});

Deno.test("packages that infra shares with the program have the same version", () => {
  const root: Record<string, string> = rootConfig.imports;
  for (const { imports } of [infraConfig, cdktnConfig]) {
    const shared = Object.entries(imports).filter(([name]) => name in root);
    assert.ok(shared.length > 3);
    for (const [name, version] of shared) assert.equal(version, root[name], name);
    assert.equal(imports.constructs, "npm:constructs@10.7.2");
  }
  const { imports: { cdktf: _f, "@cdktf/provider-aws/": _a, ...others } } = infraConfig;
  const { imports: { cdktf: _n, "@cdktf/provider-aws/": _b, ...same } } = cdktnConfig;
  assert.deepEqual(same, others);
});

Deno.test("the example is a right installation of one account", async () => {
  const { tasks, hubIsMember, members } = await readInstallation(
    `${ROOT}infra/example.json`,
    "/",
    TODAY,
  );
  assert.ok(tasks.length > 5 && hubIsMember);
  assert.deepEqual(members, []);
});

for (const page of ["README.md", "docs/deploying.md"]) {
  Deno.test(`every installation that ${page} shows can be synthesized as it stands`, async () => {
    const shown = blocks(page, "jsonc").filter((text) => text.includes('"infra"'));
    assert.ok(shown.length > 0);
    for (const text of shown) await installation(readJsonc(text, page));
  });
}

Deno.test("by themselves only those kinds of run start that change no account", async () => {
  const { tasks } = await installation(ONE);
  const started = tasks.filter(({ starts }) => starts !== "by hand");
  assert.deepEqual(
    started.map(({ key, starts }) => [key, (starts as { schedule: string }).schedule]),
    [
      ["audit-report", "rate(1 hour)"],
      ["repo-report", "rate(1 day)"],
      ["repo-refresh", "rate(1 day)"],
    ],
  );
});

Deno.test("a kind of run starts as the configuration says, or never", async () => {
  const { tasks } = await installation(THREE);
  const starts = Object.fromEntries(tasks.map((task) => [task.key, task.starts]));
  assert.deepEqual(starts["audit-apply"], {
    schedule: "cron(0 9 ? * MON-FRI *)",
    command: ["audit", "apply", "--slot", "<aws.scheduler.scheduled-time>"],
  });
  assert.equal(starts["repo-refresh"], "by hand");
  assert.equal(starts["repo-serve"], "service");
  const infra = { ...THREE.infra, schedules: { "repo-serve": "rate(5 minutes)" } };
  const once = (await installation({ ...THREE, infra })).tasks.find(({ key }) =>
    key === "repo-serve"
  );
  assert.deepEqual(once?.starts, {
    schedule: "rate(5 minutes)",
    command: ["repo", "serve", "--once"],
  });
});

Deno.test("the command line understands what a schedule hands to a kind of run", async () => {
  const kinds = (await installation(THREE)).tasks.filter(({ startsItself }) => startsItself)
    .map(({ key }) => key);
  const infra = {
    ...THREE.infra,
    schedules: Object.fromEntries(kinds.map((key) => [key, "rate(1 day)"])),
  };
  const { tasks } = await installation({ ...THREE, infra });
  const started = tasks.filter(({ key }) => kinds.includes(key));
  assert.ok(started.length > 5);
  for (const { starts } of started) {
    const { command } = starts as { readonly command: readonly string[] };
    readCommandLine(
      command.map((word) => word.replace(/^<aws\..*>$/, TODAY.toISOString())),
      JOBS,
      "",
    );
  }
});

Deno.test("the hub gets the roles of members if it is looked after", async () => {
  const other = [{ id: "222222222222" }];
  const without = { ...ONE, organization: { ...ONE.organization, accounts: other } };
  const { hubIsMember, members } = await installation(without);
  assert.deepEqual([hubIsMember, members], [false, other]);
  assert.equal((await installation(ALL)).hubIsMember, true);
  const exclude = { ...ALL.organization, exclude: ["111111111111"] };
  assert.equal((await installation({ ...ALL, organization: exclude })).hubIsMember, false);
});

Deno.test("queues and topics are made in the hub alone", async () => {
  const { queues, topics } = await installation(THREE);
  assert.deepEqual(queues.map(({ name }) => name), ["repo-commands"]);
  assert.deepEqual(topics.map(({ name }) => name), ["repo-answers", "groundskeeper-alerts"]);
  const serve = {
    ...THREE.repo.serve,
    queueUrl: "https://sqs.us-east-1.amazonaws.com/999999999999/repo-commands",
    topicArn: "arn:aws:sns:eu-west-1:111111111111:repo-answers",
  };
  const elsewhere = await installation({ ...THREE, repo: { ...THREE.repo, serve } });
  assert.deepEqual([elsewhere.queues, elsewhere.topics.map(({ name }) => name)], [[], [
    "groundskeeper-alerts",
  ]]);
});

Deno.test("the URL of a webhook is handed to those kinds of run alone that notify", async () => {
  const token = "arn:aws:ssm:us-east-1:111111111111:parameter/token";
  const secrets = { ...THREE.infra.secrets, TOKEN: token };
  const { tasks } = await installation({ ...THREE, infra: { ...THREE.infra, secrets } });
  for (const { secrets } of tasks) assert.equal(secrets["TOKEN"], token);
  assert.deepEqual(
    tasks.filter(({ secrets }) => "ALERTS_URL" in secrets).map(({ key }) => key).sort(),
    ["audit-apply", "audit-canary", "audit-report", "repo-apply", "repo-report"],
  );
});

Deno.test("the secret of a server is handed to those kinds of run alone that send to it", async () => {
  const alerts = { ALERTS_URL: "arn:aws:ssm:us-east-1:111111111111:parameter/alerts" };
  const { tasks } = await installation({
    ...REPORTED,
    notify: [{ webhook: { urlEnv: "ALERTS_URL" } }],
    infra: { ...REPORTED.infra, secrets: { ...REPORTED.infra.secrets, ...alerts } },
    dirty: LOGINS.dirty,
  });
  const readers = (variable: string) =>
    tasks.filter(({ secrets }) => variable in secrets).map(({ key }) => key).sort();
  const runs = [
    ...["apply", "canary", "report"].map((kind) => `audit-${kind}`),
    ...["apply", "clear", "report"].map((kind) => `dirty-${kind}`),
    ...["apply", "report"].map((kind) => `repo-${kind}`),
  ];
  assert.deepEqual(readers("ALERTS_URL"), runs);
  assert.deepEqual(readers("ES_API_KEY"), [...runs, "reports-replay"]);
  assert.deepEqual(readers("SMTP_PASSWORD"), ["reports-digest"]);
});

Deno.test("a variable that two settings name is handed to all that read it", async () => {
  const content = JSON.stringify({
    ...REPORTED,
    infra: { ...REPORTED.infra, secrets: { ES_API_KEY: REPORTED.infra.secrets.ES_API_KEY } },
  }).replaceAll("SMTP_PASSWORD", "ES_API_KEY");
  const { tasks } = await installation(JSON.parse(content));
  const readers = tasks.filter(({ secrets }) => "ES_API_KEY" in secrets).map(({ key }) => key);
  for (const key of ["audit-report", "reports-digest", "reports-replay"]) {
    assert.ok(readers.includes(key), key);
  }
  assert.ok(!readers.includes("audit-plan"));
});

Deno.test("the daily mail starts each day, or as the configuration says, and stands for no time", async () => {
  const startsOf = async (schedules: object) => {
    const { tasks } = await installation({ ...REPORTED, infra: { ...REPORTED.infra, schedules } });
    return tasks.find(({ key }) => key === "reports-digest")!.starts;
  };
  const command = ["reports", "digest"];
  assert.deepEqual(await startsOf({}), { schedule: "cron(0 6 * * ? *)", command });
  const schedule = "cron(30 4 ? * MON-FRI *)";
  assert.deepEqual(await startsOf({ "reports-digest": schedule }), { schedule, command });
  assert.equal(await startsOf({ "reports-digest": null }), "by hand");
});

Deno.test("the reports have the tasks that their servers need, and no role in an account", async () => {
  const { elasticsearch, mail } = REPORTED.reports;
  const made = (content: object) => installation({ ...REPORTED, ...content });
  const keysOf = ({ tasks }: Installation) =>
    tasks.filter(({ job }) => job === "reports").map(({ key }) => key);
  assert.deepEqual(keysOf(await made({})), ["reports-digest", "reports-replay"]);
  assert.deepEqual(keysOf(await made({ reports: { mail } })), ["reports-digest"]);
  assert.deepEqual(keysOf(await made({ reports: { elasticsearch } })), ["reports-replay"]);
  assert.deepEqual(keysOf(await made({ reports: {} })), []);
  assert.deepEqual((await made({})).memberRoles, (await made({ reports: {} })).memberRoles);
  // With the store in a file there is nothing that a home role would permit.
  assert.deepEqual(keysOf(await installation({ ...HOST, reports: REPORTED.reports })), []);
});

Deno.test("the home roles of the reports are guarded as those of jobs are, and repo changes none", async () => {
  const content = withRoles({ roles: "acme-{job}-{role}" });
  const infra = { ...REPORTED.infra, organizationId: "o-abcdefghij" };
  const made = await installation({ ...REPORTED, organization: content.organization, infra });
  for (const kind of ["digest", "replay"]) {
    assert.match(JSON.stringify(made.guards), new RegExp(`role/acme-reports-home-${kind}`));
    const { policy } = made.memberRoles.find(({ name }) => name === "acme-repo-apply")!;
    const { Statement } = policy as PolicyDocument;
    assert.match(
      JSON.stringify(Statement.filter(({ Effect }) => Effect === "Deny")),
      new RegExp(`role/acme-reports-home-${kind}"`),
    );
  }
});

Deno.test("a queue and a topic that are there already are left as they are", async () => {
  const { queueUrl: _url, topicArn } = THREE.repo.serve;
  const queue = "arn:aws:sqs:us-east-1:111111111111:repo-commands";
  const [{ sns }] = ONE.notify as [{ sns: string }];
  const infra = { ...THREE.infra, existing: [queue, topicArn, sns] };
  const { queues, topics, alarmTopics, tasks } = await installation({ ...THREE, infra });
  assert.deepEqual([queues, topics, alarmTopics], [[], [], [sns]]);
  const serve = tasks.find(({ key }) => key === "repo-serve")!;
  assert.match(JSON.stringify(serve.home.policy), new RegExp(`${queue}.*${topicArn}`));
});

/** The two jobs that mark instances. */
const TWO_MARKS = { ...THREE, dirty: { tag: "dirty" } };

Deno.test("IAM takes each Sid once in a policy: all guards differ, also of two marks", async () => {
  for (const content of [...Object.values(INSTALLATIONS), TWO_MARKS]) {
    const sids = (await installation(content)).guards.map(({ Sid }) => Sid);
    assert.deepEqual(sids.filter((sid, at) => sids.indexOf(sid) < at), []);
  }
  const { guards } = await installation(TWO_MARKS);
  assert.deepEqual(
    guards.map(({ Sid }) => Sid).filter((sid) => sid.includes("Mark")),
    [
      "AuditMarkSet",
      "AuditMarkRemoved",
      "AuditMarkRemovedWithAllTags",
      "DirtyMarkSet",
      "DirtyMarkRemoved",
      "DirtyMarkRemovedWithAllTags",
      "DirtyMarkCopied",
    ],
  );
  const text = JSON.stringify(guards.filter(({ Sid }) => Sid.startsWith("DirtyMark")));
  assert.match(text, /DirtyMarkSet[^}]*\}[^}]*role\/groundskeeper-dirty-mark/);
  assert.match(text, /DirtyMarkRemoved"[^}]*\}[^}]*role\/groundskeeper-dirty-clear/);
});

Deno.test("nothing is guarded, marked or cleared where the ledger stands alone", async () => {
  const dirty = { ...LOGINS.dirty, tag: null };
  const { guards, memberRoles } = await installation({ ...LOGINS, dirty });
  assert.deepEqual(guards.filter(({ Sid }) => Sid.includes("Mark")), []);
  assert.deepEqual(memberRoles.map(({ name }) => name), [
    "groundskeeper-dirty-observe",
    "groundskeeper-events",
  ]);
});

const QUEUES = {
  logins: "arn:aws:sqs:us-east-1:111111111111:groundskeeper-logins",
  events: "arn:aws:sqs:us-east-1:111111111111:groundskeeper-events",
};
const policyOf = (made: Installation, name: string) =>
  made.queues.find((queue) => queue.name === name)!.policy as PolicyDocument;

Deno.test("who may send to a queue follows from where its messages come", async () => {
  const rule =
    "arn:aws:events:us-east-1:111111111111:rule/groundskeeper-events/groundskeeper-events";
  const [all, named, alone] = [
    await installation(LOGINS),
    await installation({ ...LOGINS, infra: { ...LOGINS.infra, organizationId: null, guards: {} } }),
    await installation({ ...ONE, dirty: LOGINS.dirty }),
  ];
  for (const made of [all, named, alone]) {
    const [allowed, ...others] = policyOf(made, "groundskeeper-events").Statement;
    assert.deepEqual(allowed!.Principal, { Service: "events.amazonaws.com" });
    assert.deepEqual(allowed!.Condition, { ArnEquals: { "aws:SourceArn": rule } });
    assert.deepEqual(others.map(({ Effect }) => Effect), ["Deny"]);
    // SQS knows no such key: a queue that asked for it would take no login.
    assert.doesNotMatch(JSON.stringify(made.queues), /EC2InstanceSourceVPC/);
  }
  const members = ["222222222222", "333333333333"].map((id) => `arn:aws:iam::${id}:root`);
  const sendersOf = (made: Installation) =>
    [policyOf(made, "groundskeeper-logins"), made.events!.busPolicy]
      .map(({ Statement }) => Statement.find(({ Effect }) => Effect === "Allow"))
      .map((allowed) => allowed && [allowed.Principal, allowed.Condition]);
  const organization = ["*", { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } }];
  assert.deepEqual(sendersOf(all), [organization, organization]);
  assert.deepEqual(sendersOf(named), Array(2).fill([{ AWS: members }, undefined]));
  assert.deepEqual(sendersOf(alone), [undefined, undefined]);
});

Deno.test("events have rules in each Region, whose role puts them on the hub's bus and does no more", async () => {
  const { events, memberRoles } = await installation(LOGINS);
  const bus = "arn:aws:events:us-east-1:111111111111:event-bus/groundskeeper-events";
  assert.deepEqual(
    [events!.bus, events!.regions, events!.queues],
    [bus, LOGINS.organization.regions, [QUEUES.events]],
  );
  const role = memberRoles.find(({ name }) => name === "groundskeeper-events")!;
  assert.deepEqual(
    role.policy,
    documentOf([{
      Sid: "Puts",
      Effect: "Allow",
      Action: "events:PutEvents",
      Resource: bus,
    }]),
  );
  const without = await installation({ ...LOGINS, dirty: { queueUrl: LOGINS.dirty.queueUrl } });
  assert.equal(without.events, undefined);
  assert.ok(!without.memberRoles.some(({ name }) => name === "groundskeeper-events"));
});

Deno.test("the policy of clients names the queues of instances alone, and goes to the roles that are named", async () => {
  const { client } = await installation(LOGINS);
  const [statement] = (client!.policy as PolicyDocument).Statement;
  assert.deepEqual(statement!.Resource, [QUEUES.logins]);
  assert.deepEqual(client!.roles, { "222222222222": ["web", "batch"], "333333333333": ["web"] });
  const infra = { ...LOGINS.infra, existing: [QUEUES.logins], client: { roles: [] } };
  const existing = await installation({ ...LOGINS, infra });
  assert.deepEqual(existing.client, { policy: client!.policy, roles: {} });
  assert.deepEqual(existing.queues.map(({ name }) => name), ["groundskeeper-events"]);
  assert.equal((await installation({ ...ONE, dirty: {} })).client, undefined);
});

Deno.test("a service waits for logins, and the mark is set and cleared by roles of their own", async () => {
  const { tasks, memberRoles } = await installation(LOGINS);
  const starts = Object.fromEntries(tasks.map(({ key, starts }) => [key, starts]));
  assert.equal(starts["dirty-serve"], "service");
  assert.deepEqual([starts["dirty-apply"], starts["dirty-clear"]], ["by hand", "by hand"]);
  const trusted = (name: string) =>
    [
      ...JSON.stringify(memberRoles.find((role) => role.name === name)!.trust)
        .matchAll(/role\/groundskeeper-dirty-home-(\w+)/g),
    ].map(([, kind]) => kind);
  assert.deepEqual(trusted("groundskeeper-dirty-mark"), ["apply", "serve"]);
  assert.deepEqual(trusted("groundskeeper-dirty-clear"), ["clear"]);
});

Deno.test("a host of one's own has roles, and no task", async () => {
  const { execution, scheduler, table, tasks } = await installation(HOST);
  assert.deepEqual([execution, scheduler, table], [undefined, undefined, null]);
  for (const { home } of tasks) {
    assert.match(JSON.stringify(home.trust), /role\/ops\/Host/);
    assert.doesNotMatch(JSON.stringify(home.trust), /ecs-tasks/);
  }
});

Deno.test("the organization is asked only where its accounts are looked after", async () => {
  const asking = async (content: unknown) =>
    (await installation(content)).tasks
      .filter(({ home }) => JSON.stringify(home.policy).includes("organizations:"))
      .map(({ key }) => key);
  for (const content of [ONE, THREE, HOST]) assert.deepEqual(await asking(content), []);
  const { tasks } = await installation(ALL);
  const assuming = tasks.filter(({ home }) => JSON.stringify(home.policy).includes("AssumeRole"));
  assert.deepEqual(await asking(ALL), assuming.map(({ key }) => key));
  assert.ok(assuming.length > 5 && assuming.length < tasks.length);
});

Deno.test("operators are roles of the hub, or of accounts that are not looked after", async () => {
  const operators = ["111111111111", "444444444444"].map((id) => `arn:aws:iam::${id}:role/ops`);
  for (const content of [ONE, THREE, ALL]) {
    const { tasks } = await installation({ ...content, infra: { ...content.infra, operators } });
    for (const { home } of tasks) {
      for (const arn of operators) assert.ok(JSON.stringify(home.trust).includes(arn));
    }
  }
});

Deno.test("a tag of the project's own stands in the place of ours, whatever its case", async () => {
  for (const key of ["project", "Project", "PROJECT"]) {
    const { infra } = await installation(withInfra({ tags: { [key]: "x", team: "y" } }));
    assert.deepEqual(tagsOf(infra), { [key]: "x", team: "y" });
  }
  const { infra } = await installation(ONE);
  assert.deepEqual(tagsOf(infra), { project: "groundskeeper" });
});

Deno.test("a job that the file does not name is not deployed", async () => {
  const { repo: _repo, ...rest } = ONE;
  const { tasks, memberRoles } = await installation(rest);
  assert.deepEqual([...new Set(tasks.map(({ job }) => job))], ["audit"]);
  assert.deepEqual(memberRoles.filter(({ name }) => name.includes("repo")), []);
});

Deno.test("a task is handed the configuration as the file says it", async () => {
  assert.deepEqual(JSON.parse((await installation(THREE)).configText), THREE);
});

for (const [title, content] of Object.entries({ ONE, THREE, ALL, HOST, ALL_LOGINS })) {
  Deno.test(`the template of members looks as it did: ${title}`, async (t) => {
    const template = memberTemplate(await installation(content));
    await t.assertSnapshot(jsonText(template), { serializer: (text: string) => text });
  });
}

Deno.test("the template of rules looks as it did", async (t) => {
  const { events } = await installation(ALL_LOGINS);
  await t.assertSnapshot(jsonText(eventsTemplate(events!)), { serializer: (text: string) => text });
});

const withInfra = (infra: object, from: object = ONE) => ({
  ...from,
  infra: { ...ONE.infra, ...infra },
});
const withRoles = (organization: object) => ({
  ...ONE,
  organization: { ...ONE.organization, ...organization },
});
const withQueue = (name: string) => ({
  ...THREE,
  repo: {
    ...THREE.repo,
    serve: {
      ...THREE.repo.serve,
      queueUrl: `https://sqs.us-east-1.amazonaws.com/111111111111/${name}`,
    },
  },
});
const withLogins = (changed: object) => ({ ...LOGINS, ...changed });
const words = (count: number) =>
  Array.from({ length: count }, (_, at) => `role-${at}-${"x".repeat(40)}`);

const WRONG: readonly (readonly [title: string, content: unknown, says: RegExp])[] = [
  ["no infra", { ...ONE, infra: undefined }, /infra is missing\. Say there where the hub is/],
  [
    "a Region that does not exist",
    { ...HOST, infra: { ...HOST.infra, hub: { ...ONE.infra.hub, region: "eu-wset-1" } } },
    /infra\.hub\.region: "eu-wset-1" is no Region/,
  ],
  [
    "a Region of the organization that does not exist",
    withRoles({ regions: ["us-esat-1"] }),
    /organization\.regions\[0\]: "us-esat-1" is no Region/,
  ],
  [
    "an account that is a number",
    withInfra({ hub: { account: 11111111111, region: "us-east-1" } }),
    /infra\.hub\.account must be a string of twelve digits/,
  ],
  [
    "an account twice",
    withRoles({ accounts: [{ id: "111111111111" }, { id: "111111111111" }] }),
    /names the account 111111111111 twice/,
  ],
  [
    "one role for two jobs",
    withRoles({ roles: "acme-{role}" }),
    /roles would be called "acme-observe"/,
  ],
  ["one role for everything", withRoles({ roles: "acme" }), /roles would be called "acme"/],
  [
    "a role in two cases",
    withRoles({ namedRoles: { "audit-apply": "Writer", "repo-apply": "ops/writer" } }),
    /2 roles would be called "Writer"/,
  ],
  ["two roles that are one in CloudFormation", {
    ...ALL,
    organization: {
      ...ALL.organization,
      namedRoles: { "audit-apply": "audit.writer", "repo-apply": "Audit-Writer" },
    },
  }, /the names "audit\.writer" and "Audit-Writer" differ in signs alone/],
  [
    "a deploying role that is a job's",
    withInfra({ deployRole: "groundskeeper-audit-apply" }),
    /2 roles would be called "groundskeeper-audit-apply"/,
  ],
  [
    "a name that is too long behind its prefix",
    withRoles({ roles: `${"x".repeat(50)}-{job}-{role}` }),
    /would have a name of \d\d characters, and IAM takes 64/,
  ],
  [
    "a queue whose dead-letter queue has no name",
    withQueue("q".repeat(78)),
    /Its dead-letter queue is called/,
  ],
  [
    "a schedule of no kind of run",
    withInfra({ schedules: { "audit-repot": "rate(1 hour)" } }),
    /infra\.schedules\.audit-repot is no kind of run/,
  ],
  [
    "a schedule of what a person tells",
    withInfra({ schedules: { "repo-optout": "rate(1 day)" } }),
    /infra\.schedules\.repo-optout is a run that reads no account/,
  ],
  [
    "a schedule of a service without its queue",
    withInfra({ schedules: { "repo-serve": "rate(5 minutes)" } }),
    /infra\.schedules\.repo-serve is no kind of run/,
  ],
  [
    "a schedule that EventBridge refuses",
    withInfra({ schedules: { "audit-report": "every hour" } }),
    /infra\.schedules\.audit-report must be a schedule/,
  ],
  ["schedules without tasks", {
    ...HOST,
    infra: { ...HOST.infra, schedules: { "audit-report": "rate(1 hour)" } },
  }, /infra\.schedules takes effect with infra\.image only/],
  [
    "a webhook that no task can read",
    { ...ONE, notify: [{ webhook: { urlEnv: "ALERTS_URL" } }] },
    /infra\.secrets\.ALERTS_URL must be the ARN/,
  ],
  ...([
    [
      "ES_API_KEY",
      "the API key, which reports\\.elasticsearch\\.apiKeyEnv reads",
      REPORTED.reports,
    ],
    ["SMTP_PASSWORD", "the password, which reports\\.mail\\.smtp\\.passwordEnv reads", {
      mail: REPORTED.reports.mail,
    }],
    ["ES_PASSWORD", "the password, which reports\\.elasticsearch\\.basic\\.passwordEnv reads", {
      elasticsearch: {
        node: "https://es.example",
        basic: { username: "grounds", passwordEnv: "ES_PASSWORD" },
      },
    }],
  ] as const).map(([variable, says, reports]): (typeof WRONG)[number] => [
    `a secret of the reports that no task can read, ${variable}`,
    { ...ONE, reports },
    new RegExp(
      `infra\\.secrets\\.${variable} must be the ARN of the secret or parameter that holds ${says}`,
    ),
  ]),
  [
    "a schedule of a replay, whose files are gone with their task",
    withInfra({ schedules: { "reports-replay": "rate(1 day)" } }, REPORTED),
    /infra\.schedules\.reports-replay is a run that reads no account, and that a person starts/,
  ],
  [
    "a schedule of mail that is not configured",
    withInfra({ schedules: { "reports-digest": "rate(1 day)" } }),
    /infra\.schedules\.reports-digest is no kind of run of this configuration/,
  ],
  [
    "a secret in a variable of every task",
    withInfra({
      secrets: { AWS_REGION: "arn:aws:ssm:us-east-1:111111111111:parameter/region" },
    }),
    /infra\.secrets\.AWS_REGION is a variable that each task has by itself/,
  ],
  [
    "home roles that nobody assumes",
    { ...HOST, infra: { hub: ONE.infra.hub } },
    /infra\.operators must name who assumes the home roles/,
  ],
  ...Object.entries({ THREE, ALL }).map(([title, content]): (typeof WRONG)[number] => [
    `an operator in an account that is looked after, ${title}`,
    { ...content, infra: { ...content.infra, operators: ["arn:aws:iam::222222222222:role/ops"] } },
    /infra\.operators\[0\] is a role of the member 222222222222/,
  ]),
  [
    "tags that IAM takes for one",
    withInfra({ tags: { Team: "a", team: "b" } }),
    /infra\.tags: Team and team differ in their case alone/,
  ],
  [
    "more tags than AWS takes",
    withInfra({ tags: Object.fromEntries(words(50).map((key) => [key, ""])) }),
    /infra\.tags: there would be 51 tags/,
  ],
  [
    "events of Regions that are not named",
    withLogins({ organization: { ...LOGINS.organization, regions: "enabled" } }),
    /organization\.regions must name the Regions/,
  ],
  [
    "events of all Regions but some",
    withLogins({ organization: { ...LOGINS.organization, regions: { allExcept: ["eu-west-1"] } } }),
    /organization\.regions must name the Regions/,
  ],
  ...["us-east-1.amazonaws.com/222222222222", "eu-west-1.amazonaws.com/111111111111"].map(
    (place): (typeof WRONG)[number] => [
      `a queue of events in ${place}`,
      withLogins({ dirty: { eventsQueueUrl: `https://sqs.${place}/events` } }),
      /:events" must be a queue of infra\.hub, 111111111111 in us-east-1/,
    ],
  ),
  ...["queueUrl", "eventsQueueUrl"].map((name): (typeof WRONG)[number] => [
    `a FIFO queue as ${name}`,
    withLogins({
      dirty: { [name]: "https://sqs.us-east-1.amazonaws.com/111111111111/logins.fifo" },
    }),
    new RegExp(`dirty\\.${name} must be a standard queue`),
  ]),
  [
    "roles of clients without a queue",
    withLogins({ dirty: { eventsQueueUrl: LOGINS.dirty.eventsQueueUrl } }),
    /infra\.client\.roles reports logins, and no queue takes them/,
  ],
  ["a client in an account that is not looked after", {
    ...LOGINS,
    infra: { ...LOGINS.infra, client: { roles: ["arn:aws:iam::555555555555:role/web"] } },
  }, /infra\.client\.roles\[0\] is a role of 555555555555, which is not looked after/],
  ["a client in an account that is left out", {
    ...ALL_LOGINS,
    infra: { ...LOGINS.infra, client: { roles: ["arn:aws:iam::444444444444:role/web"] } },
  }, /infra\.client\.roles\[0\] is a role of 444444444444/],
  ["a client in a hub that is not looked after", {
    ...LOGINS,
    organization: { ...LOGINS.organization, accounts: [{ id: "222222222222" }] },
    infra: { ...LOGINS.infra, client: { roles: ["arn:aws:iam::111111111111:role/web"] } },
  }, /infra\.client\.roles\[0\] is a role of 111111111111/],
  ["a client of another partition", {
    ...LOGINS,
    infra: { ...LOGINS.infra, client: { roles: ["arn:aws-cn:iam::222222222222:role/web"] } },
  }, /infra\.client\.roles\[0\] is of the partition aws-cn/],
  ["missing subnets", withInfra({ subnetIds: [] }), /infra\.subnetIds must name the subnets/],
  [
    "an ARN of another partition",
    withInfra({ operators: ["arn:aws-cn:iam::111111111111:role/x"] }),
    /infra\.operators\[0\] is of the partition aws-cn/,
  ],
  ["a topic of another partition", {
    ...ONE,
    notify: [{ sns: "arn:aws-cn:sns:cn-north-1:111111111111:x" }],
  }, /notify\[0\]\.sns is of the partition aws-cn/],
  ["an exemption that is everybody", {
    ...THREE,
    infra: { ...THREE.infra, guards: { exempt: ["arn:aws:iam::*:role/*"] } },
  }, /infra\.guards\.exempt/],
  [
    "a policy over AWS's size",
    { ...ONE, repo: { protectedRoles: words(120) } },
    /The inline policies of the role "groundskeeper-repo-apply" would have [\d,]+ characters/,
  ],
  ["more than five policies for a target", {
    ...THREE,
    infra: { ...THREE.infra, guards: { targets: ["r-ab12"], attached: 5 } },
  }, /infra\.guards\.targets: r-ab12 would have 6 service control policies/],
  [
    "more than 50 accounts",
    withRoles({
      accounts: Array.from({ length: 51 }, (_, at) => ({ id: String(200000000000 + at) })),
    }),
    /names 51 accounts/,
  ],
  ["a configuration that no task definition holds", {
    ...ONE,
    repo: { protectedRoles: [] },
    audit: {
      ...ONE.audit,
      exempt: Array.from(
        { length: 400 },
        (_, at) => ({
          match: { instanceId: `i-${String(at).padStart(17, "0")}` },
          reason: "x".repeat(120),
          until: "2027-01-31",
        }),
      ),
    },
  }, /The configuration would take \d+ bytes of a task definition, which has room for 60000/],
];

for (const [title, content, says] of WRONG) {
  Deno.test(`an installation is refused with ${title}`, async () => {
    await assert.rejects(installation(content), (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.problems.join("\n"), says);
      return true;
    });
  });
}

const PARTITIONS = [
  ["aws-cn", "cn-north-1"],
  ["aws-us-gov", "us-gov-west-1"],
] as const;

for (const [partition, region] of PARTITIONS) {
  Deno.test(`an installation in ${partition} names nothing of another partition`, async () => {
    for (const content of [THREE, LOGINS]) {
      const text = JSON.stringify(content).replaceAll("arn:aws:", `arn:${partition}:`)
        .replaceAll("us-east-1", region);
      const { configText: _text, ...made } = await installation(JSON.parse(text));
      assert.doesNotMatch(JSON.stringify(made), /arn:aws:|us-east-1/);
    }
  });
}
