import assert from "assert";
import { auditWorld, groupsOf } from "../e2e/audit_world.ts";
import {
  elastic,
  type Fault,
  MemoryElasticsearch,
} from "../reports/elasticsearch/memory_server.ts";
import { tableStore } from "../e2e/store_table.ts";
import type { World } from "../e2e/world.ts";
import { isAllowed } from "../policies/evaluate.ts";
import { eachStatement, unused } from "../policies/permissions.ts";
import { runAll } from "./live.ts";
import { listenForMail, type MailListener } from "./mail_listener.ts";
import { seenRoles } from "./seen.ts";

const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** A world with an account that is enforced, and these settings of the reports. */
async function worldWith(reports: object, store?: Record<string, unknown>): Promise<World> {
  const world = await auditWorld({
    groups: groupsOf(3, 1),
    accounts: 1,
    ...store ? { store, proxy: { services: { ministack: true } } } : {},
  });
  const path = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...config, reports }));
  return world;
}

/** A world in which yesterday's run left violators, and a mail server is configured. */
async function reportedWorld(
  mail: Pick<MailListener, "port">,
  store?: Record<string, unknown>,
): Promise<World> {
  const smtp = { host: "127.0.0.1", port: mail.port, tls: "none" };
  const world = await worldWith({
    mail: { smtp, from: "grounds@example.com", fallback: "platform@example.com" },
  }, store);
  await runAll(world, [`audit apply --yes --slot ${YESTERDAY}T12:00:00Z`]);
  return world;
}

/** The figures that the alarm on the daily mail waits for. */
function figureIn(stderr: string): unknown {
  const line = stderr.split("\n").find((one) => one.includes('"_aws"'));
  const { job, verb, Failed } = JSON.parse(line ?? "{}");
  return [job, verb, Failed];
}

Deno.test({
  name: "the policy of the digest allows all that it asks of the table, and nothing else",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using mail = listenForMail();
    await using world = await reportedWorld(mail, tableStore());
    await runAll(world, ["reports digest", `reports digest --day ${YESTERDAY} --out mails`]);
    assert.ok(mail.received.length > 0);
    const digest = (await seenRoles(world, "reports")).find(({ key }) => key === "home-digest")!;
    assert.ok(digest.seen.length > 5, `${digest.seen.length} requests were seen`);
    assert.deepEqual(digest.seen.filter((one) => !isAllowed(digest.policy, one)), []);
    assert.deepEqual(unused(eachStatement(digest.policy), digest.seen), []);
  },
});

/** Refuses every document. */
const FULL: Fault = ({ path }) =>
  path === "/_bulk"
    ? elastic({ error: { type: "illegal_argument_exception", reason: "full" } }, 400)
    : undefined;

Deno.test({
  name: "the policies of a replay and of the run before it allow all that is noted of documents",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await MemoryElasticsearch.start();
    await using world = await worldWith({ elasticsearch: { node: server.node } }, tableStore());
    await runAll(world, ["reports setup"]);
    server.fault = FULL;
    const { code, stderr } = await world.run("audit report");
    assert.equal(code, 3, stderr);
    server.fault = () => undefined;
    await runAll(world, ["reports replay"]);
    assert.ok(Object.keys(server.documents()).length >= 5);
    const replay = (await seenRoles(world, "reports")).find(({ key }) => key === "home-replay")!;
    assert.ok(replay.seen.some(({ action }) => action === "dynamodb:PutItem"));
    assert.deepEqual(replay.seen.filter((one) => !isAllowed(replay.policy, one)), []);
    assert.deepEqual(unused(eachStatement(replay.policy), replay.seen), []);
    const report = (await seenRoles(world, "audit")).find(({ key }) => key === "home-report")!;
    assert.deepEqual(report.seen.filter((one) => !isAllowed(report.policy, one)), []);
  },
});

for (const store of [undefined, tableStore()]) {
  const where = store ? "table" : "file";
  Deno.test(`what config line prints is enough for the daily mail with a ${where}, as a command that a shell becomes`, async () => {
    await using mail = listenForMail();
    await using world = await reportedWorld(mail, store);
    const { code, stdout: line, stderr } = await world.run("config line reports digest");
    assert.equal(code, 0, stderr);
    assert.match(line, new RegExp(` -P=reports .*--allow-net=[^ ]*,127\\.0\\.0\\.1:${mail.port}`));
    const become = async () => {
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", `exec ${line}`],
        cwd: "/",
        env: world.aws.environment,
        stdin: "null",
      }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    const sent = await become();
    assert.equal(sent.code, 0, sent.stderr);
    assert.deepEqual(figureIn(sent.stderr), ["reports", "digest", 0]);
    const mails = mail.received.length;
    assert.ok(mail.received.some(({ to }) => to.includes("platform@example.com")));
    assert.equal((await become()).code, 0);
    assert.equal(mail.received.length, mails, "a mail is sent once");
  });
}

Deno.test("a mail that no server takes is what the alarm waits for", async () => {
  const gone = listenForMail();
  await gone[Symbol.asyncDispose]();
  await using world = await reportedWorld(gone);
  const { code, stderr } = await world.run("reports digest");
  assert.equal(code, 1, stderr);
  assert.deepEqual(figureIn(stderr), ["reports", "digest", 1]);
  const wrong = await world.run("reports digest --day noon");
  assert.deepEqual([wrong.code, wrong.stderr.includes("_aws")], [2, false]);
});

Deno.test("the permission for a mail server is enough to look its name up", async () => {
  // No address is behind a name that ends like this (RFC 6761): to be refused would be told otherwise.
  const smtp = { host: "smtp.invalid" };
  await using world = await worldWith({
    mail: { smtp, from: "grounds@example.com", fallback: "platform@example.com" },
  });
  await runAll(world, ["audit report"]);
  const { stdout: line } = await world.run("config line reports digest");
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", `exec ${line}`],
    cwd: "/",
    env: world.aws.environment,
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 1, said);
  assert.match(said, /ENOTFOUND|EAI_AGAIN/);
  assert.doesNotMatch(said, /EPERM|NotCapable/);
});
