import assert from "assert";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import "../aws/start_shared_both.ts";
import { declaredActions } from "../../runners/core/needs/needs.ts";
import { repoSchema } from "../../runners/repo/config.ts";
import { repoNeeds } from "../../runners/repo/needs.ts";
import { isWrite } from "../aws/is_write.ts";
import { clientConfig } from "../aws/seed.ts";
import { allowing } from "../aws/seed_roles.ts";
import { type RepoWorld, repoWorld } from "./repo_world.ts";
import { assume, queueClient, seedServing } from "./serve_world.ts";

/** The account of the credentials that the program starts with. */
const HOME = "123456789012";

/** Actions that everybody may call. */
const FREE = new Set(["sts:GetCallerIdentity"]);

/** What IAM calls them. */
const IAM_ACTION: Readonly<Record<string, string>> = {
  "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
};

/** What the home role declares and these runs do not call, with where it is called. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "organizations:ListAccounts": "where the accounts come from the organization",
  "organizations:ListAccountsForParent": "where units are named",
  "organizations:ListOrganizationalUnitsForParent": "where units are named",
};

/** What was called under each role. What the test itself does, the account's own root does. */
function calledActions({ aws, accounts }: RepoWorld): Record<string, string[]> {
  const roles = Map.groupBy(
    aws.proxy.calls.filter(({ action, principal }) =>
      !FREE.has(action) && principal !== `arn:aws:iam::${accounts[0]}:root` &&
      !principal?.includes("/chat/") && !principal?.includes("assumed-role/bot/")
    ),
    ({ principal }) =>
      /assumed-role\/groundskeeper-repo-(\w+)\//.exec(principal ?? "")?.[1] ?? "home",
  );
  return Object.fromEntries(
    [...roles].map(([role, calls]) => [
      role,
      [...new Set(calls.map(({ action }) => IAM_ACTION[action] ?? action))].sort(),
    ]),
  );
}

/** A bucket with a list that leaves nobody alone, and Repokid's table, in the home account. */
async function seedHome(endpoint: string): Promise<{ bucket: string; table: string }> {
  const name = `blocklist-${crypto.randomUUID()}`;
  const s3 = new S3Client({ ...clientConfig(endpoint, HOME), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const Body = JSON.stringify({ arns: [], names: {} });
  await s3.send(new PutObjectCommand({ Bucket: name, Key: "blocklist.json", Body }));
  s3.destroy();
  const table = `repokid_roles_${crypto.randomUUID().slice(0, 8)}`;
  const dynamodb = new DynamoDBClient(clientConfig(endpoint, HOME));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "RoleId", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "RoleId", KeyType: "HASH" }],
    }),
  );
  await dynamodb.send(
    new PutItemCommand({ TableName: table, Item: { RoleId: { S: "AROAOLD" } } }),
  );
  dynamodb.destroy();
  return { bucket: name, table };
}

interface Whole {
  readonly world: RepoWorld;
  readonly config: Record<string, unknown>;
  readonly table: string;
  readonly send: (content: object) => Promise<void>;
}

/** An organization whose configuration uses everything that there is. */
async function wholeWorld(stamp: "tag" | "description"): Promise<Whole> {
  const world = await repoWorld({
    managed: { own: allowing("s3:Get*", "sqs:*") },
    roles: ["app-0", "app-1"].map((name) => ({
      name,
      inline: { main: allowing("s3:Put*", "sns:*"), gone: allowing("sqs:SendMessage") },
      ...(name === "app-0" ? { attached: ["own"] } : {}),
      uses: { s3: 3, sqs: 200 },
    })),
    proxy: { services: { ministack: true } },
  });
  const { aws: { endpoint, proxy }, accounts: [account = ""] } = world;
  const { queueUrl, topicArn, bot } = await seedServing(endpoint, account, account);
  const { bucket, table } = await seedHome(endpoint);
  const config = {
    stamp,
    checkNoNewAccess: true,
    managedPolicies: "apply",
    filters: ["blocklist"],
    filterConfig: { blocklist: { blocklist_bucket: { bucket, key: "blocklist.json" } } },
    serve: { queueUrl, topicArn, requestors: [bot] },
  };
  world.configure(config);
  proxy.clearCalls();
  return {
    world,
    config,
    table,
    send: async (content) => {
      const sqs = queueClient(endpoint, account, await assume(endpoint, account, bot));
      const MessageBody = JSON.stringify({ account, respond_channel: "#security", ...content });
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
      sqs.destroy();
    },
  };
}

async function runAll({ world }: Pick<Whole, "world">, ...verbs: string[]): Promise<void> {
  for (const verb of verbs) {
    const { code, stdout, stderr } = await world.run(verb);
    assert.equal(code, 0, `${verb}: ${stdout}${stderr}`);
  }
}

const QUIET = { sanitizeOps: false, sanitizeResources: false } as const;

