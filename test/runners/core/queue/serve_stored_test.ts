import assert from "assert";
import { EXIT } from "../../../../runners/core/errors.ts";
import type { DeferredRow, RejectedRow } from "../../../../runners/core/queue/message_rows.ts";
import type {
  MessageHandler,
  MessageOutcome,
  QueueMessage,
} from "../../../../runners/core/queue/queue.ts";
import { TRIES } from "../../../../runners/core/queue/serve_message.ts";
import { exitCodeOfServing } from "../../../../runners/core/queue/serve_queues.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { everybody } from "../manual_clock.ts";
import { rowsOf, withStore } from "../run/store_in_folder.ts";
import { message, NOTHING_SERVED as NOTHING, scriptedServing } from "./scripted_queue.ts";

const MINUTE_MS = 60_000;
const RETRY: MessageOutcome = { verdict: "retry", detail: "AWS is down" };
const SENT = new Date("2026-11-20T11:00:00.000Z");

/** One message that may never be given up, tried as often as it may. */
const STUCK = message("a", { receives: TRIES + 1, sentAt: SENT });

/** Answers what the script says, and the last entry from then on; notes what it was handed. */
function scripted(
  outcomes: readonly MessageOutcome[],
): MessageHandler & { readonly seen: QueueMessage[] } {
  const seen: QueueMessage[] = [];
  return {
    seen,
    neverGivenUp: () => true,
    handle: (message) => {
      seen.push(message);
      return Promise.resolve(outcomes[seen.length - 1] ?? outcomes.at(-1)!);
    },
  };
}

const deferredIn = async (store: Store) =>
  (await rowsOf(store, "repo/deferred-message")).map(({ value }) => value as DeferredRow);

const verdictIn = async (store: Store) =>
  (await rowsOf(store, "repo/handled-message")).map(({ value }) => {
    const { verdict, answer } = value as { verdict: string; answer: unknown };
    return [verdict, answer];
  });

/** Serves a message until it is deferred, and returns what serves it further. */
async function deferred(store: Store, handler: MessageHandler) {
  const serving = scriptedServing(store, [[STUCK]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, deferred: 1 });
  assert.deepEqual(serving.queue.deleted, ["a"]);
  return {
    ...serving,
    after: async (ms: number) => {
      await serving.clock.advance(ms);
      return await serving.serve();
    },
  };
}

function storeTest(name: string, work: (store: Store) => Promise<void>): void {
  Deno.test(name, () => withStore(work));
}

storeTest(
  "a message that may never be given up is stored, deleted, and tried until it is done",
  async (store) => {
    const handler = scripted([RETRY, RETRY, { verdict: "handled", answer: "done" }]);
    const serving = await deferred(store, handler);
    const [row] = await deferredIn(store);
    assert.deepEqual(row, {
      message_id: "a",
      source: "commands",
      sender: "AROASENDER:session",
      arrived_at: SENT.toISOString(),
      body: "a",
      since: "2026-11-20T12:00:00.000Z",
      tries: TRIES + 1,
      tried_at: "2026-11-20T12:00:00.000Z",
      tried_by: null,
      detail: "AWS is down",
      rejected: null,
      answer: null,
    });
    assert.deepEqual(await verdictIn(store), [["deferred", null]]);

    assert.deepEqual(await serving.after(MINUTE_MS - 1), NOTHING);
    const once = await serving.after(1);
    assert.deepEqual([once, exitCodeOfServing(once)], [{ ...NOTHING, deferred: 1 }, EXIT.partly]);
    assert.equal((await deferredIn(store))[0]!.tries, TRIES + 2);
    assert.deepEqual(await serving.after(MINUTE_MS), { ...NOTHING, handled: 1 });
    assert.deepEqual(await deferredIn(store), []);
    assert.deepEqual(await verdictIn(store), [["handled", null]]);
    assert.deepEqual(serving.answers, ["done"]);
    // It is judged by who sent it and when.
    const { receipt: _receipt, ...as } = handler.seen.at(-1)!;
    assert.deepEqual(as, {
      id: "a",
      body: "a",
      sender: "AROASENDER:session",
      sentAt: SENT,
      receives: TRIES + 3,
    });
  },
);

