import assert from "assert";
import {
  COMMON_FIELDS,
  type DocumentIndex,
  type Fields,
  KEYWORD,
  LONG,
  mappedFields,
} from "../../runners/core/report/document_index.ts";
import type { ReportDocument } from "../../runners/core/report/sink.ts";
import { JOBS } from "../../runners/jobs.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { AS_DATA } from "../snapshots.ts";
import { faultOf, leavesOf, pathsOf } from "./document_fields.ts";
import * as audit from "./audit/world.ts";
import {
  auditRun,
  generatedRuns,
  HOSTILE_TAGS,
  indexOf,
  INDICES,
  STORIES,
} from "./every_document.ts";

const runs = [...STORIES, ...generatedRuns()];
const stories = STORIES.flatMap(({ documents }) => documents);
const all = runs.flatMap(({ documents }) => documents);

/** What stands in documents and cannot be searched, with the reason. */
const SOURCE_ONLY: Readonly<Record<string, string>> = {
  "groundskeeper.repo.managed.proposal": "the texts of policies, as IAM keeps them",
};

const leaves = (document: ReportDocument) =>
  leavesOf(document.body, mappedFields(indexOf(document)));

Deno.test("every value of every document has a field that holds it, or is kept in the source alone", () => {
  const faults = all.flatMap((document) =>
    leaves(document).filter(({ path }) => !Object.hasOwn(SOURCE_ONLY, path))
      .flatMap((leaf) => faultOf(leaf) ?? []).map((fault) => `${document.type}: ${fault}`)
  );
  assert.deepEqual([...new Set(faults)].sort(), []);
});

Deno.test("what is kept in the source alone occurs, and has no field", () => {
  const seen = new Set(
    stories.flatMap(leaves).filter(({ field }) => !field).map(({ path }) => path),
  );
  assert.deepEqual([...seen].sort(), Object.keys(SOURCE_ONLY).sort());
});

for (const index of INDICES) {
  Deno.test(`every field of ${index.name} has a value in a document of the stories`, () => {
    const own = stories.filter((document) => indexOf(document) === index);
    const seen = new Set(own.flatMap(leaves).map(({ path }) => path));
    // What documents of all jobs have need not occur in each index.
    const common = new Set(pathsOf(mappedFields({ name: "", fields: {} })));
    const paths = pathsOf(mappedFields(index)).filter((path) => !common.has(path));
    assert.deepEqual(paths.filter((path) => !seen.has(path)), []);
  });
}

Deno.test("every field that documents of all jobs have occurs in one", () => {
  const seen = new Set(stories.flatMap(leaves).map(({ path }) => path));
  const common = pathsOf(mappedFields({ name: "", fields: {} }));
  assert.deepEqual(common.filter((path) => !seen.has(path)), []);
});

Deno.test("a value without a field, and one that its field does not hold, is found", () => {
  const fields = {
    text: KEYWORD,
    inner: { properties: { count: LONG } },
    tags: { type: "flattened", ignore_above: 10 } as const,
    at: { type: "date" } as const,
  };
  const faults = (body: unknown) => leavesOf(body, fields).flatMap((leaf) => faultOf(leaf) ?? []);
  assert.deepEqual(faults({ text: ["a", null], inner: [{ count: 1 }], tags: { "a.b": "c" } }), []);
  for (
    const wrong of [
      { other: 1 },
      { other: { count: 1 } },
      { text: 1 },
      { text: { a: "b" } },
      { inner: 1 },
      { inner: { count: 1.5 } },
      { inner: { count: "1" } },
      { tags: "a=b" },
      { tags: { a: { b: "c" } } },
      { at: "yesterday" },
    ]
  ) {
    assert.equal(faults(wrong).length, 1, JSON.stringify(wrong));
  }
});

Deno.test("two mappings of one field are refused", () => {
  const index = { name: "x", fields: { event: { properties: { kind: LONG } } } };
  assert.throws(() => mappedFields(index), { message: "Two mappings have the field kind" });
});

Deno.test("the keys of tags are no names of fields, and their values are what they were", () => {
  const { documents } = STORIES.find(({ title }) => title === "hostile tags")!;
  const violator = documents.find(({ type }) => type === "aws_tag_violator")!;
  const { tags } = violator.body["aws"] as { tags: Record<string, string> };
  assert.deepEqual(Object.entries(tags).sort(), Object.entries(HOSTILE_TAGS).sort());
  const text = JSON.stringify(violator.body);
  assert.deepEqual(JSON.parse(text), violator.body);
  // Elasticsearch refuses documents with longer terms than 32,766 bytes.
  const long = all.flatMap(leaves).filter(({ field }) =>
    field && "type" in field && field.type === "keyword" && !("ignore_above" in field)
  );
  assert.deepEqual(long, []);
});

