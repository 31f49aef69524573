import assert from "assert";
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { type LocalAws, startLocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { seedingPlugin } from "../aws/seeding.ts";
import { groundskeeper } from "../e2e/command.ts";

const HOME = "123456789012";
const ACCOUNT = "444455556666";

/** A policy that allows these actions on everything. */
function allowing(...Action: readonly string[]): object {
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] };
}

const APP = { main: allowing("s3:*", "sqs:*"), more: allowing("sns:Publish") };

/** Roles that the applying role must not write, whoever asks it to. */
const UNTOUCHABLE = [
  "OrganizationAccountAccessRole",
  "groundskeeper-repo-observe",
  "groundskeeper-repo-apply",
  "groundskeeper-audit-apply",
  "AWSControlTowerExecution",
  "break-glass-admin",
];

const CONFIG = {
  version: 1,
  organization: {
    accounts: [{ id: ACCOUNT, name: "data" }],
    regions: ["us-east-1"],
    roles: "groundskeeper-{job}-{role}",
    externalId: "orchard",
  },
  repo: {
    trustFirstScan: true,
    stamp: "tag",
  },
};

/** A role of 400 days that EC2 may assume, with these inline policies. */
async function makeRole(
  aws: LocalAws,
  RoleName: string,
  inline: Readonly<Record<string, object>>,
): Promise<void> {
  const iam = new IAMClient(clientConfig(aws.endpoint, ACCOUNT));
  iam.middlewareStack.use(seedingPlugin({ ageMs: 400 * 86_400_000 }));
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{
      Effect: "Allow",
      Principal: { Service: "ec2.amazonaws.com" },
      Action: "sts:AssumeRole",
    }],
  });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  for (const [PolicyName, policy] of Object.entries(inline)) {
    const PolicyDocument = JSON.stringify(policy);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  }
  iam.destroy();
  // MiniStack has no last accessed data of its own.
  const at = new Date(Date.now() - 3 * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
  aws.proxy.lastAccessed.use(ACCOUNT, RoleName, { s3: { at }, sqs: {}, sns: {} });
}

/**
 * Makes the job's role from what `permissions repo --role …` prints for people to deploy. MiniStack
 * 1.5.33 does not see which role iam:GenerateServiceLastAccessedDetails names, so that only `*`
 * matches there.
 */
async function deploy(aws: LocalAws, directory: string, role: string): Promise<void> {
  const { code, stdout, said } = await groundskeeper(["permissions", "repo", "--role", role], {
    directory,
    env: {},
    entry: "product",
  });
  assert.equal(code, 0, said);
  const iam = new IAMClient(clientConfig(aws.endpoint, ACCOUNT));
  const RoleName = `groundskeeper-repo-${role}`;
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${HOME}:root` },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalId": "orchard" } },
    }],
  });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyDocument = role === "observe"
    ? stdout.replaceAll('"arn:aws:iam::*:role/*"', '"*"')
    : stdout;
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: "groundskeeper", PolicyDocument }),
  );
  iam.destroy();
}

/** IAM under a session of one of the job's roles. */
async function iamAs(aws: LocalAws, role: string): Promise<IAMClient> {
  const sts = new STSClient(clientConfig(aws.endpoint, HOME));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/groundskeeper-repo-${role}`,
      RoleSessionName: "rig",
      ExternalId: "orchard",
    }),
  );
  sts.destroy();
  return new IAMClient({
    endpoint: aws.endpoint,
    region: "us-east-1",
    credentials: {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    },
  });
}

async function outcome(work: Promise<unknown>): Promise<string> {
  return await work.then(() => "allowed", (error: Error) => error.name);
}

async function policyOf(aws: LocalAws, RoleName: string, PolicyName: string): Promise<string> {
  const iam = new IAMClient(clientConfig(aws.endpoint, ACCOUNT));
  try {
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    return decodeURIComponent(PolicyDocument!);
  } finally {
    iam.destroy();
  }
}

