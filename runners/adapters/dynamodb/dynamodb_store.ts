import { counted } from "../../core/cli/words.ts";
import {
  BatchWriteItemCommand,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { IncompleteAnswerError } from "../../core/aws/paginate.ts";
import { chunksOf } from "../../core/chunks.ts";
import type { Clock } from "../../core/clock.ts";
import { DamagedRowError, messageOf } from "../../core/errors.ts";
import type { Log } from "../../core/log/log.ts";
import { emptyStore } from "../memory/empty_store.ts";
import type {
  ReadStore,
  Row,
  RowKey,
  Store,
  StoreTime,
  Write,
  WriteResult,
} from "../../core/store/store.ts";
import {
  endOf,
  inPieces,
  type PreparedWrite,
  prepareEach,
  prepareWrites,
  refuseUnfit,
} from "../rows/prepared_writes.ts";
import { batchItem, type Item, keyOf, newRevision, rowOf, transactItem } from "./item.ts";
import { openTable } from "./open_table.ts";
import { settled, TableCalls, UnprocessedError } from "./table_calls.ts";
import { reasonsOf, storeFault, type TablePlace, tableText } from "./table_fault.ts";

/** Which table is opened, and how. */
export type DynamoDbStoreOptions = TablePlace & {
  readonly time: StoreTime;
  /** Measures waits. */
  readonly clock: Pick<Clock, "monotonicMs" | "wait">;
  readonly log?: Log;
  /** DynamoDB is on this machine: a table that is missing is made, or answers as empty. */
  readonly isLocal: boolean;
  /** Called once, by `close`. */
  readonly onClose?: () => void;
};

/** A batch has this many rows at most (API Reference, BatchWriteItem). */
const ROWS_OF_A_BATCH = 25;
/** Rows that may part go in four batches at a time. */
const ROWS_OF_A_PIECE = 4 * ROWS_OF_A_BATCH;

/**
 * Opens the store in a DynamoDB table for reading and writing. The table has the partition key `kind`
 * and the sort key `id`, and its TTL is on `expires`.
 *
 * @throws UsageError for a table that must be deployed first, with the commands; StoreError
 */
export async function openDynamoDbStore(options: DynamoDbStoreOptions): Promise<Store> {
  const store = new DynamoDbStore(options);
  await store.open(true);
  return store;
}

/**
 * Opens the store in a DynamoDB table for reading. On this machine, a table that is missing answers as
 * empty.
 *
 * @throws as {@linkcode openDynamoDbStore}
 */
export async function openDynamoDbStoreReadOnly(options: DynamoDbStoreOptions): Promise<ReadStore> {
  const store = new DynamoDbReadStore(options);
  if (await store.open(false)) return store;
  store.close();
  return emptyStore(tableText(options));
}

/** Reads rows, as they are at that moment: each read is strongly consistent. */
class DynamoDbReadStore implements ReadStore {
  protected readonly calls: TableCalls;

  constructor(protected readonly options: DynamoDbStoreOptions) {
    this.calls = new TableCalls(options, options.clock, options.log);
  }

  /** @returns whether there is a table to read */
  async open(forWriting: boolean): Promise<boolean> {
    try {
      return await openTable(this.calls, { forWriting, isLocal: this.options.isLocal });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get(kind: string, id: string): Promise<Row | undefined> {
    return Promise.try(async () => {
      refuseUnfit("kind", kind);
      refuseUnfit("id", id);
      const action = `read the row "${kind}" "${id}" of the store`;
      this.calls.refuseClosed(action);
      const { Item } = await this.calls.attempt(
        { action, needs: "dynamodb:GetItem" },
        (client, options) =>
          client.send(
            new GetItemCommand({
              TableName: this.options.table,
              Key: keyOf({ kind, id }),
              ConsistentRead: true,
            }),
            options,
          ),
      );
      return Item && this.row({ kind, id }, Item);
    });
  }

  /** Reads page by page: a row that is written meanwhile may be seen as it was or as it is. */
  async *list(kind: string, prefix = ""): AsyncIterable<Row> {
    refuseUnfit("kind", kind);
    if (prefix !== "") refuseUnfit("prefix", prefix);
    const action = `list the rows "${kind}" of the store`;
    let from: Item | undefined;
    do {
      this.calls.refuseClosed(action);
      const question = new QueryCommand({
        TableName: this.options.table,
        KeyConditionExpression: `kind = :kind${prefix && " AND begins_with(id, :prefix)"}`,
        ExpressionAttributeValues: {
          ":kind": { S: kind },
          ...(prefix === "" ? {} : { ":prefix": { S: prefix } }),
        },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      });
      const { items, next } = await this.calls.attempt(
        { action, needs: "dynamodb:Query" },
        async (client, options) => {
          const { Items, LastEvaluatedKey } = await client.send(question, options);
          if (Items === undefined) throw new IncompleteAnswerError("Query answered without Items");
          return { items: Items, next: LastEvaluatedKey };
        },
      );
      for (const item of items) {
        const row = this.row({ kind, id: item["id"]?.S ?? "" }, item);
        if (row) yield row;
      }
      from = next;
    } while (from !== undefined);
  }

  /** @throws StoreError for an item that is no row */
  protected row({ kind, id }: RowKey, item: Item): Row | undefined {
    try {
      return rowOf(item, this.options.time.now());
    } catch (cause) {
      const { message } = storeFault(
        `read the row "${kind}" "${id}" of the store`,
        this.options,
        `the item is damaged (${messageOf(cause)})`,
        "Restore the table to a time before, or delete this item",
      );
      throw new DamagedRowError(message, { cause });
    }
  }

  close(): void {
    if (this.calls.close()) this.options.onClose?.();
  }
}

/** Writes rows: together in a transaction, or such that may part in batches. */
class DynamoDbStore extends DynamoDbReadStore implements Store {
  /** Writes all rows or none. All get the same revision. */
  write(writes: readonly Write[]): Promise<WriteResult> {
    return Promise.try(async () => {
      const action = actionOf(writes);
      this.calls.refuseClosed(action);
      const prepared = prepareWrites(writes);
      return prepared.length === 0 ? { written: true } : await this.#transact(action, prepared);
    });
  }

  writeEach(writes: readonly Write[], signal?: AbortSignal): Promise<void> {
    return Promise.try(async () => {
      const action = actionOf(writes);
      this.calls.refuseClosed(action);
      const write = async (piece: readonly PreparedWrite[]) => {
        const batches = chunksOf(piece, ROWS_OF_A_BATCH).map((batch) => this.#batch(action, batch));
        await Promise.all(await settled(batches));
      };
      await inPieces(prepareEach(writes), ROWS_OF_A_PIECE, write, signal);
    });
  }

  async #transact(action: string, prepared: readonly PreparedWrite[]): Promise<WriteResult> {
    const now = this.options.time.now();
    const revision = newRevision();
    // DynamoDB knows the token for ten minutes: a transaction whose answer was lost is not made again,
    // and is no conflict with itself. Everything in it must stay the same.
    const input = {
      ClientRequestToken: crypto.randomUUID(),
      TransactItems: prepared.map((write) =>
        transactItem(this.options.table, write, this.#stamp(write, revision), now)
      ),
    };
    const kinds = new Set(input.TransactItems.flatMap((item) => Object.keys(item)));
    const needs = [...kinds].map((kind) => `dynamodb:${kind}Item`).join(", ");
    return await this.calls.attempt({ action, needs }, async (client, options) => {
      try {
        await client.send(new TransactWriteItemsCommand(input), options);
        return { written: true };
      } catch (error) {
        const reasons = reasonsOf(error) ?? [];
        const at = reasons.findIndex(({ Code }) => Code === "ConditionalCheckFailed");
        const write = prepared[at];
        if (!write) throw error;
        const { kind, id } = write;
        const item = reasons[at]?.Item;
        const row = item && this.row({ kind, id }, item);
        return { written: false, inTheWay: { kind, id, row } };
      }
    });
  }

  /** To write a row twice is right, so that what was not processed, or not answered, is sent again. */
  async #batch(action: string, prepared: readonly PreparedWrite[]): Promise<void> {
    const { table } = this.options;
    const revision = newRevision();
    let left: WriteRequest[] = prepared
      .map((write) => batchItem(write, this.#stamp(write, revision)));
    await this.calls.attempt(
      { action, needs: "dynamodb:BatchWriteItem" },
      async (client, options) => {
        const batch = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
        left = (await client.send(batch, options)).UnprocessedItems?.[table] ?? [];
        if (left.length > 0) {
          throw new UnprocessedError(
            `${counted(left.length, "row was", "rows were")} not processed`,
          );
        }
      },
    );
  }

  #stamp(write: PreparedWrite, revision: number) {
    return { revision, end: endOf(write, this.options.time) };
  }
}

function actionOf({ length }: readonly Write[]): string {
  return `write ${length} ${length === 1 ? "row" : "rows"} to the store`;
}
