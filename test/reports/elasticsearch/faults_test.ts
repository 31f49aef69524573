import assert from "assert";
import { openElasticsearch } from "../../../reports/elasticsearch/client.ts";
import { type Account, writeDocuments } from "../../../reports/elasticsearch/write_documents.ts";
import { EXIT, UsageError } from "../../../runners/core/errors.ts";
import { elastic, type Fault, MemoryElasticsearch } from "./memory_server.ts";
import { documentsOf, hastyClock, sendingTo, setUpFor } from "./runs.ts";

const error = (status: number, type: string, reason: string) =>
  elastic({ error: { type, reason }, status }, status);

const item = (status: number, type: string, reason: string) => ({
  index: { status, error: { type, reason } },
});

const FLOOD = item(
  429,
  "cluster_block_exception",
  "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has " +
    "read-only-allow-delete block];",
);

/** Answers a bulk request in the place of the server. */
const bulk = (answer: (body: string, times: number) => ReturnType<Fault>): Fault => {
  let times = 0;
  return ({ path, body }) => path === "/_bulk" ? answer(body, times++) : undefined;
};

/** The same for every document of the first requests. */
const items = (one: object, first = Infinity) =>
  bulk((body, times) => {
    if (times >= first) return undefined;
    const lines = body.trimEnd().split("\n").length;
    return elastic({ items: Array.from({ length: lines / 2 }, () => one) });
  });

type Wanted = {
  /** The documents that the server has in the end. */
  readonly has: number;
  /** Of what is told. */
  readonly says?: RegExp;
  /** Whether the program waits before other tries. */
  readonly waits?: boolean;
};

const FAULTS: readonly (readonly [string, Fault, Wanted])[] = [
  ["429 for a while", bulk((_, times) => times < 3 ? elastic({}, 429) : undefined), {
    has: 3,
    waits: true,
  }],
  ["429 for ever", bulk(() => error(429, "es_rejected_execution_exception", "queue is full")), {
    has: 0,
    says: /answered 429: es_rejected_execution_exception: queue is full/,
    waits: true,
  }],
  ["503 for each document for a while", items(item(503, "unavailable_shards_exception", "no"), 2), {
    has: 3,
    waits: true,
  }],
  ["429 for each document for ever", items(item(429, "circuit_breaking_exception", "no memory")), {
    has: 0,
    says: /circuit_breaking_exception: no memory \(429\)/,
    waits: true,
  }],
  [
    "503 with a page of a proxy",
    bulk((_, times) =>
      times < 2
        ? new Response("<html>", { status: 503, headers: { "content-type": "text/html" } })
        : undefined
    ),
    { has: 3, waits: true },
  ],
  ["the flood stage", items(FLOOD), { has: 0, says: /disk of the server is nearly full/ }],
  [
    "the flood stage for the complete request",
    bulk(() =>
      error(403, "cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)];")
    ),
    { has: 0, says: /the index is read-only; its lifecycle/ },
  ],
  ["a connection that breaks before", bulk((_, times) => times < 2 ? "break" : undefined), {
    has: 3,
    waits: true,
  }],
  ["a connection that breaks after", bulk((_, times) => times === 0 ? "break after" : undefined), {
    has: 3,
    waits: true,
  }],
  ["connections that break for ever", () => "break", {
    has: 0,
    says: /broke the connection/,
    waits: true,
  }],
  [
    "400 for one document",
    bulk((body) =>
      body.includes("prod-b")
        ? elastic({
          items: [
            { index: { status: 201 } },
            item(400, "document_parsing_exception", "failed to parse field [age]"),
          ],
        })
        : undefined
    ),
    {
      // The answer is made up: what it calls written is not there.
      has: 1,
      says: /prod-b: document_parsing_exception: failed to parse field \[age\] \(400\)/,
    },
  ],
  ["fewer answers than documents", bulk(() => elastic({ items: [] })), {
    has: 0,
    says: /gave 0 answers to 1 document/,
  }],
  ["401", () => error(401, "security_exception", "unable to authenticate"), {
    has: 0,
    says: /does not let the API key in ES_API_KEY in \(401\): unable to authenticate/,
  }],
  ["403", () => error(403, "security_exception", "action [x] needs [create_index]"), {
    has: 0,
    says:
      /does not allow it to the API key in ES_API_KEY \(403\): action \[x\] needs \[create_index\]/,
  }],
  ["OpenSearch", () => new Response("{}", { headers: { "content-type": "application/json" } }), {
    has: 0,
    says:
      /does not answer as an Elasticsearch server of version 8 or 9\. OpenSearch is not supported/,
  }],
  ["OpenSearch with an error", () =>
    new Response('{"error":{"type":"x","reason":"y"}}', {
      status: 400,
      headers: { "content-type": "application/json" },
    }), { has: 0, says: /OpenSearch is not supported/ }],
  ["7.17", () => error(400, "media_type_header_exception", "Invalid media-type value"), {
    has: 0,
    says: /versions 8 and 9 are, 7\.17 and older refuse/,
  }],
  [
    "a page in the place of an answer",
    () => new Response("<html>", { headers: { "x-elastic-product": "Elasticsearch" } }),
    {
      has: 0,
      says: /answered something that is not JSON/,
    },
  ],
];

const RUN = documentsOf("run-1", [{ part: "prod", proof: 2, below: ["a", "b"] }]);

function told({ fault, failures }: Account): string {
  return [
    ...fault ? [fault.message] : [],
    ...failures.map(({ id, reason }) => `${id}: ${reason}`),
  ].join("\n");
}

