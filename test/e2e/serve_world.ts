import "../aws/start_shared_both.ts";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { RateBudget } from "../../runners/core/aws/rate_budget.ts";
import type { Account, Session, Sessions } from "../../runners/core/aws/session.ts";
import { AwsSessions } from "../../runners/core/aws/sessions.ts";
import { systemClock } from "../../runners/core/clock.ts";
import { organizationSchema } from "../../runners/core/config/organization.ts";
import { createLog } from "../../runners/core/log/log.ts";
import type { JobRoles } from "../../runners/core/needs/needs.ts";
import type { Served } from "../../runners/core/queue/serve_queues.ts";
import type { Store } from "../../runners/core/store/store.ts";
import { type RepoConfig, repoSchema } from "../../runners/repo/config.ts";
import type { Answer, Commands } from "../../runners/repo/serve/repo_handler.ts";
import { serveNeeds } from "../../runners/repo/needs.ts";
import { sqsQueue } from "../../runners/adapters/sqs/sqs_queue.ts";
import { type RepoServing, serveRepo } from "../../runners/repo/serve/serve.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws, type LocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { withEnvironment } from "../runners/core/aws/environment.ts";

/** Who sends a message: sessions of roles, or the root user. */
export type Sender = "bot" | "stranger" | "root";

/** A queue and a topic on the local AWS, and roles that send to it. */
export interface ServeWorld {
  readonly aws: LocalAws;
  readonly config: NonNullable<RepoConfig["serve"]>;
  readonly store: Store;
  /** The listed role's ARN. */
  readonly bot: string;
  /** Commands that note what they are asked. */
  readonly commands: Commands;
  /** What the commands were asked, in order. */
  readonly asked: string[];
  /** What was logged, a sentence each. */
  readonly said: string[];
  send(content: object | string, as: Sender): Promise<void>;
  serve(part?: Partial<RepoServing>): Promise<Served>;
  /** The answers that subscribers of the topic have got since this was asked last. */
  answers(): Promise<Answer[]>;
  /** How many messages are in the queue, received or not. */
  waiting(): Promise<number>;
  /** Ends a delivery, as if its time were over. */
  release(receipt: string): Promise<void>;
}

export const ROLE = { role_name: "checkout-api", respond_channel: "#security" } as const;

