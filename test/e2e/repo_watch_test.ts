import assert from "assert";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { RepoKeys } from "../../runners/repo/present/names.ts";
import { clientConfig } from "../aws/seed.ts";
import { startHook } from "../runners/adapters/hook_server.ts";
import { deniedEvent } from "../runners/repo/watch/trail.ts";
import { halfUsed, type RepoWorld, repoWorld } from "./repo_world.ts";

type Document = RunDocument & RepoKeys;

const lookups = ({ aws }: RepoWorld) =>
  aws.proxy.calls.filter(({ action }) => action === "cloudtrail:LookupEvents").length;

async function roleIdOf({ aws, accounts }: RepoWorld, RoleName: string): Promise<string> {
  const iam = new IAMClient(clientConfig(aws.endpoint, accounts[0]!));
  try {
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role!.RoleId!;
  } finally {
    iam.destroy();
  }
}

/** A session of the role asks for what it has lost, now. */
async function denyCall(world: RepoWorld, role: string, part: object = {}): Promise<void> {
  const event = deniedEvent({
    // CloudTrail has whole seconds; here the second of the removal is not over yet.
    eventTime: new Date(world.aws.proxy.now()).toISOString(),
    ...part,
  }, { arn: world.arn(role), id: await roleIdOf(world, role) });
  world.aws.proxy.cloudTrail.add(world.accounts[0]!, "us-east-1", event);
}

Deno.test("a call that a removal denies is told, until it is given back by the command that is told", async () => {
  await using world = await repoWorld({ roles: [halfUsed("app"), halfUsed("quiet")] });
  const first = await world.run("repo apply --yes");
  assert.equal(first.code, 0, first.said);
  assert.equal(lookups(world), 0, "nothing was removed before");

  await denyCall(world, "app");
  await denyCall(world, "app", { eventSource: "s3.amazonaws.com", eventName: "ListBuckets" });
  const plan = await world.json<Document>("repo plan");
  assert.deepEqual(
    [plan.denied, plan.watch, lookups(world)],
    [[], null, 0],
    "a plan does not look",
  );

  const report = await world.run("repo report");
  assert.equal(report.code, 0, report.said);
  assert.match(
    report.stdout,
    /^Denied {5}1 call of 1 role was denied for what had been removed\.$/m,
  );
  assert.equal(lookups(world), 2, "one for each service that went");
  const command = /^ +groundskeeper (repo apply --give-back \S+ --role \S+\/app)$/m
    .exec(report.stdout);
  assert.ok(command, report.stdout);
  const explained = await world.run(`repo explain ${world.accounts[0]}/app`);
  assert.match(explained.stdout, /^Denied {5}1 call of 1 role/m);

  const restored = await world.run(`${command[1]} --yes`);
  assert.equal(restored.code, 0, restored.said);
  const after = await world.json<Document>("repo report");
  assert.deepEqual([after.denied, after.watch?.roles], [[], 2], "the rest is watched still");
});

Deno.test("who is notified is told of denied calls, though the run was done", async () => {
  await using world = await repoWorld({ roles: [halfUsed("app")] });
  await using hook = startHook();
  assert.equal((await world.run("repo apply --yes")).code, 0);
  await denyCall(world, "app");
  const path = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  const notify = [{ webhook: { urlEnv: "GROUNDSKEEPER_HOOK" } }];
  await Deno.writeTextFile(path, JSON.stringify({ ...config, notify }));
  const { code, said } = await world.run("repo report", {
    // A notification has ten seconds, which are not to be shortened.
    env: { GROUNDSKEEPER_HOOK: hook.url, GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1" },
  });
  assert.equal(code, 0, said);
  const [notice, ...more] = hook.received.map(({ body }) => body);
  assert.deepEqual(more, []);
  assert.deepEqual([notice!["kind"], notice!["exit_code"]], ["aftermath", 0]);
  assert.equal(notice!["title"], "Groundskeeper: repo report saw 1 call of 1 role denied since");
  assert.match(
    String(notice!["text"]),
    /groundskeeper repo apply --give-back sqs:SendMessage --role \d{12}\/app/,
  );
});

Deno.test("where CloudTrail may not be asked the run goes on, and says so", async () => {
  await using world = await repoWorld({ roles: [halfUsed("app")] });
  assert.equal((await world.run("repo apply --yes")).code, 0);
  world.aws.proxy.onCall(({ action }) =>
    action === "cloudtrail:LookupEvents"
      ? { kind: "error", code: "AccessDeniedException", status: 400 }
      : undefined
  );
  const { code, stdout, said } = await world.run("repo report");
  assert.equal(code, 0, said);
  assert.match(
    stdout,
    /^Unwatched {2}CloudTrail could not be read completely for 2 services in\s+\d{12} us-east-1:/m,
  );
});

Deno.test("with repo.watch 0s nothing is looked up, and no role may", async () => {
  await using world = await repoWorld({ roles: [halfUsed("app")], repo: { watch: "0s" } });
  assert.equal((await world.run("repo apply --yes")).code, 0);
  await denyCall(world, "app");
  const report = await world.json<Document>("repo report");
  assert.deepEqual([report.denied, report.watch, lookups(world)], [[], null, 0]);
  const { stdout } = await world.run("permissions repo --role observe");
  assert.doesNotMatch(stdout, /cloudtrail/);
});
