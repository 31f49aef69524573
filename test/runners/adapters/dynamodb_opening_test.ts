import assert from "assert";
import {
  CreateTableCommand,
  type CreateTableInput,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { EXIT, UsageError } from "../../../runners/core/errors.ts";
import { freshAccounts } from "../../aws/fresh_accounts.ts";
import { isWrite } from "../../aws/is_write.ts";
import { connectLocalAws, type LocalAws } from "../../aws/local_aws.ts";
import { clientConfig } from "../../aws/seed.ts";
import "../../aws/start_shared_both.ts";
import { idsOf, put } from "../../conformance/store_asking.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { newTable, openAt, openReadOnlyAt, type TestTable } from "./dynamodb_table.ts";

const STRINGS = { kind: "S", id: "S" } as const;

/** Makes a table as somebody else would. @param ttl the attribute that its TTL is on */
async function deploy(
  { endpoint, account, table }: TestTable,
  { keys = STRINGS, ttl }: { readonly keys?: Record<string, "S" | "N">; readonly ttl?: string } =
    {},
): Promise<void> {
  const client = new DynamoDBClient(clientConfig(endpoint, account));
  const names = Object.keys(keys);
  const KeySchema: CreateTableInput["KeySchema"] = names
    .map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" }));
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema,
      AttributeDefinitions: Object.entries(keys)
        .map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    }),
  );
  if (ttl !== undefined) {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: ttl };
    await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
  }
  client.destroy();
}

async function withTable(
  work: (at: TestTable, aws: LocalAws) => Promise<void>,
): Promise<void> {
  await using aws = await connectLocalAws({ services: { ministack: true } });
  await work(newTable(aws.endpoint), aws);
}

/** Answers of DescribeTable say another status, so many times. */
function showStatus({ proxy }: LocalAws, status: string, times = Infinity): void {
  let left = times;
  proxy.rewrite({
    appliesTo: ({ action }) => action === "dynamodb:DescribeTable" && left-- > 0,
    rewrite: (body) => body.replace(/("TableStatus": ?)"ACTIVE"/, `$1"${status}"`),
  });
}

const expire = "update-time-to-live";
const making = ["create-table", "wait table-exists", expire];

/** Tables that are no store's, what is said of them, and the commands that are shown. */
const UNFIT: readonly {
  readonly title: string;
  readonly make: (at: TestTable, aws: LocalAws) => Promise<void> | void;
  readonly says: RegExp;
  readonly commands: readonly string[];
}[] = [
  {
    title: "a table that is missing",
    make: () => {},
    says: /: there is no such table\./,
    commands: making,
  },
  {
    title: "a table that another account has",
    make: async (at) => await deploy({ ...at, account: freshAccounts(1)[0]! }, { ttl: "expires" }),
    says: /: there is no such table\. If another account or Region is meant, check/,
    commands: making,
  },
  {
    title: "a table with another key",
    make: (at) => deploy(at, { keys: { RoleId: "S" }, ttl: "expires" }),
    says: /keys are RoleId \(S, HASH\), and a store's kind \(S, HASH\) and id \(S, RANGE/,
    commands: making,
  },
  {
    title: "a table whose keys have another type",
    make: (at) => deploy(at, { keys: { kind: "S", id: "N" }, ttl: "expires" }),
    says: /keys are kind \(S, HASH\) and id \(N, RANGE\), and a/,
    commands: making,
  },
  {
    title: "a table without TTL",
    make: (at) => deploy(at),
    says: /: its TTL is not enabled/,
    commands: [expire],
  },
  {
    title: "a table whose TTL is on another attribute",
    make: (at) => deploy(at, { ttl: "ttl" }),
    says: /: its TTL is on the attribute "ttl"/,
    commands: [expire, expire],
  },
  {
    title: "a table that is being deleted",
    make: async (at, aws) => {
      await deploy(at, { ttl: "expires" });
      showStatus(aws, "DELETING");
    },
    says: /: the table is DELETING/,
    commands: making,
  },
];