Deno.test("with the printed policies and no right more, a role loses what it does not use and gets it back", async (t) => {
  await using aws = await startLocalAws({ services: { ministack: "auth" } });
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/groundskeeper.json`, JSON.stringify(CONFIG));
  await makeRole(aws, "app", APP);
  for (const name of UNTOUCHABLE.filter((name) => !name.includes("groundskeeper-repo"))) {
    await makeRole(aws, name, { main: allowing("s3:*", "sqs:*") });
  }
  for (const role of ["observe", "apply"]) await deploy(aws, directory, role);
  const run = async (args: string) => {
    const { code, stdout, stderr } = await groundskeeper(args.split(" "), {
      directory,
      env: { ...aws.environment, AWS_ACCESS_KEY_ID: HOME },
    });
    assert.equal(code, 0, `${args}: ${stdout}${stderr}`);
    return stdout;
  };
  const planned = async () => JSON.parse(await run("repo plan --json")) as PlanDocument;
  const before = await policyOf(aws, "app", "main");

  await t.step("refresh, plan and apply go through, and the second plan is empty", async () => {
    await run("repo refresh");
    const plan = await planned();
    assert.deepEqual(plan.changes.map(({ target }) => target.split("/")[1]), ["app"]);
    const spared = new Set(plan.spared.map(({ target }) => target.split("/")[1]));
    assert.deepEqual(UNTOUCHABLE.filter((name) => !spared.has(name)), []);
    await run("repo apply --yes");
    assert.doesNotMatch(await policyOf(aws, "app", "main"), /sqs/);
    assert.deepEqual((await planned()).changes, []);
  });

  await t.step("the role is restored as it was", async () => {
    await run(`repo apply --yes --restore 1 --role ${ACCOUNT}/app`);
    assert.equal(await policyOf(aws, "app", "main"), before);
    assert.deepEqual(JSON.parse(await policyOf(aws, "app", "more")), APP.more);
  });

  await t.step("the applying role writes none of the roles that are left alone", async () => {
    const iam = await iamAs(aws, "apply");
    for (const RoleName of UNTOUCHABLE) {
      const put = { RoleName, PolicyName: "x", PolicyDocument: JSON.stringify(allowing("*")) };
      const Tags = [{ Key: "groundskeeper-repo", Value: "x" }];
      assert.deepEqual(
        [
          await outcome(iam.send(new PutRolePolicyCommand(put))),
          await outcome(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "main" }))),
          await outcome(iam.send(new TagRoleCommand({ RoleName, Tags }))),
        ],
        Array(3).fill("AccessDenied"),
        RoleName,
      );
    }
    iam.destroy();
  });

  await t.step("the roles can do no more than their work", async () => {
    const PolicyDocument = JSON.stringify(allowing("s3:*"));
    const put = new PutRolePolicyCommand({ RoleName: "app", PolicyName: "x", PolicyDocument });
    const remove = new DeleteRolePolicyCommand({ RoleName: "app", PolicyName: "x" });
    const create = new CreateRoleCommand({
      RoleName: "new",
      AssumeRolePolicyDocument: JSON.stringify(allowing("sts:AssumeRole")),
    });
    const observer = await iamAs(aws, "observe");
    assert.equal(await outcome(observer.send(put)), "AccessDenied");
    observer.destroy();
    const applier = await iamAs(aws, "apply");
    assert.equal(await outcome(applier.send(create)), "AccessDenied");
    assert.equal(await outcome(applier.send(put)), "allowed");
    assert.equal(await outcome(applier.send(remove)), "allowed");
    const tag = (...keys: string[]) =>
      outcome(applier.send(
        new TagRoleCommand({ RoleName: "app", Tags: keys.map((Key) => ({ Key, Value: "x" })) }),
      ));
    assert.equal(await tag("groundskeeper-repo"), "allowed");
    assert.equal(await tag("team"), "AccessDenied");
    assert.equal(await tag("groundskeeper-repo", "team"), "AccessDenied");
    applier.destroy();
  });
  await Deno.remove(directory, { recursive: true });
});
