import assert from "assert";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws, startLocalAws } from "../aws/local_aws.ts";

const services = { ministack: true } as const;
await (await connectLocalAws({ services }))[Symbol.asyncDispose]();

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const root = (account: string): Key => ({ accessKeyId: account, secretAccessKey: "test" });

const config = (endpoint: string, credentials: Key, region = "us-east-1") => ({
  endpoint,
  region,
  credentials,
});

// With it on, which is the default, the SDK sends to the queue URL's host instead of the endpoint.
const sqsClient = (endpoint: string, credentials: Key) =>
  new SQSClient({ ...config(endpoint, credentials), useQueueUrlAsEndpoint: false });

async function assume(endpoint: string, as: Key, account: string, role: string): Promise<Key> {
  const sts = new STSClient(config(endpoint, as));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/${role}`,
      RoleSessionName: "rig",
    }),
  );
  sts.destroy();
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  assert.ok(AccessKeyId && SecretAccessKey && SessionToken);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
}

const allow = (Action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });

const trustOf = (principal: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" }],
  });

Deno.test("a message's SenderId is the role session or the user that sent it", async () => {
  await using aws = await connectLocalAws({ services });
  const [hub = "", member = ""] = freshAccounts(2);
  const iam = new IAMClient(config(aws.endpoint, root(member)));
  const role = new CreateRoleCommand({
    RoleName: "client",
    AssumeRolePolicyDocument: trustOf(`arn:aws:iam::${member}:root`),
  });
  const roleId = (await iam.send(role)).Role?.RoleId;
  const userId = (await iam.send(new CreateUserCommand({ UserName: "alice" }))).User?.UserId;
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "alice" }));
  assert.ok(AccessKey?.AccessKeyId && AccessKey.SecretAccessKey);
  iam.destroy();

  const owner = sqsClient(aws.endpoint, root(hub));
  const { QueueUrl = "" } = await owner.send(new CreateQueueCommand({ QueueName: "login" }));
  const { host, pathname } = new URL(QueueUrl);
  assert.equal(host, new URL(aws.endpoint).host, "the queue URL names the proxy");
  assert.equal(pathname, `/${hub}/login`);

  // From the other account, with the queue's URL as real AWS has it.
  const real = `https://sqs.us-east-1.amazonaws.com${pathname}`;
  const byRole = sqsClient(aws.endpoint, await assume(aws.endpoint, root(hub), member, "client"));
  await byRole.send(new SendMessageCommand({ QueueUrl: real, MessageBody: "by role" }));
  const byUser = sqsClient(aws.endpoint, {
    accessKeyId: AccessKey.AccessKeyId,
    secretAccessKey: AccessKey.SecretAccessKey,
  });
  await byUser.send(
    new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody: "by user" }] }),
  );
  const senders: Record<string, string | undefined> = {};
  while (Object.keys(senders).length < 2) {
    const { Messages = [] } = await owner.send(
      new ReceiveMessageCommand({
        QueueUrl: real,
        MessageSystemAttributeNames: ["SenderId"],
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 5,
      }),
    );
    assert.notEqual(Messages.length, 0);
    for (const { Body = "", Attributes, ReceiptHandle } of Messages) {
      senders[Body] = Attributes?.SenderId;
      await owner.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  assert.deepEqual(senders, { "by role": `${roleId}:rig`, "by user": userId });
  const sent = aws.proxy.calls.find(({ action }) => action === "sqs:SendMessage");
  assert.equal(sent?.principal, `arn:aws:sts::${member}:assumed-role/client/rig`);
  assert.equal(sent?.account, member);
  for (const client of [owner, byRole, byUser]) client.destroy();
});

Deno.test("a queue of the same name in another account is another queue", async () => {
  await using aws = await connectLocalAws({ services });
  const [one = "", two = ""] = freshAccounts(2);
  const depths: (string | undefined)[] = [];
  for (const account of [one, two]) {
    const client = sqsClient(aws.endpoint, root(account));
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "login" }));
    if (account === one) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
    }
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ["ApproximateNumberOfMessages", "QueueArn"],
      }),
    );
    assert.equal(Attributes?.QueueArn, `arn:aws:sqs:us-east-1:${account}:login`);
    depths.push(Attributes?.ApproximateNumberOfMessages);
    client.destroy();
  }
  assert.deepEqual(depths, ["1", "0"]);
});

