import assert from "assert";
import { EXIT, StoreError, UsageError } from "../../../../runners/core/errors.ts";
import {
  forgetRejected,
  REJECTED_BODY,
  rejectedMessages,
} from "../../../../runners/core/queue/handled_rows.ts";
import type { MessageHandler, MessageOutcome } from "../../../../runners/core/queue/queue.ts";
import { TRIES } from "../../../../runners/core/queue/serve_message.ts";
import { exitCodeOfServing } from "../../../../runners/core/queue/serve_queue.ts";
import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import { RETENTION_MS, type Store } from "../../../../runners/core/store/store.ts";
import { everybody, ManualClock } from "../manual_clock.ts";
import { rowsOf, withStore } from "../run/store_in_folder.ts";
import { message, scriptedServing } from "./scripted_queue.ts";

const HANDLED: MessageOutcome = { verdict: "handled" };
const NOTHING = { handled: 0, duplicate: 0, rejected: 0, left: 0, undeleted: 0, stopped: false };

/** Handles everything but what `or` says otherwise, and notes what it was handed. */
function handles(
  or: { readonly [id: string]: () => MessageOutcome | Promise<MessageOutcome> } = {},
): MessageHandler & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    handle: async ({ id }) => {
      seen.push(id);
      return await (or[id]?.() ?? HANDLED);
    },
  };
}

function storeTest(name: string, work: (store: Store) => Promise<void>): void {
  Deno.test(name, () => withStore(work));
}

storeTest("a handler that throws leaves its message, and no other of the batch", async (store) => {
  const handler = handles({
    bad: () => {
      throw new Error("broken");
    },
  });
  const batch = [message("a"), message("bad"), message("b")];
  const serving = scriptedServing(store, [batch], handler);
  const served = await serving.serve();
  assert.deepEqual(served, { ...NOTHING, handled: 2, left: 1 });
  assert.deepEqual(serving.queue.deleted, ["a", "b"]);
  assert.ok(
    serving.lines.some(({ level, event }) =>
      level === "error" && event === "A message could not be carried out"
    ),
  );
  assert.equal(exitCodeOfServing(served), EXIT.partly);
});

storeTest("what is left and delivered again is handled then", async (store) => {
  let tries = 0;
  const handler = handles({
    a: () => ++tries === 1 ? { verdict: "retry", detail: "not now" } : HANDLED,
  });
  const serving = scriptedServing(
    store,
    [[message("a")], [message("a", { receives: 2 })]],
    handler,
  );
  assert.deepEqual(await serving.serve(), { ...NOTHING, left: 1, handled: 1 });
  assert.deepEqual(serving.queue.deleted, ["a"]);
});

storeTest("a message that fails once more than it may is answered and rejected", async (store) => {
  const handler: MessageHandler = {
    handle: () => Promise.reject(new Error("never works")),
    givenUp: ({ id }) => `gave up on ${id}`,
  };
  const last = message("a", { receives: TRIES });
  const serving = scriptedServing(
    store,
    [[last], [{ ...last, receives: TRIES + 1 }]],
    handler,
  );
  assert.deepEqual(await serving.serve(), { ...NOTHING, left: 1, rejected: 1 });
  assert.deepEqual(serving.answers, ["gave up on a"]);
  assert.deepEqual(serving.queue.deleted, ["a"]);
  const rows = await Array.fromAsync(rejectedMessages(store, "repo"));
  assert.deepEqual(rows.map(({ reason }) => reason), ["tried-too-often"]);
});

storeTest("a rejected message is stored with its reason, then deleted", async (store) => {
  const long = "ä".repeat(REJECTED_BODY + 1);
  const handler: MessageHandler = {
    handle: () => Promise.resolve({ verdict: "rejected", reason: "not-json", answer: "no" }),
    kept: (body) => body.replace("ä", "x"),
  };
  const serving = scriptedServing(store, [[message("a", { body: long })]], handler);
  serving.queue.keeps = () => {
    throw new Error("the store was written before");
  };
  await serving.serve();
  const [row] = await Array.fromAsync(rejectedMessages(store, "repo"));
  assert.deepEqual(row, {
    at: "2026-11-20T12:00:00.000Z",
    job: "repo",
    message_id: "a",
    reason: "not-json",
    sender: "AROASENDER",
    body: `x${"ä".repeat(REJECTED_BODY - 1)}`,
  });
});

storeTest("what is delivered twice is handled and answered once", async (store) => {
  const handler = handles({ a: () => ({ verdict: "handled", answer: "done" }) });
  const again = message("a", { receives: 2, receipt: "receipt-2" });
  const serving = scriptedServing(store, [[message("a"), again], [again]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 1, duplicate: 2 });
  assert.deepEqual(handler.seen, ["a"]);
  assert.deepEqual(serving.answers, ["done"]);
  assert.deepEqual(serving.queue.deleted, ["a", "a", "a"]);
});

