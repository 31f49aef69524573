import "../aws/start_shared_both.ts";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { chunksOf } from "../../runners/core/chunks.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import { queueArn } from "../../runners/core/contract/queue_url.ts";
import { type InstanceCredentials, instanceCredentials } from "../aws/instance_credentials.ts";
import { clientConfig, type SeededWorld, seedWorld } from "../aws/seed.ts";
import type { InstanceGroup } from "../aws/world.ts";
import { REGIONS } from "./audit_world.ts";
import { loginOf, proofOf, type Where } from "./dirty_messages.ts";
import { openWorld, type World, type WorldOptions } from "./world.ts";

export { startedSession, type Where } from "./dirty_messages.ts";

export const QUEUE_REGION = "us-east-1";

export interface DirtyWorldOptions {
  /** Instances of each account and Region. Default: three that send. */
  readonly groups?: readonly InstanceGroup[];
  readonly accounts?: number;
  readonly dirty?: Record<string, unknown>;
  readonly organization?: Record<string, unknown>;
  readonly store?: Record<string, unknown>;
  readonly isHome?: boolean;
  readonly proxy?: WorldOptions["proxy"];
}

/** Instances that report logins, two queues, and the program. */
export interface DirtyWorld extends World {
  readonly seeded: SeededWorld;
  readonly queueUrl: string;
  readonly eventsQueueUrl: string;
  /** The instances of an account, counted from 0, and a Region. */
  readonly instances: (account?: number, region?: string) => readonly Where[];
  /** A message of an instance, without proof. */
  readonly login: (where: Where, more?: JsonObject) => JsonObject;
  /** Puts a fresh proof of the instance into its message. */
  readonly proven: (where: Where, message: JsonObject) => Promise<JsonObject>;
  /** Sends a body as the instance, by its profile's credentials; or as the root user of an account. */
  readonly send: (
    body: JsonObject | string,
    as: Where | "root",
    queueUrl?: string,
  ) => Promise<void>;
  /** Sends several. @returns the IDs that SQS has given them */
  readonly sendAll: (
    bodies: readonly (JsonObject | string)[],
    as: Where | "root",
    queueUrl?: string,
  ) => Promise<string[]>;
  readonly waiting: (queueUrl?: string) => Promise<number>;
  /** Calls EC2 in an account, counted from 0, and a Region, as a person of that account does. */
  readonly byHand: <Value>(
    work: (client: EC2Client) => Promise<Value>,
    account?: number,
    region?: string,
  ) => Promise<Value>;
  /** The tags of the instances with the mark. */
  readonly marks: (account?: number, region?: string) => Promise<Map<string, string>>;
}

