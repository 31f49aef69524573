import assert from "assert";
import { DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateRoleCommand, GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type LocalAws, startLocalAws } from "../aws/local_aws.ts";
import { clientConfig, seedWorld } from "../aws/seed.ts";
import { seedRoles } from "../aws/seed_roles.ts";
import { halfUsed } from "../e2e/repo_world.ts";
import { THREE } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
import { ended, type Hub, runTask } from "./ecs_task.ts";
import { asked, madeIn } from "./made_in_aws.ts";
import { makeOrganization, MANAGEMENT, withIds } from "./organization.ts";
import { requireTrust } from "./role_sessions.ts";
import { openStack } from "./terraform.ts";

const REGION = "us-east-1";

/** What another plan would change though nothing has changed: what the local servers do not keep. */
const DRIFT: Readonly<Record<string, readonly string[]>> = {
  // moto does not answer availabilityZoneRebalancing.
  "aws_ecs_service.repo-serve-service": ["availability_zone_rebalancing"],
};

/** What the installation names and does not make: a bucket with a list, a role. */
async function makeSurroundings({ endpoint }: LocalAws, hub: string, lake: string) {
  const s3 = (account: string, path: string, body = "") =>
    asked(endpoint, { account, region: REGION, service: "s3" }, { path, method: "PUT", body });
  await s3(lake, "/acme-lists");
  await s3(lake, "/acme-lists/repo.json", JSON.stringify({ arns: [], names: { kept: ["all"] } }));
  const iam = new IAMClient(clientConfig(endpoint, hub));
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const bot = { RoleName: "bot", Path: "/chat/", AssumeRolePolicyDocument };
  await iam.send(new CreateRoleCommand(bot));
  iam.destroy();
}

/** The installation of three accounts, with settings by which the jobs find something to do. */
const CONTENT = {
  ...THREE,
  infra: { ...THREE.infra, deletionProtection: false },
  audit: { ...THREE.audit, grace: "0m", enforce: { accounts: ["222222222222"] } },
  repo: { ...THREE.repo, trustFirstScan: true },
};

Deno.test("what Terraform makes in an organization is enough for the jobs, and goes away again", async (t) => {
  await using aws = await startLocalAws({ services: { ministack: true } });
  const { id, ids, accounts } = await makeOrganization(aws);
  const [hub, shop, lake] = accounts;
  requireTrust(aws, id);
  await makeSurroundings(aws, hub, lake);
  const seeded = await seedWorld({
    accounts: accounts.map((id) => ({
      id,
      name: id,
      roles: [],
      regions: {
        [REGION]: [
          { name: "good", count: 12, ageMinutes: 90, tags: { owner: "alice" } },
          { name: "bad", ageMinutes: 90, tags: {} },
        ],
      },
    })),
  }, { endpoint: aws.endpoint });
  await seedRoles(aws.proxy, shop, { roles: [halfUsed("app"), halfUsed("kept")] });
  const content = withIds(CONTENT, ids);
  const made = () => Promise.all(accounts.map((one) => madeIn(aws.endpoint, one, REGION)));
  const before = await made();
  await using output = await synthesized(content);
  const as = (account: string) => ({ ...aws.environment, AWS_ACCESS_KEY_ID: account });
  const names = Object.keys(output.stacks);
  const stacks = Object.fromEntries(
    await Promise.all(
      names.map(async (name) =>
        [name, await openStack(output, name, as(name === "management" ? MANAGEMENT : hub))] as const
      ),
    ),
  );

  await t.step("all stacks are made, and a second plan has known differences only", async () => {
    await Promise.all(Object.values(stacks).map((stack) => stack.apply()));
    const drift = await Promise.all(Object.values(stacks).map((stack) => stack.drift()));
    assert.deepEqual(Object.assign({}, ...drift), DRIFT);
    const [inHub] = await made();
    assert.deepEqual(Object.keys(inHub!).filter((kind) => inHub![kind]!.length === 0), [
      "policies",
      "buses",
      "rules",
    ]);
  });

  const stage: Hub = {
    aws,
    account: hub,
    region: REGION,
    resources: await stacks.hub!.resources(),
    secrets: { [content.infra.secrets.ALERTS_URL]: "https://127.0.0.1:1/" },
  };
  const run = (key: string, code: number, command?: readonly string[]) =>
    ended(runTask(stage, key, command), code);

  await t.step("the audit marks what breaks a rule, once the canaries are there", async () => {
    await run("audit-canary", 0);
    await run("audit-plan", 0);
    await run("audit-report", 0);
    await run("audit-apply", 0);
    const ec2 = new EC2Client(clientConfig(aws.endpoint, shop));
    const key = { Name: "key", Values: ["groundskeeper-audit"] };
    const { Tags = [] } = await ec2.send(new DescribeTagsCommand({ Filters: [key] }));
    ec2.destroy();
    assert.deepEqual(
      Tags.map(({ ResourceId }) => ResourceId),
      seeded.instances(shop, REGION, "bad"),
    );
    assert.match((await run("audit-list", 0)).stdout, /apply[^]*report/);
  });

  await t.step("the task that plans cannot apply", async () => {
    const { stdout, stderr } = await runTask(stage, "audit-plan", ["audit", "apply"]);
    assert.match(stdout + stderr, /AccessDenied/);
  });

  await t.step("unused permissions are removed", async () => {
    await run("repo-refresh", 0);
    await run("repo-report", 0);
    await run("repo-apply", 0);
    const iam = new IAMClient(clientConfig(aws.endpoint, shop));
    const policy = async (RoleName: string) => {
      const asked = new GetRolePolicyCommand({ RoleName, PolicyName: "main" });
      return decodeURIComponent((await iam.send(asked)).PolicyDocument!);
    };
    assert.doesNotMatch(await policy("app"), /ec2/);
    assert.match(await policy("kept"), /ec2/);
    iam.destroy();
  });

  await t.step("a command in the queue is carried out", async () => {
    const { queueUrl, requestors: [bot] } = content.repo.serve;
    await send(aws, hub, bot!, queueUrl, {
      command: "opt_out",
      account: shop,
      role_name: "app",
      requestor: "alice",
      reason: "quarterly job",
      respond_channel: "#security",
    });
    const { stdout, stderr } = await run("repo-serve", 0, ["repo", "serve", "--once"]);
    assert.match(stdout + stderr, /1 handled|"handled":1/);
  });

  await t.step("nothing is left", async () => {
    // Guards first, as they may stand in the way.
    await stacks.management!.destroy();
    await Promise.all(Object.values(stacks).map((stack) => stack.destroy()));
    assert.deepEqual(await made(), before);
  });
});

async function send(
  aws: LocalAws,
  account: string,
  RoleArn: string,
  QueueUrl: string,
  content: object,
) {
  const sts = new STSClient(clientConfig(aws.endpoint, account));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "a" }));
  const sqs = new SQSClient({
    ...clientConfig(aws.endpoint, account),
    credentials: {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    },
    useQueueUrlAsEndpoint: false,
  });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(content) }));
  for (const client of [sts, sqs]) client.destroy();
}
