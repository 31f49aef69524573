import assert from "assert";
import type { JsonObject } from "../../../../runners/core/json.ts";
import type { RepoPlan } from "../../../../runners/repo/repo_plan.ts";
import type { ReportDocument } from "../../../../runners/core/report/sink.ts";
import type { ChangeOutcome } from "../../../../runners/core/run/run_document.ts";
import { repoDocuments } from "../../../../runners/repo/documents.ts";
import { repoSheet } from "../../../../runners/repo/present/sheet.ts";
import { repoSummary } from "../../../../runners/repo/present/figures.ts";
import { NOW, outcome, planOf, reportingOf, runOf } from "./plan_fixture.ts";
import { partlyPlan, restorePlan, roles, wholePlan } from "./stories.ts";
import { AS_DATA } from "../../../snapshots.ts";

const outcomes = [
  outcome("done"),
  outcome("failed", "Throttling: slow down"),
  outcome("unknown", "cut"),
];
const documentsOf = (
  plan: RepoPlan,
  tried: readonly (ChangeOutcome | null)[] = [],
  slot = NOW,
) => repoDocuments(reportingOf(plan, runOf(plan, tried, slot)));
const documents = documentsOf(wholePlan, outcomes);
const ofType = (type: string, from: readonly ReportDocument[] = documents) =>
  from.filter((document) => document.type === type);
const eventOf = ({ body }: ReportDocument) => body["event"] as JsonObject;
const repoOf = ({ body }: ReportDocument) =>
  (body["groundskeeper"] as JsonObject)["repo"] as JsonObject;
const nameOf = ({ body }: ReportDocument) =>
  ((body["aws"] as JsonObject)["iam"] as { role: { name: string } }).role.name;

const refused = { limit: "limits.perRun.count", value: 2, would: 3, reserved: 0, scope: null };

/** The paths at which a document holds undefined, or a value that JSON would change. */
function unspeakable(value: unknown, path = ""): string[] {
  if (value === undefined || Number.isNaN(value)) return [path];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, member]) => unspeakable(member, `${path}.${key}`));
}

Deno.test("an account that could not be read has a document that says so, and no share", () => {
  const [data, prod] = ofType("aws_repo_account", documentsOf(partlyPlan));
  assert.deepEqual([eventOf(data!)["outcome"], eventOf(prod!)["outcome"]], ["failure", "success"]);
  assert.match(String(eventOf(data!)["reason"]), /Cannot assume role/);
  assert.deepEqual([repoOf(data!)["roles"], repoOf(data!)["ratio"]], [0, null]);
});

Deno.test("a role without complete evidence has a document that says what is missing", () => {
  const made = ofType("aws_repo_role", documentsOf(partlyPlan));
  const role = made.find((one) => nameOf(one) === "no-proof")!;
  assert.equal(eventOf(role)["outcome"], "failure");
  assert.equal(eventOf(role)["reason"], "page 3 of the report was missing");
});

Deno.test("a plan that nobody tried has no document of an action", () => {
  assert.deepEqual(ofType("aws_repo_action", documentsOf(wholePlan)), []);
});

Deno.test("an action has a document only where something was tried, and says what came of it", () => {
  const said = (["done", "failed", "drifted", "skipped", "unknown"] as const).map((result) => {
    const [action, ...more] = ofType(
      "aws_repo_action",
      documentsOf(wholePlan, [outcome(result), null, null]),
    );
    assert.deepEqual(more, []);
    return [eventOf(action!)["outcome"], repoOf(action!)["removed"]];
  });
  assert.deepEqual(said, [
    ["success", 163],
    ["failure", 0],
    ["failure", 0],
    ["failure", 0],
    ["unknown", 0],
  ]);
});

Deno.test("an account counts what was done in it, from outcomes", () => {
  const [, prod] = ofType("aws_repo_account");
  assert.deepEqual(repoOf(prod!)["actions"], {
    repoed: 1,
    restored: 0,
    permissions_removed: 163,
    failed: 2,
    refused: 0,
  });
});

