import assert from "assert";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { always, failWith } from "../aws/faults.ts";
import { clientConfig } from "../aws/seed.ts";
import { SECRET, startHook } from "../runners/adapters/hook_server.ts";
import { extractMetrics } from "../runners/core/log/embedded_metric_format.ts";
import { type AuditWorld, auditWorld, groupsOf, WIDE_LIMITS } from "./audit_world.ts";

const REFUSING = { limits: { ...WIDE_LIMITS, perRun: { count: 1, percent: 100 } } };
const VARIABLE = "GROUNDSKEEPER_HOOK";
const WEBHOOK = { webhook: { urlEnv: VARIABLE } };

/** Adds who is told to the world's configuration. */
async function tell(world: AuditWorld, ...notify: readonly object[]): Promise<void> {
  const path = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...config, notify }));
}

/** Makes a topic in another region than the caller's, in the home account. */
async function makeTopic(world: AuditWorld): Promise<string> {
  const { AWS_ACCESS_KEY_ID: home = "" } = world.aws.environment;
  const client = new SNSClient({
    ...clientConfig(world.aws.endpoint, home),
    region: "eu-central-1",
  });
  const Name = `alerts-${crypto.randomUUID()}`;
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name }));
  client.destroy();
  world.aws.proxy.clearCalls();
  return TopicArn!;
}

function publishedIn(world: AuditWorld) {
  return world.aws.proxy.calls.filter(({ service }) => service === "sns");
}

/** The figures on the line that the run has left on stderr, taken as CloudWatch takes them. */
function metricsIn(stderr: string): Record<string, number> {
  const lines = stderr.split("\n").filter((line) => line.includes("_aws"));
  assert.equal(lines.length, 1, stderr);
  return Object.fromEntries(extractMetrics(lines[0]!).map(({ name, value }) => [name, value]));
}

Deno.test("an apply that a limit refuses is published under the home credentials, in the topic's region", async () => {
  await using world = await auditWorld({
    groups: groupsOf(4, 2),
    accounts: 1,
    audit: REFUSING,
  });
  const topic = await makeTopic(world);
  await tell(world, { sns: topic });
  const ran = await world.run("audit apply --yes");
  assert.equal(ran.code, 4, ran.stderr);
  const calls = publishedIn(world);
  assert.equal(calls.length, 1, ran.stderr);
  const { action, status, region, principal, parameters } = calls[0]!;
  assert.deepEqual([action, status, region], ["sns:Publish", 200, "eu-central-1"]);
  assert.equal(principal, "arn:aws:iam::123456789012:root");
  assert.equal(parameters["TopicArn"], topic);
  assert.equal(
    parameters["Subject"],
    "Groundskeeper: audit apply was refused by limits.perRun.count",
  );
  assert.match(
    parameters["Message"]!,
    /^Coverage: 2 of 2 account-regions proven\.\nRefused: this run would make 4 changes; limits\.perRun\.count allows 1\. Nothing was changed\.\n/,
  );
  assert.match(JSON.stringify(parameters), /"kind".*"refused"|"refused".*"kind"/);
  const { Refused, Failed, ChangesPlanned, ChangesDone, Violating } = metricsIn(ran.stderr);
  assert.deepEqual([Refused, Failed, ChangesPlanned, ChangesDone, Violating], [1, 0, 4, 0, 4]);
});

