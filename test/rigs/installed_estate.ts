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
import { queuePolicy } from "../../infra/policies/queue.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import { queueOf } from "../../runners/core/contract/queue_url.ts";
import { clientConfig, seedWorld } from "../aws/seed.ts";
import { allowing, seedRoles } from "../aws/seed_roles.ts";
import type { InstanceGroup } from "../aws/world.ts";
import type { Key } from "./installed_roles.ts";
import {
  BLOCKLIST,
  HUB,
  type InstalledWorld,
  LOGINS,
  QUEUE_URL,
  REGION,
  REPOKID,
  strong,
  TOPICS,
  WEB,
} from "./installed_world.ts";
import { loadable } from "./ministack_gaps.ts";

/** The inline policies of the roles that are made. */
export const INLINE = { main: allowing("s3:Put*", "sns:*"), gone: allowing("sqs:SendMessage") };

/**
 * The policy of the queue of logins. Each account of MiniStack is in an organization of its own, so it
 * names the member.
 */
export function policyForMember({ member, installation }: InstalledWorld): JsonObject {
  const { arn } = installation.queues.find(({ name }) => name === queueOf(LOGINS.queueUrl).name)!;
  const senders = [`arn:aws:iam::${member}:root`];
  return queuePolicy({ arn, senders, organizationId: null });
}

/** What is in the accounts of an installed world besides its roles. The root users make it and look at it. */
export class Estate {
  #roles = 0;
  /** The instance that reports logins. */
  web = "";

  constructor(private readonly world: InstalledWorld) {}

  /** The role that was made last. */
  get role(): string {
    return `app-${this.#roles}`;
  }

  /** Makes all that there is once. */
  async begin(): Promise<void> {
    const { member, installation: { queues } } = this.world;
    for (const [account, UserName] of [[HUB, "bob"], [member, "alice"]] as const) {
      await this.as(IAMClient, account, (iam) => iam.send(new CreateUserCommand({ UserName })));
    }
    await this.as(SNSClient, HUB, async (sns) => {
      for (const Name of Object.values(TOPICS)) await sns.send(new CreateTopicCommand({ Name }));
    });
    for (const { name, policy } of queues) await this.#makeQueue(name, policy);
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
    if (this.world.installation.client) await this.#launchReporting();
  }

  async #makeQueue(name: string, policy: JsonObject): Promise<void> {
    const { QueueUrl } = await this.as(
      SQSClient,
      HUB,
      (sqs) => sqs.send(new CreateQueueCommand({ QueueName: name })),
    );
    const isOfInstances = name === queueOf(LOGINS.queueUrl).name;
    const loaded = isOfInstances ? policyForMember(this.world) : policy;
    await this.allowSenders(loadable(loaded), QueueUrl!);
  }

  /** Launches the instance that reports logins, and lets its role be assumed as EC2 assumes it. */
  async #launchReporting(): Promise<void> {
    const { iam, member } = this.world;
    const tags = { owner: "alice" };
    [this.web] = await this.launch({ name: "web", tags, instanceProfile: WEB.name }) as [string];
    const role = strong({ ...WEB, in: member });
    await iam.trust(role, role.trust);
    await iam.allow(role, role.policy);
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

  /** Writes the policy of a queue. @param QueueUrl left out: that of commands */
  async allowSenders(policy: JsonObject, QueueUrl = QUEUE_URL): Promise<void> {
    const Attributes = { Policy: JSON.stringify(policy) };
    await this.as(
      SQSClient,
      HUB,
      (sqs) => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })),
    );
  }

  /** Sends a command about the role that was made last. Throws what SQS answers. */
  async send(credentials: Key, command: object): Promise<void> {
    const content = { account: this.world.member, role_name: this.role, respond_channel: "#x" };
    await this.sendTo(QUEUE_URL, JSON.stringify({ ...content, ...command }), credentials);
  }

  /** Sends a message to a queue of the hub. Throws what SQS answers. */
  async sendTo(QueueUrl: string, MessageBody: string, credentials?: Key): Promise<void> {
    await this.as(
      SQSClient,
      HUB,
      (sqs) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })),
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