Deno.test("a restore is an action of its own, and removes nothing", () => {
  const [action] = ofType("aws_repo_action", documentsOf(restorePlan, [outcome("done")]));
  assert.equal(eventOf(action!)["action"], "policies-restore");
  assert.deepEqual(repoOf(action!), { removed: 0, restored: 32, version: 2 });
});

Deno.test("a refusal is a document of its own, with the limit and by how much", () => {
  const plan = planOf(roles, { refused });
  const [document, ...more] = ofType("aws_repo_action", documentsOf(plan));
  assert.deepEqual(more, []);
  assert.equal(eventOf(document!)["action"], "refused");
  assert.equal(
    eventOf(document!)["reason"],
    "Refused: this run would change 3 roles; repo.limits.perRun.roles allows 2. " +
      "Nothing was changed.",
  );
  const [, prod] = ofType("aws_repo_account", documentsOf(plan));
  assert.equal((repoOf(prod!)["actions"] as JsonObject)["refused"], 3);
});

Deno.test("nothing in a document is undefined or no number", () => {
  for (const plan of [wholePlan, partlyPlan, restorePlan, planOf([]), planOf(roles, { refused })]) {
    assert.deepEqual(documentsOf(plan).flatMap((one) => unspeakable(one)), []);
  }
  assert.deepEqual(documents.flatMap((one) => unspeakable(one)), []);
});

Deno.test("every document names its kind, slot and account", () => {
  for (const { type, body } of documents) {
    assert.equal(body["doc_type"], type);
    assert.equal(body["@timestamp"], NOW.toISOString());
    const account = (body["cloud"] as JsonObject)["account"] as JsonObject;
    assert.match(String(account["id"]), /^\d{12}$/);
    assert.equal(body["account"], account["name"]);
  }
});

Deno.test("the same slot gives the same ids, whatever came of it, and another slot others", () => {
  const ids = (slot: Date, tried = outcomes) =>
    documentsOf(wholePlan, tried, slot).map(({ id }) => id);
  const first = documents.map(({ id }) => id);
  assert.equal(new Set(first).size, first.length);
  assert.ok(first.every((id) => /^[0-9a-f]{32}$/.test(id)));
  assert.deepEqual(ids(NOW, [outcome("skipped"), outcome("done"), outcome("done")]), first);
  const later = ids(new Date(NOW.getTime() + 1000));
  assert.deepEqual(later.filter((id) => first.includes(id)), []);
});

Deno.test("the document of a refusal looks as it did", async (t) => {
  const plan = planOf(roles, { refused });
  await t.assertSnapshot({ ...ofType("aws_repo_action", documentsOf(plan))[0] }, AS_DATA);
});

Deno.test("the sheet has a row for each role, and a cell for each column", () => {
  const { columns, rows } = repoSheet(wholePlan);
  assert.ok(rows.every((row) => row.length === columns.length));
  const cells = (...names: string[]) =>
    rows.map((row) => names.map((name) => row[columns.indexOf(name)]));
  assert.deepEqual(cells("role", "eligible", "disqualified_by", "removable", "permissions"), [
    ["checkout-api", "yes", "", 61, 254],
    ["billing-export", "yes", "", 163, 175],
    ["ci-deploy", "yes", "", 873, 935],
    ["network-admin", "yes", "", 210, 230],
    ["payments", "no", "opted-out too-young", 4, 6],
    ["batch-new", "no", "too-young", 0, 40],
    ["legacy-worker", "no", "exclusive", 0, 90],
  ]);
});

Deno.test("the sheet looks as it did", (t) => t.assertSnapshot(repoSheet(wholePlan), AS_DATA));

Deno.test("a line of the history says how much was read before it says what was found", () => {
  assert.equal(
    JSON.stringify(repoSummary(partlyPlan)),
    '{"coverage":{"planned":2,"proven":1},"roles":2,"with_evidence":1,"eligible":1,' +
      '"permissions":344,"removable":61,"changes":1}',
  );
});
