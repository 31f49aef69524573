import assert from "assert";
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { ListAccountsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";

import {
  always,
  denyRegion,
  failWith,
  type Fault,
  once,
  regionNotEnabled,
  throttle,
} from "./faults.ts";
import { freshAccounts } from "./fresh_accounts.ts";
import { connectLocalAws, type LocalAws, type LocalAwsOptions } from "./local_aws.ts";
import { clientConfig } from "./seed.ts";
import "./start_shared.ts";

const describe = { action: "ec2:DescribeInstances" };
const tag = { action: "ec2:CreateTags" };

/** A proxy, an account with one instance, and a client without retries. */
async function scene(options: LocalAwsOptions = {}) {
  const aws = await connectLocalAws(options);
  const [account = ""] = freshAccounts(1);
  const config = clientConfig(aws.endpoint, account);
  const ec2 = new EC2Client({ ...config, maxAttempts: 1 });
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId: "ami-12345678", MinCount: 1, MaxCount: 1 }),
  );
  const id = Instances?.[0]?.InstanceId ?? "";
  aws.proxy.clearCalls();
  const tags = async () =>
    (await ec2.send(new DescribeTagsCommand({}))).Tags?.map(({ Key = "" }) => Key) ?? [];
  const createTag = new CreateTagsCommand({
    Resources: [id],
    Tags: [{ Key: "owner", Value: "alice" }],
  });
  return {
    aws,
    account,
    config,
    ec2,
    id,
    tags,
    createTag,
    async [Symbol.asyncDispose]() {
      ec2.destroy();
      await aws[Symbol.asyncDispose]();
    },
  };
}

const statuses = (aws: LocalAws) => aws.proxy.calls.map(({ status }) => status);

Deno.test("throttling has each service's own code, and the SDK retries it", async () => {
  await using at = await scene();
  const { aws, config } = at;
  aws.proxy.onCall(throttle(describe, 2));
  const patient = new EC2Client(config);
  const { $metadata } = await patient.send(new DescribeInstancesCommand({}));
  patient.destroy();
  assert.equal($metadata.attempts, 3);
  assert.deepEqual(statuses(aws), [503, 503, 200]);
  assert.deepEqual(aws.proxy.calls.map(({ forwarded }) => forwarded), [false, false, true]);

  aws.proxy.onCall(throttle({ service: ["ec2", "iam", "organizations"] }));
  const impatient = { ...config, maxAttempts: 1 };
  const iam = new IAMClient(impatient);
  const organizations = new OrganizationsClient(impatient);
  await assert.rejects(at.ec2.send(new DescribeInstancesCommand({})), {
    name: "RequestLimitExceeded",
  });
  await assert.rejects(iam.send(new ListUsersCommand({})), { name: "Throttling" });
  await assert.rejects(organizations.send(new ListAccountsCommand({})), {
    name: "TooManyRequestsException",
  });
  iam.destroy();
  organizations.destroy();
});

Deno.test("an error comes with its code, message and status, so many times", async () => {
  await using at = await scene();
  at.aws.proxy.onCall(failWith({ ...describe, account: at.account }, "UnauthorizedOperation", 1));
  await assert.rejects(at.ec2.send(new DescribeInstancesCommand({})), (error: Error) => {
    assert.equal(error.name, "UnauthorizedOperation");
    assert.equal(
      (error as Error & { $metadata: { httpStatusCode: number } }).$metadata
        .httpStatusCode,
      403,
    );
    return true;
  });
  await at.ec2.send(new DescribeInstancesCommand({}));
});

Deno.test("a rule is for what it matches alone, and ends when it is taken out", async () => {
  await using at = await scene();
  const { proxy } = at.aws;
  proxy.onCall(failWith({ ...describe, region: "us-west-2" }, "InternalError"));
  proxy.onCall(failWith({ ...describe, account: "000000000000" }, "InternalError"));
  proxy.onCall(failWith({ ...describe, principal: "assumed-role" }, "InternalError"));
  proxy.onCall(failWith({ ...describe, parameters: { DryRun: "true" } }, "InternalError"));
  const end = proxy.onCall(failWith({ where: ({ n }) => n === 3 }, "InternalError"));
  await at.ec2.send(new DescribeInstancesCommand({}));
  await assert.rejects(at.ec2.send(new DescribeInstancesCommand({})), { name: "InternalError" });
  proxy.onCall(failWith(describe, "Unavailable"))();
  end();
  await at.ec2.send(new DescribeInstancesCommand({}));
});