for (const [title, fault, { has, says, waits = false }] of FAULTS) {
  Deno.test(`nothing is taken for written that was not: ${title}`, async () => {
    await using server = await MemoryElasticsearch.start();
    await setUpFor(sendingTo(server.node));
    server.fault = fault;
    const waited: number[] = [];
    const clock = hastyClock(waited);
    await using opened = await openElasticsearch(
      sendingTo(server.node, { clock, apiKeyEnv: "ES_API_KEY" }),
    );
    const account = await writeDocuments(opened, "run-1", RUN);
    const isWhole = account.written + account.kept === account.total && account.fault === null;
    assert.equal(isWhole, has === RUN.length, told(account));
    assert.equal(Object.keys(server.documents()).length, has);
    if (says) assert.match(told(account), says);
    else assert.equal(told(account), "");
    assert.equal(waited.length > 0, waits, `${waited}`);
    const totalMs = waited.reduce((sum, ms) => sum + ms, 0);
    assert.ok(totalMs <= 60_000, `${totalMs} ms`);
    // It waits longer each time.
    assert.deepEqual(waited, waited.toSorted((a, b) => a - b));
  });
}

Deno.test("a request that is too large is halved, until one document alone is too large", async () => {
  await using server = await MemoryElasticsearch.start();
  await setUpFor(sendingTo(server.node));
  const names = Array.from({ length: 20 }, (_, at) => `n${at}`);
  const run = documentsOf("run-1", [{ part: "prod", proof: 2, below: [...names, "large"] }]);
  server.fault = ({ path, body }) =>
    path === "/_bulk" && (body.includes("large") || body.length > 1_500)
      ? new Response("", { status: 413 })
      : undefined;
  await using opened = await openElasticsearch(sendingTo(server.node));
  const account = await writeDocuments(opened, "run-1", run);
  assert.deepEqual([account.total, account.written], [22, 21]);
  assert.deepEqual(account.failures, [
    { id: "prod-large", reason: "it is larger than the server takes (413)" },
  ]);
});

Deno.test("documents go in pieces by their bytes, whatever their text", async () => {
  await using server = await MemoryElasticsearch.start();
  await setUpFor(sendingTo(server.node));
  const [head, ...rest] = documentsOf("run-1", [
    { part: "prod", proof: 2, below: ["a", "b", "c", "d"] },
  ]);
  const text = "א".repeat(1_200_000);
  const run = [head!, ...rest.map((one) => ({ ...one, body: { ...one.body, text } }))];
  await using opened = await openElasticsearch(sendingTo(server.node));
  assert.equal((await writeDocuments(opened, "run-1", run)).written, 5);
  // Two bytes a letter: two of them fill a piece.
  assert.equal(server.asked.filter((one) => one.endsWith("/_bulk")).length, 3);
});

Deno.test("a signal cuts the waiting, and what is written is known", async () => {
  await using server = await MemoryElasticsearch.start();
  await setUpFor(sendingTo(server.node));
  const stop = new AbortController();
  server.fault = bulk((_, times) => {
    if (times === 0) return undefined;
    stop.abort();
    return elastic({}, 503);
  });
  await using opened = await openElasticsearch(sendingTo(server.node, { signal: stop.signal }));
  const { written, total, fault } = await writeDocuments(opened, "run-1", RUN);
  assert.deepEqual([written, total], [1, 3]);
  assert.equal(fault!.exitCode, EXIT.partly);
  assert.match(fault!.message, /told to stop/);
});

Deno.test("after a signal nothing more is asked", async () => {
  await using server = await MemoryElasticsearch.start();
  await setUpFor(sendingTo(server.node));
  const stop = new AbortController();
  server.fault = bulk(() => {
    stop.abort();
    return undefined;
  });
  // The deadline of what is in flight is not over yet.
  const wait = (_ms: number, over?: AbortSignal) =>
    new Promise<void>((_, cut) => over?.addEventListener("abort", () => cut(over.reason)));
  const clock = { ...hastyClock(), wait };
  await using opened = await openElasticsearch(
    sendingTo(server.node, { signal: stop.signal, clock }),
  );
  await writeDocuments(opened, "run-1", RUN);
  assert.match(server.asked.at(-1)!, /_bulk$/);
});

Deno.test("a server that is not there is told, and so is a variable that is not set", async () => {
  const { node } = await MemoryElasticsearch.start().then(async (server) => {
    await using gone = server;
    return { node: gone.node };
  });
  await using opened = await openElasticsearch(sendingTo(node));
  const { fault } = await writeDocuments(opened, "run-1", RUN);
  assert.match(fault!.message, /refused the connection: no server runs there/);
  assert.equal(fault!.exitCode, EXIT.failed);
  await assert.rejects(
    openElasticsearch(sendingTo(node, { apiKeyEnv: "ES_OTHER" })),
    (error) => error instanceof UsageError && /the variable ES_OTHER, which/.test(error.message),
  );
  await assert.rejects(openElasticsearch(sendingTo(node, { ca: "/nowhere/ca.pem" })), UsageError);
});

Deno.test("a server that does not answer is asked again, and then given up", async () => {
  const waited: number[] = [];
  const clock = hastyClock(waited);
  await using opened = await openElasticsearch(sendingTo("http://127.0.0.1:9", { clock }));
  const slow = () => {
    const late = new Error("Request timed out");
    late.name = "TimeoutError";
    return Promise.reject<object>(late);
  };
  await assert.rejects(opened.ask(slow), /did not answer in time/);
  assert.ok(waited.length > 3);
});
