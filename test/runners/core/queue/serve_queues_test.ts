import assert from "assert";
import { EXIT, StoreError, UsageError } from "../../../../runners/core/errors.ts";
import { forgetRejected, REJECTED_BYTES } from "../../../../runners/core/queue/message_rows.ts";
import type { MessageHandler, MessageOutcome } from "../../../../runners/core/queue/queue.ts";
import { TRIES } from "../../../../runners/core/queue/serve_message.ts";
import { exitCodeOfServing, serveQueues } from "../../../../runners/core/queue/serve_queues.ts";
import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import { RETENTION_MS, type Store, type Write } from "../../../../runners/core/store/store.ts";
import { everybody, ManualClock } from "../manual_clock.ts";
import { rowsOf, withStore } from "../run/store_in_folder.ts";
import { message, NOTHING_SERVED as NOTHING, scriptedServing } from "./scripted_queue.ts";

const HANDLED: MessageOutcome = { verdict: "handled" };

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

/** The same, as messages of one key: one after the other. */
function handlesInOrder(...or: Parameters<typeof handles>) {
  return { ...handles(...or), key: () => "one" };
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
  const [row] = await rowsOf(store, "repo/rejected-message");
  assert.equal((row!.value as { reason: string }).reason, "tried-too-often");
});

storeTest("a rejected message is stored with its reason, then deleted", async (store) => {
  const long = `x${"ä".repeat(REJECTED_BYTES)}`;
  const handler: MessageHandler = {
    handle: () => Promise.resolve({ verdict: "rejected", reason: "not-json", answer: "no" }),
    kept: (body) => body.replace("x", "y"),
  };
  const serving = scriptedServing(store, [[message("a", { body: long })]], handler);
  serving.queue.keeps = () => {
    throw new Error("the store was written before");
  };
  await serving.serve();
  const [row] = await rowsOf(store, "repo/rejected-message");
  assert.deepEqual(row!.value, {
    at: "2026-11-20T12:00:00.000Z",
    source: "commands",
    message_id: "a",
    reason: "not-json",
    sender: "AROASENDER:session",
    arrived_at: "2026-11-20T12:00:00.000Z",
    body: `y${"ä".repeat(REJECTED_BYTES / 2 - 1)}`,
    cut: true,
    left_out: true,
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

storeTest(
  "with once a store that fails ends it, after what was done with is deleted",
  async (store) => {
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
    const handler = handlesInOrder();
    const serving = scriptedServing(failing, [batch], handler);
    await assert.rejects(serving.serve(), StoreError);
    assert.deepEqual(handler.seen, ["a", "b"]);
    assert.deepEqual(serving.queue.deleted, ["a"]);
  },
);

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
  const handler = handlesInOrder({
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
  assert.equal(serving.clock.waitingMs[0], 8_000);
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

storeTest(
  "what waits long for its turn is kept from others; what cannot be kept is left",
  async (store) => {
    const handler = handlesInOrder({
      a: async () => {
        // Twice half of its time.
        for (let half = 0; half < 3; half++) await serving.clock.advance(150_000);
        return HANDLED;
      },
    });
    const serving = scriptedServing(store, [["a", "b", "c"].map((id) => message(id))], handler);
    serving.queue.loses = () => ["b"];
    assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 2, left: 1 });
    assert.deepEqual(handler.seen, ["a", "c"]);
    assert.deepEqual(serving.queue.extended, Array(3).fill(["a", "b", "c"]));
    assert.deepEqual(serving.clock.waitingMs, []);
  },
);

storeTest("while messages are deleted that take long, none is kept from others", async (store) => {
  const serving = scriptedServing(store, [[message("a")]], handlesInOrder({}));
  serving.queue.delete = async () => {
    await serving.clock.advance(150_000);
    return [];
  };
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 1 });
  assert.deepEqual(serving.queue.extended, []);
});

storeTest("a call that keeps messages from others and fails is made again", async (store) => {
  const handler = handlesInOrder({
    a: async () => {
      for (let half = 0; half < 2; half++) await serving.clock.advance(150_000);
      return HANDLED;
    },
  });
  const serving = scriptedServing(store, [[message("a"), message("b")]], handler);
  let calls = 0;
  serving.queue.loses = () => {
    if (++calls === 1) throw new Error("cut");
    return [];
  };
  assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 2 });
});