Deno.test("a dropped call has no effect, and a lost answer has", async () => {
  await using at = await scene();
  const { aws, ec2, createTag, tags } = at;
  aws.proxy.onCall(once(tag, { kind: "drop" }));
  await assert.rejects(ec2.send(createTag));
  assert.deepEqual(await tags(), []);
  aws.proxy.onCall(once(tag, { kind: "lose-answer" }));
  await assert.rejects(ec2.send(createTag));
  assert.deepEqual(await tags(), ["owner"]);
  const tagged = aws.proxy.calls.filter(({ action }) => action === "ec2:CreateTags");
  assert.deepEqual(tagged.map(({ status, forwarded }) => [status, forwarded]), [
    [null, false],
    [null, true],
  ]);
});

Deno.test("Deno repeats a lost call by itself on a connection that it used before", async () => {
  await using at = await scene({ keepAlive: true });
  at.aws.proxy.onCall(once(tag, { kind: "lose-answer" }));
  const { $metadata } = await at.ec2.send(at.createTag);
  assert.equal($metadata.attempts, 1);
  assert.deepEqual(statuses(at.aws), [null, 200]);
});

Deno.test("hooks run exactly before the effect and exactly after it", async () => {
  await using at = await scene();
  const seen: string[][] = [];
  const look = async () => void seen.push(await at.tags());
  at.aws.proxy.onCall(once(tag, { kind: "drop", beforeForward: look }));
  await assert.rejects(at.ec2.send(at.createTag));
  const both: Fault = { kind: "lose-answer", beforeForward: look, afterEffect: look };
  at.aws.proxy.onCall(once(tag, both));
  await assert.rejects(at.ec2.send(at.createTag));
  assert.deepEqual(seen, [[], [], ["owner"]]);
});

Deno.test("a delay waits as it is told to, and the call goes on", async () => {
  const waited: number[] = [];
  await using at = await scene({ wait: (ms) => Promise.resolve(waited.push(ms)) });
  at.aws.proxy.onCall(once(tag, { kind: "delay", ms: 90_000 }));
  await at.ec2.send(at.createTag);
  assert.deepEqual(waited, [90_000]);
  assert.deepEqual(await at.tags(), ["owner"]);
});

Deno.test("a hanging call ends when the client gives up, and when the proxy closes", async () => {
  const at = await scene();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  at.aws.proxy.onCall(always(tag, { kind: "hang", beforeForward: arrive }));
  const impatient = new AbortController();
  const given = at.ec2.send(at.createTag, { abortSignal: impatient.signal });
  await arrived;
  impatient.abort();
  await assert.rejects(given, { name: "AbortError" });
  const closed = at.ec2.send(at.createTag);
  const rejected = assert.rejects(closed);
  await at[Symbol.asyncDispose]();
  await rejected;
});

Deno.test("a truncated answer is an error, cut or short", async () => {
  await using at = await scene();
  for (const how of ["cut", "short"] as const) {
    at.aws.proxy.onCall(once(describe, { kind: "truncate", how }));
    await assert.rejects(at.ec2.send(new DescribeInstancesCommand({})), Error, how);
  }
});

Deno.test("an answer can be replaced as a whole", async () => {
  await using at = await scene();
  const body = `<DescribeTagsResponse><tagSet><item><resourceId>i-1</resourceId>` +
    `<key>a</key><value>b</value></item></tagSet></DescribeTagsResponse>`;
  const headers = { "content-type": "text/xml" };
  at.aws.proxy.onCall(
    once({ action: "ec2:DescribeTags" }, { kind: "replace", status: 200, body, headers }),
  );
  assert.deepEqual(await at.tags(), ["a"]);
  assert.deepEqual(await at.tags(), []);
});

Deno.test("a region can be denied by policy, or not be enabled", async () => {
  await using at = await scene();
  at.aws.proxy.onCall(denyRegion("eu-west-1"));
  at.aws.proxy.onCall(regionNotEnabled("ap-east-1"));
  const inRegion = async (region: string) => {
    const client = new EC2Client({ ...at.config, region });
    try {
      await client.send(new DescribeInstancesCommand({}));
    } finally {
      client.destroy();
    }
  };
  await assert.rejects(inRegion("eu-west-1"), { name: "UnauthorizedOperation" });
  await assert.rejects(inRegion("ap-east-1"), { name: "AuthFailure" });
  await inRegion("us-west-2");
});