storeTest("jobs do not know each other's messages", async (store) => {
  const handler = handles();
  const serving = scriptedServing(store, [[message("a")], [], [message("a")]], handler);
  await serving.serve({ job: "dirty" });
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 1 });
});

storeTest("what was carried out elsewhere meanwhile is not answered twice", async (store) => {
  const other = scriptedServing(store, [[message("a")]], handles());
  const handler = handles({
    a: async () => {
      await other.serve();
      return { verdict: "handled", answer: "mine" };
    },
  });
  const serving = scriptedServing(store, [[message("a")]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, duplicate: 1 });
  assert.deepEqual(serving.answers, []);
});

storeTest(
  "an answer that cannot be sent is sent later, and nothing is done twice",
  async (store) => {
    let sending = 0;
    const sent: unknown[] = [];
    const handler: MessageHandler & { readonly seen: string[] } = {
      ...handles({ a: () => ({ verdict: "handled", answer: "done" }) }),
      answer: (answer) => {
        if (++sending === 1) return Promise.reject(new Error("no topic"));
        sent.push(answer);
        return Promise.resolve();
      },
    };
    const serving = scriptedServing(
      store,
      [[message("a")], [message("a", { receives: 2 })]],
      handler,
    );
    assert.deepEqual(await serving.serve(), { ...NOTHING, left: 1, duplicate: 1 });
    assert.deepEqual([handler.seen, sent], [["a"], ["done"]]);
    assert.deepEqual(serving.queue.deleted, ["a"]);
    const [row] = await rowsOf(store, "repo/handled-message");
    assert.equal((row!.value as { answer: unknown }).answer, null);
  },
);

storeTest("an answer that never can be sent is given up, and not kept", async (store) => {
  const handler: MessageHandler = {
    ...handles({ a: () => ({ verdict: "handled", answer: "done" }) }),
    answer: () => Promise.reject(new Error("no topic")),
  };
  const serving = scriptedServing(store, [[message("a", { receives: TRIES + 1 })]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 1 });
  assert.deepEqual(serving.queue.deleted, ["a"]);
  const [row] = await rowsOf(store, "repo/handled-message");
  assert.equal((row!.value as { answer: unknown }).answer, null);
});

storeTest("a message that is not deleted is told, and known when it comes back", async (store) => {
  const handler = handles();
  const batch = [message("a"), message("b")];
  const serving = scriptedServing(store, [batch, [message("b", { receives: 2 })]], handler);
  let times = 0;
  serving.queue.keeps = () => ++times === 1 ? ["b"] : [];
  const served = await serving.serve();
  assert.deepEqual(served, { ...NOTHING, handled: 2, duplicate: 1, undeleted: 1 });
  assert.deepEqual(handler.seen, ["a", "b"]);
  assert.deepEqual(serving.queue.deleted, ["a", "b"]);
  assert.ok(
    serving.lines.some(({ event }) =>
      event === "A message could not be deleted and comes back as a duplicate"
    ),
  );
});

storeTest("a batch that cannot be deleted keeps nothing from going on", async (store) => {
  const serving = scriptedServing(store, [[message("a")], [message("b")]], handles());
  let times = 0;
  serving.queue.keeps = () => {
    if (++times === 1) throw new Error("cut");
    return [];
  };
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 2, undeleted: 1 });
  assert.deepEqual(serving.queue.deleted, ["b"]);
});

storeTest("a store that fails ends it, after what was done with is deleted", async (store) => {
  const failing: Store = {
    get: (kind, id) => store.get(kind, id),
    list: (kind, prefix) => store.list(kind, prefix),
    close: () => {},
    writeEach: (writes) => store.writeEach(writes),
    write: (writes) =>
      writes.some(({ id }) => id === "b")
        ? Promise.reject(new StoreError("Cannot write the store"))
        : store.write(writes),
  };
  const batch = [message("a"), message("b"), message("c")];
  const serving = scriptedServing(failing, [batch], handles());
  await assert.rejects(serving.serve(), StoreError);
  assert.deepEqual(serving.queue.deleted, ["a"]);
});

storeTest("a queue that cannot be read at the start is an error that says so", async (store) => {
  const denied = Object.assign(new Error("not you"), { name: "AccessDenied" });
  for (const once of [true, false]) {
    const serving = scriptedServing(store, [denied], handles());
    await assert.rejects(serving.serve({ once }), {
      code: "access-denied",
      message: /^Cannot receive from the queue "https:.*commands": AccessDenied: not you\. Check/,
    });
  }
});

storeTest("a queue that fails later is asked again, less and less often", async (store) => {
  const gone = Object.assign(new Error("gone"), { name: "QueueDoesNotExist" });
  const handler = handles();
  const failures = Array<Error>(6).fill(gone);
  const serving = scriptedServing(
    store,
    [[], ...failures, [message("a")], (signal) => untilAborted(signal)],
    handler,
  );
  const end = serving.serve({ once: false });
  const waits: number[] = [];
  for (const _ of failures) {
    await eventually(() => serving.clock.waitingMs.length === 1);
    waits.push(serving.clock.waitingMs[0]!);
    await serving.clock.advance(waits.at(-1)!);
  }
  await eventually(() => serving.queue.deleted.length === 1);
  serving.stop.abort();
  assert.deepEqual(await end, { ...NOTHING, handled: 1, stopped: true });
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
});