storeTest("a stored message that is delivered again is a duplicate", async (store) => {
  const handler = scripted([RETRY]);
  await deferred(store, handler);
  const again = scriptedServing(store, [[STUCK]], handler);
  assert.deepEqual(await again.serve(), { ...NOTHING, duplicate: 1 });
  assert.equal(handler.seen.length, 1);
});

storeTest(
  "a stored message waits as long as it was tried already, up to an hour",
  async (store) => {
    const handler = scripted([RETRY]);
    const serving = await deferred(store, handler);
    const waits: number[] = [];
    for (let [tried, minutes] = [1, 0]; handler.seen.length < 12; minutes++) {
      await serving.after(MINUTE_MS);
      if (handler.seen.length > tried) {
        waits.push(minutes + 1);
        [tried, minutes] = [handler.seen.length, -1];
      }
    }
    assert.deepEqual(waits, [1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  },
);

storeTest("a clock that is days ahead puts no message off", async (store) => {
  const handler = scripted([RETRY, { verdict: "handled" }]);
  const serving = await deferred(store, handler);
  const [row] = await rowsOf(store, "repo/deferred-message");
  const ahead = { ...(row!.value as DeferredRow), tried_at: "2026-12-01T00:00:00.000Z" };
  await store.write([{ ...row!, value: ahead }]);
  assert.deepEqual(await serving.after(0), { ...NOTHING, handled: 1 });
});

storeTest("of several processes one tries a stored message", async (store) => {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<MessageOutcome>();
  const handler = scripted([RETRY]);
  const serving = await deferred(store, handler);
  await serving.clock.advance(MINUTE_MS);
  const first = serving.serve({
    handler: {
      handle: () => {
        begun.resolve();
        return end.promise;
      },
    },
  });
  await begun.promise;
  assert.deepEqual(await serving.serve(), NOTHING);
  end.resolve({ verdict: "handled" });
  assert.deepEqual(await first, { ...NOTHING, handled: 1 });
  assert.equal(handler.seen.length, 1);
});

storeTest(
  "of two tries at once, one counts: its rows, its verdict and its answer",
  async (store) => {
    const row = (id: string) => ({ kind: "repo/done", id, value: 1 });
    const ends = (id: string): MessageOutcome => ({
      verdict: "handled",
      answer: id,
      rows: [row(id)],
    });
    const serving = await deferred(store, scripted([RETRY]));
    await serving.clock.advance(MINUTE_MS);
    const slow: MessageHandler = {
      // It takes so long that somebody else takes it for dead.
      handle: async () => {
        await serving.clock.advance(2 * MINUTE_MS);
        const other = await serving.serve({ handler: { ...scripted([ends("fast")]), ...answers } });
        assert.deepEqual(other, { ...NOTHING, handled: 1 });
        return ends("slow");
      },
    };
    const answered: unknown[] = [];
    const answers = { answer: (one: unknown) => Promise.resolve(void answered.push(one)) };
    assert.deepEqual(await serving.serve({ handler: { ...slow, ...answers } }), {
      ...NOTHING,
      duplicate: 1,
    });
    assert.deepEqual((await rowsOf(store, "repo/done")).map(({ id }) => id), ["fast"]);
    assert.deepEqual([answered, await deferredIn(store)], [["fast"], []]);
  },
);

storeTest(
  "what a stored message came to is not done again for an answer that cannot be sent",
  async (store) => {
    let sending = 0;
    const sent: unknown[] = [];
    const handler = {
      ...scripted([RETRY, {
        verdict: "handled",
        answer: "done",
        rows: [{ kind: "repo/done", id: "a", value: 1 }],
      }]),
      answer: (answer: unknown) =>
        ++sending < 3
          ? Promise.reject(new Error("no topic"))
          : Promise.resolve(void sent.push(answer)),
    } as MessageHandler & { seen: QueueMessage[] };
    const serving = await deferred(store, handler);
    assert.deepEqual(await serving.after(MINUTE_MS), { ...NOTHING, deferred: 1 });
    assert.deepEqual(await verdictIn(store), [["handled", null]]);
    assert.deepEqual(await serving.after(MINUTE_MS), { ...NOTHING, deferred: 1 });
    // The handled row is over by then.
    assert.deepEqual(await serving.after(20 * 24 * 60 * MINUTE_MS), { ...NOTHING, duplicate: 1 });
    assert.deepEqual([handler.seen.length, sent, await deferredIn(store)], [2, ["done"], []]);
  },
);

storeTest("a stored message that is rejected is listed as such, and done with", async (store) => {
  const serving = await deferred(store, scripted([RETRY, { verdict: "rejected", reason: "gone" }]));
  assert.deepEqual(await serving.after(MINUTE_MS), { ...NOTHING, rejected: 1 });
  const [row] = await rowsOf(store, "repo/rejected-message");
  const { reason, at, arrived_at } = row!.value as RejectedRow;
  assert.deepEqual([reason, at, arrived_at], [
    "gone",
    "2026-11-20T12:01:00.000Z",
    SENT.toISOString(),
  ]);
  assert.deepEqual([await deferredIn(store), await verdictIn(store)], [[], [["rejected", null]]]);
});

storeTest("a row in the way of a stored message lets it be tried again", async (store) => {
  await store.write([{ kind: "repo/done", id: "a", value: 0 }]);
  const rows = [{ kind: "repo/done", id: "a", value: 1, expect: "absent" as const }];
  const serving = await deferred(
    store,
    scripted([RETRY, { verdict: "handled", rows }, { verdict: "duplicate" }]),
  );
  assert.deepEqual(await serving.after(MINUTE_MS), { ...NOTHING, deferred: 1 });
  assert.match((await deferredIn(store))[0]!.detail, /"repo\/done" "a" is not as it was expected/);
  assert.deepEqual(await serving.after(MINUTE_MS), { ...NOTHING, duplicate: 1 });
});

storeTest("a message is tried by who serves its queue", async (store) => {
  const serving = await deferred(store, scripted([RETRY, { verdict: "handled" }]));
  await serving.clock.advance(MINUTE_MS);
  assert.deepEqual(await serving.serve({ source: "events" }), NOTHING);
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 1 });
});

