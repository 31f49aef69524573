import { KEYS } from "../../runners/adapters/dynamodb/item.ts";
import type { PolicyRequest } from "./evaluate.ts";
import { type Asked, type Context, each, on, type Rules } from "./asked.ts";

/** What IAM decides for calls of DynamoDB, with the partitions of the store's table. */
export const DYNAMODB_RULES: Rules = {
  ...each(["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:Scan"], on(table)),
  "dynamodb:GetItem": on(table, ({ parameters }) => leading(partitionOf(read(parameters["Key"])))),
  "dynamodb:Query": on(table, ({ parameters }) => leading(askedPartition(parameters))),
  "dynamodb:BatchWriteItem": batch,
  "dynamodb:TransactWriteItems": transaction,
};

type Item = Readonly<Record<string, { readonly S: string }>>;

/** `{ Put: { TableName, Item } }`, `{ PutRequest: { Item } }`, `{ Delete: { TableName, Key } }`. */
type Change = {
  readonly [kind: string]: {
    readonly TableName?: string;
    readonly Item?: Item;
    readonly Key?: Item;
  };
};

function table({ parameters, arn }: Asked): string {
  return arn("dynamodb", `table/${parameters["TableName"]}`);
}

/** One request for each table, with the partitions of all its items. */
function batch({ action, parameters, arn }: Asked): PolicyRequest[] {
  const tables = read<Readonly<Record<string, readonly Change[]>>>(parameters["RequestItems"]);
  return Object.entries(tables).map(([name, changes]) => ({
    action,
    resource: arn("dynamodb", `table/${name}`),
    context: leading(...changes.flatMap(partitionsOf)),
  }));
}

/** DynamoDB Developer Guide, "Using IAM with transactions": it is decided as each of its items. */
function transaction({ parameters, arn }: Asked): PolicyRequest[] {
  const changes = read<readonly Change[]>(parameters["TransactItems"]);
  return changes.flatMap((change) =>
    Object.entries(change).map(([kind, { TableName }]) => ({
      action: `dynamodb:${kind}Item`,
      resource: arn("dynamodb", `table/${TableName}`),
      context: leading(...partitionsOf(change)),
    }))
  );
}

function partitionsOf(change: Change): string[] {
  return Object.values(change).map(({ Item, Key }) => partitionOf(Item ?? Key ?? {}));
}

function partitionOf(item: Item): string {
  const key = item[KEYS.HASH]?.S;
  if (key === undefined) throw new Error(`An item has no ${KEYS.HASH}`);
  return key;
}

/** The partition that the condition of a query begins with: `kind = :kind`. */
function askedPartition(parameters: Asked["parameters"]): string {
  const condition = parameters["KeyConditionExpression"] ?? "";
  const [, name = ""] = new RegExp(`^${KEYS.HASH} = (:\\w+)`).exec(condition) ?? [];
  const value = read<Item>(parameters["ExpressionAttributeValues"])[name]?.S;
  if (value === undefined) throw new Error(`"${condition}" names no partition`);
  return value;
}

function leading(...partitions: readonly string[]): Context {
  return { "dynamodb:LeadingKeys": [...new Set(partitions)] };
}

function read<Value>(text: string | undefined): Value {
  return JSON.parse(text ?? "");
}
