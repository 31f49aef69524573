import assert from "assert";
import { UnfinishedWriteError, type Write } from "../../../runners/core/store/store.ts";
import type { Call } from "../../aws/call_log.ts";
import { failWith, type Fault, once, throttle, times } from "../../aws/faults.ts";
import "../../aws/start_shared_both.ts";
import { idsOf, isWritten } from "../../conformance/store_asking.ts";
import { everybody, ManualClock } from "../core/manual_clock.ts";
import { BATCH, faultOf, MARK, storeTest, TRANSACT } from "./dynamodb_scene.ts";
import { homeSession, openAt } from "./dynamodb_table.ts";

const tokens = (calls: readonly Call[]) =>
  new Set(calls.map(({ parameters }) => parameters["ClientRequestToken"]));

/** A cancelled transaction, as DynamoDB says it (API Reference, TransactWriteItems). */
function cancelled(...codes: readonly string[]): Fault {
  return {
    kind: "replace",
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: JSON.stringify({
      __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      Message: `Transaction cancelled, see the reasons [${codes.join(", ")}]`,
      CancellationReasons: codes.map((Code) => ({ Code, Message: `${Code} it is` })),
    }),
  };
}

storeTest("a table that is throttled for a minute slows a run down, and says so", async (scene) => {
  const { store, proxy, clock, said } = scene;
  await store.write([MARK]);
  const works: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["dynamodb:GetItem", () => store.get(MARK.kind, MARK.id)],
    ["dynamodb:Query", () => idsOf(store, MARK.kind)],
    ["dynamodb:TransactWriteItems", () => store.write([{ ...MARK, id: "i-2" }])],
    [
      "dynamodb:BatchWriteItem",
      () => store.writeEach([{ kind: "audit/mark", id: "i-3", value: 3 }]),
    ],
  ];
  for (const [action, work] of works) {
    const startedMs = clock.monotonicMs();
    const isOver = () => clock.monotonicMs() - startedMs >= 60_000;
    const end = proxy.onCall((call) => isOver() ? undefined : throttle({ action })(call));
    await work();
    end();
    assert.ok(isOver(), action);
  }
  assert.deepEqual(await idsOf(store, MARK.kind), ["i-1", "i-2", "i-3"]);
  assert.equal(said.length, works.length);
  assert.match(said[0]!, /^The store waits for the DynamoDB table "store-.+: it is throttled, or/);
});

const BUSY = [
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "InternalServerError",
];

for (const code of BUSY) {
  storeTest(`${code} passes`, async ({ store, proxy }) => {
    proxy.onCall(failWith(TRANSACT, code, 7));
    assert.deepEqual(await store.write([MARK]), { written: true });
  });
}

storeTest("a table that is throttled for longer than two minutes is exit 1", async (scene) => {
  const { store, proxy, clock, at } = scene;
  proxy.onCall(throttle({ service: "dynamodb" }));
  const startedMs = clock.monotonicMs();
  const { message } = await faultOf(store.write([MARK]));
  const waitedMs = clock.monotonicMs() - startedMs;
  assert.ok(120_000 <= waitedMs && waitedMs < 130_000, `${waitedMs} ms`);
  assert.equal(
    message,
    `Cannot write 1 row to the store (DynamoDB table "${at.table}", us-east-1, account ` +
      `${at.account}): it was busy for 2 minutes (ThrottlingException: Rate exceeded). Give the ` +
      "table more throughput, or let fewer runs work at the same time, then run again",
  );
});

for (const code of ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]) {
  storeTest(`a transaction that ${code} cancels is made again, with its token`, async (scene) => {
    const { store, proxy } = scene;
    proxy.onCall(times(TRANSACT, 5, cancelled("None", code)));
    const other: Write = { ...MARK, id: "i-2" };
    assert.deepEqual(await store.write([MARK, other]), { written: true });
    assert.equal(proxy.calls.length, 6);
    assert.equal(tokens(proxy.calls).size, 1);
    assert.deepEqual(await idsOf(store, MARK.kind), ["i-1", "i-2"]);
  });
}

storeTest(
  "a transaction in progress is waited for, and each write has a token of its own",
  async (scene) => {
    const { store, proxy } = scene;
    proxy.onCall(failWith(TRANSACT, "TransactionInProgressException", 5));
    assert.deepEqual(await store.write([MARK]), { written: true });
    assert.equal(tokens(proxy.calls).size, 1);
    assert.deepEqual(await store.write([{ ...MARK, id: "i-2" }]), { written: true });
    assert.equal(tokens(proxy.calls).size, 2);
  },
);

storeTest("a row in the way counts, also beside a conflict", async ({ store, proxy }) => {
  proxy.onCall(once(TRANSACT, cancelled("TransactionConflict", "ConditionalCheckFailed")));
  const other: Write = { ...MARK, id: "i-2" };
  assert.deepEqual(await store.write([MARK, other]), {
    written: false,
    inTheWay: { kind: MARK.kind, id: "i-2", row: undefined },
  });
});