Deno.test("where a home role is configured, it is the one that publishes", async () => {
  await using world = await auditWorld({
    groups: groupsOf(4, 2),
    accounts: 2,
    audit: REFUSING,
  });
  const topic = await makeTopic(world);
  const homeRole = "arn:aws:iam::123456789012:role/groundskeeper-audit-home";
  world.configure({}, { homeRole });
  await tell(world, { sns: topic });
  assert.equal((await world.run("audit apply --yes")).code, 4);
  assert.match(publishedIn(world)[0]!.principal!, /assumed-role\/groundskeeper-audit-home\//);
});

Deno.test("a report that lost coverage is posted to the webhook, and one that did not is not", async () => {
  await using hook = startHook();
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  await tell(world, WEBHOOK);
  const env = { [VARIABLE]: hook.url };
  const good = await world.run("audit report", { env });
  assert.equal(good.code, 0, good.stderr);
  assert.equal(hook.received.length, 0);
  const { RegionsPlanned, RegionsProven, Examined } = metricsIn(good.stderr);
  assert.deepEqual([RegionsPlanned, RegionsProven, Examined], [2, 2, 10]);

  world.aws.proxy.onCall(
    failWith({ action: "ec2:DescribeInstances", region: "us-west-2" }, "UnauthorizedOperation"),
  );
  const { code, stderr, stdout } = await world.run("audit report --json", { env });
  assert.equal(code, 3, stderr);
  assert.equal(hook.received.length, 1);
  const { run_id } = JSON.parse(stdout) as { run_id: string };
  const { kind, verb, text, coverage, run_id: told } = hook.received[0]!.body;
  assert.deepEqual([kind, verb, told], ["coverage", "report", run_id]);
  assert.match(
    String(text),
    /Coverage: 1 of 2 account-regions proven\.\n {2}not proven: \d{12} us-west-2 \(access-denied\)/,
  );
  assert.equal((coverage as { unproven_total: number }).unproven_total, 1);
  assert.equal(metricsIn(stderr)["RegionsUnproven"], 1);
});

Deno.test("changes that failed are told when all is recorded", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  const pages: boolean[] = [];
  await using hook = startHook(() => {
    const names = Array.from(Deno.readDirSync(`${world.directory}/out`), ({ name }) => name);
    pages.push(names.some((name) => name.endsWith(".html")));
    return new Response();
  });
  await tell(world, WEBHOOK);
  world.aws.proxy.onCall(always({ action: "ec2:CreateTags", region: "us-west-2" }, {
    kind: "error",
    code: "UnauthorizedOperation",
    status: 403,
  }));
  const { code, stderr } = await world.run("audit apply --yes", { env: { [VARIABLE]: hook.url } });
  assert.equal(code, 3, stderr);
  assert.deepEqual(pages, [true]);
  assert.match(String(hook.received[0]!.body["text"]), /Changes: 2 planned, 1 done, 1 failed\./);
  const { ChangesDone, ChangesFailed } = metricsIn(stderr);
  assert.deepEqual([ChangesDone, ChangesFailed], [1, 1]);
});

Deno.test("a run without credentials tells the webhook, and that the topic could not be told", async () => {
  await using hook = startHook();
  await using world = await auditWorld({ groups: groupsOf(1, 0), accounts: 1 });
  await tell(world, { sns: "arn:aws:sns:us-east-1:123456789012:alerts" }, WEBHOOK);
  const { code, stderr, said } = await world.run("audit report", {
    env: {
      [VARIABLE]: hook.url,
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_CONFIG_FILE: `${world.directory}/none`,
      AWS_SHARED_CREDENTIALS_FILE: `${world.directory}/none`,
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
  assert.equal(code, 1, stderr);
  const { kind, error, text } = hook.received[0]!.body;
  assert.deepEqual([kind, (error as { code: string }).code], ["failed", "no-credentials"]);
  assert.match(
    String(text),
    /audit report ended by an error: Cannot find AWS credentials\..*aws sso login/,
  );
  assert.deepEqual(metricsIn(stderr)["Failed"], 1);
  assert.match(
    said,
    /The notification could not be sent to the SNS topic arn:aws:sns:us-east-1:123456789012:alerts/,
  );
});

Deno.test("a run that a signal cuts is told, and ends in time", async () => {
  await using hook = startHook();
  await using world = await auditWorld({
    groups: groupsOf(1, 0),
    accounts: 1,
  });
  const topic = await makeTopic(world);
  await tell(world, { sns: topic }, WEBHOOK);
  const child = Promise.withResolvers<Deno.ChildProcess>();
  world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "ec2:DescribeInstances") return undefined;
    (await child.promise).kill("SIGTERM");
    return { kind: "hang" };
  });
  const { code, stderr } = await world.run("audit report", {
    env: { [VARIABLE]: hook.url },
    onSpawn: child.resolve,
  });
  assert.equal(code, 3, stderr);
  assert.equal(hook.received[0]!.body["title"], "Groundskeeper: audit report was interrupted");
  assert.deepEqual(publishedIn(world).map(({ status }) => status), [200], stderr);
});

Deno.test("a webhook and a topic that fail are told on stderr, without the URL, and change nothing else", async () => {
  await using hook = startHook(() => new Response("no", { status: 403 }));
  await using world = await auditWorld({
    groups: groupsOf(4, 2),
    accounts: 1,
    audit: REFUSING,
  });
  await tell(world, { sns: await makeTopic(world) }, WEBHOOK);
  world.aws.proxy.onCall(failWith({ action: "sns:Publish" }, "AuthorizationError"));
  const { code, stderr, said } = await world.run("audit apply --yes", {
    env: { [VARIABLE]: hook.url },
  });
  assert.equal(code, 4);
  assert.match(said, /The notification could not be sent to the webhook in GROUNDSKEEPER_HOOK/);
  assert.match(said, /The notification could not be sent to the SNS topic arn:/);
  assert.match(stderr, /it answered with status 403\. Check the URL that GROUNDSKEEPER_HOOK holds/);
  assert.match(stderr, /AuthorizationError/);
  assert.ok(!stderr.includes(SECRET) && !stderr.includes(hook.url), stderr);
});