for (const { title, make, says, commands } of UNFIT) {
  Deno.test(`${title} is exit 2 for readers and writers, with what to deploy, and nothing is made`, async () => {
    await withTable(async (at, aws) => {
      await make(at, aws);
      aws.proxy.clearCalls();
      for (const open of [openAt, openReadOnlyAt]) {
        const error: unknown = await open(at, { isLocal: false }).then(
          (store) => store.close(),
          (error) => error,
        );
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.exitCode, EXIT.usage);
        assert.match(error.message, says);
        const place = `DynamoDB table "${at.table}", us-east-1, account ${at.account}`;
        assert.ok(error.message.includes(place), error.message);
        const shown = error.message.split("\n").slice(1);
        assert.deepEqual(
          shown.map((line) => /^ {2}aws dynamodb (.+?) --region us-east-1/.exec(line)?.[1]),
          commands,
        );
        for (const line of shown) assert.ok(line.includes(`--table-name ${at.table}`), line);
      }
      assert.deepEqual(aws.proxy.calls.filter(isWrite), []);
    });
  });
}

Deno.test("the commands that are shown have the keys, on demand, and the TTL that a store needs", async () => {
  await withTable(async (at) => {
    const { message } = await openAt(at, { isLocal: false }).catch((error) => error);
    const [, create, , ttl] = message.split("\n");
    assert.ok(
      create.endsWith(
        "--billing-mode PAY_PER_REQUEST --deletion-protection-enabled --attribute-definitions " +
          "AttributeName=kind,AttributeType=S AttributeName=id,AttributeType=S --key-schema " +
          "AttributeName=kind,KeyType=HASH AttributeName=id,KeyType=RANGE",
      ),
      create,
    );
    assert.ok(ttl.endsWith("Enabled=true,AttributeName=expires"), ttl);
  });
});

Deno.test("the page of the store has these commands", async () => {
  await withTable(async (at) => {
    const { message } = await openAt({ ...at, table: "groundskeeper" }, { isLocal: false })
      .catch((error) => error);
    const page = await Deno.readTextFile(new URL("../../../docs/store.md", import.meta.url));
    const commands = page.replaceAll(/ \\\n +/g, " ");
    for (const command of message.split("\n").slice(1)) {
      assert.ok(commands.includes(`\n${command.trim()}\n`), command);
    }
  });
});

Deno.test("a table that was deployed so is opened, for writing with two calls in one round", async () => {
  await withTable(async (at, { proxy }) => {
    await deploy(at, { ttl: "expires" });
    proxy.clearCalls();
    const store = await openAt(at, { isLocal: false });
    assert.deepEqual(proxy.calls.map(({ action }) => action).sort(), [
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
    ]);
    await put(store, "audit/mark", "i-1", 1);
    store.close();
    const reader = await openReadOnlyAt(at, { isLocal: false });
    assert.deepEqual(await idsOf(reader, "audit/mark"), ["i-1"]);
    reader.close();
  });
});

Deno.test("a table that is being created is waited for", async () => {
  await withTable(async (at, aws) => {
    await deploy(at, { ttl: "expires" });
    showStatus(aws, "CREATING", 3);
    const clock = new ManualClock();
    clock.flowsUpToMs = 1_000;
    (await openAt(at, { isLocal: false, clock })).close();
    assert.equal(clock.monotonicMs(), 3_000);
  });
});

Deno.test("on this machine writers make the table, however many at once, and enable its TTL", async () => {
  await withTable(async (at, { proxy }) => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openAt(at)));
    for (const [index, store] of stores.entries()) {
      await put(store, "audit/mark", `i-${index}`, index);
      store.close();
    }
    assert.equal(
      proxy.calls.filter(({ action, status }) =>
        action === "dynamodb:CreateTable" && status === 200
      ).length,
      1,
    );
    const client = new DynamoDBClient(clientConfig(at.endpoint, at.account));
    const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName: at.table }));
    assert.equal(ttl.TimeToLiveDescription?.AttributeName, "expires");
    client.destroy();
    const reader = await openReadOnlyAt(at, { isLocal: false });
    assert.equal((await idsOf(reader, "audit/mark")).length, 8);
    reader.close();
  });
});

Deno.test("on this machine a reader of a missing table finds nothing, and makes nothing", async () => {
  await withTable(async (at, { proxy }) => {
    const reader = await openReadOnlyAt(at);
    assert.equal(await reader.get("audit/mark", "i-1"), undefined);
    assert.deepEqual(await idsOf(reader, "audit/mark"), []);
    reader.close();
    await assert.rejects(reader.get("audit/mark", "i-1"), /closed/);
    assert.deepEqual(proxy.calls.filter(isWrite), []);
  });
});

Deno.test("on this machine, too, a table with other keys is left alone", async () => {
  await withTable(async (at) => {
    await deploy(at, { keys: { RoleId: "S" } });
    await assert.rejects(openAt(at), UsageError);
  });
});
