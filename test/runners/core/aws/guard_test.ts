import assert from "assert";
import { AutoScalingClient, DescribeTagsCommand } from "@aws-sdk/client-auto-scaling";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { DescribeInstancesCommand, EC2Client, StopInstancesCommand } from "@aws-sdk/client-ec2";
import { GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { ListAccountsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import {
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { UndeclaredActionError } from "../../../../runners/core/errors.ts";
import { guardClient } from "../../../../runners/core/aws/clients.ts";

/** Counts who asks for credentials and what would be sent; nothing ever is. */
function wire() {
  const counts = { credentials: 0, sent: 0 };
  const configuration = {
    region: "us-east-1",
    endpoint: "http://127.0.0.1:9",
    maxAttempts: 1,
    credentials: () => {
      counts.credentials++;
      return Promise.resolve({ accessKeyId: "AKIA", secretAccessKey: "secret" });
    },
    requestHandler: {
      handle: () => {
        counts.sent++;
        return Promise.reject(new Error("It would have been sent"));
      },
    },
  };
  return { counts, configuration };
}

type Send = (declared: readonly string[]) => {
  counts: { credentials: number; sent: number };
  answer: Promise<unknown>;
};

/** Sends a transaction of these items. */
const transaction = (...items: readonly TransactWriteItem[]): Send => (declared) => {
  const { counts, configuration } = wire();
  const client = new DynamoDBClient(configuration);
  guardClient(client, "audit-observe", new Set(declared));
  return {
    counts,
    answer: client.send(new TransactWriteItemsCommand({ TransactItems: [...items] })),
  };
};

/** Asks S3 for something of the bucket "b". */
const bucket =
  (command: HeadBucketCommand | HeadObjectCommand | ListObjectsV2Command): Send => (declared) => {
    const { counts, configuration } = wire();
    const client = new S3Client(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    const send = client.send.bind(client) as (one: typeof command) => Promise<unknown>;
    return { counts, answer: send(command) };
  };

const BATCH = { QueueUrl: "http://127.0.0.1:9/111111111111/q", Entries: [] };

/** A call about several messages. */
const queue = (command: ChangeMessageVisibilityBatchCommand | DeleteMessageBatchCommand): Send =>
(
  declared,
) => {
  const { counts, configuration } = wire();
  const client = new SQSClient(configuration);
  guardClient(client, "audit-observe", new Set(declared));
  const send = client.send.bind(client) as (one: typeof command) => Promise<unknown>;
  return { counts, answer: send(command) };
};

const ROW = { TableName: "t", Key: { kind: { S: "k" }, id: { S: "i" } } };
const PUT = { Put: { TableName: "t", Item: ROW.Key } };
const DELETE = { Delete: ROW };
const CHECK = { ConditionCheck: { ...ROW, ConditionExpression: "attribute_not_exists(id)" } };

const calls: readonly (readonly [string, Send])[] = [
  // A transaction, which IAM knows by what its items do.
  ["dynamodb:PutItem", transaction(PUT)],
  ["dynamodb:DeleteItem", transaction(DELETE)],
  ["dynamodb:ConditionCheckItem", transaction(CHECK)],
  ["dynamodb:UpdateItem", transaction({ Update: { ...ROW, UpdateExpression: "REMOVE a" } })],
  ["dynamodb:BatchWriteItem", (declared) => {
    const { counts, configuration } = wire();
    const client = new DynamoDBClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    const batch = { RequestItems: { t: [{ DeleteRequest: { Key: ROW.Key } }] } };
    return { counts, answer: client.send(new BatchWriteItemCommand(batch)) };
  }],
  ["s3:ListBucket", bucket(new ListObjectsV2Command({ Bucket: "b" }))],
  ["s3:ListBucket", bucket(new HeadBucketCommand({ Bucket: "b" }))],
  ["s3:GetObject", bucket(new HeadObjectCommand({ Bucket: "b", Key: "k" }))],
  ["ec2:StopInstances", (declared) => {
    const { counts, configuration } = wire();
    const client = new EC2Client(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new StopInstancesCommand({ InstanceIds: ["i-1"] })) };
  }],
  ["ec2:DescribeInstances", (declared) => {
    const { counts, configuration } = wire();
    const client = new EC2Client(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new DescribeInstancesCommand({})) };
  }],
  ["iam:GetUser", (declared) => {
    const { counts, configuration } = wire();
    const client = new IAMClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new GetUserCommand({})) };
  }],
  // The batch calls, which IAM knows by the names of the single ones.
  ["sqs:ChangeMessageVisibility", queue(new ChangeMessageVisibilityBatchCommand(BATCH))],
  ["sqs:DeleteMessage", queue(new DeleteMessageBatchCommand(BATCH))],
  ["sts:AssumeRole", (declared) => {
    const { counts, configuration } = wire();
    const client = new STSClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    const input = { RoleArn: "arn:aws:iam::111111111111:role/x", RoleSessionName: "x1" };
    return { counts, answer: client.send(new AssumeRoleCommand(input)) };
  }],
  ["sns:Publish", (declared) => {
    const { counts, configuration } = wire();
    const client = new SNSClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    const input = { TopicArn: "arn:aws:sns:us-east-1:111111111111:alerts", Message: "x" };
    return { counts, answer: client.send(new PublishCommand(input)) };
  }],
  ["organizations:ListAccounts", (declared) => {
    const { counts, configuration } = wire();
    const client = new OrganizationsClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new ListAccountsCommand({})) };
  }],
  ["autoscaling:DescribeTags", (declared) => {
    const { counts, configuration } = wire();
    const client = new AutoScalingClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new DescribeTagsCommand({})) };
  }],
  ["cloudformation:DescribeStacks", (declared) => {
    const { counts, configuration } = wire();
    const client = new CloudFormationClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new DescribeStacksCommand({})) };
  }],
  ["cloudtrail:LookupEvents", (declared) => {
    const { counts, configuration } = wire();
    const client = new CloudTrailClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new LookupEventsCommand({})) };
  }],
  ["sns:Publish", (declared) => {
    const { counts, configuration } = wire();
    const client = new SNSClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new PublishCommand({ Message: "hello" })) };
  }],
  ["ssm:GetParameter", (declared) => {
    const { counts, configuration } = wire();
    const client = new SSMClient(configuration);
    guardClient(client, "audit-observe", new Set(declared));
    return { counts, answer: client.send(new GetParameterCommand({ Name: "/x" })) };
  }],
];

