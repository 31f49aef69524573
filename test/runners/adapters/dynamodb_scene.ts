import assert from "assert";
import { type AttributeValue, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { EXIT, StoreError } from "../../../runners/core/errors.ts";
import { createLog } from "../../../runners/core/log/log.ts";
import type { Store, Write } from "../../../runners/core/store/store.ts";
import { connectLocalAws, type LocalAws } from "../../aws/local_aws.ts";
import { clientConfig } from "../../aws/seed.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { newTable, openAt, type TestTable } from "./dynamodb_table.ts";

export type Scene = {
  readonly at: TestTable;
  readonly proxy: LocalAws["proxy"];
  readonly store: Store;
  /** Its waits pass at once. */
  readonly clock: ManualClock;
  /** What the store has logged. */
  readonly said: string[];
};

/** A new store, and the proxy before it. */
export function storeTest(name: string, work: (scene: Scene) => Promise<void>): void {
  Deno.test(name, async () => {
    await using aws = await connectLocalAws({ services: { ministack: true } });
    const at = newTable(aws.endpoint);
    const clock = new ManualClock();
    clock.flowsUpToMs = 5_000;
    const said: string[] = [];
    const log = createLog({
      write: (line) => said.push(line),
      now: () => clock.now(),
      format: "text",
      level: "debug",
    });
    const store = await openAt(at, { clock, log });
    aws.proxy.clearCalls();
    try {
      await work({ at, proxy: aws.proxy, store, clock, said });
    } finally {
      store.close();
    }
  });
}

export const MARK: Write = { kind: "audit/mark", id: "i-1", value: "first", expect: "absent" };
export const TRANSACT = { action: "dynamodb:TransactWriteItems" };
export const BATCH = { action: "dynamodb:BatchWriteItem" };

/** The StoreError of what must fail. */
export async function faultOf(work: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await work.then(() => null, (error) => error);
  assert.ok(error instanceof StoreError, String(error));
  assert.equal(error.exitCode, EXIT.failed);
  return error;
}

/** Puts an item into the table by hand. */
export async function putItem(
  { endpoint, account, table }: TestTable,
  more: Record<string, AttributeValue>,
) {
  const client = new DynamoDBClient(clientConfig(endpoint, account));
  const Item = { kind: { S: MARK.kind }, id: { S: MARK.id }, ...more };
  await client.send(new PutItemCommand({ TableName: table, Item }));
  client.destroy();
}
