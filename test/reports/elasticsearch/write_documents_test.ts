import assert from "assert";
import fc from "fast-check";
import { openElasticsearch } from "../../../reports/elasticsearch/client.ts";
import { writeDocuments } from "../../../reports/elasticsearch/write_documents.ts";
import { assertAccounted, expectedAfter, type Life, live, sorted } from "./lives.ts";
import { elastic, type Fault, MemoryElasticsearch } from "./memory_server.ts";
import { documentsOf, MONTH, sendingTo, setUpFor } from "./runs.ts";

async function readyServer(): Promise<MemoryElasticsearch> {
  const server = await MemoryElasticsearch.start();
  await setUpFor(sendingTo(server.node));
  return server;
}

/** Who wrote each document that the server has. */
function writers(server: MemoryElasticsearch): Record<string, string> {
  const documents = Object.entries(server.documents()).map(([path, source]): [string, string] => [
    path.slice(MONTH.length + 1),
    (source as { groundskeeper: { run: { id: string } } }).groundskeeper.run.id,
  ]);
  return sorted(Object.fromEntries(documents));
}

const whole = (runId: string, proof: number, ...below: string[]): Life => ({
  runId,
  parts: [{ part: "prod", proof, below }],
  killed: null,
});

Deno.test("the documents of a run are there, and a second time changes nothing", async () => {
  await using server = await readyServer();
  const run = whole("run-1", 2, "a", "b");
  const { account } = await live(server, run);
  assert.deepEqual([account.written, account.kept, account.removed], [3, 0, 0]);
  const before = server.documents();
  assertAccounted((await live(server, run)).account);
  assert.deepEqual(server.documents(), before);
});

const pairs: readonly (readonly [string, number, number, string])[] = [
  ["more", 2, 3, "run-2"],
  ["as much", 2, 2, "run-1"],
  ["less", 2, 1, "run-1"],
  ["nothing", 2, 0, "run-1"],
];

for (const [title, first, second, owner] of pairs) {
  Deno.test(`of a run that proved ${title} than the first the slot has the right documents`, async () => {
    await using server = await readyServer();
    const lives = [whole("run-1", first, "a", "gone"), whole("run-2", second, "a", "new")];
    for (const life of lives) assertAccounted((await live(server, life)).account);
    assert.deepEqual(writers(server), expectedAfter(lives));
    assert.deepEqual(new Set(Object.values(writers(server))), new Set([owner]));
  });
}

Deno.test("a part is replaced and another is kept, in one run", async () => {
  await using server = await readyServer();
  const of = (runId: string, prod: number, data: number): Life => ({
    runId,
    parts: [
      { part: "prod", proof: prod, below: ["a", runId] },
      { part: "data", proof: data, below: ["b", runId] },
    ],
    killed: null,
  });
  const lives = [of("run-1", 0, 2), of("run-2", 2, 0)];
  await live(server, lives[0]!);
  const { account } = await live(server, lives[1]!);
  assert.deepEqual([account.written, account.kept, account.removed], [3, 3, 1]);
  assert.deepEqual(writers(server), expectedAfter(lives));
});

Deno.test("a kill at any request, then a replay, ends in the right documents", async () => {
  const first = whole("run-1", 1, "a", "gone");
  const second = whole("run-2", 2, "a", "new");
  let kills = 0;
  for (const killedIs of [first, second]) {
    for (let at = 0, more = true; more; at++) {
      for (const after of [false, true]) {
        await using server = await readyServer();
        const lives = [first, second].map((life) =>
          life === killedIs ? { ...life, killed: { at, after } } : life
        );
        for (const life of lives) more = at < (await live(server, life)).requests && more;
        // The other one was sent, and nobody sends it again.
        assertAccounted((await live(server, killedIs)).account);
        assert.deepEqual(writers(server), expectedAfter([first, second]), `at ${at} ${after}`);
        kills++;
      }
    }
  }
  assert.ok(kills >= 16, `${kills}`);
});

const runPart = fc.record({
  part: fc.constantFrom("prod", "data", "test"),
  proof: fc.integer({ min: 0, max: 3 }),
  below: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }),
});

const lifeOf = fc.record({
  parts: fc.uniqueArray(runPart, { selector: ({ part }) => part, maxLength: 3 }),
  killed: fc.option(fc.record({ at: fc.nat(9), after: fc.boolean() })),
});

