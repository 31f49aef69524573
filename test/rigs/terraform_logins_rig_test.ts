import assert from "assert";
import { DeleteTagsCommand, DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import { startLocalAws } from "../aws/local_aws.ts";
import { clientConfig, seedWorld } from "../aws/seed.ts";
import { startedSession } from "../e2e/dirty_messages.ts";
import { LOGINS } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
import { type Deployed, sendTo } from "./deployed.ts";
import { ended, type Hub, runTask, scheduled } from "./ecs_task.ts";
import { type AwsEvent, putEvent, targetsOf } from "./event_bridge.ts";
import { madeIn } from "./made_in_aws.ts";
import { makeOrganization, MANAGEMENT, withIds } from "./organization.ts";
import { report } from "./reporting_instance.ts";
import { requireTrust } from "./role_sessions.ts";
import { openStack } from "./terraform.ts";

const HOME = "us-east-1";
const ABROAD = "eu-west-1";

/** What another plan would change though nothing has changed: what the local servers do not keep. */
const DRIFT = {
  // moto does not answer availabilityZoneRebalancing.
  "aws_ecs_service.dirty-serve-service": ["availability_zone_rebalancing"],
};

/** The exit code of `dirty verify` that has found a difference. */
const FOUND = 5;

Deno.test("Terraform makes what logins and events come by, enough for the job, and takes it away again", async (t) => {
  await using aws = await startLocalAws({ services: { ministack: true } });
  const { id: organizationId, ids, accounts } = await makeOrganization(aws);
  const [hub, shop, lake] = accounts;
  requireTrust(aws, organizationId);
  const web = { name: "web", instanceProfile: "web" };
  const batch = { name: "batch", instanceProfile: "batch" };
  const seeded = await seedWorld({
    accounts: [
      { id: hub, name: "hub", roles: [], regions: {} },
      { id: shop, name: "shop", roles: [], regions: { [HOME]: [{ ...web, count: 2 }, batch] } },
      { id: lake, name: "lake", roles: [], regions: { [ABROAD]: [web] } },
    ],
  }, { endpoint: aws.endpoint });
  const instance = (account: string, region: string, group: string, at = 0) => (
    { account, region, id: seeded.instances(account, region, group)[at]! }
  );
  const [first, second] = [0, 1].map((at) => instance(shop, HOME, "web", at));
  const [worker, far] = [instance(shop, HOME, "batch"), instance(lake, ABROAD, "web")];
  aws.proxy.setRegions({ enabled: [HOME, ABROAD], notOptedIn: [] });
  const inRegion = async <Answer>(
    { account, region }: { readonly account: string; readonly region: string },
    work: (ec2: EC2Client) => Promise<Answer>,
  ) => {
    const ec2 = new EC2Client(clientConfig(aws.endpoint, account, region));
    return await work(ec2).finally(() => ec2.destroy());
  };
  /** The marked instances of both Regions. */
  const marked = async () => {
    const Filters = [{ Name: "key", Values: ["dirty"] }];
    const tags = await Promise.all(
      [first!, far].map((place) =>
        inRegion(place, (ec2) => ec2.send(new DescribeTagsCommand({ Filters })))
      ),
    );
    return tags.flatMap(({ Tags = [] }) => Tags).map(({ ResourceId }) => ResourceId!).sort();
  };

  const content = withIds(LOGINS, ids);
  const { regions } = content.organization;
  const made = () =>
    Promise.all(
      accounts.flatMap((account) => regions.map((region) => madeIn(aws.endpoint, account, region))),
    );
  const before = await made();
  const infra = { ...content.infra, deletionProtection: false };
  await using output = await synthesized({ ...content, infra });
  const as = (account: string) => ({ ...aws.environment, AWS_ACCESS_KEY_ID: account });
  const open = async (names: readonly string[]) =>
    Object.fromEntries(
      await Promise.all(
        names.map(async (name) =>
          [
            name,
            await openStack(output, name, as(name === "management" ? MANAGEMENT : hub)),
          ] as const
        ),
      ),
    );
  // As they are deployed: the rules after the bus, the guards last.
  const names = Object.keys(output.stacks);
  const isOf = (kind: string) => (name: string) => name.startsWith(kind);
  const steps = ["member-", "hub", "events-", "management"].map((kind) => names.filter(isOf(kind)));
  assert.deepEqual(steps.flat().sort(), names);
  const stacks = await open(names);

  await t.step("all stacks are made, and a second plan has known differences only", async () => {
    for (const step of steps) await Promise.all(step.map((name) => stacks[name]!.apply()));
    const drift = await Promise.all(Object.values(stacks).map((stack) => stack.drift()));
    assert.deepEqual(Object.assign({}, ...drift), DRIFT);
  });

  await t.step("each queue has its dead-letter queue, and the hub its bus", async () => {
    const { queues, buses } = await madeIn(aws.endpoint, hub, HOME);
    assert.deepEqual(queues, [
      "groundskeeper-events",
      "groundskeeper-events-dead",
      "groundskeeper-logins",
      "groundskeeper-logins-dead",
    ]);
    assert.deepEqual(buses, ["groundskeeper-events"]);
  });

  await t.step("each account has a rule in each Region, which sends to the bus", async () => {
    const bus = `arn:aws:events:${HOME}:${hub}:event-bus/groundskeeper-events`;
    for (const account of accounts) {
      for (const region of regions) {
        const { rules } = await madeIn(aws.endpoint, account, region);
        assert.deepEqual(rules, ["groundskeeper-events"]);
        const targets = await targetsOf(aws.endpoint, { account, region }, rules![0]!);
        assert.deepEqual(targets.map(({ Arn, RoleArn }) => [Arn, RoleArn]), [[
          bus,
          `arn:aws:iam::${account}:role/groundskeeper-events`,
        ]]);
      }
    }
  });

  await t.step("the roles that are named have the policy of clients", async () => {
    for (const [account, RoleName] of [[shop, "web"], [shop, "batch"], [lake, "web"]] as const) {
      const iam = new IAMClient(clientConfig(aws.endpoint, account));
      const { AttachedPolicies } = await iam.send(
        new ListAttachedRolePoliciesCommand({ RoleName }),
      );
      iam.destroy();
      assert.deepEqual(AttachedPolicies!.map(({ PolicyName }) => PolicyName), [
        "groundskeeper-client",
      ]);
    }
  });

  const resources = await Promise.all(Object.values(stacks).map((stack) => stack.resources()));
  const deployed: Deployed = { aws, organizationId, resources: resources.flat() };
  const stage: Hub = { aws, account: hub, region: HOME, resources: deployed.resources };
  const ran = new Set<string>();
  const run = (kind: string, code: number, ...command: readonly string[]) => {
    ran.add(`groundskeeper-dirty-${kind}`);
    return ended(runTask(stage, `dirty-${kind}`, ["dirty", ...command]), code);
  };
  const queue = (name: string) => `arn:aws:sqs:${HOME}:${hub}:groundskeeper-${name}`;

  await t.step(
    "what instances and EventBridge send is recorded, and its instances marked",
    async () => {
      await report(deployed, first!, queue("logins"), { proven: true });
      await report(deployed, second!, queue("logins"), { more: { event: "hello" } });
      await report(deployed, worker, queue("logins"));
      await sendTo(aws, queue("logins"), "{}");
      const session = startedSession(far) as AwsEvent;
      assert.deepEqual(await putEvent(deployed, session), [queue("events")]);
      assert.deepEqual(await putEvent(deployed, { ...session, source: "acme.ssm" }), []);
      const { stdout } = await run("serve", 0, "serve", "--once", "--json");
      const { handled, open } = JSON.parse(stdout);
      assert.deepEqual({ handled, open }, { handled: 4, open: 0 });
      assert.deepEqual(await marked(), [first!.id, worker.id, far.id].sort());
      const shown = JSON.parse((await run("list", 0, "show", first!.id, "--json")).stdout);
      assert.deepEqual([shown.events[0].level, shown.events[0].who.user], ["attested", "alice"]);
      const listed = JSON.parse((await run("list", 0, "list", "--json")).stdout);
      assert.deepEqual(
        listed.map(({ id, last }: { id: string; last: { level: string } }) => [id, last.level])
          .sort(),
        [[first!.id, "attested"], [worker.id, "verified"], [far.id, "verified"]].sort(),
      );
      assert.match((await run("rejected", 0, "rejected")).stdout, /not-a-login|malformed|schema/);
    },
  );

  await t.step("a tag that somebody has removed is found, planned, and written again", async () => {
    const Tags = [{ Key: "dirty" }];
    const remove = new DeleteTagsCommand({ Resources: [worker.id], Tags });
    await inRegion(worker, (ec2) => ec2.send(remove));
    // The runs that start by themselves, with the words that EventBridge Scheduler hands over.
    const started = Object.fromEntries(
      scheduled(deployed.resources).map(({ key, command }) => [key, command.slice(1)]),
    );
    assert.deepEqual(Object.keys(started), ["dirty-report", "dirty-verify"]);
    assert.match((await run("verify", FOUND, ...started["dirty-verify"]!)).stdout, /tag/);
    const { stdout } = await run("plan", 0, "plan", "--json");
    const { changes, coverage } = JSON.parse(stdout);
    assert.deepEqual(coverage.unproven, []);
    assert.deepEqual(
      changes.map(({ action, target }: { action: string; target: string }) => [
        action,
        target.split("/").at(-1),
      ]),
      [["ec2:CreateTags", worker.id]],
    );
    await run("report", 0, ...started["dirty-report"]!);
    await run("apply", 0, "apply");
    assert.deepEqual(await marked(), [first!.id, worker.id, far.id].sort());
    await run("verify", 0, ...started["dirty-verify"]!);
  });

  await t.step("a person clears an instance, and no other kind of run can", async () => {
    const clear = ["clear", worker.id, "--reason", "checked"];
    const { stdout, stderr } = await runTask(stage, "dirty-apply", ["dirty", ...clear]);
    assert.match(stdout + stderr, /AccessDenied/);
    assert.deepEqual(await marked(), [first!.id, worker.id, far.id].sort());
    await run("clear", 0, ...clear);
    assert.deepEqual(await marked(), [first!.id, far.id].sort());
  });

  await t.step("every task has run", () => {
    const tasks = deployed.resources.filter(({ type }) => type === "aws_ecs_task_definition");
    assert.deepEqual(tasks.map(({ values }) => values.family).sort(), [...ran].sort());
  });

  await t.step("nothing is left", async () => {
    for (const step of steps.toReversed()) {
      await Promise.all(step.map((name) => stacks[name]!.destroy()));
    }
    assert.deepEqual(await made(), before);
  });
});