storeTest(
  "a transaction that is cancelled for another reason is exit 1, and not tried again",
  async (scene) => {
    const { store, proxy } = scene;
    proxy.onCall(once(TRANSACT, cancelled("TransactionConflict", "ValidationError")));
    const { message } = await faultOf(store.write([MARK, { ...MARK, id: "i-2" }]));
    assert.match(
      message,
      /^Cannot write 2 rows to the store .*: TransactionConflict: .*; ValidationE/,
    );
    assert.equal(proxy.calls.length, 1);
  },
);

storeTest(
  "a write whose answer is lost after its effect is written, once, and no conflict with itself",
  async (scene) => {
    const { store, proxy } = scene;
    const lost: Fault = { kind: "lose-answer" };
    proxy.onCall(once(TRANSACT, lost));
    assert.deepEqual(await store.write([MARK]), { written: true });
    assert.equal(proxy.calls.length, 2);
    const { revision } = (await store.get(MARK.kind, MARK.id))!;
    proxy.onCall(once(TRANSACT, lost));
    const change = { ...MARK, value: "second", expect: revision };
    assert.deepEqual(await store.write([change]), { written: true });
    proxy.onCall(once(TRANSACT, lost));
    const { revision: second } = (await store.get(MARK.kind, MARK.id))!;
    assert.equal(await isWritten(store, [{ ...MARK, value: undefined, expect: second }]), true);
    proxy.onCall(once(BATCH, lost));
    await store.writeEach([{ kind: MARK.kind, id: "i-2", value: 2 }]);
    assert.deepEqual(await idsOf(store, MARK.kind), ["i-2"]);
  },
);

storeTest("what is not processed is sent again, and nothing else", async ({ store, proxy }) => {
  const ids: string[][] = [];
  let turn = 0;
  proxy.onCall(({ action, parameters: { RequestItems = "" } }) => {
    if (action !== BATCH.action) return undefined;
    const [[table, rows]] = Object.entries(JSON.parse(RequestItems)) as [[string, object[]]];
    ids.push([...JSON.stringify(rows).matchAll(/"(i-\d+)"/g)].map(([, id]) => id!));
    if (++turn > 2) return undefined;
    const UnprocessedItems = { [table]: turn === 1 ? rows : rows.slice(0, 1) };
    return turn === 1
      ? { kind: "replace", status: 200, body: JSON.stringify({ UnprocessedItems }) }
      : undefined;
  });
  proxy.rewrite({
    appliesTo: ({ action }) => action === BATCH.action && turn === 2,
    rewrite: (_, { parameters: { RequestItems = "" } }) => {
      const [[table, rows]] = Object.entries(JSON.parse(RequestItems)) as [[string, object[]]];
      return JSON.stringify({ UnprocessedItems: { [table]: rows.slice(1) } });
    },
  });
  const names = ["i-1", "i-2", "i-3"];
  await store.writeEach(names.map((id, value) => ({ kind: "audit/mark", id, value })));
  assert.deepEqual(ids, [names, names, ["i-2", "i-3"]]);
  assert.deepEqual(await idsOf(store, "audit/mark"), names);
});

storeTest(
  "rows that are never processed end after two minutes, with how many are written",
  async (scene) => {
    const { store, proxy } = scene;
    proxy.onCall(({ action, parameters: { RequestItems = "" } }) =>
      action === BATCH.action && RequestItems.includes('"i-299"')
        ? {
          kind: "replace",
          status: 200,
          body: JSON.stringify({ UnprocessedItems: JSON.parse(RequestItems) }),
        }
        : undefined
    );
    const rows = Array.from({ length: 150 }, (_, index) => ({
      kind: "audit/mark",
      id: `i-${200 + index}`,
      value: index,
    }));
    const error = await faultOf(store.writeEach(rows));
    assert.ok(error instanceof UnfinishedWriteError);
    assert.equal(error.rows, 0);
    assert.match(
      error.message,
      /busy for 2 minutes \(ThrottlingException: 25 rows were not processed\)/,
    );
    // The other batches of the piece had ended when it was told.
    assert.equal((await idsOf(store, "audit/mark")).length, 75);
  },
);

storeTest(
  "the session's signal ends a call, also one that does not listen to it",
  async ({ at }) => {
    const stop = new AbortController();
    const session = homeSession(at.account, undefined, stop.signal);
    const client: typeof session.client = (clientClass, region) =>
      Object.assign(session.client(clientClass, region) as object, {
        send: () => new Promise(() => {}),
      }) as InstanceType<typeof clientClass>;
    const opening = openAt(at, { session: { ...session, client } });
    stop.abort();
    await assert.rejects(opening, { name: "AbortError" });
  },
);

storeTest("the session's signal ends a wait, and to close twice tells once", async (scene) => {
  const { at, proxy } = scene;
  const stop = new AbortController();
  const clock = new ManualClock();
  let closed = 0;
  const session = homeSession(at.account, undefined, stop.signal);
  const store = await openAt(at, { session, clock, onClose: () => closed++ });
  proxy.onCall(throttle(TRANSACT));
  const writing = store.write([MARK]);
  while (clock.waitingMs.length === 0) await new Promise((resolve) => setTimeout(resolve));
  stop.abort();
  await assert.rejects(writing, { name: "AbortError" });
  await everybody();
  store.close();
  store.close();
  assert.equal(closed, 1);
});
