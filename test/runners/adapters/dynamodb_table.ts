import {
  type DynamoDbStoreOptions,
  openDynamoDbStore,
  openDynamoDbStoreReadOnly,
} from "../../../runners/adapters/dynamodb/dynamodb_store.ts";
import { CALL_POLICY } from "../../../runners/core/aws/call_policy.ts";
import { makeClient } from "../../../runners/core/aws/clients.ts";
import { RateBudget } from "../../../runners/core/aws/rate_budget.ts";
import type { Session } from "../../../runners/core/aws/session.ts";
import { systemClock } from "../../../runners/core/clock.ts";
import { type ReadStore, RETENTION_MS, type Store } from "../../../runners/core/store/store.ts";
import { freshAccounts } from "../../aws/fresh_accounts.ts";
import { withVariables } from "../../entry/own_environment.ts";

/** Where a table is, as text that another process can be handed. */
export type TestTable = {
  readonly endpoint: string;
  readonly account: string;
  readonly table: string;
};

const REGION = "us-east-1";

/** What a home role has of a table. */
const PERMISSIONS = [
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "Query",
  "PutItem",
  "DeleteItem",
  "ConditionCheckItem",
  "BatchWriteItem",
].map((name) => `dynamodb:${name}`);

/** What a program on this machine has besides: it makes its table. */
const MAKING = ["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive"];

/** A table that is not there yet, with a name that nobody else uses. */
export function newTable(endpoint: string): TestTable {
  const [account = ""] = freshAccounts(1);
  return { endpoint, account, table: `store-${crypto.randomUUID()}` };
}

/** A session as `sessions.home()` opens it, without asking STS. Nothing waits long. */
export function homeSession(
  account: string,
  actions: readonly string[] = [...PERMISSIONS, ...MAKING],
  signal: AbortSignal = new AbortController().signal,
): Session {
  return {
    account,
    partition: "aws",
    region: "us-east-1",
    role: "audit-home",
    principal: `arn:aws:iam::${account}:root`,
    reading: { abortSignal: signal },
    client: (clientClass, region) =>
      makeClient(clientClass, region, {
        role: "audit-home",
        declared: new Set(actions),
        writes: false,
        credentials: () => Promise.resolve({ accessKeyId: account, secretAccessKey: "test" }),
        account,
        budget: new RateBudget(systemClock),
        policy: { ...CALL_POLICY, attempts: 3, backOffMs: 5 },
        signal,
      }),
  };
}

/** How a table is opened, unless a test says otherwise: as one of this machine. */
function optionsOf({ account, table }: TestTable): DynamoDbStoreOptions {
  return {
    session: homeSession(account),
    region: REGION,
    table,
    time: { now: () => new Date(), retentionMs: RETENTION_MS },
    clock: systemClock,
    isLocal: true,
    policyCommand: "groundskeeper permissions audit --role home",
  };
}

/** Opens the store in a table; the SDK finds the endpoint in the environment. */
export function openAt(
  at: TestTable,
  part: Partial<DynamoDbStoreOptions> = {},
): Promise<Store> {
  return atEndpoint(at, () => openDynamoDbStore({ ...optionsOf(at), ...part }));
}

/** The same for reading. */
export function openReadOnlyAt(
  at: TestTable,
  part: Partial<DynamoDbStoreOptions> = {},
): Promise<ReadStore> {
  return atEndpoint(at, () => openDynamoDbStoreReadOnly({ ...optionsOf(at), ...part }));
}

function atEndpoint<Opened>({ endpoint }: TestTable, open: () => Promise<Opened>): Promise<Opened> {
  return withVariables({ ...Deno.env.toObject(), AWS_ENDPOINT_URL: endpoint }, open);
}

/** Opens a store in another process, for test/conformance/store_contender.ts. */
export function openStore(place: string): Promise<Store> {
  return openAt(JSON.parse(place) as TestTable);
}
