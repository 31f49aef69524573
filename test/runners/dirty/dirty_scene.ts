import { ProfileRoles } from "../../../runners/core/attest/profile_role.ts";
import type { AskSts } from "../../../runners/core/attest/sts_answer.ts";
import type { InstanceName } from "../../../runners/core/contract/login.ts";
import type { Json } from "../../../runners/core/json.ts";
import { createLog } from "../../../runners/core/log/log.ts";
import type { QueueMessage } from "../../../runners/core/queue/queue.ts";
import { type Served, serveQueues } from "../../../runners/core/queue/serve_queues.ts";
import { RETENTION_MS, type Store } from "../../../runners/core/store/store.ts";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import type { TellAuditors } from "../../../runners/dirty/auditors.ts";
import { dirtySchema } from "../../../runners/dirty/config.ts";
import { eventsHandler, loginsHandler } from "../../../runners/dirty/handler.ts";
import { settlerOf } from "../../../runners/dirty/settle/settler.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { ScriptedQueue } from "../core/queue/scripted_queue.ts";
import { MemoryAws } from "./memory_aws.ts";
import { memorySts } from "./signed_proof.ts";

export const QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/111111111111/logins";
export const QUEUE_ARN = "arn:aws:sqs:us-east-1:111111111111:logins";
const EVENTS_URL = "https://sqs.us-east-1.amazonaws.com/111111111111/events";

/** What a scene is made with. */
export type SceneOptions = {
  readonly instances: readonly InstanceName[];
  /** Settings of the job. */
  readonly dirty?: { readonly [key: string]: Json };
  /** The accounts of the organization; null: they cannot be listed. Default: those of the instances. */
  readonly accounts?: readonly string[] | null;
  readonly tell?: TellAuditors;
  readonly askSts?: AskSts;
  readonly store?: Store;
};

/** The consumer of the job over instances, a store and a clock in memory. */
export function dirtyScene(options: SceneOptions) {
  const {
    instances,
    tell = () => Promise.resolve(true),
    askSts = memorySts((isRight) => isRight),
  } = options;
  const { accounts = instances.map(({ account }) => account) } = options;
  const clock = new ManualClock("2026-11-20T21:01:00.000Z");
  // Waits, such as between tries, pass by themselves.
  clock.flowsUpToMs = 60_000;
  const aws = new MemoryAws(instances);
  const said: string[] = [];
  const lines: string[] = [];
  const log = createLog({
    write: (line) => {
      lines.push(line);
      said.push((JSON.parse(line) as { event: string }).event);
    },
    now: () => clock.now(),
    format: "json",
    level: "warn",
  });
  const store = options.store ??
    new MemoryStore(undefined, { now: () => clock.now(), retentionMs: RETENTION_MS });
  /** As a process would that begins now: what only lives in memory is new. */
  const begin = (dirty = options.dirty ?? {}) => {
    const config = dirtySchema.parse({
      ...{ queueUrl: QUEUE_URL, eventsQueueUrl: EVENTS_URL },
      ...dirty,
    });
    const profileRoles = new ProfileRoles(clock);
    const settler = settlerOf({
      ...{ config, store, clock, log, session: aws.session, profileRoles, tell },
    });
    const judging = {
      ...{ config, store, clock, log, settler, askSts },
      isOurs: async (account: string) => {
        await Promise.resolve();
        if (accounts === null) throw new Error("Cannot list the accounts");
        return accounts.includes(account);
      },
      now: () => clock.now(),
    };
    const handlers = {
      logins: loginsHandler({ ...judging, queueUrl: QUEUE_URL }),
      events: eventsHandler(judging),
    };
    const serve = async (
      messages: readonly QueueMessage[],
      source: "logins" | "events" = "logins",
    ): Promise<Served> => {
      const batches = Array.from(
        { length: Math.ceil(messages.length / 10) },
        (_, at) => messages.slice(10 * at, 10 * at + 10),
      );
      const { signal } = new AbortController();
      return await serveQueues([{
        ...{ job: "dirty", source, handler: handlers[source], queue: new ScriptedQueue(batches) },
        ...{ store, clock, log, signal, once: true },
        tick: async () => void await settler.settleAll(),
      }]);
    };
    return { config, settler, serve };
  };
  return { aws, clock, store, said, lines, begin };
}
