import assert from "assert";
import type { Json, JsonObject } from "../../../runners/core/json.ts";
import type { ReportDocument } from "../../../runners/core/report/sink.ts";
import { auditDocuments, auditSheet } from "../../../runners/audit/documents.ts";
import { provenStory, refusal, unprovenStory } from "./story.ts";
import {
  anInstance,
  configOf,
  DEV,
  documentOf,
  NOW,
  oneRegion,
  outcome,
  planningOf,
  reportingOf,
  runOf,
} from "./world.ts";

const plan = documentOf(provenStory);
const [first, second] = plan.changes;
const outcomes = [
  [first!.id, outcome("done")],
  [second!.id, outcome("failed", "Client.InternalError: try again")],
] as const;

const documents = auditDocuments(reportingOf(provenStory, runOf(plan, outcomes), plan));
const ofType = (type: string, from: readonly ReportDocument[] = documents) =>
  from.filter((document) => document.type === type);

/** The paths at which a document holds undefined, or a value that JSON would change. */
function unspeakable(value: unknown, path = ""): string[] {
  if (value === undefined || Number.isNaN(value)) return [path];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, member]) => unspeakable(member, `${path}.${key}`));
}

Deno.test("an unproven region has a document that says so, and its account is no success", () => {
  const made = auditDocuments(reportingOf(unprovenStory));
  const regions = ofType("aws_tag_region", made).map(({ body }) => [
    body["region"],
    (body["event"] as JsonObject)["outcome"],
    ((body["groundskeeper"] as JsonObject)["tag_audit"] as JsonObject)["status"],
  ]);
  assert.deepEqual(regions, [
    ["eu-west-1", "success", "ok"],
    ["us-east-1", "success", "ok"],
    ["us-east-1", "success", "ok"],
    ["us-west-2", "failure", "access-denied"],
  ]);
  const accounts = ofType("aws_tag_audit", made)
    .map(({ body }) => (body["event"] as JsonObject)["outcome"]);
  assert.deepEqual(accounts, ["success", "failure"]);
});

Deno.test("nothing in a document is undefined or no number", () => {
  for (const story of [provenStory, unprovenStory]) {
    assert.deepEqual(auditDocuments(reportingOf(story)).flatMap((one) => unspeakable(one)), []);
  }
  assert.deepEqual(documents.flatMap((document) => unspeakable(document)), []);
});

Deno.test("every document names its kind, slot, account and account ID", () => {
  for (const { type, body } of documents) {
    assert.equal(body["doc_type"], type);
    assert.equal(body["@timestamp"], NOW.toISOString());
    const account = (body["cloud"] as JsonObject | undefined)?.["account"] as JsonObject;
    assert.match(String(account?.["id"]), /^\d{12}$/, type);
    assert.equal(body["account"], account["name"]);
    assert.ok(["dev", "prod"].includes(String(body["account"])));
  }
});

Deno.test("documents of one run have an id each", () => {
  assert.ok(documents.every(({ id }) => /^[0-9a-f]{32}$/.test(id)));
  assert.equal(new Set(documents.map(({ id }) => id)).size, documents.length);
});

Deno.test("the same slot gives the same ids, whatever came of it, and another slot others", () => {
  const ids = (slot: Date, tried: readonly Parameters<typeof runOf>[1][] = []) =>
    auditDocuments(reportingOf(provenStory, runOf(plan, tried[0] ?? outcomes, slot), plan))
      .map(({ id }) => id);
  const again = ids(NOW, [[[first!.id, outcome("unknown")], [second!.id, outcome("done")]]]);
  assert.deepEqual(again, documents.map(({ id }) => id));
  const later = ids(new Date(NOW.getTime() + 1000));
  assert.deepEqual(later.filter((id) => again.includes(id)), []);
});