/** Seeds a fresh organization; disposing of it ends its proxy and removes its folder. */
export async function dirtyWorld(options: DirtyWorldOptions = {}): Promise<DirtyWorld> {
  const { accounts: count = 1, groups = [{ name: "web", count: 3, instanceProfile: "web" }] } =
    options;
  let seeded!: SeededWorld;
  const urls = { queueUrl: "", eventsQueueUrl: "" };
  const world = await openWorld({
    job: "dirty",
    accounts: count,
    regions: REGIONS,
    settings: () => ({ ...urls, ...options.dirty }),
    organization: options.organization,
    store: options.store,
    isHome: options.isHome ?? true,
    // Nobody is throttled here, and no message is waited for.
    env: { GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1000" },
    proxy: { ...options.proxy, services: { ministack: true } },
    seed: async (aws, accounts) => {
      const regions = Object.fromEntries(REGIONS.map((region) => [region, groups]));
      const world = {
        accounts: accounts.map((id, index) => ({ id, name: `account-${index}`, regions })),
      };
      seeded = await seedWorld(world, { endpoint: aws.endpoint });
      const sqs = clientOf(aws.endpoint, accounts[0]!);
      for (
        const [key, QueueName] of [["queueUrl", "logins"], ["eventsQueueUrl", "events"]] as const
      ) {
        const made = await sqs.send(new CreateQueueCommand({ QueueName }));
        const { pathname } = new URL(made.QueueUrl!);
        urls[key] = `https://sqs.${QUEUE_REGION}.amazonaws.com${pathname}`;
      }
      sqs.destroy();
    },
  });
  const { aws, accounts } = world;
  const credentials = new Map<string, Promise<InstanceCredentials>>();
  const credentialsOf = ({ account, region, id: instanceId }: Where) =>
    credentials.getOrInsertComputed(
      instanceId,
      () => instanceCredentials(aws, { account, region, instanceId }),
    );
  const withSqs = async <Value>(work: (sqs: SQSClient) => Promise<Value>, as: Where | "root") => {
    const sqs = clientOf(
      aws.endpoint,
      accounts[0]!,
      as === "root" ? null : await credentialsOf(as),
    );
    try {
      return await work(sqs);
    } finally {
      sqs.destroy();
    }
  };
  const byHand: DirtyWorld["byHand"] = async (work, account = 0, region = REGIONS[0]) => {
    const ec2 = new EC2Client(clientConfig(aws.endpoint, accounts[account]!, region));
    try {
      return await work(ec2);
    } finally {
      ec2.destroy();
    }
  };
  const sendAll: DirtyWorld["sendAll"] = (bodies, as, QueueUrl = urls.queueUrl) =>
    withSqs(async (sqs) => {
      const ids: string[] = [];
      for (const some of chunksOf(bodies, 10)) {
        const Entries = some.map((body, at) => ({
          Id: String(at),
          MessageBody: typeof body === "string" ? body : JSON.stringify(body),
        }));
        const { Successful = [] } = await sqs.send(
          new SendMessageBatchCommand({ QueueUrl, Entries }),
        );
        Successful.sort((a, b) => Number(a.Id) - Number(b.Id));
        ids.push(...Successful.map(({ MessageId }) => MessageId!));
      }
      return ids;
    }, as);
  return {
    ...world,
    ...urls,
    seeded,
    instances: (account = 0, region = REGIONS[0]) =>
      groups.flatMap(({ name }) => seeded.instances(accounts[account]!, region, name))
        .map((id) => ({ account: accounts[account]!, region, id })),
    login: loginOf,
    proven: async (where, message) => {
      const { identity } = await credentialsOf(where);
      return {
        ...message,
        proof: await proofOf(
          where,
          identity,
          message,
          queueArn(urls.queueUrl).replace("{partition}", "aws"),
        ),
      };
    },
    send: async (body, as, queueUrl) => void await sendAll([body], as, queueUrl),
    sendAll,
    waiting: async (QueueUrl = urls.queueUrl) => {
      const { Attributes = {} } = await withSqs(
        (sqs) => sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] })),
        "root",
      );
      return Number(Attributes["ApproximateNumberOfMessages"]) +
        Number(Attributes["ApproximateNumberOfMessagesNotVisible"]);
    },
    byHand,
    marks: async (account = 0, region = REGIONS[0]) => {
      const { Reservations = [] } = await byHand(
        (ec2) => ec2.send(new DescribeInstancesCommand({})),
        account,
        region,
      );
      return new Map(
        Reservations.flatMap(({ Instances = [] }) => Instances).flatMap(({ InstanceId, Tags }) => {
          const value = Tags?.find(({ Key }) => Key === "dirty")?.Value;
          return value === undefined ? [] : [[InstanceId!, value] as const];
        }),
      );
    },
  };
}

function clientOf(endpoint: string, account: string, instance?: InstanceCredentials | null) {
  const { profile } = instance ?? {};
  return new SQSClient({
    ...clientConfig(endpoint, account, QUEUE_REGION),
    ...profile
      ? {
        credentials: {
          accessKeyId: profile.AccessKeyId,
          secretAccessKey: profile.SecretAccessKey,
          sessionToken: profile.Token,
        },
      }
      : {},
    useQueueUrlAsEndpoint: false,
  });
}
