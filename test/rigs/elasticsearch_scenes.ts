import assert from "assert";
import { openElasticsearch } from "../../reports/elasticsearch/client.ts";
import { announced, elasticsearchSink } from "../../reports/elasticsearch/sink.ts";
import { replay } from "../../reports/elasticsearch/replay.ts";
import { writeDocuments } from "../../reports/elasticsearch/write_documents.ts";
import { documentsFile, fileSink } from "../../reports/files/file_sink.ts";
import { denoDisk } from "../../runners/adapters/disk/deno_disk.ts";
import { MemoryStore } from "../../runners/adapters/memory/memory_store.ts";
import { FLATTENED, KEYWORD } from "../../runners/core/report/document_index.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import { type ElasticsearchVersion, startElasticsearch } from "./elasticsearch.ts";
import { expectedAfter, type Life, live, sorted } from "../reports/elasticsearch/lives.ts";
import {
  documentsOf,
  INDEX,
  MONTH,
  recordOf,
  sendingTo,
  setUpFor,
} from "../reports/elasticsearch/runs.ts";

/** Asks the server itself. @returns its answer, whatever its status */
async function ask(node: string, path: string, method = "GET", body?: unknown) {
  const response = await fetch(`${node}/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return await response.json();
}

/** Forgets all documents, and makes the server ready again. */
async function afresh(node: string): Promise<void> {
  const found = await ask(node, "_cat/indices/test-runs*?format=json");
  for (const { index } of found) await ask(node, index, "DELETE");
  await ask(node, `_index_template/${INDEX.name}`, "DELETE");
  await setUpFor(sendingTo(node));
  await ask(node, MONTH, "PUT", {});
}

/** Who wrote each document, by ID. */
async function writers(node: string): Promise<Record<string, string>> {
  await ask(node, `${MONTH}/_refresh`, "POST");
  const { hits: { hits } } = await ask(node, `${INDEX.name}/_search?size=1000`);
  return sorted(Object.fromEntries(hits.map(
    ({ _id, _source }: { _id: string; _source: { groundskeeper: { run: { id: string } } } }) => [
      _id,
      _source.groundskeeper.run.id,
    ],
  )));
}

const whole = (runId: string, proof: number, ...below: string[]): Life => ({
  runId,
  parts: [{ part: "prod", proof, below }, { part: "data", proof, below: [...below, "both"] }],
  killed: null,
});

/** Registers what the sink must do with a real server of a version. */
export function elasticsearchScenes(version: ElasticsearchVersion): void {
  Deno.test(`Elasticsearch ${version}`, async (t) => {
    await using server = await startElasticsearch({ version });
    await using proxy = CuttingProxy.before(server.node);
    const { node } = server;
    const scene = (title: string, test: () => Promise<void>) =>
      t.step(title, async () => {
        await afresh(node);
        await test();
      });

    await scene("knows our fields, and takes no other", async () => {
      const [head] = documentsOf("run-1", [{ part: "prod", proof: 2, below: [] }]);
      await sent(node, "run-1", [{ ...head!, body: { ...head!.body, surprise: { at: "2026" } } }]);
      const { [MONTH]: { mappings, aliases } } = await ask(node, MONTH);
      assert.equal(mappings.dynamic, "false");
      assert.ok(!("surprise" in mappings.properties));
      assert.deepEqual(mappings.properties.text, KEYWORD);
      assert.deepEqual(Object.keys(aliases), [INDEX.name]);
    });

    await scene("has the documents of the run that proved most", async () => {
      for (const second of [0, 1, 2, 3]) {
        await afresh(node);
        const lives = [whole("run-1", 2, "a", "gone"), whole("run-2", second, "a", "new")];
        for (const life of lives) await live(proxy, life);
        assert.deepEqual(await writers(node), expectedAfter(lives), `${second}`);
        // The same again changes no count.
        for (const life of lives) await live(proxy, life);
        assert.deepEqual(await writers(node), expectedAfter(lives), `${second} again`);
      }
    });

    await scene("has the right documents after a kill at any request and a replay", async () => {
      const [first, second] = [whole("run-1", 1, "a", "gone"), whole("run-2", 2, "a", "new")];
      for (const killedIs of [first, second]) {
        for (let at = 0, more = true; more; at++) {
          for (const after of [false, true]) {
            await afresh(node);
            for (const life of [first, second]) {
              const killed = life === killedIs ? { at, after } : null;
              more = at < (await live(proxy, { ...life, killed })).requests && more;
            }
            for (const life of [first, second]) await live(proxy, life);
            const told = `${killedIs.runId} at ${at}, after: ${after}`;
            assert.deepEqual(await writers(node), expectedAfter([first, second]), told);
          }
        }
      }
    });

    await scene("gets after an outage what the files have", () => outage(node, proxy));

    await scene("finds tags by any key", async () => {
      const keys = ["a.b", "", "k".repeat(128), "שלום", "=1+1", "<script>"];
      const tagged = { ...INDEX, fields: { ...INDEX.fields, tags: FLATTENED } };
      const sending = { ...sendingTo(node), indices: () => Promise.resolve([tagged]) };
      await setUpFor(sending);
      const [head] = documentsOf("run-1", [{ part: "prod", proof: 2, below: [] }]);
      const tags = Object.fromEntries(keys.map((key) => [key, `of ${key}`]));
      await sent(node, "run-1", [{ ...head!, body: { ...head!.body, tags } }]);
      await ask(node, `${MONTH}/_refresh`, "POST");
      for (const key of keys.filter((key) => key !== "")) {
        const query = { term: { [`tags.${key}`]: `of ${key}` } };
        const { hits } = await ask(node, `${INDEX.name}/_search`, "POST", { query });
        assert.equal(hits.total.value, 1, key);
      }
    });

    await scene("is refused where it is not ready", async () => {
      const run = documentsOf("run-1", [{ part: "prod", proof: 2, below: ["a"] }]);
      const publish = () => published(node, "run-1", run);
      await ask(node, MONTH, "DELETE");
      await ask(node, `_index_template/${INDEX.name}`, "DELETE");
      await assert.rejects(publish(), /has no template "test-runs"/);
      assert.deepEqual((await ask(node, "_cat/indices/test-runs*?format=json")).length, 0);
      await ask(node, `${INDEX.name}/_doc/x`, "PUT", {});
      await assert.rejects(setUpFor(sendingTo(node)), /has an index "test-runs" where the alias/);
      await ask(node, INDEX.name, "DELETE");
      await ask(node, MONTH, "PUT", { mappings: { properties: { text: { type: "long" } } } });
      await assert.rejects(setUpFor(sendingTo(node)), /with other types than the documents need/);
      await ask(node, MONTH, "DELETE");
      await ask(node, MONTH, "PUT", {});
      await setUpFor(sendingTo(node));
      await publish();
    });

    await scene("says that a disk is nearly full, and has it all later", async () => {
      const blocked = (on: boolean | null) =>
        ask(node, `${MONTH}/_settings`, "PUT", { "index.blocks.read_only_allow_delete": on });
      await blocked(true);
      const run = documentsOf("run-1", [{ part: "prod", proof: 2, below: ["a"] }]);
      await assert.rejects(published(node, "run-1", run), /disk of the server is nearly full/);
      await blocked(null);
      await published(node, "run-1", run);
      assert.equal(Object.keys(await writers(node)).length, 2);
    });

    await scene("tells the document that it cannot take", async () => {
      const run = documentsOf("run-1", [{ part: "prod", proof: 2, below: ["a", "b"] }]);
      const wrong = run.map((one) =>
        one.id === "prod-a" ? { ...one, body: { ...one.body, "@timestamp": "soon" } } : one
      );
      await assert.rejects(
        published(node, "run-1", wrong),
        /has 2 of 3 documents .*Document prod-a: document_parsing_exception/,
      );
    });

    await scene("takes 10,000 documents, and a better run replaces them", async () => {
      const names = Array.from({ length: 4_999 }, (_, at) => `i-${at}`);
      const parts = (proof: number) =>
        ["prod", "data"].map((part) => ({ part, proof, below: names }));
      await sent(node, "run-1", documentsOf("run-1", parts(1)));
      const better = parts(2).map((one) => ({ ...one, below: names.slice(0, 1_000) }));
      const account = await sent(node, "run-2", documentsOf("run-2", better));
      assert.deepEqual([account.written, account.removed], [2_002, 7_998]);
      await ask(node, `${MONTH}/_refresh`, "POST");
      assert.equal((await ask(node, `${INDEX.name}/_count`)).count, 2_002);
    });
  });
}

/** Writes documents, and expects that all are accounted for. */
async function sent(node: string, runId: string, documents: ReturnType<typeof documentsOf>) {
  await using server = await openElasticsearch(sendingTo(node));
  const account = await writeDocuments(server, runId, documents);
  assert.deepEqual([account.fault, account.failures], [null, []]);
  return account;
}

/** Publishes documents as a run does, with its files. */
async function published(node: string, runId: string, documents: ReturnType<typeof documentsOf>) {
  const folder = await Deno.makeTempDir();
  try {
    const [files, sink] = sinksIn(folder, node);
    const store = new MemoryStore();
    await files.publish(recordOf(runId, documents), store);
    await sink.publish(recordOf(runId, documents), store);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function sinksIn(folder: string, node: string) {
  const fileOf = documentsFile.bind(null, folder);
  const files = fileSink(folder, { disk: denoDisk, toolVersion: "0.1.0" });
  return [
    announced(files, fileOf),
    elasticsearchSink(fileOf, { ...sendingTo(node), disk: denoDisk }),
  ] as const;
}

async function outage(node: string, proxy: CuttingProxy): Promise<void> {
  const folder = await Deno.makeTempDir();
  const store = new MemoryStore();
  try {
    const lives = [whole("run-1", 2, "a"), whole("run-2", 1, "b")];
    proxy.fault = () => "break";
    const [files, sink] = sinksIn(folder, proxy.node);
    for (const { runId, parts } of lives) {
      const record = recordOf(runId, documentsOf(runId, parts));
      await files.publish(record, store);
      await assert.rejects(sink.publish(record, store), /broke the connection/);
    }
    proxy.fault = () => undefined;
    const { runs, exitCode } = await replay(sendingTo(proxy.node), store, ["audit"]);
    assert.deepEqual([exitCode, runs.length], [0, 2]);
    assert.deepEqual(await writers(node), expectedAfter(lives));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