storeTest(
  "messages of several keys are handled at once, those of one key in order",
  async (store) => {
    const inHand = new Set<string>();
    let most = 0;
    const seen: string[] = [];
    const handler: MessageHandler = {
      key: ({ id }) => id.slice(0, 1),
      handle: async ({ id }) => {
        assert.ok(![...inHand].some((other) => other[0] === id[0]), id);
        inHand.add(id);
        most = Math.max(most, inHand.size);
        await everybody();
        inHand.delete(id);
        seen.push(id);
        return HANDLED;
      },
    };
    const ids = ["a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1", "i1", "a2"];
    const serving = scriptedServing(store, [ids.map((id) => message(id))], handler);
    assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 10 });
    assert.equal(most, 8);
    assert.ok(seen.indexOf("a1") < seen.indexOf("a2"));
  },
);

storeTest(
  "a message that may kill the process is handled alone, after the others are deleted",
  async (store) => {
    const deleted: (readonly string[])[] = [];
    const inHand = new Set<string>();
    const handler: MessageHandler = {
      handle: async ({ id, receives }) => {
        inHand.add(id);
        await everybody();
        if (receives > 2) deleted.push([...serving.queue.deleted, ...inHand]);
        inHand.delete(id);
        return HANDLED;
      },
    };
    const batch = [message("x", { receives: 3 }), message("a"), message("y", { receives: 9 })];
    const serving = scriptedServing(store, [[...batch, message("b", { receives: 2 })]], handler);
    assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 4 });
    assert.deepEqual(deleted, [["a", "b", "x"], ["a", "b", "x", "y"]]);
  },
);

storeTest(
  "messages that came with one that kills the process are handled before it the next time",
  async (store) => {
    const seen: string[] = [];
    const handler: MessageHandler = {
      handle: ({ id }) => {
        seen.push(id);
        return id.startsWith("kills") ? new Promise<never>(() => {}) : Promise.resolve(HANDLED);
      },
    };
    for (let receives = 3; receives < 6; receives++) {
      const batch = ["kills-1", "a", "kills-2", "b"].map((id) => message(id, { receives }));
      // It never ends, as if the process were dead.
      void scriptedServing(store, [batch], handler).serve();
      for (let turn = 0; turn < 50; turn++) await everybody();
    }
    assert.deepEqual(seen, ["kills-1", "a", "kills-2", "b", "kills-1"]);
  },
);

storeTest("rows are written once with the row that makes the message handled", async (store) => {
  const row = (value: string): Write => ({ kind: "repo/done", id: value, value, expect: "absent" });
  const other = scriptedServing(store, [[message("a")]], {
    handle: () => Promise.resolve({ verdict: "handled", rows: [row("theirs")] }),
  });
  const handler = handles({
    a: async () => {
      await other.serve();
      return { verdict: "handled", rows: [row("mine")] };
    },
  });
  const serving = scriptedServing(store, [[message("a")]], handler);
  assert.deepEqual(await serving.serve(), { ...NOTHING, duplicate: 1 });
  assert.deepEqual((await rowsOf(store, "repo/done")).map(({ id }) => id), ["theirs"]);
});

const UNWRITABLE: readonly (readonly [what: string, rows: readonly Write[]])[] = [
  ["is not as it expects", [{ kind: "repo/done", id: "taken", value: 1, expect: "absent" }]],
  ["no store can write", [{ kind: "repo/done", id: "", value: 1 }]],
  ["is too large", [{ kind: "repo/done", id: "x", value: noise(600_000) }]],
];

