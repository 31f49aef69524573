import assert from "assert";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { demoWorld } from "../aws/demo_world.ts";
import { seedDemoRoles } from "../aws/demo_roles.ts";
import { connectLocalAws } from "../aws/local_aws.ts";
import { clientConfig, seedWorld } from "../aws/seed.ts";
import "../aws/start_shared_both.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { blocks, shellBlocks, USER_PAGES } from "../architecture/pages.ts";
import { demoConfiguration } from "../demo/configuration.ts";
import { seedServing } from "../e2e/serve_world.ts";
import { denoDir } from "../tasks/run_tests.ts";
import { MemoryElasticsearch } from "../reports/elasticsearch/memory_server.ts";
import { type Keyboard, onTerminal, type Shown } from "../e2e/terminal.ts";

/** What of a checkout the commands of the pages use. */
const CHECKOUT = ["deno.json", "deno.lock", "runners", "reports", "hosts", "examples", "test"];

/** Blocks that are not run with the others, by their first command, with why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "npx -y deno@2.9.6 task demo": "it has a test of its own below",
  "npm install --global deno@2.9.6": "it changes the machine, and this Deno is that one",
  "deno task synth --config groundskeeper.json":
    "synth_test.ts runs it, with README's configuration",
  "groundskeeper reports digest": "smtp_rig_test.ts runs it, with a server that takes the mails",
};

const [PROD] = demoWorld.accounts.map(({ id }) => id) as [string];

/** What README says of installing, without its comment. */
const INSTALL = "deno task install";

/** A folder like a fresh checkout, with the configuration of the demo. */
async function checkout(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-pages-" });
  for (const name of CHECKOUT) await Deno.symlink(`${ROOT}${name}`, `${folder}/${name}`);
  return folder;
}

type Queues = { readonly serve: object; readonly dirty: object };

/** Servers of the reports: documents go to `node`, and mails are written to files alone. */
const reportsTo = (node: string) => ({
  elasticsearch: { node },
  mail: {
    smtp: { host: "127.0.0.1", tls: "none" },
    from: "groundskeeper@example.com",
    fallback: "platform@example.com",
  },
});

async function configure(folder: string, { serve, dirty }: Queues, node: string): Promise<void> {
  const config = demoConfiguration(new Date()) as { repo: object; reports?: object };
  const repo = { ...config.repo, trustFirstScan: true, managedPolicies: "apply", serve };
  await Deno.writeTextFile(
    `${folder}/groundskeeper.json`,
    JSON.stringify({ ...config, repo, dirty, reports: { ...config.reports, ...reportsTo(node) } }),
  );
  // Who reads these pages has had runs.
  openSqliteStore(`${folder}/groundskeeper.db`).close();
}

/** What people have who come from Repokid: its configuration, and its table. */
async function leaveRepokid(endpoint: string, folder: string): Promise<void> {
  const config = {
    active_filters: ["repokid.filters.age:AgeFilter"],
    repo_schedule_period_days: 10,
  };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  const dynamodb = new DynamoDBClient(clientConfig(endpoint, PROD));
  const TableName = "repokid_roles";
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "RoleId", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "RoleId", KeyType: "HASH" }],
    }),
  );
  const item = { RoleId: "AROAEXAMPLEEXAMPLE001", RoleName: "report-export", Account: PROD };
  const Item = Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }]));
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
  dynamodb.destroy();
}

/** Queues, each with a message that nobody can read, so that `serve` has something to tell. */
async function makeQueues(endpoint: string): Promise<Queues> {
  const { queueUrl, topicArn } = await seedServing(endpoint, PROD, PROD);
  const sqs = new SQSClient({ ...clientConfig(endpoint, PROD), useQueueUrlAsEndpoint: false });
  const send = async (QueueUrl: string) => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "?" }));
    return QueueUrl;
  };
  const make = async (QueueName: string) => {
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
    return await send(QueueUrl);
  };
  const serve = { queueUrl: await send(queueUrl), topicArn };
  const dirty = { queueUrl: await make("logins"), eventsQueueUrl: await make("events") };
  sqs.destroy();
  return { serve, dirty };
}

/** What a person types while a command runs: yes where it asks, and Ctrl-C where it goes on. */
async function answer(line: string, { press, sees }: Keyboard): Promise<void> {
  if (!line.endsWith(" serve")) return await press("yes\n");
  await sees(/rejected/);
  await press("\u0003");
}

/** The home of a person, where what they install is on the PATH. */
async function atHome(home: string): Promise<Record<string, string>> {
  return {
    HOME: home,
    DENO_DIR: await denoDir(),
    PATH: `${home}/.deno/bin:${DENO}:${Deno.env.get("PATH")}`,
  };
}

const DENO = Deno.execPath().replace(/\/[^/]+$/, "");