Deno.test({
  name: "each role of repo calls what it declares, and nothing else, over all verbs",
  ...QUIET,
  fn: async () => {
    const { world, config, table, send } = await wholeWorld("tag");
    await using _world = world;
    const [account = ""] = world.accounts;
    const role = world.arn("app-0");
    await runAll(
      { world },
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
      `repo opt-out ${world.arn("app-1")} --owner alice --reason jobs --until 2099-01-01`,
      `repo opt-out ${world.arn("app-1")} --remove`,
      "repo apply --yes",
      `repo versions ${role}`,
      "repo stats",
      "repo access export",
      // What was denied since is looked up.
      "repo report",
      `repo apply --yes --restore 1 --role ${role}`,
      `repo apply --yes --remove sns:Publish --role ${role}`,
      `repo apply --yes --restore v1 --policy arn:aws:iam::${account}:policy/own`,
      `repo import-table ${table}`,
    );
    await send({ role_name: "app-1", command: "rollback_role", selection: 1 });
    await runAll({ world }, "repo serve --once");
    const called = calledActions(world);
    const { roles } = repoNeeds(repoSchema.parse(config));
    assert.deepEqual(Object.keys(called).sort(), Object.keys(roles).sort());
    for (const [name, need] of Object.entries(roles)) {
      const declared = [...declaredActions(need)].filter((action) => !(action in ELSEWHERE));
      assert.deepEqual(called[name], declared.sort(), name);
    }
    for (const action of Object.keys(ELSEWHERE)) {
      assert.ok(declaredActions(roles["home"]!).has(action), `${action} is declared no more`);
    }
  },
});

Deno.test({
  name: "with stamps in the description, the applying role calls what it declares for that",
  ...QUIET,
  fn: async () => {
    const { world, config } = await wholeWorld("description");
    await using _world = world;
    await runAll({ world }, "repo apply --yes");
    const called = calledActions(world)["apply"] ?? [];
    const declared = declaredActions(repoNeeds(repoSchema.parse(config)).roles["apply"]!);
    assert.deepEqual(called.filter((action) => !declared.has(action)), []);
    assert.ok(called.includes("iam:UpdateRole") && !declared.has("iam:TagRole"));
  },
});

Deno.test("what is not configured is neither declared nor called", async () => {
  await using world = await repoWorld({
    roles: [{ name: "app", inline: { main: allowing("s3:*", "sqs:*") }, uses: { s3: 3 } }],
    repo: { watch: "0s" },
  });
  const role = world.arn("app");
  await runAll(
    { world },
    "repo refresh",
    "repo plan",
    "repo apply --yes",
    `repo explain ${role}`,
    `repo apply --yes --restore 1 --role ${role}`,
    "repo report",
    // It goes whole, so that the policy does.
    `repo apply --yes --remove s3:* sqs:* --role ${role}`,
  );
  const { roles } = repoNeeds(repoSchema.parse({ watch: "0s" }));
  const called = calledActions(world);
  for (const name of ["observe", "apply"]) {
    assert.deepEqual(called[name], [...declaredActions(roles[name]!)].sort(), name);
  }
  assert.deepEqual(called["home"], ["sts:AssumeRole"]);
});

/** Every verb but `apply` and `serve`, which alone may hold credentials that write. */
const OTHERS = [
  "repo refresh",
  "repo roles",
  "repo role ROLE",
  "repo find sqs:*",
  "repo plan",
  "repo plan --from-store",
  "repo plan --remove s3:Put* --role ROLE",
  "repo plan --restore 1 --role ROLE",
  "repo report",
  "repo explain ROLE",
  "repo schedule",
  "repo schedule --list",
  "repo schedule --cancel",
  "repo opt-out ROLE --owner alice --reason jobs --until 2099-01-01",
  "repo versions ROLE",
  "repo stats",
  "repo access export",
] as const;

Deno.test("no verb but apply and serve asks for a role that writes, or writes anything in an account", async () => {
  await using world = await repoWorld({
    roles: [{ name: "app", inline: { main: allowing("s3:*", "sqs:*") }, uses: { s3: 3 } }],
    repo: { stamp: "tag", checkNoNewAccess: true, managedPolicies: "apply" },
  });
  await runAll({ world }, ...OTHERS.map((verb) => verb.replace("ROLE", world.arn("app"))));
  const { calls } = world.aws.proxy;
  const asked = calls.filter(({ action }) => action === "sts:AssumeRole")
    .map(({ parameters }) => parameters["RoleArn"]?.split("/").at(-1));
  assert.deepEqual([...new Set(asked)], ["groundskeeper-repo-observe"]);
  assert.deepEqual(calls.filter(isWrite), []);
});

