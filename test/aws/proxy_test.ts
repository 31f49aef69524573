import assert from "assert";
import {
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  type DescribeRegionsCommandInput,
  EC2Client,
  EnableImageDeprecationCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { ListAccountsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import { freshAccounts } from "./fresh_accounts.ts";
import { isWrite, isWriteAction } from "./is_write.ts";
import { connectLocalAws } from "./local_aws.ts";
import { Proxy } from "./proxy.ts";
import { clientConfig } from "./seed.ts";
import "./start_shared.ts";

const anAccount = () => freshAccounts(1)[0] ?? "";

async function assume(endpoint: string, from: string, account: string) {
  await using sts = disposable(new STSClient(clientConfig(endpoint, from)));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/groundskeeper-audit-observe`,
      RoleSessionName: "run-1",
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  assert.ok(AccessKeyId && SecretAccessKey && SessionToken && Expiration);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

function disposable<T extends { destroy(): void }>(client: T): T & AsyncDisposable {
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => Promise.resolve(client.destroy()),
  });
}

Deno.test("a root key is the root user of the account that it names", async () => {
  await using aws = await connectLocalAws();
  const account = anAccount();
  await using sts = disposable(new STSClient(clientConfig(aws.endpoint, account)));
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  assert.deepEqual([Account, Arn], [account, `arn:aws:iam::${account}:root`]);
});

Deno.test("the environment's credentials are the account that was asked for", async () => {
  await using aws = await connectLocalAws({ account: "999988887777" });
  assert.equal(aws.environment["AWS_ACCESS_KEY_ID"], "999988887777");
  assert.equal(aws.environment["AWS_ENDPOINT_URL"], aws.endpoint);
  // The SDK reads one, the AWS CLI the other.
  assert.equal(aws.environment["AWS_REGION"], aws.environment["AWS_DEFAULT_REGION"]);
});

Deno.test("accounts do not see each other", async () => {
  await using aws = await connectLocalAws();
  const [one = "", two = ""] = freshAccounts(2);
  const iam = (account: string) => new IAMClient(clientConfig(aws.endpoint, account));
  await using first = disposable(iam(one));
  await using second = disposable(iam(two));
  await first.send(new CreateUserCommand({ UserName: "alice" }));
  assert.equal((await first.send(new ListUsersCommand({}))).Users?.length, 1);
  assert.equal((await second.send(new ListUsersCommand({}))).Users?.length, 0);
});

Deno.test("the log names the account, the principal and the action of an assumed role", async () => {
  await using aws = await connectLocalAws();
  const [home = "", member = ""] = freshAccounts(2);
  const credentials = await assume(aws.endpoint, home, member);
  const config = { endpoint: aws.endpoint, region: "us-west-2", credentials };
  await using ec2 = disposable(new EC2Client(config));
  await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: "tag-key", Values: ["owner"] }] }),
  );
  const [assumed, described] = aws.proxy.calls;
  assert.equal(assumed?.action, "sts:AssumeRole");
  assert.equal(assumed?.account, home);
  assert.deepEqual({ ...described, parameters: described?.parameters["Filter.1.Value.1"] }, {
    n: 2,
    accessKeyId: credentials.accessKeyId,
    account: member,
    principal: `arn:aws:sts::${member}:assumed-role/groundskeeper-audit-observe/run-1`,
    service: "ec2",
    region: "us-west-2",
    action: "ec2:DescribeInstances",
    parameters: "owner",
    status: 200,
    forwarded: true,
  });
  assert.equal(aws.proxy.calls.some(isWrite), false);
});

Deno.test("the same identity answers to the same credentials each time", async () => {
  await using aws = await connectLocalAws();
  const [home = "", member = ""] = freshAccounts(2);
  const credentials = await assume(aws.endpoint, home, member);
  const config = { endpoint: aws.endpoint, region: "us-east-1", credentials };
  await using sts = disposable(new STSClient(config));
  const first = await sts.send(new GetCallerIdentityCommand({}));
  const second = await sts.send(new GetCallerIdentityCommand({}));
  assert.match(first.UserId ?? "", /^AROA[A-Z0-9]+:run-1$/);
  assert.equal(first.UserId, second.UserId);
});

Deno.test("the access key of a user is known by the user's ARN", async () => {
  await using aws = await connectLocalAws();
  const account = anAccount();
  await using iam = disposable(new IAMClient(clientConfig(aws.endpoint, account)));
  await iam.send(new CreateUserCommand({ UserName: "alice", Path: "/people/" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "alice" }));
  const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
  const config = { endpoint: aws.endpoint, region: "us-east-1", credentials };
  await using users = disposable(new IAMClient(config));
  await users.send(new ListUsersCommand({}));
  assert.equal(aws.proxy.calls.at(-1)?.principal, `arn:aws:iam::${account}:user/people/alice`);
  assert.equal(aws.proxy.calls.at(-1)?.account, account);
});

Deno.test("an unknown or forgotten access key is refused in each service's own words", async () => {
  await using aws = await connectLocalAws();
  const credentials = { accessKeyId: "ASIAUNKNOWNUNKNOWN12", secretAccessKey: "x" };
  const config = { endpoint: aws.endpoint, region: "us-east-1", credentials };
  await using ec2 = disposable(new EC2Client(config));
  await using sts = disposable(new STSClient(config));
  await using organizations = disposable(new OrganizationsClient(config));
  await assert.rejects(ec2.send(new DescribeInstancesCommand({})), { name: "AuthFailure" });
  await assert.rejects(sts.send(new GetCallerIdentityCommand({})), {
    name: "InvalidClientTokenId",
  });
  await assert.rejects(organizations.send(new ListAccountsCommand({})), {
    name: "UnrecognizedClientException",
  });
  assert.ok(aws.proxy.calls.every(({ forwarded, account }) => !forwarded && account === null));

  const [home = "", member = ""] = freshAccounts(2);
  const given = await assume(aws.endpoint, home, member);
  aws.proxy.memory.callers.forget(given.accessKeyId);
  await using late = disposable(new EC2Client({ ...config, credentials: given }));
  await assert.rejects(late.send(new DescribeInstancesCommand({})), { name: "AuthFailure" });
});

Deno.test("what moto lacks is a named error at once, without retries", async () => {
  await using aws = await connectLocalAws();
  await using ec2 = disposable(new EC2Client(clientConfig(aws.endpoint, anAccount())));
  const command = new EnableImageDeprecationCommand({
    ImageId: "ami-12345678",
    DeprecateAt: new Date(0),
  });
  await assert.rejects(ec2.send(command), {
    name: "NotImplementedByLocalAws",
    message: /ec2:EnableImageDeprecation/,
  });
  assert.equal(aws.proxy.calls.length, 1);
  assert.equal(aws.proxy.calls[0]?.status, 501);
});

Deno.test("what needs MiniStack says so where it does not run", async () => {
  await using aws = await connectLocalAws();
  await using proxy = await Proxy.start({ ...aws.upstream, ministack: null });
  await using iam = disposable(new IAMClient(clientConfig(proxy.endpoint, anAccount())));
  for (
    const command of [
      new SimulatePrincipalPolicyCommand({ PolicySourceArn: "arn", ActionNames: ["s3:*"] }),
      new SimulateCustomPolicyCommand({ PolicyInputList: ["{}"], ActionNames: ["s3:*"] }),
    ]
  ) {
    await assert.rejects(
      iam.send(command as SimulateCustomPolicyCommand),
      { name: "NotImplementedByLocalAws", message: /services: \{ ministack: true \}/ },
    );
  }
});

Deno.test("DescribeRegions lists the enabled regions, and the others when asked for all", async () => {
  await using aws = await connectLocalAws({
    regions: { enabled: ["us-east-1", "us-west-2"], notOptedIn: ["ap-east-1"] },
  });
  await using ec2 = disposable(new EC2Client(clientConfig(aws.endpoint, anAccount())));
  const regions = async (input: DescribeRegionsCommandInput) =>
    (await ec2.send(new DescribeRegionsCommand(input))).Regions
      ?.map(({ RegionName, OptInStatus }) => `${RegionName} ${OptInStatus}`);
  const enabled = ["us-east-1 opt-in-not-required", "us-west-2 opt-in-not-required"];
  assert.deepEqual(await regions({}), enabled);
  assert.deepEqual(await regions({ AllRegions: true }), [...enabled, "ap-east-1 not-opted-in"]);
  const optedIn = [{ Name: "opt-in-status", Values: ["opt-in-not-required", "opted-in"] }];
  assert.deepEqual(await regions({ AllRegions: true, Filters: optedIn }), enabled);
  assert.deepEqual(await regions({ RegionNames: ["ap-east-1"] }), ["ap-east-1 not-opted-in"]);
  aws.proxy.setRegions({ enabled: ["eu-west-1"], notOptedIn: [] });
  assert.deepEqual(await regions({}), ["eu-west-1 opt-in-not-required"]);
});

Deno.test("the credentials expire by the local AWS's clock, and so does its Date", async () => {
  await using aws = await connectLocalAws({ now: () => Date.parse("2026-11-20T12:00:00Z") });
  const [home = "", member = ""] = freshAccounts(2);
  aws.proxy.setClock(0);
  const now = await assume(aws.endpoint, home, member);
  const tenDays = 10 * 24 * 3600_000;
  aws.proxy.setClock(tenDays);
  const later = await assume(aws.endpoint, home, member);
  const apart = later.expiration.getTime() - now.expiration.getTime();
  assert.ok(Math.abs(apart - tenDays) < 60_000, `${apart}`);
  const response = await fetch(aws.endpoint);
  await response.body?.cancel();
  assert.equal(response.headers.get("date"), "Mon, 30 Nov 2026 12:00:00 GMT");
});

Deno.test("an action that is not known to read is a write", () => {
  for (
    const action of [
      "ec2:DescribeInstances",
      "iam:GetRole",
      "iam:ListUsers",
      "iam:GenerateServiceLastAccessedDetails",
      "sts:AssumeRole",
      "dynamodb:Query",
      "dynamodb:BatchGetItem",
      "cloudtrail:LookupEvents",
    ]
  ) assert.equal(isWriteAction(action), false, action);
  for (
    const action of [
      "ec2:CreateTags",
      "ec2:TerminateInstances",
      "iam:PutRolePolicy",
      "sqs:ReceiveMessage",
      "dynamodb:UpdateItem",
      "dynamodb:TransactWriteItems",
      "ec2:SomethingNew",
    ]
  ) assert.equal(isWriteAction(action), true, action);
  const stop = { action: "ec2:StopInstances", parameters: { DryRun: "true" } };
  assert.equal(isWrite(stop), false);
  assert.equal(isWrite({ ...stop, parameters: {} }), true);
});
