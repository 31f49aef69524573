import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
  type TimeToLiveDescription,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { nameOf, UsageError } from "../../core/errors.ts";
import { KEYS, TTL_ATTRIBUTE } from "./item.ts";
import { settled, type TableCalls } from "./table_calls.ts";
import { type TablePlace, tableText } from "./table_fault.ts";

/** How a table is opened. */
type Opening = {
  readonly forWriting: boolean;
  /** DynamoDB is on this machine: what is missing is made by who writes, and not missed by who reads. */
  readonly isLocal: boolean;
};

/** Why a table is no store's, and what to do. */
type Problem = {
  readonly state: string;
  /** Follows "Otherwise". */
  readonly advice: string;
  readonly commands: readonly string[];
  /** What is missing, if no more than that is wrong. */
  readonly missing?: "table" | "TTL";
};

const ACTION = "open the store";
/** How often a table that is being created is looked at. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Waits until the table can be used, and refuses one that is no store's.
 *
 * @returns whether there is a table; only on this machine there may be none to read
 * @throws UsageError for a table that must be deployed first, with the commands; StoreError
 */
export async function openTable(
  calls: TableCalls,
  { forWriting, isLocal }: Opening,
): Promise<boolean> {
  const { place, clock } = calls;
  for (;;) {
    const [table, ttl] = await Promise.all(
      await settled([describeTable(calls), describeTtl(calls)] as const),
    );
    if (table?.TableStatus === "CREATING") {
      await clock.wait(LOOK_AGAIN_MS, place.session.reading.abortSignal);
      continue;
    }
    const problem = problemOf(place, table, ttl);
    if (problem === undefined) return true;
    if (!isLocal || problem.missing === undefined) throw refusal(place, problem);
    if (!forWriting) return problem.missing !== "table";
    if (problem.missing === "TTL") {
      await enableTtl(calls);
      return true;
    }
    await createTable(calls);
  }
}

function describeTable(calls: TableCalls): Promise<TableDescription | undefined> {
  const question = new DescribeTableCommand({ TableName: calls.place.table });
  return asked(
    calls,
    "dynamodb:DescribeTable",
    "ResourceNotFoundException",
    async (client) => (await client.send(question, calls.place.session.reading)).Table,
  );
}

function describeTtl(calls: TableCalls): Promise<TimeToLiveDescription | undefined> {
  const question = new DescribeTimeToLiveCommand({ TableName: calls.place.table });
  return asked(
    calls,
    "dynamodb:DescribeTimeToLive",
    "ResourceNotFoundException",
    async (client) =>
      (await client.send(question, calls.place.session.reading)).TimeToLiveDescription,
  );
}

const KEY_SCHEMA = [
  { AttributeName: KEYS.HASH, KeyType: "HASH" as const },
  { AttributeName: KEYS.RANGE, KeyType: "RANGE" as const },
];
const ATTRIBUTES = KEY_SCHEMA
  .map(({ AttributeName }) => ({ AttributeName, AttributeType: "S" as const }));

/** Another program may have made it a moment ago. */
async function createTable(calls: TableCalls): Promise<void> {
  const command = new CreateTableCommand({
    TableName: calls.place.table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ATTRIBUTES,
    KeySchema: KEY_SCHEMA,
  });
  await asked(
    calls,
    "dynamodb:CreateTable",
    "ResourceInUseException",
    (client) => client.send(command, calls.place.session.reading),
  );
}

/** The same of its TTL. */
async function enableTtl(calls: TableCalls): Promise<void> {
  const command = new UpdateTimeToLiveCommand({
    TableName: calls.place.table,
    TimeToLiveSpecification: { Enabled: true, AttributeName: TTL_ATTRIBUTE },
  });
  await asked(
    calls,
    "dynamodb:UpdateTimeToLive",
    "ValidationException",
    (client) => client.send(command, calls.place.session.reading),
  );
}

/** Asks, and answers undefined for the error that is an answer too. */
function asked<Answer>(
  calls: TableCalls,
  needs: string,
  expected: string,
  ask: (client: DynamoDBClient) => Promise<Answer>,
): Promise<Answer | undefined> {
  return calls.attempt(
    { action: ACTION, needs },
    (client) =>
      ask(client).catch((error: unknown) => {
        if (nameOf(error) === expected) return undefined;
        throw error;
      }),
  );
}

function refusal(place: TablePlace, { state, advice, commands }: Problem): UsageError {
  return new UsageError(
    `Cannot ${ACTION} (${tableText(place)}): ${state}. If another account or Region is meant, ` +
      "check the credentials, organization.homeRole and store.region. Otherwise " +
      [`${advice}:`, ...commands.map((command) => `  ${command}`)].join("\n"),
  );
}

function problemOf(
  place: TablePlace,
  table: TableDescription | undefined,
  ttl: TimeToLiveDescription | undefined,
): Problem | undefined {
  const { deploy, setTtl } = commandsFor(place);
  if (table === undefined) {
    const advice = "deploy the table";
    return { state: "there is no such table", advice, commands: deploy, missing: "table" };
  }
  const elsewhere = { advice: "name another in store.table, and deploy it", commands: deploy };
  if (table.TableStatus !== "ACTIVE" && table.TableStatus !== "UPDATING") {
    return { state: `the table is ${table.TableStatus}`, ...elsewhere };
  }
  const types = new Map(
    table.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]),
  );
  const keys = (table.KeySchema ?? [])
    .map((key) => `${key.AttributeName} (${types.get(key.AttributeName)}, ${key.KeyType})`);
  const own = KEY_SCHEMA.map((key) => `${key.AttributeName} (S, ${key.KeyType})`);
  if (keys.join() !== own.join()) {
    const state = `the table's keys are ${keys.join(" and ")}, and a store's ${own.join(" and ")}`;
    return { state, ...elsewhere };
  }
  const isEnabled = ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING";
  if (!isEnabled) {
    const commands = [setTtl(true, TTL_ATTRIBUTE)];
    return { state: "its TTL is not enabled", advice: "enable it", commands, missing: "TTL" };
  }
  return ttl.AttributeName === TTL_ATTRIBUTE ? undefined : {
    state:
      `its TTL is on the attribute "${ttl.AttributeName}", and a store's on "${TTL_ATTRIBUTE}"`,
    advice: "change it",
    commands: [setTtl(false, String(ttl.AttributeName)), setTtl(true, TTL_ATTRIBUTE)],
  };
}

/** What a person types. */
function commandsFor({ region, table }: TablePlace) {
  const aws = (command: string, ...options: readonly string[]) =>
    [`aws dynamodb ${command} --region ${region} --table-name ${table}`, ...options].join(" ");
  const setTtl = (isEnabled: boolean, attribute: string) =>
    aws(
      "update-time-to-live",
      `--time-to-live-specification Enabled=${isEnabled},AttributeName=${attribute}`,
    );
  const create = aws(
    "create-table",
    "--billing-mode PAY_PER_REQUEST --deletion-protection-enabled --attribute-definitions",
    ...ATTRIBUTES.map((one) => `AttributeName=${one.AttributeName},AttributeType=S`),
    "--key-schema",
    ...KEY_SCHEMA.map((key) => `AttributeName=${key.AttributeName},KeyType=${key.KeyType}`),
  );
  return { deploy: [create, aws("wait table-exists"), setTtl(true, TTL_ATTRIBUTE)], setTtl };
}