for (
  const [value, problem] of [
    ["", "is not set"],
    [`T0/${SECRET}`, "holds no URL"],
    [`http://hooks.example.com/${SECRET}`, "must hold a URL that begins with https://"],
  ] as const
) {
  Deno.test(`a variable that ${problem} is warned of at every run, and changes no result`, async () => {
    await using world = await auditWorld({ groups: groupsOf(4, 0), accounts: 1 });
    await tell(world, WEBHOOK);
    const { code, said, stderr } = await world.run("audit report", { env: { [VARIABLE]: value } });
    assert.equal(code, 0, stderr);
    assert.ok(
      said.includes(
        `Nobody can be told by the webhook in GROUNDSKEEPER_HOOK: the variable ${problem}. ` +
          "Set it to the webhook's URL, or take the webhook out of notify",
      ),
      said,
    );
    assert.ok(!stderr.includes("SECRET"), stderr);
  });
}

Deno.test("plan, explain, history and a wrong command line tell nobody and leave no figures", async () => {
  await using hook = startHook();
  await using world = await auditWorld({
    groups: groupsOf(4, 2),
    accounts: 1,
    audit: REFUSING,
  });
  await tell(world, { sns: await makeTopic(world) }, WEBHOOK);
  const env = { [VARIABLE]: hook.url };
  const [instance] = world.seeded.instances(world.accounts[0]!, "us-east-1", "batch-0");
  const codes: number[] = [];
  for (
    const args of [
      "audit plan",
      `audit explain ${instance}`,
      "audit history",
      "changes",
      "audit apply",
      "audit apply --yes --as-of 2026-01-01T00:00:00Z",
    ]
  ) {
    const { code, stderr } = await world.run(args, { env });
    codes.push(code);
    assert.ok(!stderr.includes("_aws"), `${args}: ${stderr}`);
  }
  // No run has made a store.
  assert.deepEqual(codes, [4, 0, 1, 1, 2, 2]);
  assert.deepEqual(hook.received, []);
  assert.deepEqual(publishedIn(world), []);
});

Deno.test("config check says who is told, and its service line reaches the webhook, not its URL", async () => {
  await using world = await auditWorld({ groups: groupsOf(1, 0), accounts: 1 });
  const topic = "arn:aws:sns:us-east-1:123456789012:alerts";
  await tell(world, { sns: topic }, WEBHOOK);
  const url = `https://hooks.example.com/services/${SECRET}`;
  const set = await world.run("config check", { env: { [VARIABLE]: url } });
  assert.equal(set.code, 0, set.stderr);
  assert.match(set.stdout, /tells +the SNS topic arn:aws:sns:us-east-1:123456789012:alerts\n/);
  assert.match(set.stdout, /tells +the webhook in GROUNDSKEEPER_HOOK\n/);
  assert.match(set.stdout, /--allow-net=\*\.amazonaws\.com:443,.*,hooks\.example\.com:443/);
  assert.ok(!set.stdout.includes("SECRET"));
  const unset = await world.run("config check");
  assert.match(unset.stdout, /the webhook in GROUNDSKEEPER_HOOK, which is not set here\n/);
  assert.ok(!unset.stdout.includes("hooks.example.com"));
  const { policy } = (JSON.parse((await world.run("permissions audit")).stdout) as {
    role: string;
    policy: { Statement: { Action: string[]; Resource: string[] }[] };
  }[]).find(({ role }) => role === "groundskeeper-audit-home")!;
  assert.deepEqual(
    policy.Statement.filter(({ Action }) => Action.includes("sns:Publish")).map(({ Resource }) =>
      Resource
    ),
    [[topic]],
  );
});

Deno.test("what config line prints is enough to tell, as a command that a shell becomes", async () => {
  await using hook = startHook();
  await using world = await auditWorld({
    groups: groupsOf(4, 2),
    accounts: 1,
    audit: REFUSING,
  });
  await tell(world, { sns: await makeTopic(world) }, WEBHOOK);
  const env = { ...world.aws.environment, [VARIABLE]: hook.url };
  const { stdout: line } = await world.run("config line audit apply --yes", { env });
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", `exec ${line}`],
    cwd: "/",
    env,
    stdin: "null",
  }).output();
  assert.equal(code, 4, new TextDecoder().decode(stderr));
  assert.deepEqual([hook.received.length, publishedIn(world).length], [1, 1]);
});
