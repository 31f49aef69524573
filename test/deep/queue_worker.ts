import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { makeClient } from "../../runners/core/aws/clients.ts";
import { CALL_POLICY } from "../../runners/core/aws/call_policy.ts";
import { RateBudget, RATES } from "../../runners/core/aws/rate_budget.ts";
import type { Session } from "../../runners/core/aws/session.ts";
import { type Clock, systemClock } from "../../runners/core/clock.ts";
import { StoreError } from "../../runners/core/errors.ts";
import { createLog } from "../../runners/core/log/log.ts";
import type { MessageHandler, MessageOutcome, Queue } from "../../runners/core/queue/queue.ts";
import { TRIES } from "../../runners/core/queue/serve_message.ts";
import { serveQueues } from "../../runners/core/queue/serve_queues.ts";
import { sqsQueue } from "../../runners/adapters/sqs/sqs_queue.ts";
import type { Store } from "../../runners/core/store/store.ts";
import { dice } from "./dice.ts";
import {
  CLOCK_FACTOR,
  DEADLY,
  parsedOrder,
  VISIBILITY_S,
  type WorkerTask,
} from "./queue_orders.ts";

/*
 * One process of the volume test: serves the queue until it is ended, over a store that fails while
 * it is told to, and is killed at calls that the seed says. Run as `queue_worker.ts TASK`, in JSON.
 */

const task = JSON.parse(Deno.args[0]!) as WorkerTask;
const { between } = dice(task.seed);

/** Does something, and may be killed before or after it. */
async function risky<Value>(work: () => Promise<Value>): Promise<Value> {
  const dies = () => {
    if (task.killOneIn > 0 && between(1, 2 * task.killOneIn) === 1) {
      Deno.kill(Deno.pid, "SIGKILL");
    }
  };
  dies();
  const value = await work();
  dies();
  return value;
}

const fastMs = () => (Date.now() - task.beganMs) * CLOCK_FACTOR;

const clock: Clock = {
  now: () => new Date(task.beganMs + fastMs()),
  monotonicMs: fastMs,
  wait: (ms, signal) => systemClock.wait(ms / CLOCK_FACTOR, signal),
};

const own = openSqliteStore(task.store);

function unlessFailing<Value>(work: () => Promise<Value>): Promise<Value> {
  return risky(() => {
    try {
      Deno.statSync(task.outage);
    } catch {
      return work();
    }
    throw new StoreError("Cannot use the store: it fails for a while");
  });
}

const store: Store = {
  get: (...key) => unlessFailing(() => own.get(...key)),
  list: (...rows) => own.list(...rows),
  write: (writes) => unlessFailing(() => own.write(writes)),
  writeEach: (...rows) => unlessFailing(() => own.writeEach(...rows)),
  close: () => own.close(),
};

const clients = new Map<unknown, unknown>();
const session: Session = {
  account: task.account,
  partition: "aws",
  region: "us-east-1",
  role: "load-home",
  principal: "",
  reading: { abortSignal: new AbortController().signal },
  client(clientClass, region) {
    const known = clients.get(clientClass) ?? makeClient(clientClass, region, {
      role: "load-home",
      declared: new Set(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]),
      credentials: () => Promise.resolve({ accessKeyId: task.account, secretAccessKey: "test" }),
      writes: false,
      account: task.account,
      budget: new RateBudget(systemClock, RATES),
      policy: { ...CALL_POLICY, backOffMs: 100 },
      signal: this.reading.abortSignal,
    });
    clients.set(clientClass, known);
    return known as InstanceType<typeof clientClass>;
  },
};

const sqs = sqsQueue(session, task.queueUrl, "us-east-1", VISIBILITY_S);
const queue: Queue = {
  ...sqs,
  visibleAfterMs: sqs.visibleAfterMs * CLOCK_FACTOR,
  receive: (_wait, signal) => risky(() => sqs.receive(1, signal)),
  delete: (...messages) => risky(() => sqs.delete(...messages)),
};

/** How often an order was tried, in all processes. */
async function tries(key: string): Promise<number> {
  for (;;) {
    const row = await store.get("load/try", key);
    const count = Number(row?.value ?? 0) + 1;
    const expect = row?.revision ?? "absent";
    const { written } = await store.write([{ kind: "load/try", id: key, value: count, expect }]);
    if (written) return count;
  }
}

const RETRY: MessageOutcome = { verdict: "retry", detail: "not now" };

const handler: MessageHandler = {
  key: ({ body }) => parsedOrder(body).group,
  neverGivenUp: ({ body }) => parsedOrder(body).kind !== "hopeless",
  handle: ({ id, body }) =>
    risky(async () => {
      const { key, kind } = parsedOrder(body);
      // Each try would leave a row of its own.
      const rows = [{ kind: "load/work", id: `${key}/${crypto.randomUUID()}`, value: id }];
      switch (kind) {
        case "deadly":
          return Deno.exit(DEADLY);
        case "refused":
          return { verdict: "rejected", reason: "refused", answer: "no" };
        case "hopeless":
          return RETRY;
        case "later":
          if (await tries(key) <= 2) return RETRY;
          break;
        case "stuck":
          // At the first tries out of the queue, too.
          if (await tries(key) <= TRIES + 3) return RETRY;
          break;
        case "long":
          await systemClock.wait(2 * VISIBILITY_S * 1_000);
          break;
        case "twice": {
          if (await store.get("load/once", key)) return { verdict: "duplicate" };
          const once = { kind: "load/once", id: key, value: id, expect: "absent" as const };
          return { verdict: "handled", rows: [once, ...rows], answer: "done" };
        }
      }
      return { verdict: "handled", rows, answer: "done" };
    }),
  givenUp: () => "given up",
  answer: (answer, { id }) =>
    risky(async () => {
      await store.write([{ kind: "load/answer", id, value: answer }]);
    }),
};

// Nobody starts it again, or looks at what it does.
void Deno.stdin.readable.pipeTo(new WritableStream()).then(() => Deno.exit());

await serveQueues([{
  job: "load",
  source: "orders",
  queue,
  handler,
  store,
  clock,
  log: createLog({
    write: (line) => console.error(line),
    now: () => new Date(),
    format: "json",
    level: "error",
  }),
  signal: new AbortController().signal,
  once: false,
}]);
