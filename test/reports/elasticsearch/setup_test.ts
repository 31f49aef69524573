import assert from "assert";
import { openElasticsearch } from "../../../reports/elasticsearch/client.ts";
import { refuseUnready } from "../../../reports/elasticsearch/setup.ts";
import { JOBS } from "../../../runners/jobs.ts";
import { FLATTENED } from "../../../runners/core/report/document_index.ts";
import { MemoryElasticsearch } from "./memory_server.ts";
import { INDEX, MONTH, sendingTo, setUpFor } from "./runs.ts";

async function ready(server: MemoryElasticsearch): Promise<void> {
  await using opened = await openElasticsearch(sendingTo(server.node));
  await refuseUnready(opened, INDEX, [MONTH]);
}

Deno.test("a server is made ready, and a second time changes nothing", async () => {
  await using server = await MemoryElasticsearch.start();
  const made = await setUpFor(sendingTo(server.node));
  assert.deepEqual(made, [
    { name: "test-runs", lifecycle: "made", indices: [] },
    { name: "groundskeeper-changes", lifecycle: "made", indices: [] },
  ]);
  const before = structuredClone([...server.templates]);
  const again = await setUpFor(sendingTo(server.node));
  assert.deepEqual(again.map(({ lifecycle }) => lifecycle), ["kept", "kept"]);
  assert.deepEqual([...server.templates], before);
  await ready(server);
  assert.deepEqual([...server.indices.keys()], [MONTH]);
});

Deno.test("a retention that somebody has set is left as it is", async () => {
  await using server = await MemoryElasticsearch.start();
  const own = { phases: { delete: { min_age: "3650d", actions: { delete: {} } } } };
  server.policies.set("test-runs", own);
  await setUpFor(sendingTo(server.node));
  assert.deepEqual(server.policies.get("test-runs"), own);
  assert.ok(server.policies.has("groundskeeper-changes"));
});

Deno.test("the templates name a lifecycle only where the server has lifecycles", async () => {
  for (const hasLifecycles of [true, false]) {
    await using server = await MemoryElasticsearch.start();
    server.hasLifecycles = hasLifecycles;
    const [made] = await setUpFor(sendingTo(server.node));
    assert.equal(made!.lifecycle, hasLifecycles ? "made" : "none");
    const { settings } = server.templates.get("test-runs")!.template as unknown as {
      settings: { index: object };
    };
    assert.equal("lifecycle" in settings.index, hasLifecycles);
  }
});

type Spoil = (server: MemoryElasticsearch) => void;

/** What makes a server unready: before the index of the month is there, or after. */
const SPOILED: readonly (readonly [string, Spoil, RegExp])[] = [
  ["no template", (server) => server.templates.delete("test-runs"), /has no template "test-runs"/],
  ["a template of somebody else", (server) => {
    server.templates.set("test-runs", {
      index_patterns: [],
      template: { aliases: {}, mappings: {} },
    });
  }, /has no template "test-runs"/],
  ["a template without a field", (server) => {
    const { properties } = server.templates.get("test-runs")!.template.mappings;
    delete (properties as Record<string, unknown>)["text"];
  }, /has the template "test-runs" of another version/],
  ["a template with another type", (server) => {
    const { properties } = server.templates.get("test-runs")!.template.mappings;
    (properties as Record<string, unknown>)["text"] = { type: "text" };
  }, /has the template "test-runs" of another version/],
  [
    "an index in the place of the alias",
    (server) => {
      server.indices.set("test-runs", { aliases: {}, mappings: {}, documents: new Map() });
    },
    /has an index "test-runs" where the alias of this name belongs\. .*POST _reindex .*DELETE \/test-runs/,
  ],
  ["an index without the alias", (server) => {
    server.indices.set(MONTH, { aliases: {}, mappings: {}, documents: new Map() });
  }, /has no index "test-runs-2026\.11\.01" with the alias "test-runs"/],
  ["an index without fields", (server) => {
    const mappings = { dynamic: "false" };
    server.indices.set(MONTH, { aliases: { "test-runs": {} }, mappings, documents: new Map() });
  }, /has the index "test-runs-2026\.11\.01" without the fields of this version/],
  ["an index that takes any field", (server) => {
    const { mappings } = server.templates.get("test-runs")!.template;
    const own = { properties: mappings["properties"] };
    server.indices.set(MONTH, {
      aliases: { "test-runs": {} },
      mappings: own,
      documents: new Map(),
    });
  }, /has the index "test-runs-2026\.11\.01" without the fields of this version/],
  ["an index with another type", (server) => {
    const mappings = { dynamic: "false", properties: { text: { type: "text" } } };
    server.indices.set(MONTH, { aliases: { "test-runs": {} }, mappings, documents: new Map() });
  }, /has the index "test-runs-2026\.11\.01" with other types than the documents need, in text\./],
];

for (const [title, spoil, says] of SPOILED) {
  Deno.test(`nothing is written to a server with ${title}`, async () => {
    await using server = await MemoryElasticsearch.start();
    await setUpFor(sendingTo(server.node));
    spoil(server);
    await assert.rejects(ready(server), { code: "elasticsearch", message: says });
    assert.deepEqual(server.documents(), {});
  });
}

Deno.test("setup adds fields and the alias to indices that are there", async () => {
  await using server = await MemoryElasticsearch.start();
  const mappings = { dynamic: "true", properties: { more: { type: "long" } } };
  server.indices.set(MONTH, { aliases: {}, mappings, documents: new Map() });
  await setUpFor(sendingTo(server.node));
  await ready(server);
  assert.deepEqual(Object.keys(server.indices.get(MONTH)!.aliases), ["test-runs"]);
});

Deno.test("setup changes nothing where an index has the name of the alias", async () => {
  await using server = await MemoryElasticsearch.start();
  server.indices.set("test-runs", { aliases: {}, mappings: {}, documents: new Map() });
  await assert.rejects(setUpFor(sendingTo(server.node)), {
    message: /Nothing was changed\..*groundskeeper reports setup$/,
  });
  assert.deepEqual([server.templates.size, server.policies.size], [0, 0]);
});

Deno.test("the names of all jobs' indices follow each other's rules, and keep tags in one field", async () => {
  const indices = await Promise.all(JOBS.map((job) => job.documentIndex?.()));
  const names = indices.flatMap((index) => index ? [index.name] : []);
  assert.deepEqual(names, ["aws-audits", "groundskeeper-dirty", "groundskeeper-repo"]);
  // A pattern of one index would take those of another.
  assert.ok(names.every((a) => names.every((b) => a === b || !b.startsWith(`${a}-`))));
  assert.match(JSON.stringify(indices[0]), new RegExp(FLATTENED.type));
});
