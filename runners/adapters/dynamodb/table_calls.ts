import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import { before } from "../../core/deadline.ts";
import { spanText } from "../../core/duration.ts";
import { nameOf } from "../../core/errors.ts";
import type { Log } from "../../core/log/log.ts";
import {
  type Attempt,
  reasonsOf,
  type TablePlace,
  tableText,
  toStoreError,
} from "./table_fault.ts";

/** How long a table that is throttled, or a row that others write, is waited for. */
const PATIENCE_MS = 120_000;
const FIRST_WAIT_MS = 50, LONGEST_WAIT_MS = 5_000;
/** People are told of waits that are longer. */
const TOLD_AFTER_MS = 5_000;

/** What passes by itself ("Error handling with DynamoDB", DynamoDB Developer Guide). */
const BUSY = new Set([
  "InternalServerError",
  "ProvisionedThroughputExceededException",
  "ReplicatedWriteConflictException",
  "RequestLimitExceeded",
  "ServiceUnavailable",
  "ThrottlingException",
  "TransactionConflictException",
  "TransactionInProgressException",
]);
/** The same, as a cancelled transaction says it of an item (API Reference, TransactWriteItems). */
const BUSY_ITEM = new Set([
  "None",
  "ProvisionedThroughputExceeded",
  "ThrottlingError",
  "TransactionConflict",
]);

/** DynamoDB has not taken all of a batch: it is throttled. */
export class UnprocessedError extends Error {
  override readonly name = "ThrottlingException";
}

/** Calls of one table. Being throttled slows them down; every fault is a StoreError. */
export class TableCalls {
  readonly #client: DynamoDBClient;
  #isOpen = true;

  constructor(
    readonly place: TablePlace,
    readonly clock: Pick<Clock, "monotonicMs" | "wait">,
    private readonly log?: Log,
  ) {
    this.#client = place.session.client(DynamoDBClient, place.region);
  }

  /**
   * Asks, and asks again while DynamoDB is busy. What is asked must be right to be done twice.
   *
   * @throws StoreError, and what the session's signal says
   */
  async attempt<Answer>(
    attempt: Attempt,
    ask: (client: DynamoDBClient, options: Session["reading"]) => Promise<Answer>,
  ): Promise<Answer> {
    const { reading } = this.place.session;
    const startedMs = this.clock.monotonicMs();
    let told = false;
    for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        // The SDK's own waits between two attempts do not listen to the signal.
        return await before(reading.abortSignal, ask(this.#client, reading));
      } catch (error) {
        const waitedMs = this.clock.monotonicMs() - startedMs;
        if (!isBusy(error)) throw toStoreError(attempt, this.place, error);
        if (waitedMs >= PATIENCE_MS) {
          throw toStoreError(attempt, this.place, error, spanText(PATIENCE_MS));
        }
        if (!told && waitedMs >= TOLD_AFTER_MS) {
          told = true;
          this.log?.warn(
            `The store waits for the ${tableText(this.place)}: it is throttled, or other runs ` +
              "write the same rows",
          );
        }
      }
      await this.clock.wait(waitMs * (0.5 + Math.random() / 2), reading.abortSignal);
    }
  }

  /** @throws Error after `close` */
  refuseClosed(action: string): void {
    if (this.#isOpen) return;
    throw new Error(`Cannot ${action} (${tableText(this.place)}): the store was closed`);
  }

  /** Ends the connections. A second call does nothing. @returns whether it was open */
  close(): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    this.#client.destroy();
    return true;
  }
}

function isBusy(error: unknown): boolean {
  const reasons = reasonsOf(error);
  return reasons === undefined
    ? BUSY.has(nameOf(error))
    : reasons.length > 0 && reasons.every(({ Code = "None" }) => BUSY_ITEM.has(Code));
}

/** Lets works end that go on together, so that none is on its way when a failure is told. */
export async function settled<Works extends readonly Promise<unknown>[]>(
  works: Works,
): Promise<Works> {
  await Promise.allSettled(works);
  return works;
}
