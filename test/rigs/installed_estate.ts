import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateUserCommand,
  GetPolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { JsonObject } from "../../runners/core/json.ts";
import { clientConfig, seedWorld } from "../aws/seed.ts";
import { allowing, seedRoles } from "../aws/seed_roles.ts";
import type { InstanceGroup } from "../aws/world.ts";
import type { Key } from "./installed_roles.ts";
import {
  BLOCKLIST,
  HUB,
  type InstalledWorld,
  QUEUE_URL,
  REGION,
  REPOKID,
  TOPICS,
} from "./installed_world.ts";
import { loadable } from "./ministack_gaps.ts";

/** The inline policies of the roles that are made. */
export const INLINE = { main: allowing("s3:Put*", "sns:*"), gone: allowing("sqs:SendMessage") };

/** What is in the accounts of an installed world besides its roles. The root users make it and look at it. */
export class Estate {
  #roles = 0;

  constructor(private readonly world: InstalledWorld) {}

  /** The role that was made last. */
  get role(): string {
    return `app-${this.#roles}`;
  }

  /** Makes all that there is once. */
  async begin(): Promise<void> {
    const { member, installation: { queues: [queue] } } = this.world;
    for (const [account, UserName] of [[HUB, "bob"], [member, "alice"]] as const) {
      await this.as(IAMClient, account, (iam) => iam.send(new CreateUserCommand({ UserName })));
    }
    await this.as(SNSClient, HUB, async (sns) => {
      for (const Name of Object.values(TOPICS)) await sns.send(new CreateTopicCommand({ Name }));
    });
    await this.as(
      SQSClient,
      HUB,
      (sqs) => sqs.send(new CreateQueueCommand({ QueueName: queue!.name })),
    );
    await this.allowSenders(loadable(queue!.policy));
    await this.as(S3Client, HUB, async (s3) => {
      const Body = JSON.stringify({ arns: [], names: {} });
      await s3.send(new CreateBucketCommand({ Bucket: BLOCKLIST.bucket }));
      await s3.send(new PutObjectCommand({ Bucket: BLOCKLIST.bucket, Key: BLOCKLIST.key, Body }));
    });
    await this.as(DynamoDBClient, HUB, async (dynamodb) => {
      await dynamodb.send(
        new CreateTableCommand({
          TableName: REPOKID,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "RoleId", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "RoleId", KeyType: "HASH" }],
        }),
      );
      const Item = { RoleId: { S: "AROAOLD" } };
      await dynamodb.send(new PutItemCommand({ TableName: REPOKID, Item }));
    });
    await this.launch(
      { name: "good", count: 3, tags: { owner: "alice" } },
      // Nobody knows their owners: the trail is asked, the group, and the stack.
      { name: "fleet", autoScalingGroup: "fleet" },
      { name: "stack", tags: { "aws:cloudformation:stack-name": "stack" } },
    );
  }

  /** Launches instances in the member. @returns their IDs */
  async launch(...groups: readonly InstanceGroup[]): Promise<readonly string[]> {
    const { aws, member } = this.world;
    const account = { id: member, name: "data", roles: [], regions: { [REGION]: groups } };
    const seeded = await seedWorld({ accounts: [account] }, { endpoint: aws.endpoint });
    return groups.flatMap(({ name }) => seeded.instances(member, REGION, name));
  }

  /** The instances with a tag that are not terminated, by ID, with their states. */
  async tagged(key: string, value = "*"): Promise<Record<string, string>> {
    const Filters = [{ Name: `tag:${key}`, Values: [value] }];
    const { Reservations = [] } = await this.as(
      EC2Client,
      this.world.member,
      (ec2) => ec2.send(new DescribeInstancesCommand({ Filters })),
    );
    return Object.fromEntries(
      Reservations.flatMap(({ Instances = [] }) => Instances)
        .map(({ InstanceId, State }) => [InstanceId!, State!.Name!] as const)
        .filter(([, state]) => state !== "terminated"),
    );
  }

  /** Makes a role that would lose permissions, inline and in a managed policy of its name. */
  async makeRole(): Promise<void> {
    this.#roles++;
    const { aws, member } = this.world;
    await seedRoles(aws.proxy, member, {
      managed: { [this.role]: allowing("s3:Get*", "sqs:*") },
      roles: [{
        name: this.role,
        inline: INLINE,
        attached: [this.role],
        uses: { s3: 3, sqs: null, sns: null },
      }],
    });
  }

  /** The inline policies of the role that was made last. */
  async inlinePolicies(): Promise<Record<string, object>> {
    const RoleName = this.role;
    return await this.as(IAMClient, this.world.member, async (iam) => {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      const policies = PolicyNames.map(async (PolicyName) => {
        const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        return [PolicyName, JSON.parse(decodeURIComponent(policy.PolicyDocument!))] as const;
      });
      return Object.fromEntries(await Promise.all(policies));
    });
  }

  /** Which version of its managed policy is in force. */
  async managedVersion(): Promise<string> {
    const PolicyArn = `arn:aws:iam::${this.world.member}:policy/${this.role}`;
    const { Policy } = await this.as(
      IAMClient,
      this.world.member,
      (iam) => iam.send(new GetPolicyCommand({ PolicyArn })),
    );
    return Policy!.DefaultVersionId!;
  }

  /** Writes the policy of the queue. */
  async allowSenders(policy: JsonObject): Promise<void> {
    const Attributes = { Policy: JSON.stringify(policy) };
    await this.as(
      SQSClient,
      HUB,
      (sqs) => sqs.send(new SetQueueAttributesCommand({ QueueUrl: QUEUE_URL, Attributes })),
    );
  }

  /** Sends a command about the role that was made last. Throws what SQS answers. */
  async send(credentials: Key, command: object): Promise<void> {
    const content = { account: this.world.member, role_name: this.role, respond_channel: "#x" };
    const MessageBody = JSON.stringify({ ...content, ...command });
    await this.as(
      SQSClient,
      HUB,
      (sqs) => sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody })),
      credentials,
    );
  }

  /** Works with a client of an account's root user, or with these credentials. */
  async as<Client extends { destroy(): void }, Answer>(
    Client: new (config: object) => Client,
    account: string,
    work: (client: Client) => Promise<Answer>,
    credentials?: Key,
  ): Promise<Answer> {
    const client = new Client({
      ...clientConfig(this.world.aws.endpoint, account),
      // SQS would send to the host of the queue's URL, past the proxy.
      useQueueUrlAsEndpoint: false,
      ...(credentials ? { credentials } : {}),
    });
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  }
}