for (const [what, rows] of UNWRITABLE) {
  storeTest(`a message with a row that ${what} is not done, and tried again`, async (store) => {
    await store.write([{ kind: "repo/done", id: "taken", value: 0 }]);
    const handler = handles({ a: () => ({ verdict: "handled", rows }) });
    const again = message("a", { receives: TRIES + 1 });
    const serving = scriptedServing(store, [[message("a"), message("b")], [again]], handler);
    assert.deepEqual(await serving.serve(), { ...NOTHING, handled: 1, left: 1, rejected: 1 });
    assert.deepEqual((await rowsOf(store, "repo/done")).map(({ value }) => value), [0]);
  });
}

storeTest("a damaged row of one message keeps nothing from the others", async (store) => {
  await store.write([{ kind: "repo/handled-message", id: "a", value: { at: "never" } }]);
  await store.write([{ kind: "repo/deferred-message", id: "b", value: {} }]);
  const serving = scriptedServing(store, [[message("a"), message("c")]], handles());
  const served = await serving.serve();
  assert.deepEqual(served, { ...NOTHING, handled: 1, left: 2 });
  assert.deepEqual(serving.queue.deleted, ["c"]);
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

/** A store that fails for as long as it is told to. */
function failing(store: Store) {
  const parts = { fails: false, asked: 0 };
  const unless = <Value>(work: () => Promise<Value>) => {
    parts.asked++;
    return parts.fails ? Promise.reject(new StoreError("Cannot write the store")) : work();
  };
  const faulty: Store = {
    get: (...key) => unless(() => store.get(...key)),
    list: (...rows) => store.list(...rows),
    write: (writes) => unless(() => store.write(writes)),
    writeEach: (...rows) => unless(() => store.writeEach(...rows)),
    close: () => {},
  };
  return Object.assign(parts, { store: faulty });
}

storeTest(
  "while the store fails nothing is received; when it works again, serving goes on",
  async (store) => {
    const faulty = failing(store);
    const handler = handlesInOrder({
      a: () => {
        faulty.fails = true;
        return HANDLED;
      },
    });
    const serving = scriptedServing(
      faulty.store,
      [[message("a"), message("b")], [message("c")], (signal) => untilAborted(signal)],
      handler,
    );
    const end = serving.serve({ once: false });
    const waits: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      await eventually(() => (serving.clock.waitingMs[0] ?? Infinity) <= 60_000);
      waits.push(serving.clock.waitingMs[0]!);
      if (turn === 5) faulty.fails = false;
      await serving.clock.advance(waits.at(-1)!);
    }
    await eventually(() => serving.queue.deleted.length === 1);
    serving.stop.abort();
    assert.deepEqual(await end, { ...NOTHING, handled: 1, left: 2, stopped: true });
    assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    // Nothing was received between the failure and the end of it; "b" was not begun.
    assert.equal(serving.queue.waits.length, 3);
    assert.deepEqual(handler.seen, ["a", "c"]);
  },
);

storeTest(
  "a handler that cannot write the store lets it be asked before more is received",
  async (store) => {
    const handler = handlesInOrder({
      a: () => {
        throw new StoreError("database or disk is full");
      },
    });
    const script = [[message("a"), message("b")], (signal: AbortSignal) => untilAborted(signal)];
    const serving = scriptedServing(store, script, handler);
    const end = serving.serve({ once: false });
    await eventually(() => serving.clock.waitingMs[0] === 5_000);
    assert.deepEqual([handler.seen, serving.queue.waits.length], [["a", "b"], 1]);
    await serving.clock.advance(5_000);
    await eventually(() => serving.queue.waits.length === 2);
    serving.stop.abort();
    assert.deepEqual(await end, { ...NOTHING, handled: 1, left: 1, stopped: true });
  },
);

storeTest("a signal ends the wait for the store", async (store) => {
  const faulty = failing(store);
  faulty.fails = true;
  const serving = scriptedServing(faulty.store, [], handles());
  const end = serving.serve({ once: false });
  await eventually(() => serving.clock.waitingMs.length === 1);
  serving.stop.abort();
  assert.deepEqual(await end, { ...NOTHING, stopped: true });
  assert.deepEqual(serving.queue.waits, []);
});

storeTest(
  "work between batches is done once a minute, while messages come and without them",
  async (store) => {
    const ticks: number[] = [];
    let receives = 0;
    const serving = scriptedServing(store, [], handles());
    serving.queue.receive = async (waitSeconds) => {
      if (++receives === 40) serving.stop.abort();
      await serving.clock.advance(waitSeconds * 1_000);
      return receives % 2 === 0 ? [message(`m${receives}`)] : [];
    };
    const served = await serving.serve({
      once: false,
      tick: () => {
        ticks.push(serving.clock.monotonicMs());
        return Promise.reject(new Error("not now"));
      },
    });
    assert.deepEqual(served, { ...NOTHING, handled: 19, left: 1, stopped: true });
    const gaps = ticks.slice(1).map((at, index) => at - ticks[index]!);
    assert.ok(ticks[0] === 0 && ticks.length > 10, String(ticks));
    assert.ok(gaps.every((gap) => gap >= 30_000 && gap < 60_000), String(gaps));
    assert.ok(
      serving.lines.some(({ level, event }) =>
        level === "error" && event === "The work between batches failed and is tried again"
      ),
    );
  },
);

storeTest("with once the work between batches is done once, before the end", async (store) => {
  const seen: string[] = [];
  const serving = scriptedServing(store, [[message("a")], [message("b")]], handles());
  await serving.serve({ tick: () => Promise.resolve(void seen.push(...serving.queue.deleted)) });
  assert.deepEqual(seen, ["a", "b"]);
});

storeTest("two queues are served side by side, and counted together", async (store) => {
  const [one, other] = [
    scriptedServing(store, [[message("a"), message("b")]], handles()),
    scriptedServing(store, [[message("c")]], handles()),
  ];
  const served = await serveQueues([one.part(), other.part({ source: "events" })]);
  assert.deepEqual(served, { ...NOTHING, handled: 3 });
  assert.deepEqual([one.queue.deleted, other.queue.deleted], [["a", "b"], ["c"]]);
});

storeTest(
  "of two queues, one that cannot be read lets the other finish what it has in hand",
  async (store) => {
    const [begun, read] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const handler = handlesInOrder({
      a: async () => {
        begun.resolve();
        await read.promise;
        return HANDLED;
      },
    });
    const one = scriptedServing(store, [[message("a"), message("b")]], handler);
    const gone = Object.assign(new Error("gone"), { name: "QueueDoesNotExist" });
    const other = scriptedServing(store, [
      async () => {
        await begun.promise;
        queueMicrotask(() => void everybody().then(read.resolve));
        throw gone;
      },
    ], handles());
    await assert.rejects(
      serveQueues([one.part({ once: false }), other.part({ once: false, source: "events" })]),
      /QueueDoesNotExist: gone/,
    );
    assert.deepEqual([handler.seen, one.queue.deleted], [["a"], ["a"]]);
  },
);

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

storeTest("somebody who sends much that is rejected does not fill the store", async (store) => {
  const handler: MessageHandler = {
    handle: () => Promise.resolve({ verdict: "rejected", reason: "bad" }),
  };
  const batches = Array.from(
    { length: 130 },
    (_, batch) => Array.from({ length: 10 }, (_, index) => message(`m-${batch}-${index}`)),
  );
  const serving = scriptedServing(store, batches, handler);
  serving.queue.receive = async () => {
    await serving.clock.advance(1_000);
    const next = batches.shift() ?? [];
    if (batches.length === 0) serving.stop.abort();
    return next;
  };
  await serving.serve({ once: false });
  const kept = await rowsOf(store, "repo/rejected-message");
  assert.ok(kept.length >= 1_000 && kept.length < 1_120, String(kept.length));
});

/** Text that cannot be compressed much. */
function noise(length: number): string {
  const random = () => Math.random().toString(36).slice(2);
  return Array.from({ length: length / 10 }, random).join("").slice(0, length);
}

function untilAborted(signal: AbortSignal): Promise<[]> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Lets others go on until something holds. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !holds(); turn++) await everybody();
  assert.ok(holds());
}
