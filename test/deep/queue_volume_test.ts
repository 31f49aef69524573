import assert from "assert";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { chunksOf } from "../../runners/core/chunks.ts";
import type { HandledRow, RejectedRow } from "../../runners/core/queue/message_rows.ts";
import type { Row, Store } from "../../runners/core/store/store.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws, type LocalAws } from "../aws/local_aws.ts";
import "../aws/start_shared_both.ts";
import { queueClient } from "../e2e/serve_world.ts";
import { keepRunning, passed, untilHolds } from "./consumers.ts";
import { dice } from "./dice.ts";
import { DEADLY, type Order, ordersOf } from "./queue_orders.ts";

const MESSAGES = 5_000;
const PROCESSES = 8;
const SEED = Number(Deno.env.get("GROUNDSKEEPER_TEST_SEED") ?? 20261130);

/** For how long the store fails, when a third of the messages is done. */
const OUTAGE_MS = 8_000;

/** What a process may still do that was in hand when the store began to fail. */
const GRACE_MS = 3_000;

/** A test of so many messages must end in this time. */
const LONGEST_MS = 600_000;

const NAMES = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;

async function waiting(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...NAMES] });
  const { Attributes = {} } = await sqs.send(command);
  return NAMES.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

/** A queue with a dead-letter queue, filled. @returns the orders by the IDs of their messages */
async function fill(sqs: SQSClient, account: string, orders: readonly Order[]) {
  const dead = await sqs.send(new CreateQueueCommand({ QueueName: "dead" }));
  const { QueueUrl = "" } = await sqs.send(
    new CreateQueueCommand({
      QueueName: "orders",
      Attributes: {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:dead`,
          maxReceiveCount: 25,
        }),
      },
    }),
  );
  const sent = new Map<string, Order>();
  for (const chunk of chunksOf(orders, 10)) {
    const Entries = chunk.map((order, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(order),
    }));
    const { Successful = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    for (const { Id, MessageId } of Successful) sent.set(MessageId!, chunk[Number(Id)]!);
  }
  assert.equal(sent.size, orders.length);
  return { queueUrl: QueueUrl, deadUrl: dead.QueueUrl!, sent };
}

/** All that is in the store. */
const KINDS = [
  "work",
  "answer",
  "handled-message",
  "rejected-message",
  "deferred-message",
] as const;
type Stored = Record<typeof KINDS[number], Row[]>;

async function storedIn(store: Store): Promise<Stored> {
  const rows = KINDS.map(async (kind) =>
    [kind, await Array.fromAsync(store.list(`load/${kind}`))] as const
  );
  return Object.fromEntries(await Promise.all(rows)) as Stored;
}

/** What must be true when nothing is left to do. */
function assertOnce(
  stored: Stored,
  sent: ReadonlyMap<string, Order>,
  told: (what: string) => string,
): void {
  const verdicts = new Map(
    stored["handled-message"].map(({ id, value }) => [id, value as HandledRow]),
  );
  const reasons = new Map(stored["rejected-message"].map(({ value }) => {
    const { message_id, reason } = value as RejectedRow;
    return [message_id, reason];
  }));
  const answered = new Set(stored.answer.map(({ id }) => id));
  const works = Map.groupBy(stored.work, ({ id }) => id.split("/")[0]!);
  const handledOf = Map.groupBy(
    [...sent].filter(([id]) => verdicts.get(id)?.verdict === "handled"),
    ([, { key }]) => key,
  );
  for (const [id, { key, kind }] of sent) {
    const where = told(`${kind} ${key} ${id}: ${JSON.stringify(verdicts.get(id))}`);
    if (kind === "deadly") {
      assert.deepEqual([verdicts.get(id), works.get(key)], [undefined, undefined], where);
      continue;
    }
    const isRejected = kind === "refused" || kind === "hopeless";
    assert.equal(works.get(key)?.length ?? 0, isRejected ? 0 : 1, where);
    assert.equal(handledOf.get(key)?.length ?? 0, isRejected ? 0 : 1, where);
    assert.equal(verdicts.get(id)?.answer, null, where);
    const { verdict } = verdicts.get(id)!;
    if (isRejected) {
      assert.deepEqual([verdict, reasons.get(id)], [
        "rejected",
        kind === "refused" ? "refused" : "tried-too-often",
      ], where);
    } else assert.ok(verdict === "handled" || kind === "twice" && verdict === "duplicate", where);
    if (verdict !== "duplicate") assert.ok(answered.has(id), where);
  }
  assert.deepEqual(stored["deferred-message"], []);
  const expected = [...sent.values()].filter(({ kind }) => kind !== "deadly");
  assert.equal(verdicts.size, expected.length);
  assert.equal(
    works.size,
    new Set(
      expected.filter(({ kind }) => kind !== "refused" && kind !== "hopeless").map(({ key }) =>
        key
      ),
    ).size,
  );
}

function receivesOf({ proxy }: LocalAws): number {
  return proxy.calls.filter(({ action }) => action === "sqs:ReceiveMessage").length;
}

Deno.test({
  name: `${MESSAGES} messages over ${PROCESSES} processes that are killed, with answers that are ` +
    "lost and a store that fails, are each handled once",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using aws = await connectLocalAws({ services: { ministack: true } });
    const [account = ""] = freshAccounts(1);
    const sqs = queueClient(aws.endpoint, account);
    const folder = await Deno.makeTempDir({ prefix: "groundskeeper-volume-" });
    const path = `${folder}/groundskeeper.db`;
    const store = openSqliteStore(path);
    const outage = `${folder}/outage`;
    const orders = ordersOf(MESSAGES, SEED);
    const { queueUrl, deadUrl, sent } = await fill(sqs, account, orders);
    const { between } = dice(SEED);
    aws.proxy.onCall(({ action }) =>
      /^sqs:(Receive|Delete|Change)/.test(action) && between(1, 40) === 1
        ? { kind: "lose-answer" }
        : undefined
    );
    const beganMs = Date.now();
    const told = (what: string) =>
      `seed ${SEED}, after ${Math.round((Date.now() - beganMs) / 1_000)} s: ${what}`;
    let deaths = 0;
    {
      const task = {
        ...{ endpoint: aws.endpoint, account, queueUrl, store: path, outage },
        ...{ killOneIn: 800, beganMs },
      };
      await using running = keepRunning({
        ...{ count: PROCESSES, program: "test/deep/queue_worker.ts", task, seed: SEED },
        env: { AWS_ENDPOINT_URL: aws.endpoint },
        mayEndWith: [DEADLY],
      });
      const done = async () => (await storedIn(store))["handled-message"].length;
      const noneBroken = () => assert.deepEqual(running.broken, []);
      await untilHolds(
        async () => {
          noneBroken();
          return await done() > MESSAGES / 3;
        },
        () => told("a third is not done"),
        LONGEST_MS,
      );

      await Deno.writeTextFile(outage, "");
      await passed(GRACE_MS);
      const sofar = async () => [await done(), receivesOf(aws)];
      const atFirst = await sofar();
      await passed(OUTAGE_MS - GRACE_MS);
      assert.deepEqual(await sofar(), atFirst, told("received while the store fails"));
      await Deno.remove(outage);

      let left = "";
      await untilHolds(
        async () => {
          noneBroken();
          const { "deferred-message": deferred } = await storedIn(store);
          const inQueue = await waiting(sqs, queueUrl);
          left = `${deferred.length} are deferred, ${inQueue} in the queue`;
          return deferred.length + inQueue === 0;
        },
        () => told(left),
        LONGEST_MS,
      );
      deaths = running.deaths();
    }
    assertOnce(await storedIn(store), sent, told);
    const dead = orders.filter(({ kind }) => kind === "deadly").length;
    assert.equal(await waiting(sqs, deadUrl), dead, told("in the dead-letter queue"));
    // The seed has killed some, and each deadly message more.
    assert.ok(deaths > 20, told(`${deaths} deaths`));
    sqs.destroy();
    store.close();
    await Deno.remove(folder, { recursive: true });
  },
});
