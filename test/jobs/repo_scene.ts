import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { repoSchema } from "../../runners/repo/config.ts";
import { repoNeeds } from "../../runners/repo/needs.ts";
import { clientConfig } from "../aws/seed.ts";
import { allowing } from "../aws/seed_roles.ts";
import "../aws/start_shared_both.ts";
import { type RepoWorld, repoWorld } from "../e2e/repo_world.ts";
import { assume, queueClient, seedServing } from "../e2e/serve_world.ts";
import type { World } from "../e2e/world.ts";
import { checkRoles, install, runAll, runRefused } from "./live.ts";
import type { JobScene } from "./scene.ts";

/** Repokid's table, under the only name that the home role may read. */
const TABLE = "repokid_roles";

/** A bucket with a list that leaves nobody alone. */
async function seedBlocklist({ aws: { endpoint }, accounts: [account = ""] }: World) {
  const name = `blocklist-${crypto.randomUUID()}`;
  const s3 = new S3Client({ ...clientConfig(endpoint, account), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const Body = JSON.stringify({ arns: [], names: {} });
  await s3.send(new PutObjectCommand({ Bucket: name, Key: "blocklist.json", Body }));
  s3.destroy();
  return name;
}

/** @param name the role that opted out of Repokid */
async function seedTable(world: RepoWorld, name: string): Promise<void> {
  const { aws: { endpoint }, accounts: [account = ""] } = world;
  const { Role } = await world.byHand((iam) => iam.send(new GetRoleCommand({ RoleName: name })));
  const Item = {
    RoleId: { S: Role!.RoleId! },
    RoleName: { S: name },
    Account: { S: account },
    Arn: { S: Role!.Arn! },
    Active: { BOOL: true },
    OptOut: {
      M: { owner: { S: "bob" }, reason: { S: "quarterly" }, expire: { N: "4070908800" } },
    },
  };
  const dynamodb = new DynamoDBClient(clientConfig(endpoint, account));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "RoleId", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "RoleId", KeyType: "HASH" }],
    }),
  );
  await dynamodb.send(
    new PutItemCommand({ TableName: TABLE, Item }),
  );
  dynamodb.destroy();
}

/** A configuration that uses everything that there is. */
const WHOLE = {
  checkNoNewAccess: true,
  managedPolicies: "apply",
  serve: {
    queueUrl: "https://sqs.us-east-1.amazonaws.com/999999999999/repo-commands",
    topicArn: "arn:aws:sns:us-east-1:999999999999:repo-answers",
    requestors: ["arn:aws:iam::999999999999:role/chat/bot"],
  },
};

const blocklistIn = (bucket: string) => ({
  filters: ["blocklist"],
  filterConfig: { blocklist: { blocklist_bucket: { bucket, key: "blocklist.json" } } },
});

/**
 * An organization of which that is true, and who may send commands in it.
 *
 * @param more settings that go first
 * @param store the store's settings; left out: a file
 */
export async function wholeWorld(
  stamp: "tag" | "description",
  more: object = {},
  store?: Record<string, unknown>,
) {
  const world = await repoWorld({
    ...(store ? { store } : {}),
    managed: { own: allowing("s3:Get*", "sqs:*") },
    roles: ["app-0", "app-1", "app-2"].map((name) => ({
      name,
      ...(name === "app-2" ? { path: "/team/shop/" } : {}),
      inline: { main: allowing("s3:Put*", "sns:*"), gone: allowing("sqs:SendMessage") },
      ...(name === "app-0" ? { attached: ["own"] } : {}),
      uses: { s3: 3, sqs: 200 },
    })),
    proxy: { services: { ministack: true } },
    isHome: true,
  });
  const { aws: { endpoint, proxy }, accounts: [account = ""] } = world;
  const { queueUrl, topicArn, bot } = await seedServing(endpoint, account, account);
  const bucket = await seedBlocklist(world);
  await seedTable(world, "app-2");
  await install(world, {
    ...WHOLE,
    stamp,
    ...blocklistIn(bucket),
    serve: { queueUrl, topicArn, requestors: [bot] },
    ...more,
  });
  proxy.clearCalls();
  return {
    world,
    /** @param delivered how often it was delivered before, and came back */
    send: async (content: object, delivered = 0) => {
      const sqs = queueClient(endpoint, account, await assume(endpoint, account, bot));
      const MessageBody = JSON.stringify({ account, respond_channel: "#security", ...content });
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
      for (let times = 0; times < delivered; times++) {
        await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, VisibilityTimeout: 0 }));
      }
      sqs.destroy();
    },
  };
}

/** A command of each kind of run that works in accounts. */
const REFUSED = [
  "repo plan",
  "repo report",
  "repo apply --yes",
  "repo refresh",
  "repo schedule",
];