Deno.test("the seed's fields stand at the top, as they were", () => {
  const { body } = ofType("aws_tag_violator").find(({ body }) => body["id"] === anInstance(3).id)!;
  const { account, id, region, state, age, tags } = body;
  assert.deepEqual({ account, id, region, state, age, tags }, {
    account: "dev",
    id: anInstance(3).id,
    region: "us-east-1",
    state: "running",
    age: 1440,
    tags: ["Name=batch", "created_by=mallory", "department=sales"],
  });
  const scheme = ofType("aws_tag_audit")[0]!.body;
  assert.deepEqual(scheme["tag_scheme"], ["created_by (an IAM user)", "department (web|data)"]);
  assert.equal(scheme["violator_count"], 4);
  assert.equal((scheme["violators"] as Json[]).length, 4);
});

Deno.test("an account's violators are capped at a thousand, and the document says so", () => {
  const account = (count: number) => {
    const instances = Array.from({ length: count }, (_, index) => anInstance(index));
    const planning = planningOf(
      oneRegion(...instances),
      configOf({ required: [{ key: "owner" }] }),
    );
    const { body } = ofType("aws_tag_audit", auditDocuments(reportingOf(planning)))[0]!;
    const { violator_count, violators, violators_truncated } = body;
    return [violator_count, (violators as Json[]).length, violators_truncated];
  };
  assert.deepEqual(account(1000), [1000, 1000, false]);
  assert.deepEqual(account(1001), [1001, 1000, true]);
});

Deno.test("an action has a document only where something was tried", () => {
  const none = auditDocuments(reportingOf(provenStory));
  assert.equal(ofType("aws_tag_action", none).length, 0);
  const said = (["done", "failed", "drifted", "skipped", "unknown"] as const).map((result) => {
    const run = runOf(plan, [[first!.id, outcome(result)]]);
    const [action, ...more] = ofType(
      "aws_tag_action",
      auditDocuments(reportingOf(provenStory, run, plan)),
    );
    assert.deepEqual(more, []);
    return (action!.body["event"] as JsonObject)["outcome"];
  });
  assert.deepEqual(said, ["success", "failure", "failure", "failure", "unknown"]);
});

Deno.test("a refused run counts what it was refused, and nothing as marked", () => {
  const refused = documentOf(provenStory, { refused: refusal });
  const made = auditDocuments(reportingOf(provenStory, runOf(refused), refused));
  const actions = ofType("aws_tag_audit", made).map(({ body }) =>
    ((body["groundskeeper"] as JsonObject)["tag_audit"] as JsonObject)["actions"]
  );
  assert.deepEqual(actions, [
    { marked: 0, failed: 0, refused: 2 },
    { marked: 0, failed: 0, refused: 0 },
  ]);
});

Deno.test("an account of which nothing was examined has no ratio", () => {
  const planning = planningOf(oneRegion(), configOf({ required: [{ key: "owner" }] }));
  const { body } = ofType("aws_tag_audit", auditDocuments(reportingOf(planning)))[0]!;
  const audit = (body["groundskeeper"] as JsonObject)["tag_audit"] as JsonObject;
  assert.deepEqual([audit["ratio"], audit["coverage"]], [null, {
    regions_planned: 1,
    regions_ok: 0,
  }]);
  assert.equal(body["account"], DEV);
});

Deno.test("the documents look as they did", async (t) => {
  for (const type of ["aws_tag_audit", "aws_tag_violator", "aws_tag_region", "aws_tag_action"]) {
    await t.step(type, (step) => step.assertSnapshot(ofType(type)[0]));
  }
});

Deno.test("the sheet has a row for each violator, and a cell for each column", () => {
  const { columns, rows } = auditSheet(plan);
  assert.ok(rows.every((row) => row.length === columns.length));
  const cells = (...names: string[]) =>
    rows.map((row) => names.map((name) => row[columns.indexOf(name)]));
  assert.deepEqual(cells("account_name", "instance", "kinds", "stage", "spared"), [
    ["dev", anInstance(2).id, "missing", "violating", ""],
    ["dev", anInstance(3).id, "invalid unknown-principal", "violating", ""],
    ["dev", anInstance(4).id, "alias-used", "violating", "spelling"],
    ["dev", anInstance(6).id, "missing", "exempt", "exempt"],
    ["dev", anInstance(7).id, "missing", "violating", "managed"],
    ["prod", anInstance(10).id, "empty", "violating", "not-enforced"],
  ]);
});

Deno.test("the sheet looks as it did", (t) => t.assertSnapshot(auditSheet(plan)));
