import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { sqsQueue } from "../../runners/adapters/sqs/sqs_queue.ts";
import { stsOf } from "../../runners/adapters/sts/ask_sts.ts";
import { ProfileRoles } from "../../runners/core/attest/profile_role.ts";
import { CALL_POLICY } from "../../runners/core/aws/call_policy.ts";
import { RateBudget, RATES } from "../../runners/core/aws/rate_budget.ts";
import { AwsSessions } from "../../runners/core/aws/sessions.ts";
import { type Clock, systemClock } from "../../runners/core/clock.ts";
import { organizationSchema } from "../../runners/core/config/organization.ts";
import { StoreError } from "../../runners/core/errors.ts";
import { createLog } from "../../runners/core/log/log.ts";
import type { Queue } from "../../runners/core/queue/queue.ts";
import { serveQueues } from "../../runners/core/queue/serve_queues.ts";
import type { Store } from "../../runners/core/store/store.ts";
import { dirtySchema } from "../../runners/dirty/config.ts";
import { eventsHandler, loginsHandler } from "../../runners/dirty/handler.ts";
import { dirtyNeeds } from "../../runners/dirty/needs.ts";
import { settlerOf } from "../../runners/dirty/settle/settler.ts";
import { rateTimes } from "../entry/rate_times.ts";
import { dice } from "./dice.ts";

/** What a consumer of the volume test is told. */
export type DirtyWorkerTask = {
  readonly endpoint: string;
  /** The first is the home account. */
  readonly accounts: readonly string[];
  readonly queueUrl: string;
  readonly eventsQueueUrl: string;
  readonly store: string;
  /** While there is a file of this name, the store fails. */
  readonly outage: string;
  readonly seed: number;
  /** When the test began, in milliseconds since the epoch: what the processes' clocks count from. */
  readonly beganMs: number;
};

/** How much faster than the machine's the consumers' clocks are: half a minute is an hour. */
export const CLOCK_FACTOR = 120;

/** For how long a received message is invisible, in seconds of the machine. */
const VISIBILITY_S = 3;

/** One in so many calls of the store and of the queues kills the process. */
const KILL_ONE_IN = 2_000;
/** The answer to one in so many writes of the store is lost. */
const LOSE_ONE_IN = 300;

/*
 * One consumer of the volume test: serves the queues of the job until it is ended, over a store that
 * fails while it is told to and loses answers, and is killed at calls that the seed says. Run as
 * `dirty_worker.ts TASK`, in JSON.
 */
async function main(task: DirtyWorkerTask): Promise<void> {
  const { between } = dice(task.seed);
  const dies = () => {
    if (between(1, 2 * KILL_ONE_IN) === 1) Deno.kill(Deno.pid, "SIGKILL");
  };
  const risky = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    dies();
    const value = await work();
    dies();
    return value;
  };
  const { queueUrl, eventsQueueUrl, accounts: [home = ""] } = task;
  const config = dirtySchema.parse({ queueUrl, eventsQueueUrl });
  const clock = fastClock(task.beganMs);
  const store = failingStore(task, risky, () => between(1, LOSE_ONE_IN) === 1);
  const { signal } = new AbortController();
  const log = createLog({
    write: (line) => console.error(line),
    now: () => new Date(),
    format: "json",
    level: "error",
  });
  const organization = organizationSchema.parse({
    accounts: task.accounts.map((id) => ({ id, name: id })),
    roles: "groundskeeper-{job}-{role}",
  });
  const policy = { ...CALL_POLICY, backOffMs: 50 };
  const sessions = new AwsSessions({
    caller: {
      credentials: () => Promise.resolve({ accessKeyId: home, secretAccessKey: "test" }),
      region: "us-east-1",
    },
    ...{ organization, needs: dirtyNeeds(config), runId: "01JVOLUME" },
    ...{ clock: systemClock, policy, signal },
    budget: new RateBudget(systemClock, rateTimes(RATES, CLOCK_FACTOR)),
  });
  const settler = settlerOf({
    ...{ config, store, clock, log, profileRoles: new ProfileRoles(clock) },
    session: (id, role) => sessions.member({ id, name: null }, role),
    tell: () => Promise.resolve(true),
  });
  const judging = {
    ...{ config, store, clock, log, settler, askSts: stsOf((name) => Deno.env.get(name), policy) },
    isOurs: (account: string) => Promise.resolve(task.accounts.includes(account)),
    // STS's clock is that of the machine.
    now: () => new Date(),
  };
  const session = await sessions.home();
  const queueOf = (url: string): Queue => {
    const sqs = sqsQueue(session, url, "us-east-1", VISIBILITY_S);
    return {
      ...sqs,
      visibleAfterMs: sqs.visibleAfterMs * CLOCK_FACTOR,
      receive: (_wait, signal) => risky(() => sqs.receive(1, signal)),
      delete: (...messages) => risky(() => sqs.delete(...messages)),
    };
  };
  const tick = async () => void await settler.settleAll();
  const serving = { job: "dirty", store, clock, log, signal, once: false, tick };
  const [logins, events] = [loginsHandler({ ...judging, queueUrl }), eventsHandler(judging)];
  await serveQueues([
    { ...serving, source: "logins", queue: queueOf(queueUrl), handler: logins },
    { ...serving, source: "events", queue: queueOf(eventsQueueUrl), handler: events },
  ]);
}

function fastClock(beganMs: number): Clock {
  const fastMs = () => (Date.now() - beganMs) * CLOCK_FACTOR;
  return {
    now: () => new Date(beganMs + fastMs()),
    monotonicMs: fastMs,
    wait: (ms, signal) => systemClock.wait(ms / CLOCK_FACTOR, signal),
  };
}

function failingStore(
  task: Pick<DirtyWorkerTask, "store" | "outage">,
  risky: <Value>(work: () => Promise<Value>) => Promise<Value>,
  losesAnswer: () => boolean,
): Store {
  const own = openSqliteStore(task.store);
  const unlessFailing = <Value>(work: () => Promise<Value>): Promise<Value> =>
    risky(() => {
      try {
        Deno.statSync(task.outage);
      } catch {
        return work();
      }
      throw new StoreError("Cannot use the store: it fails for a while");
    });
  return {
    get: (...key) => unlessFailing(() => own.get(...key)),
    list: (...rows) => own.list(...rows),
    write: (writes) =>
      unlessFailing(async () => {
        const result = await own.write(writes);
        if (losesAnswer()) throw new StoreError("Cannot use the store: its answer is lost");
        return result;
      }),
    writeEach: (...rows) => unlessFailing(() => own.writeEach(...rows)),
    close: () => own.close(),
  };
}

if (import.meta.main) {
  // Nobody starts it again, or looks at what it does.
  void Deno.stdin.readable.pipeTo(new WritableStream()).then(() => Deno.exit());
  await main(JSON.parse(Deno.args[0]!) as DirtyWorkerTask);
}