Deno.test("DynamoDB is kept by account, for a role in the role's account", async () => {
  await using aws = await connectLocalAws({ services });
  const [hub = "", other = ""] = freshAccounts(2);
  const owner = new DynamoDBClient(config(aws.endpoint, root(hub)));
  await owner.send(
    new CreateTableCommand({
      TableName: "state",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  const credentials = await assume(aws.endpoint, root(other), hub, "store");
  const inHub = new DynamoDBClient(config(aws.endpoint, credentials));
  const put = {
    TableName: "state",
    Item: { id: { S: "1" } },
    ConditionExpression: "attribute_not_exists(id)",
  };
  await inHub.send(new PutItemCommand(put));
  await assert.rejects(inHub.send(new PutItemCommand(put)), {
    name: "ConditionalCheckFailedException",
  });
  const get = new GetItemCommand({ TableName: "state", Key: { id: { S: "1" } } });
  assert.deepEqual((await owner.send(get)).Item, { id: { S: "1" } });
  const elsewhere = new DynamoDBClient(config(aws.endpoint, root(other)));
  await assert.rejects(elsewhere.send(get), { name: "ResourceNotFoundException" });
  for (const client of [owner, inHub, elsewhere]) client.destroy();
});

Deno.test("an action that only MiniStack has goes there, and the rest of IAM to moto", async () => {
  await using aws = await connectLocalAws({ services });
  const [account = ""] = freshAccounts(1);
  const iam = new IAMClient(config(aws.endpoint, root(account)));
  const AssumeRolePolicyDocument = trustOf(`arn:aws:iam::${account}:root`);
  const created = await iam.send(
    new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument }),
  );
  const { JobId } = await iam.send(
    new GenerateServiceLastAccessedDetailsCommand({ Arn: created.Role?.Arn }),
  );
  assert.match(JobId ?? "", /^[0-9a-f-]{36}$/);
  iam.destroy();
});

Deno.test("with AUTH=true a role may do what its policy allows, and nothing else", async () => {
  await using aws = await startLocalAws({ services: { ministack: "auth" } });
  const account = "123456789012";
  const iam = new IAMClient(config(aws.endpoint, root(account)));
  const AssumeRolePolicyDocument = trustOf(`arn:aws:iam::${account}:user/runner`);
  await iam.send(new CreateUserCommand({ UserName: "runner" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "runner" }));
  assert.ok(AccessKey?.AccessKeyId && AccessKey.SecretAccessKey);
  // In AWS the trust policy alone would do within an account; MiniStack wants this too.
  await iam.send(
    new PutUserPolicyCommand({
      UserName: "runner",
      PolicyName: "assume",
      PolicyDocument: allow("sts:AssumeRole"),
    }),
  );
  const runner = {
    accessKeyId: AccessKey.AccessKeyId,
    secretAccessKey: AccessKey.SecretAccessKey,
  };
  await iam.send(
    new CreateRoleCommand({ RoleName: "groundskeeper-audit-observe", AssumeRolePolicyDocument }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "groundskeeper-audit-observe",
      PolicyName: "observe",
      PolicyDocument: allow("ec2:DescribeInstances"),
    }),
  );
  const observer = await assume(aws.endpoint, runner, account, "groundskeeper-audit-observe");
  const ec2 = new EC2Client(config(aws.endpoint, observer));
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
  assert.deepEqual(Reservations, []);
  const run = new RunInstancesCommand({ ImageId: "ami-12345678", MinCount: 1, MaxCount: 1 });
  await assert.rejects(ec2.send(run), { name: "UnauthorizedOperation" });
  const denied = aws.proxy.calls.at(-1);
  assert.deepEqual(
    [denied?.action, denied?.status, denied?.principal],
    [
      "ec2:RunInstances",
      403,
      `arn:aws:sts::${account}:assumed-role/groundskeeper-audit-observe/rig`,
    ],
  );
  const forged = new EC2Client(
    config(aws.endpoint, { ...observer, secretAccessKey: "another" }),
  );
  await assert.rejects(forged.send(new DescribeInstancesCommand({})), Error);
  for (const client of [iam, ec2, forged]) client.destroy();
});