Deno.test("each document belongs to a part that a document of its run heads, or is alone", () => {
  for (const { title, documents } of runs) {
    const ids = new Map(documents.map((document) => [document.id, document]));
    assert.equal(ids.size, documents.length, `${title}: two documents have one id`);
    for (const { id, type, part, index, body } of documents) {
      const head = ids.get(part.id);
      assert.ok(head, `${title}: the part of ${type} ${id} has no head`);
      assert.deepEqual(head.part, part, `${title}: ${type}`);
      assert.equal(head.index, index);
      const run = (body["groundskeeper"] as { run: { part: string; proof: number } }).run;
      assert.deepEqual({ id: run.part, proof: run.proof }, part);
    }
  }
});

Deno.test("a document of each type looks as it did", async (t) => {
  const first = new Map(stories.toReversed().map((document) => [document.type, document]));
  for (const [type, document] of [...first].sort()) {
    await t.step(type, (step) => step.assertSnapshot({ ...document }, AS_DATA));
  }
});

Deno.test("every Region of dirty has a document, read or not, and without counts if it was not read", () => {
  const { documents } = STORIES.find(({ title }) => title === "dirty")!;
  const said = documents.filter(({ type }) => type === "dirty_clients").map(({ body }) => {
    const { region, event, groundskeeper } = body as {
      region: string;
      event: { outcome: string; reason?: string };
      groundskeeper: { clients?: { running: number } };
    };
    return [region, event.outcome, event.reason, groundskeeper.clients?.running];
  });
  const unread = ["failure", "AccessDenied: no", undefined];
  assert.deepEqual(said, [
    ["us-east-1", "success", undefined, 3],
    ["eu-west-1", ...unread],
    ["global", ...unread],
    // Of an account that could not be opened: the Regions of its dirty instances.
    ["us-east-1", ...unread],
    ["eu-west-1", ...unread],
  ]);
});

/** The rows of the tables of a section: the code in the first two columns. */
function rowsOn(page: string, title: string): string[][] {
  const [, section = ""] = page.split(`\n## ${title}\n`);
  return [...section.split("\n## ")[0]!.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\|/gm)]
    .map(([, first, second]) => [first!, second!]);
}

Deno.test("the page of the documents has every type, and every field with its type", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/documents.md`);
  const typed = ({ path, fields }: { path: string; fields: Fields }): string[][] =>
    Object.entries(fields).flatMap(([name, field]) => {
      const own = path === "" ? name : `${path}.${name}`;
      return "properties" in field
        ? typed({ path: own, fields: field.properties })
        : [[own, field.type]];
    });
  assert.deepEqual(
    rowsOn(page, "Fields of all documents"),
    typed({ path: "", fields: COMMON_FIELDS }),
  );
  for (const { name, fields } of INDICES) {
    assert.deepEqual(rowsOn(page, `Fields of \`${name}\``), typed({ path: "", fields }), name);
  }
  const types = new Map(stories.map((document) => [document.type, indexOf(document).name]));
  assert.deepEqual(rowsOn(page, "Types").sort(), [...types].sort());
  for (const path of Object.keys(SOURCE_ONLY)) assert.ok(page.includes(`\`${path}\``), path);
});

Deno.test("each job says where its documents go", async () => {
  const said = await Promise.all(JOBS.map(async ({ documentIndex }) => await documentIndex?.()));
  const indices: DocumentIndex[] = INDICES.filter(({ name }) => name !== "groundskeeper-changes");
  assert.deepEqual(new Set(said), new Set(indices));
});

Deno.test("documents keep nothing of what was observed: their bodies are made when they are asked for", () => {
  const planning = audit.planningOf(
    audit.oneRegion(audit.anInstance(1, { tags: {} })),
    audit.configOf({ required: [{ key: "owner" }] }),
  );
  const [observed] = planning.observed;
  const documents = auditRun(planning);
  const made = documents.map(({ body }) => JSON.stringify(body));
  // What is kept of it would show what it says now, and hold it in memory.
  Object.assign(observed!.regions[0]!.instances[0]!, {
    zone: "",
    type: "",
    created: "",
    launched: "",
  });
  assert.deepEqual(documents.map(({ body }) => JSON.stringify(body)), made);
  for (const document of documents) assert.notEqual(document.body, document.body);
});
