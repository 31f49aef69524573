import assert from "assert";
import { join } from "node:path";
import { announced, elasticsearchSink } from "../../../reports/elasticsearch/sink.ts";
import { replay } from "../../../reports/elasticsearch/replay.ts";
import { documentsFile, fileSink } from "../../../reports/files/file_sink.ts";
import { denoDisk } from "../../../runners/adapters/disk/deno_disk.ts";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import { EXIT, StoreError } from "../../../runners/core/errors.ts";
import { publications } from "../../../runners/core/report/publication.ts";
import type { RunRecord } from "../../../runners/core/report/sink.ts";
import type { Store } from "../../../runners/core/store/store.ts";
import { MemoryElasticsearch } from "./memory_server.ts";
import { documentsOf, MONTH, recordOf, sendingTo, setUpFor } from "./runs.ts";

type Place = {
  readonly server: MemoryElasticsearch;
  readonly folder: string;
  readonly store: Store;
};

async function inPlace(test: (place: Place) => Promise<void>) {
  await using server = await MemoryElasticsearch.start();
  await setUpFor(sendingTo(server.node));
  const folder = await Deno.makeTempDir();
  try {
    await test({ server, folder, store: new MemoryStore() });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const record = (runId: string, proof = 2): RunRecord =>
  recordOf(runId, documentsOf(runId, [{ part: "prod", proof, below: ["a", "b"] }]));

const sending = ({ server }: Pick<Place, "server">) => ({
  ...sendingTo(server.node),
  indices: () => sendingTo("").indices(),
});

function sinksOf({ server, folder }: Place) {
  const fileOf = documentsFile.bind(null, folder);
  const files = fileSink(folder, { disk: denoDisk, toolVersion: "0.1.0" });
  return [
    announced(files, fileOf),
    elasticsearchSink(fileOf, { ...sending({ server }), disk: denoDisk }),
  ] as const;
}

/** Publishes as a run does. @returns what the sinks threw */
async function publish(place: Place, one: RunRecord, store = place.store): Promise<Error[]> {
  const thrown: Error[] = [];
  for (const sink of sinksOf(place)) {
    await sink.publish(one, store).catch((error) => thrown.push(error));
  }
  return thrown;
}

const rows = (store: Store) => publications("audit").read(store);

Deno.test("a row says what is to be sent before the first file is there, and then that it is", () =>
  inPlace(async (place) => {
    const seen: unknown[] = [];
    const [files] = sinksOf(place);
    const watching = announced({
      name: files.name,
      publish: async (one, store) => {
        seen.push(await rows(store));
        return await files.publish(one, store);
      },
    }, documentsFile.bind(null, place.folder));
    await watching.publish(record("run-1"), place.store);
    const row = {
      run_id: "run-1",
      slot: "2026-11-20T00:00:00.000Z",
      file: join(place.folder, "audit-run-1.jsonl"),
      documents: 3,
      sent_at: null,
    };
    assert.deepEqual(seen, [new Map([["run-1", row]])]);
    assert.deepEqual(await publish(place, record("run-1")), []);
    const sent = { ...row, sent_at: "2026-11-20T12:00:00.000Z" };
    assert.deepEqual(await rows(place.store), new Map([["run-1", sent]]));
    assert.equal(Object.keys(place.server.documents()).length, 3);
  }));

Deno.test("with the server away nothing is lost: replay sends it, oldest slot first", () =>
  inPlace(async (place) => {
    place.server.fault = () => "break";
    const older = { ...record("run-2"), slot: new Date("2026-11-19T00:00:00Z") };
    for (const one of [record("run-1"), older]) {
      const [error, ...others] = await publish(place, one);
      assert.deepEqual(others, []);
      assert.match(error!.message, /broke the connection/);
    }
    const failed = await replay(sending(place), place.store, ["audit", "dirty"]);
    assert.equal(failed.exitCode, EXIT.failed);
    assert.deepEqual(
      failed.runs.map(({ run_id, sent_at, error }) => [run_id, sent_at, error !== null]),
      // The second is not tried.
      [["run-2", null, true], ["run-1", null, false]],
    );
    place.server.fault = () => undefined;
    const { runs, exitCode } = await replay(sending(place), place.store, ["audit", "dirty"]);
    assert.equal(exitCode, EXIT.done);
    // Both are of the same part, and have proved the same.
    assert.deepEqual(
      runs.map(({ job, run_id, written, kept }) => [job, run_id, written, kept]),
      [["audit", "run-2", 3, 0], ["audit", "run-1", 0, 3]],
    );
    assert.deepEqual((await replay(sending(place), place.store, ["audit"])).runs, []);
  }));

Deno.test("what was sent in part is told with how much, and is not marked as sent", () =>
  inPlace(async (place) => {
    place.server.fault = ({ path, body }) =>
      path === "/_bulk" && body.includes("prod-a") ? new Response("", { status: 413 }) : undefined;
    const [error] = await publish(place, record("run-1"));
    assert.match(
      error!.message,
      /has 2 of 3 documents of run run-1; the rest is in .*audit-run-1\.jsonl\. Document prod-a: /,
    );
    assert.match(error!.message, /To send it: groundskeeper reports replay$/);
    assert.equal((await rows(place.store)).get("run-1")!.sent_at, null);
    const { exitCode, runs } = await replay(sending(place), place.store, ["audit"]);
    assert.equal(exitCode, EXIT.partly);
    assert.match(runs[0]!.error!.message, /has 2 of 3/);
  }));

Deno.test("a run is not sent before what it replaces is deleted", () =>
  inPlace(async (place) => {
    await publish(place, record("run-1", 1));
    place.server.fault = ({ path }) => path.endsWith("/_pit") ? "break" : undefined;
    const [error] = await publish(place, record("run-2", 2));
    assert.match(
      error!.message,
      /has all documents of run run-2, and still those of another run .* broke the connection/,
    );
    assert.equal((await rows(place.store)).get("run-2")!.sent_at, null);
  }));

Deno.test("a replay sends byte by byte what the run would have sent", () =>
  inPlace(async (place) => {
    const odd = "a\u2028b \u202eright <script> =1+1 \u0085";
    const [head, ...others] = documentsOf("run-1", [{ part: "prod", proof: 2, below: ["a"] }]);
    const tags = { "a.b": odd, "": "empty", ["k".repeat(128)]: "long", "שלום": "x" };
    const one = recordOf("run-1", [
      head!,
      ...others.map((other) => ({ ...other, body: { ...other.body, text: odd, tags } })),
    ]);
    await publish(place, one);
    const sent = place.server.documents();
    assert.equal(Object.keys(sent).length, 2);
    place.server.indices.get(MONTH)!.documents.clear();
    const again = new MemoryStore();
    place.server.fault = () => "break";
    await publish(place, one, again);
    place.server.fault = () => undefined;
    assert.equal((await replay(sending(place), again, ["audit"])).exitCode, EXIT.done);
    assert.deepEqual(place.server.documents(), sent);
  }));

const FILES: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ["is gone", (path) => Deno.removeSync(path), /there is no such file/],
  ["is cut short", (path) => {
    const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
    Deno.writeTextFileSync(path, `${lines.slice(1).join("\n")}\n`);
  }, /it has 2 lines, and the run wrote 3 documents/],
  ["is cut in a line", (path) => {
    Deno.truncateSync(path, Deno.statSync(path).size - 10);
  }, /line 3 is no document of this run/],
  ["is of another run", (path) => {
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll("run-1", "run-9"));
  }, /line 1 is no document of this run/],
];