for (const [action, send] of calls) {
  Deno.test(`${action} is refused where the role declares another, before anything`, async () => {
    const { counts, answer } = send(["ec2:DescribeTags", `${action}s`]);
    await assert.rejects(answer, new UndeclaredActionError(action, "audit-observe"));
    assert.deepEqual(counts, { credentials: 0, sent: 0 });
  });

  Deno.test(`${action} passes where the role declares it`, async () => {
    const { counts, answer } = send([action]);
    await assert.rejects(answer, { message: "It would have been sent" });
    assert.equal(counts.sent, 1);
  });
}

Deno.test("a transaction needs the actions of all its items, and none of its own", async () => {
  const send = transaction(PUT, CHECK, DELETE);
  const actions = ["dynamodb:PutItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem"];
  for (const missing of actions) {
    const others = actions.filter((action) => action !== missing);
    const { counts, answer } = send([...others, "dynamodb:TransactWriteItems"]);
    await assert.rejects(answer, new UndeclaredActionError(missing, "audit-observe"));
    assert.equal(counts.sent, 0);
  }
  await assert.rejects(send(actions).answer, { message: "It would have been sent" });
});

Deno.test("everybody may ask who they are, which no policy can refuse", async () => {
  const { counts, configuration } = wire();
  const client = new STSClient(configuration);
  guardClient(client, "home", new Set());
  await assert.rejects(client.send(new GetCallerIdentityCommand({})), {
    message: "It would have been sent",
  });
  assert.equal(counts.sent, 1);
});