/** Types a line of a page into a shell on a terminal. */
function typed(line: string, folder: string, environment: Record<string, string>): Promise<Shown> {
  // `deno task`, which runs this test, has said where it was started, and would be believed.
  return onTerminal(["env", "-u", "INIT_CWD", "bash", "--noprofile", "--norc", "-c", line], {
    directory: folder,
    env: {
      PATH: `${DENO}:${Deno.env.get("PATH")}`,
      ...environment,
      AWS_PROFILE: "",
    },
    type: (keyboard) => answer(line, keyboard),
  });
}

Deno.test({
  name: "every shell block of README and docs runs on a terminal as it stands",
  // The proxy waits for the end of the long poll that Ctrl-C has cut.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: everyBlock,
});

async function everyBlock(t: Deno.TestContext): Promise<void> {
  await using aws = await connectLocalAws({ account: PROD, services: { ministack: true } });
  await using documents = await MemoryElasticsearch.start();
  const queues = await makeQueues(aws.endpoint);
  const seeded = await seedWorld(demoWorld, { endpoint: aws.endpoint });
  await seedDemoRoles(aws.proxy, demoWorld.accounts);
  const [instance] = seeded.instances(PROD, "us-east-1", "web");
  let ran = 0;
  for (const page of USER_PAGES) {
    const folder = await checkout();
    const home = await atHome(`${folder}/home`);
    assert.equal((await typed(INSTALL, folder, home)).code, 0);
    if (page === "docs/coming_from_repokid.md") await leaveRepokid(aws.endpoint, folder);
    for (const lines of shellBlocks(page)) {
      if (lines[0]! in LEFT_OUT) continue;
      await t.step(`${page}: ${lines[0]}`, async () => {
        const isFirst = lines.some((line) => line.endsWith("config init"));
        if (isFirst) await Deno.remove(`${folder}/groundskeeper.json`).catch(ignoreMissing);
        else if (page !== "README.md") await configure(folder, queues, documents.node);
        else if (lines.some((line) => line.endsWith("> observe.json"))) {
          // README has shown what to write: the roles that it names are there.
          const [several = ""] = blocks(page, "jsonc");
          await Deno.writeTextFile(`${folder}/groundskeeper.json`, several);
        }
        for (const line of lines) {
          const { code, text } = await typed(
            line.replace("i-0123456789abcdef0", instance!),
            folder,
            { ...aws.environment, ...home },
          );
          // 3: an account is not proven yet, as on the day on which one begins. 4: a limit.
          assert.ok([0, 3, 4, 5].includes(code), `${line}\nexit ${code}\n${text}`);
          assert.doesNotMatch(text, /defect of Groundskeeper|Uncaught/, line);
          if (line.endsWith(" serve")) assert.match(text, /rejected/);
          ran++;
        }
      });
    }
    await Deno.remove(folder, { recursive: true });
  }
  assert.ok(ran > 25, `${ran} commands were run`);
  assert.ok(shellBlocks("README.md").some(([first]) => first === INSTALL));
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

Deno.test("a block that is left out is on a page, and no block has another language", () => {
  const first = USER_PAGES.flatMap(shellBlocks).map(([command]) => command!);
  for (const command of Object.keys(LEFT_OUT)) assert.ok(first.includes(command), command);
  for (const language of ["bash", "shell", "console", "zsh"]) {
    assert.deepEqual(USER_PAGES.flatMap((page) => blocks(page, language)), []);
  }
});

Deno.test("README's first two commands run on a terminal, and the demo can be read", async () => {
  const [demo, test] = shellBlocks("README.md")[0] as [string, string];
  assert.equal(demo, `npx -y deno@${Deno.version.deno} task demo`);
  assert.equal(test, `npx -y deno@${Deno.version.deno} task test`);
  // What npx would install is the Deno that runs this.
  const shown = await typed(demo.replace(/^npx -y deno@[\d.]+/, "deno"), ROOT, {});
  assert.equal(shown.code, 0, shown.text);
  const lines = shown.text.split("\n");
  assert.ok(lines.length < 350, `the demo prints ${lines.length} lines`);
  assert.deepEqual(
    lines.filter((line) => line.length > 160 && !/^\$ |jq -r/.test(line.trim())),
    [],
  );
  assert.match(shown.text, /\$ groundskeeper repo report\n/);
  // All the files are what `deno task test` runs by itself; here one stands for them.
  const one = "test/runners/core/cli/words_test.ts";
  const tested = await typed(`${test.replace(/^npx -y deno@[\d.]+/, "deno")} ${one}`, ROOT, {});
  assert.equal(tested.code, 0, tested.text);
  assert.match(tested.text, /\d+ passed, 0 failed, 0 skipped/);
});

Deno.test("Ctrl-C ends the demo, and its servers with it", async () => {
  const { code, text } = await onTerminal([Deno.execPath(), "task", "-q", "demo", "--step"], {
    directory: ROOT,
    type: async ({ press, sees }) => {
      await sees(/Enter for the next step/);
      await press("\n");
      await sees(/(Enter for the next step[\s\S]*){2}/);
      await press("\u0003");
    },
  });
  assert.equal(code, 130, text);
  assert.match(text, /The demo was ended, and its local AWS with it\./);
});