async function liveThroughAll(store?: Record<string, unknown>): Promise<RepoWorld> {
  const { world, send } = await wholeWorld("tag", {}, store);
  const [account = ""] = world.accounts;
  const role = world.arn("app-0");
  const other = world.arn("app-1");
  await runAll(world, [
    "repo refresh",
    "repo roles",
    `repo role ${role}`,
    "repo find sns:Publish",
    "repo plan",
    "repo plan --from-store",
    "repo report",
    `repo explain ${role} sns:Publish`,
    `repo schedule --role ${role}`,
    "repo schedule --list",
    "repo plan --scheduled",
    `repo opt-out ${other} --owner alice --reason jobs --until 2099-01-01`,
    `repo opt-out ${other} --remove`,
    "repo apply --yes",
    `repo versions ${role}`,
    "repo stats",
    "repo access export",
    // Asks CloudTrail what was denied since.
    "repo report",
  ]);
  const runs = await world.json<readonly { run_id: string; verb: string }[]>("repo history");
  const { run_id } = runs.find(({ verb }) => verb === "apply")!;
  await runAll(world, [
    `repo plan --restore-run ${run_id}`,
    `repo report --restore-run ${run_id}`,
    `repo apply --yes --restore-run ${run_id} --role ${other}`,
    `repo apply --yes --restore 1 --role ${role}`,
    `repo apply --yes --remove sns:Publish --role ${role}`,
    `repo apply --yes --restore v1 --policy arn:aws:iam::${account}:policy/own`,
    `repo import-table ${TABLE}`,
  ]);
  const kept = Promise.withResolvers<void>();
  world.aws.proxy.onCall(({ action }) => {
    if (action === "sqs:ChangeMessageVisibilityBatch") kept.resolve();
    // The command takes more than half of its visibility.
    return action === "sns:Publish"
      ? { kind: "delay", ms: 0, beforeForward: () => kept.promise }
      : undefined;
  });
  await send({ role_name: "app-1", command: "rollback_role", selection: 1 });
  await send({ role_name: "app-1", command: "reboot" });
  await runAll(world, ["repo serve --once", "repo rejected"]);
  const [rejected] = await world.json<readonly { message_id: string }[]>("repo rejected");
  await runAll(world, [`repo rejected --requeue ${rejected!.message_id}`]);
  await runRefused(world, REFUSED);
  await send({ role_name: "app-0", command: "rollback_role", selection: 1 });
  await runAll(world, ["repo serve --once"]);
  await checkRoles(world, "repo");
  return world;
}

const smallWorld = (repo: Record<string, unknown>, store?: Record<string, unknown>) =>
  repoWorld({
    ...(store ? { store } : {}),
    proxy: { services: { ministack: true } },
    isHome: true,
    roles: [{ name: "app", inline: { main: allowing("s3:*", "sqs:*") }, uses: { s3: 3 } }],
    repo,
  });

async function liveThroughLittle(store?: Record<string, unknown>): Promise<RepoWorld> {
  const world = await smallWorld({ watch: "0s" }, store);
  await seedTable(world, "app");
  await install(world, {});
  const role = world.arn("app");
  await runAll(world, [
    "repo refresh",
    "repo plan",
    "repo apply --yes",
    `repo explain ${role}`,
    `repo report --give-back sqs:* --role ${role}`,
    `repo apply --yes --give-back sqs:* --role ${role}`,
    `repo apply --yes --restore 1 --role ${role}`,
    "repo report",
    // The service is removed completely, so that the policy is deleted.
    `repo apply --yes --remove s3:* sqs:* --role ${role}`,
    `repo opt-out ${role} --owner alice --reason jobs --until 2099-01-01`,
    `repo opt-out ${role} --remove`,
    `repo import-table ${TABLE}`,
    "repo roles",
    `repo schedule --role ${role}`,
    "repo roles",
  ]);
  await runRefused(world, REFUSED);
  await checkRoles(world, "repo");
  return world;
}

const small = (store?: Record<string, unknown>) =>
  smallWorld({ stamp: "tag", checkNoNewAccess: true, managedPolicies: "apply" }, store);

const needs = (config: Record<string, unknown>) => repoNeeds(repoSchema.parse(config));

const appIn = ({ accounts }: World) => `arn:aws:iam::${accounts[0]}:role/app`;
export const scene: JobScene = {
  needs: needs({ ...WHOLE, stamp: "tag" }),
  lives: [
    {
      title: "over all verbs",
      store: "table",
      live: liveThroughAll,
    },
    {
      title: "where little is configured",
      store: "file",
      live: liveThroughLittle,
    },
  ],
  small: () => small(),
  reads: (world) => {
    const role = appIn(world);
    return [
      "repo refresh",
      "repo roles",
      `repo role ${role}`,
      "repo find sqs:*",
      "repo plan",
      "repo plan --from-store",
      `repo plan --remove s3:Put* --role ${role}`,
      `repo plan --restore 1 --role ${role}`,
      "repo report",
      `repo explain ${role}`,
      "repo schedule",
      "repo schedule --list",
      "repo schedule --cancel",
      `repo opt-out ${role} --owner alice --reason jobs --until 2099-01-01`,
      `repo versions ${role}`,
      "repo stats",
      "repo access export",
      "repo rejected",
    ];
  },
  service: {
    world: small,
    runs: (world) => [
      "repo refresh",
      "repo plan",
      "repo apply --yes",
      `repo apply --yes --restore 1 --role ${appIn(world)}`,
      "repo report",
    ],
  },
};