storeTest("a stored message that kills the process takes no other with it", async (store) => {
  const stuck = ["a", "b", "c"].map((id) => ({ ...STUCK, id }));
  await scriptedServing(store, [stuck], scripted([RETRY])).serve();
  const done: string[] = [];
  const handler: MessageHandler = {
    handle: ({ id }) => {
      if (id === "b") return new Promise<never>(() => {});
      done.push(id);
      return Promise.resolve({ verdict: "handled" });
    },
  };
  const start = scriptedServing(store, [], handler);
  await start.clock.advance(MINUTE_MS);
  void start.serve();
  for (let turn = 0; turn < 100; turn++) await everybody();
  assert.deepEqual(done, ["a"]);
  // The process is dead; the next one begins with what is left.
  await start.clock.advance(1_000);
  assert.deepEqual(await start.serve(), { ...NOTHING, handled: 1 });
  assert.deepEqual(done, ["a", "c"]);
});

storeTest("stored messages leave the queue its turn", async (store) => {
  const stuck = Array.from({ length: 9 }, (_, index) => ({ ...STUCK, id: `s${index}` }));
  await scriptedServing(store, [stuck], scripted([RETRY])).serve();
  const seen: string[] = [];
  const handler: MessageHandler = {
    handle: async ({ id }) => {
      seen.push(id);
      await serving.clock.advance(10_000);
      return { verdict: "handled" };
    },
  };
  const batches = ["one", "two"].map((id) => [message(id)]);
  const serving = scriptedServing(store, [...batches, () => {
    serving.stop.abort();
    return Promise.resolve([]);
  }], handler);
  await serving.clock.advance(MINUTE_MS);
  await serving.serve({ once: false });
  assert.deepEqual(seen, ["s0", "s1", "one", "s2", "s3", "two", "s4", "s5"]);
});

storeTest("a message that is too large to be stored stays in the queue", async (store) => {
  const body = Array.from({ length: 60_000 }, () => Math.random().toString(36).slice(2)).join("");
  const serving = scriptedServing(store, [[{ ...STUCK, body }]], scripted([RETRY]));
  assert.deepEqual(await serving.serve(), { ...NOTHING, left: 1 });
  assert.deepEqual([serving.queue.deleted, await deferredIn(store)], [[], []]);
});
