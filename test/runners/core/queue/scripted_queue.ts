import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import type { Json } from "../../../../runners/core/json.ts";
import { createLog } from "../../../../runners/core/log/log.ts";
import type { MessageHandler, Queue, QueueMessage } from "../../../../runners/core/queue/queue.ts";
import {
  type Served,
  serveQueues,
  type Serving,
} from "../../../../runners/core/queue/serve_queues.ts";
import { RETENTION_MS, type Store } from "../../../../runners/core/store/store.ts";
import { ManualClock } from "../manual_clock.ts";

/** A message of an id; its body is the same unless it is said. */
export function message(id: string, part: Partial<QueueMessage> = {}): QueueMessage {
  return {
    id,
    body: id,
    receipt: `receipt-${id}`,
    sender: "AROASENDER:session",
    sentAt: null,
    receives: 1,
    ...part,
  };
}

/** What a receive comes to: messages, a failure, or what the test does meanwhile. */
export type Delivery = readonly QueueMessage[] | Error | ((signal: AbortSignal) => Promise<[]>);

/** A queue that delivers what the script says, and nothing after that. */
export class ScriptedQueue implements Queue {
  readonly name = "https://sqs.us-east-1.amazonaws.com/111111111111/commands";
  readonly visibleAfterMs = 300_000;
  readonly deleted: string[] = [];
  readonly waits: number[] = [];
  /** Called with the ids of a batch that is to be deleted; answers those that stay, or throws. */
  keeps: (ids: readonly string[]) => readonly string[] = () => [];

  constructor(private readonly script: Delivery[]) {}

  receive(waitSeconds: number, signal: AbortSignal): Promise<QueueMessage[]> {
    this.waits.push(waitSeconds);
    const next = this.script.shift() ?? [];
    if (next instanceof Error) return Promise.reject(next);
    return typeof next === "function" ? next(signal) : Promise.resolve([...next]);
  }

  /** The ids of each batch that was kept from others. */
  readonly extended: string[][] = [];
  /** Called with the ids of a batch that is kept from others; answers those for which that fails. */
  loses: (ids: readonly string[]) => readonly string[] = () => [];

  async extend(messages: readonly QueueMessage[]) {
    await Promise.resolve();
    const ids = messages.map(({ id }) => id);
    this.extended.push(ids);
    const lost = this.loses(ids);
    return messages.filter(({ id }) => lost.includes(id)).map((message) => ({
      message,
      code: "MessageNotInflight",
      detail: "no",
    }));
  }

  async delete(messages: readonly QueueMessage[]) {
    await Promise.resolve();
    const kept = this.keeps(messages.map(({ id }) => id));
    const stays = ({ id }: QueueMessage) => kept.includes(id);
    this.deleted.push(...messages.filter((one) => !stays(one)).map(({ id }) => id));
    return messages.filter(stays).map((message) => ({
      message,
      code: "InternalError",
      detail: "no",
    }));
  }
}

/** What a queue was served with, and what was said. */
export interface ScriptedServing {
  readonly queue: ScriptedQueue;
  readonly clock: ManualClock;
  readonly stop: AbortController;
  readonly lines: { readonly level: string; readonly event: string }[];
  readonly answers: Json[];
  /** What it is served with. */
  part(part?: Partial<Serving>): Serving;
  serve(part?: Partial<Serving>): Promise<Served>;
}

/** A store whose time is that of serving: when a message is over depends on it. */
export function storeOfServing(): MemoryStore {
  const clock = new ManualClock();
  return new MemoryStore(undefined, { now: () => clock.now(), retentionMs: RETENTION_MS });
}

/** Serves a script with a handler; what it answers is collected unless the handler sends it. */
export function scriptedServing(
  store: Store,
  script: Delivery[],
  handler: MessageHandler,
): ScriptedServing {
  const queue = new ScriptedQueue(script);
  const clock = new ManualClock();
  const stop = new AbortController();
  const lines: ScriptedServing["lines"] = [];
  const answers: Json[] = [];
  const log = createLog({
    write: (line) => lines.push(JSON.parse(line)),
    now: () => clock.now(),
    format: "json",
    level: "debug",
  });
  const collects: MessageHandler = {
    answer: (answer) => Promise.resolve(void answers.push(answer)),
    ...handler,
  };
  const part = (part: Partial<Serving> = {}): Serving => ({
    job: "repo",
    source: "commands",
    queue,
    handler: collects,
    store,
    clock,
    log,
    signal: stop.signal,
    once: true,
    ...part,
  });
  return {
    queue,
    clock,
    stop,
    lines,
    answers,
    part,
    serve: (changed) => serveQueues([part(changed)]),
  };
}

/** What came of serving a queue with no message in it. */
export const NOTHING_SERVED: Served = {
  handled: 0,
  duplicate: 0,
  rejected: 0,
  deferred: 0,
  left: 0,
  undeleted: 0,
  stopped: false,
};