Deno.test("every role session of repo carries the run's id", async () => {
  await using world = await repoWorld({
    roles: [{ name: "app", inline: { main: allowing("s3:*", "sqs:*") }, uses: { s3: 3 } }],
  });
  const { run_id } = await world.json<{ run_id: string }>("repo apply --yes");
  const names = world.aws.proxy.calls.filter(({ action }) => action === "sts:AssumeRole")
    .map(({ parameters }) => parameters["RoleSessionName"]);
  assert.deepEqual(new Set(names), new Set([`groundskeeper-repo-${run_id}`]));
});

Deno.test("the strict permission set of the service repo is enough", async () => {
  await using world = await repoWorld({
    roles: [{ name: "app", inline: { main: allowing("s3:*", "sqs:*") }, uses: { s3: 3 } }],
    repo: { stamp: "tag", checkNoNewAccess: true, managedPolicies: "apply" },
  });
  const strict = {
    entry: "product",
    permissions: [
      "-P=repo",
      `--allow-write=${world.directory}/out,${world.directory}/groundskeeper.db`,
    ],
  } as const;
  const role = world.arn("app");
  for (
    const args of [
      "repo refresh",
      "repo plan",
      "repo apply --yes",
      `repo apply --yes --restore 1 --role ${role}`,
      "repo report",
    ]
  ) {
    const { code, stdout, stderr } = await world.run(args, strict);
    assert.equal(code, 0, args + stdout + stderr);
    for (const line of stderr.trim().split("\n").filter(Boolean)) JSON.parse(line);
  }
});

/** A filter and a hook that ask AWS for something when they are prepared. */
function moduleThatCalls(command: string, declares: string, exported: string): string {
  return `import { IAMClient, ${command}Command } from "@aws-sdk/client-iam";
export const permissions = ${declares};
export async function prepare({ session, accounts }) {
  if (session === null) return;
  const iam = (await session(accounts[0])).client(IAMClient, "us-east-1");
  await iam.send(new ${command}Command({}));
}
${exported}
`;
}

Deno.test("what filters and hooks of one's own declare is printed for the role that calls it, and nothing else is called", async () => {
  await using world = await repoWorld({
    roles: [{ name: "app", inline: { main: allowing("s3:*", "sqs:*") }, uses: { s3: 3 } }],
    repo: { filters: ["./lists.js"], hooks: ["./groups.js"] },
  });
  const declaring = (action: string) => `[{ action: "${action}", why: "knows who is who" }]`;
  const write = (name: string, text: string) =>
    Deno.writeTextFile(`${world.directory}/${name}`, text);
  const filter = (declares: string) =>
    write("lists.js", moduleThatCalls("ListUsers", declares, "export default () => null;"));
  // In letters of its own.
  await filter(declaring("IAM:listusers"));
  await write(
    "groups.js",
    moduleThatCalls(
      "ListGroups",
      declaring("iam:ListGroups"),
      'export const hooks = [{ hook: "AFTER_REPO", priority: 1, call: (input) => input }];',
    ),
  );
  await runAll({ world }, "repo report", "repo apply --yes");
  const called = calledActions(world);
  const printed = async (role: string) => {
    const { stdout, said } = await world.run(`permissions repo --role ${role}`);
    assert.ok(stdout.startsWith("{"), said);
    const { Statement } = JSON.parse(stdout) as {
      Statement: { Effect: string; Action: string[] }[];
    };
    return Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);
  };
  for (const [role, actions] of Object.entries(called)) {
    const declared = await printed(role);
    assert.deepEqual(actions.filter((one) => !declared.includes(one)), [], role);
    assert.equal(new Set(declared).size, declared.length, `${role} has an action twice`);
  }
  const own = ["iam:ListGroups", "iam:ListUsers"];
  const others = [...await printed("home"), ...await printed("apply")];
  assert.deepEqual(own.filter((one) => !called["observe"]?.includes(one)), []);
  assert.deepEqual(own.filter((one) => others.includes(one)), []);
  const whole = JSON.parse((await world.run("permissions repo")).stdout) as {
    role: string;
    why: Record<string, string>;
  }[];
  const observe = whole.find(({ role }) => role === "groundskeeper-repo-observe")!;
  assert.equal(observe.why["iam:ListUsers"], "knows who is who (repo.filters[0])");

  await filter("[]");
  world.aws.proxy.clearCalls();
  const refused = await world.run("repo plan");
  assert.equal(refused.code, 1);
  assert.match(refused.said, /it calls iam:ListUsers, and its permissions do not name that/);
  assert.ok(!world.aws.proxy.calls.some(({ action }) => action === "iam:ListUsers"));
  assert.ok(!(await printed("observe")).includes("iam:ListUsers"));

  await Deno.remove(`${world.directory}/groups.js`);
  const missing = await world.run("permissions repo");
  assert.deepEqual([missing.code, /repo\.hooks\[0\] cannot be loaded/.test(missing.said)], [
    2,
    true,
  ]);
});