/** Does `work` with a fresh world; its environment is the caller's. */
export async function withServeWorld(work: (world: ServeWorld) => Promise<void>): Promise<void> {
  await using aws = await connectLocalAws({ services: { ministack: true } });
  const [home = "", member = ""] = freshAccounts(2);
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-serve-" });
  const store = openSqliteStore(`${folder}/groundskeeper.db`);
  try {
    const seeded = await seedServing(aws.endpoint, home, member);
    await withEnvironment({ AWS_ENDPOINT_URL: aws.endpoint }, async () => {
      await work(open(aws, store, seeded, home, member));
    });
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Seeded {
  readonly bot: string;
  readonly stranger: string;
  readonly queueUrl: string;
  readonly answersUrl: string;
  readonly topicArn: string;
}

/** Makes a queue, a topic that a queue of answers is subscribed to, and roles that send. */
export async function seedServing(endpoint: string, home: string, member: string): Promise<Seeded> {
  const iam = new IAMClient(clientConfig(endpoint, member));
  const sns = new SNSClient(clientConfig(endpoint, home));
  const sqs = queueClient(endpoint, home);
  const trust = { Version: "2012-10-17", Statement: [] };
  const role = async (RoleName: string) => {
    const command = new CreateRoleCommand({
      RoleName,
      Path: "/chat/",
      AssumeRolePolicyDocument: JSON.stringify(trust),
    });
    return (await iam.send(command)).Role!.Arn!;
  };
  const queue = async (QueueName: string) =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl!;
  const [bot, stranger] = [await role("bot"), await role("stranger")];
  const [queueUrl, answersUrl] = [await queue("commands"), await queue("answers")];
  const topicArn = (await sns.send(new CreateTopicCommand({ Name: "answers" }))).TopicArn!;
  await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:us-east-1:${home}:answers`,
    }),
  );
  for (const client of [iam, sns, sqs]) client.destroy();
  return { bot, stranger, queueUrl, answersUrl, topicArn };
}

function open(
  aws: LocalAws,
  store: Store,
  { bot, stranger, queueUrl, answersUrl, topicArn }: Seeded,
  home: string,
  member: string,
): ServeWorld {
  const config = repoSchema.parse({ serve: { queueUrl, topicArn, requestors: [bot] } }).serve!;
  const asked: string[] = [];
  const said: string[] = [];
  // Who asks is logged right before a command is carried out.
  let by: string | null = null;
  const withSqs = async <Value>(work: (sqs: SQSClient) => Promise<Value>) => {
    const sqs = queueClient(aws.endpoint, home);
    try {
      return await work(sqs);
    } finally {
      sqs.destroy();
    }
  };
  const commands = recording(asked, () => by);
  return {
    aws,
    config,
    store,
    bot,
    commands,
    asked,
    said,
    send: async (content, as) => {
      const credentials = as === "root"
        ? { accessKeyId: member, secretAccessKey: "test" }
        : await assume(aws.endpoint, member, as === "bot" ? bot : stranger);
      const sqs = queueClient(aws.endpoint, member, credentials);
      const text = typeof content === "string"
        ? content
        : JSON.stringify({ account: member, ...ROLE, ...content });
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text }));
      sqs.destroy();
    },
    serve: async (part = {}) => {
      const signal = part.signal ?? new AbortController().signal;
      const sessions = sessionsOf(home, config, signal);
      const session = await sessions.home();
      return await serveRepo({
        config,
        commands,
        home: session,
        queue: sqsQueue(session, (part.config ?? config).queueUrl, sessions.region),
        observe: (account) => observing(sessions, account),
        store,
        clock: systemClock,
        log: createLog({
          write: (line) => {
            const one = JSON.parse(line) as { event: string; by?: string | null };
            said.push(one.event);
            if (one.by !== undefined) by = one.by;
          },
          now: () => systemClock.now(),
          format: "json",
          level: "info",
        }),
        signal,
        once: true,
        ...part,
      });
    },
    answers: () => withSqs((sqs) => received(sqs, answersUrl)),
    waiting: () =>
      withSqs(async (sqs) => {
        const names = [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
        ] as const;
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
        );
        return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
      }),
    release: (ReceiptHandle) =>
      withSqs(async (sqs) => {
        await sqs.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: queueUrl,
            ReceiptHandle,
            VisibilityTimeout: 0,
          }),
        );
      }),
  };
}

/** Commands that write down what they were asked, and by whom. */
function recording(asked: string[], by: () => string | null): Commands {
  const note = (...parts: readonly (string | number)[]) => {
    asked.push([...parts, by()].join(" "));
    return Promise.resolve(`did ${parts[0]}`);
  };
  return {
    listRepoableServices: ({ name }) => note("list", name),
    listRollbacks: ({ name }) => note("rollbacks", name),
    optOut: ({ name }, { owner, reason }) => note("opt-out", name, owner, reason),
    removeOptOut: ({ name }) => note("remove", name),
    rollback: ({ name }, seq) => note("rollback", name, seq),
  };
}

function sessionsOf(home: string, serve: RepoConfig["serve"], signal: AbortSignal): Sessions {
  const { home: homeNeeds, observe } = serveNeeds({ serve });
  const needs: JobRoles = {
    job: "repo",
    roles: {
      home: {
        purpose: "",
        kind: "home",
        permissions: [...homeNeeds, { action: "sts:AssumeRole", why: "" }],
      },
      observe: { purpose: "", kind: "observe", permissions: observe },
    },
  };
  return new AwsSessions({
    caller: {
      credentials: () => Promise.resolve({ accessKeyId: home, secretAccessKey: "test" }),
      region: undefined,
    },
    organization: organizationSchema.parse({
      accounts: "organizations",
      roles: "groundskeeper-{job}-{role}",
    }),
    needs,
    runId: "01JRUN",
    clock: systemClock,
    budget: new RateBudget(systemClock),
    policy: { connectMs: 1_000, answerMs: 30_000, attempts: 2, backOffMs: 50 },
    signal,
  });
}

function observing(sessions: Sessions, account: Account): Promise<Session> {
  return sessions.member(account, "observe");
}

/** Credentials of a session of a role. */
export async function assume(endpoint: string, account: string, RoleArn: string) {
  const sts = new STSClient(clientConfig(endpoint, account));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "alice@example.com" }),
  );
  sts.destroy();
  return {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
}

/** A client of SQS that sends to the proxy. */
export function queueClient(endpoint: string, account: string, credentials?: object): SQSClient {
  const config = clientConfig(endpoint, account);
  return new SQSClient({
    ...config,
    ...(credentials ? { credentials: credentials as typeof config.credentials } : {}),
    // It would send to the host of the queue's URL, past the proxy.
    useQueueUrlAsEndpoint: false,
  });
}

/** Takes what a queue that is subscribed to the topic has got. */
export async function received(sqs: SQSClient, QueueUrl: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (true) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return answers;
    for (const { Body = "", ReceiptHandle } of Messages) {
      const { Message } = JSON.parse(Body) as { Message: string };
      answers.push(JSON.parse(Message) as Answer);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
