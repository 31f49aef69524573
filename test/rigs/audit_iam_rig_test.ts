import assert from "assert";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateTagsCommand, DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { ROOT } from "../architecture/module_graph.ts";
import { startLocalAws } from "../aws/local_aws.ts";
import { clientConfig, seedWorld } from "../aws/seed.ts";
import { groundskeeper } from "../e2e/command.ts";

const HOME = "123456789012";
const ACCOUNT = "444455556666";
const MARK = "groundskeeper-audit";

/**
 * The policy that `permissions audit --role …` prints for people to deploy. MiniStack 1.5.33 does
 * not see which resource ec2:CreateTags names, so that only `*` matches there; actions and
 * conditions are tried as they are printed.
 */
async function printedPolicy(role: string): Promise<string> {
  const { code, stdout } = await groundskeeper(["permissions", "audit", "--role", role], {
    directory: ROOT,
    env: {},
    entry: "product",
  });
  assert.equal(code, 0);
  return stdout.replaceAll('"arn:aws:ec2:*:*:instance/*"', '"*"');
}

Deno.test("with the printed policies and no right more, the audit marks what it found", async (t) => {
  await using aws = await startLocalAws({ services: { ministack: "auth" } });
  const seeded = await seedWorld({
    accounts: [{
      id: ACCOUNT,
      name: "data",
      roles: [],
      users: ["alice"],
      regions: {
        "us-east-1": [
          { name: "good", count: 3, tags: { owner: "alice" } },
          { name: "bad", count: 2, tags: { project: "x" } },
        ],
      },
    }],
  }, { endpoint: aws.endpoint });
  const iam = new IAMClient(clientConfig(aws.endpoint, ACCOUNT));
  for (const role of ["observe", "apply"]) {
    const RoleName = `groundskeeper-audit-${role}`;
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${HOME}:root` },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "sts:ExternalId": "orchard" } },
          }],
        }),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: "groundskeeper",
        PolicyDocument: await printedPolicy(role),
      }),
    );
  }
  iam.destroy();
  const directory = await Deno.makeTempDir();
  const configure = (externalId: string | null) =>
    Deno.writeTextFile(
      `${directory}/groundskeeper.json`,
      JSON.stringify({
        version: 1,
        organization: {
          accounts: [{ id: ACCOUNT, name: "data" }],
          regions: ["us-east-1"],
          roles: "groundskeeper-{job}-{role}",
          externalId,
        },
        audit: {
          required: [{ key: "owner", value: { principal: { users: true } } }],
          grace: "0m",
          enforce: { accounts: [ACCOUNT] },
          // MiniStack refuses what names a tag of the instance, as the canary's role does.
          canary: { mode: "off" },
        },
      }),
    );
  const env = { ...aws.environment, AWS_ACCESS_KEY_ID: HOME };

  await t.step("without the external ID the role is not to be had", async () => {
    await configure(null);
    const { code, stdout } = await groundskeeper(["audit", "plan"], { directory, env });
    assert.equal(code, 3, stdout);
    assert.match(stdout, /Cannot assume role/);
  });

  await t.step("with it, both bad instances are marked", async () => {
    await configure("orchard");
    const { code, stdout, stderr } = await groundskeeper(["audit", "apply", "--yes"], {
      directory,
      env,
    });
    assert.equal(code, 0, stdout + stderr);
    const ec2 = new EC2Client(clientConfig(aws.endpoint, ACCOUNT));
    const { Tags = [] } = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: "key", Values: [MARK] }] }),
    );
    ec2.destroy();
    assert.deepEqual(
      Tags.map(({ ResourceId }) => ResourceId).sort(),
      [...seeded.instances(ACCOUNT, "us-east-1", "bad")].sort(),
    );
  });

  await t.step("the roles can do no more than that", async () => {
    const [id] = seeded.instances(ACCOUNT, "us-east-1", "good");
    const tag = async (role: string, ...keys: string[]) => {
      const sts = new STSClient(clientConfig(aws.endpoint, HOME));
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: `arn:aws:iam::${ACCOUNT}:role/groundskeeper-audit-${role}`,
          RoleSessionName: "rig",
          ExternalId: "orchard",
        }),
      );
      sts.destroy();
      const ec2 = new EC2Client({
        endpoint: aws.endpoint,
        region: "us-east-1",
        credentials: {
          accessKeyId: Credentials!.AccessKeyId!,
          secretAccessKey: Credentials!.SecretAccessKey!,
          sessionToken: Credentials!.SessionToken!,
        },
      });
      try {
        await ec2.send(
          new CreateTagsCommand({
            Resources: [id!],
            Tags: keys.map((Key) => ({ Key, Value: "x" })),
          }),
        );
        return "allowed";
      } catch (error) {
        return (error as Error).name;
      } finally {
        ec2.destroy();
      }
    };
    assert.equal(await tag("observe", MARK), "UnauthorizedOperation");
    assert.equal(await tag("apply", "owner"), "UnauthorizedOperation");
    assert.equal(await tag("apply", MARK, "owner"), "UnauthorizedOperation");
    assert.equal(await tag("apply", MARK), "allowed");
  });
  await Deno.remove(directory, { recursive: true });
});