storeTest("a signal cuts waiting for messages", async (store) => {
  const serving = scriptedServing(store, [(signal) => untilAborted(signal)], handles());
  const end = serving.serve({ once: false });
  await everybody();
  serving.stop.abort();
  const served = await end;
  assert.deepEqual(served, { ...NOTHING, stopped: true });
  assert.equal(exitCodeOfServing(served), EXIT.partly);
});

storeTest("a signal lets the message in hand be finished, and begins no other", async (store) => {
  const handler = handles({
    a: () => {
      serving.stop.abort();
      serving.stop.abort();
      return { verdict: "handled", answer: "done" };
    },
  });
  const serving = scriptedServing(store, [[message("a"), message("b")]], handler);
  const served = await serving.serve({ once: false });
  assert.deepEqual(served, { ...NOTHING, handled: 1, left: 1, stopped: true });
  assert.deepEqual([handler.seen, serving.queue.deleted], [["a"], ["a"]]);
  assert.deepEqual(serving.answers, ["done"]);
});

storeTest("a message that does not end is left eight seconds after a signal", async (store) => {
  const begun = Promise.withResolvers<void>();
  const handler = handles({
    a: () => {
      begun.resolve();
      return new Promise<never>(() => {});
    },
  });
  const serving = scriptedServing(store, [[message("a")]], handler);
  const end = serving.serve({ once: false });
  await begun.promise;
  serving.stop.abort();
  await everybody();
  assert.deepEqual(serving.clock.waitingMs, [8_000]);
  await serving.clock.advance(8_000);
  assert.deepEqual(await end, { ...NOTHING, left: 1, stopped: true });
  assert.deepEqual(await rowsOf(store, "repo/handled-message"), []);
});

storeTest("a try that a signal cut is not one too many", async (store) => {
  const handler: MessageHandler = {
    handle: (_, signal) => {
      serving.stop.abort();
      return Promise.reject(signal.reason);
    },
  };
  const serving = scriptedServing(store, [[message("a", { receives: TRIES + 1 })]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, left: 1, stopped: true });
});

storeTest("what waited too long for its turn may be another's, and is left", async (store) => {
  const handler = handles({
    a: async () => {
      await serving.clock.advance(serving.queue.visibleAfterMs);
      return HANDLED;
    },
  });
  const serving = scriptedServing(store, [[message("a"), message("b")]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 1, left: 1 });
  assert.deepEqual(handler.seen, ["a"]);
});

storeTest("a fault of the handler's is no word of its to the sender", async (store) => {
  const handler = handles({
    a: () => {
      throw new UsageError("wrong");
    },
  });
  const serving = scriptedServing(store, [[message("a")]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, left: 1 });
});

storeTest("with once it waits a second for messages, without it ten", async (store) => {
  const once = scriptedServing(store, [[message("a")]], handles());
  await once.serve();
  assert.deepEqual(once.queue.waits, [1, 1]);
  const always = scriptedServing(store, [(signal) => untilAborted(signal)], handles());
  const end = always.serve({ once: false });
  await everybody();
  always.stop.abort();
  await end;
  assert.deepEqual(always.queue.waits, [10]);
});

Deno.test("messages are forgotten when they can no longer come back", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore(new Map(), { now: () => clock.now(), retentionMs: RETENTION_MS });
  const handler = handles({ bad: () => ({ verdict: "rejected", reason: "bad" }) });
  await scriptedServing(store, [[message("a"), message("bad")]], handler).serve();
  const kept = () =>
    Promise.all(
      ["handled-message", "rejected-message"].map(async (name) =>
        (await rowsOf(store, `repo/${name}`)).length
      ),
    );
  const days = (count: number) => clock.advance(count * 86_400_000);
  await days(14.9);
  assert.deepEqual(await kept(), [2, 1]);
  await days(0.2);
  assert.deepEqual(await kept(), [0, 1]);
  await days(15);
  assert.deepEqual(await kept(), [0, 0]);
});

storeTest("of rejected messages the latest thousand are kept", async (store) => {
  const rows = Array.from({ length: 1_002 }, (_, index) => ({
    kind: "repo/rejected-message",
    id: `2026-11-20T12:00:00.000Z/${String(index).padStart(4, "0")}`,
    value: {},
  }));
  await store.writeEach(rows);
  await forgetRejected(store, "repo");
  const kept = await rowsOf(store, "repo/rejected-message");
  assert.deepEqual([kept.length, kept[0]!.id], [1_000, rows[2]!.id]);
});

function untilAborted(signal: AbortSignal): Promise<[]> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
}

/** Lets others go on until something holds. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !holds(); turn++) await everybody();
  assert.ok(holds());
}