Deno.test("any runs with kills, when all were replayed, leave what proved most", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(lifeOf, { minLength: 1, maxLength: 4 }), async (made) => {
      await using server = await readyServer();
      const lives = made.map((life, at): Life => ({ ...life, runId: `run-${at}` }));
      for (const life of lives) await live(server, life);
      for (const life of lives) {
        assertAccounted((await live(server, { ...life, killed: null })).account);
      }
      const found = writers(server);
      // Of runs that proved the same, the one that came first with a head has the part.
      assert.deepEqual(partsAndProofs(server), partsOfAll(lives));
      for (const [id, runId] of Object.entries(found)) {
        const own = lives.find((life) => life.runId === runId)!;
        const part = own.parts.find((one) => one.part === id.split("-")[0])!;
        assert.ok(id === part.part || part.below.includes(id.split("-")[1]!), `${id} of ${runId}`);
        assert.equal(runId, found[part.part], "the run of its head");
      }
      for (const [head, runId] of Object.entries(found).filter(([id]) => !id.includes("-"))) {
        const part = lives.find((life) => life.runId === runId)!.parts
          .find((one) => one.part === head)!;
        for (const name of part.below) assert.equal(found[`${head}-${name}`], runId);
      }
    }),
    { numRuns: 60, seed: 17 },
  );
});

/** The most that was proved of each part. */
function partsOfAll(lives: readonly Life[]): Record<string, number> {
  const proofs: Record<string, number> = {};
  for (const { part, proof } of lives.flatMap(({ parts }) => parts)) {
    proofs[part] = Math.max(proofs[part] ?? 0, proof);
  }
  return sorted(proofs);
}

function partsAndProofs(server: MemoryElasticsearch): Record<string, number> {
  const heads = Object.entries(server.documents()).map(([path, source]): [string, number] => {
    const { run } = (source as { groundskeeper: { run: { proof: number } } }).groundskeeper;
    return [path.slice(MONTH.length + 1), run.proof];
  });
  return sorted(Object.fromEntries(heads.filter(([id]) => !id.includes("-"))));
}

Deno.test("another run that comes between two requests loses nothing", async () => {
  const base = whole("run-base", 0, "a", "base");
  const low = whole("run-low", 1, "a", "low");
  const high = whole("run-high", 2, "a", "high");
  for (const [slow, quick] of [[low, high], [high, low]] as const) {
    for (let at = 0;; at++) {
      await using server = await readyServer();
      let requests = 0;

      server.fault = async () => {
        if (requests++ === at) await live(server, quick);
        return undefined;
      };
      await using opened = await openElasticsearch(sendingTo(server.node));
      const account = await writeDocuments(opened, slow.runId, documentsOf(slow.runId, slow.parts));
      const told = `${slow.runId} cut at ${at}`;
      assert.equal(account.written + account.kept, account.total, told);
      if (requests <= at) break;
      assert.deepEqual(writers(server), expectedAfter([base, low, high]), told);
    }
  }
});

Deno.test("of a part that other runs take each time its head is written, nothing else is written", async () => {
  await using server = await readyServer();
  const others = [whole("run-1", 0, "a"), whole("run-2", 1, "a")];
  const meanwhile: Fault = async ({ path }) => {
    const other = path.endsWith("/_bulk") ? others.shift() : undefined;
    if (!other) return undefined;
    await live(server, other);
    server.fault = meanwhile;
    return undefined;
  };
  server.fault = meanwhile;
  await using opened = await openElasticsearch(sendingTo(server.node));
  const { parts, runId } = whole("run-3", 2, "a");
  const account = await writeDocuments(opened, runId, documentsOf(runId, parts));
  assert.deepEqual([account.written, account.kept, account.failures], [0, 0, [{
    id: "prod",
    reason: "another run writes the documents of this slot at the same time",
  }]]);
  assert.deepEqual(writers(server), { prod: "run-2", "prod-a": "run-2" });
});

Deno.test("thousands of documents of a run that proved less are all deleted", async () => {
  await using server = await readyServer();
  const names = Array.from({ length: 2_500 }, (_, at) => `n${at}`);
  await live(server, whole("run-1", 1, ...names));
  const { account } = await live(server, whole("run-2", 2));
  assert.deepEqual([account.written, account.removed], [1, 2_500]);
});

Deno.test("a head that does not say what its run proved is kept", async () => {
  await using server = await readyServer();
  const source = { text: "of another program" };
  server.indices.set(MONTH, {
    aliases: {},
    mappings: {},
    documents: new Map([["prod", { source, version: 1, seqNo: 0 }]]),
  });
  const { account } = await live(server, whole("run-1", 2, "a"));
  assert.deepEqual([account.written, account.kept], [0, 2]);
  assert.deepEqual(server.documents(), { [`${MONTH}/prod`]: source });
});

Deno.test("an answer that is lost when a search is closed is no fault", async () => {
  await using server = await readyServer();
  await live(server, whole("run-1", 1, "n1"));
  let closings = 0;
  server.fault = ({ method, path }) => {
    if (method !== "DELETE" || path !== "/_pit") return undefined;
    return closings++ === 0 ? "break after" : elastic({ succeeded: true, num_freed: 0 }, 404);
  };
  await using opened = await openElasticsearch(sendingTo(server.node));
  const documents = documentsOf("run-2", whole("run-2", 2).parts);
  const account = await writeDocuments(opened, "run-2", documents);
  assertAccounted(account);
  assert.deepEqual([closings, account.removed], [2, 1]);
});