for (const [title, spoil, says] of FILES) {
  Deno.test(`nothing is sent from a file that ${title}, and other runs are`, () =>
    inPlace(async (place) => {
      place.server.fault = () => "break";
      await publish(place, record("run-1"));
      await publish(place, record("run-2"));
      place.server.fault = () => undefined;
      spoil(join(place.folder, "audit-run-1.jsonl"));
      const { runs, exitCode } = await replay(sending(place), place.store, ["audit"]);
      assert.equal(exitCode, EXIT.partly);
      assert.deepEqual(runs.map(({ sent_at }) => sent_at !== null), [false, true]);
      assert.match(runs[0]!.error!.message, says);
      assert.equal((await rows(place.store)).get("run-1")!.sent_at, null);
    }));
}

Deno.test("without its file a run sends nothing", () =>
  inPlace(async (place) => {
    const [, server] = sinksOf(place);
    const begun = place.server.asked.length;
    await assert.rejects(
      server.publish(record("run-1"), place.store),
      { message: /^Sent nothing to Elasticsearch .* are not in .*audit-run-1\.jsonl/ },
    );
    assert.equal(place.server.asked.length, begun);
  }));

Deno.test("a store that fails does not keep the files from being written, and is told", () =>
  inPlace(async (place) => {
    const failing = new MemoryStore();
    failing.write = () => Promise.reject(new StoreError("The store is away"));
    const [error, ...others] = await publish(place, record("run-1"), failing);
    assert.deepEqual(others, []);
    assert.equal(error!.message, "The store is away");
    assert.deepEqual(place.server.documents(), {});
    const files = [...Deno.readDirSync(place.folder)].map(({ name }) => name);
    assert.ok(files.includes("audit-run-1.jsonl"), files.join());
  }));

Deno.test("a run without documents is sent by asking nothing", () =>
  inPlace(async (place) => {
    assert.deepEqual(await publish(place, recordOf("run-1", [])), []);
    assert.notEqual((await rows(place.store)).get("run-1")!.sent_at, null);
  }));

Deno.test("documents of an index that this version does not know are left alone", () =>
  inPlace(async (place) => {
    const strange = record("run-1").documents.map((one) => ({ ...one, index: "other-2026.11.01" }));
    const [error] = await publish(place, { ...record("run-1"), documents: strange });
    assert.match(error!.message, /No job of this version writes to the index "other-2026\.11\.01"/);
    assert.ok(!place.server.indices.has("other-2026.11.01"));
  }));
