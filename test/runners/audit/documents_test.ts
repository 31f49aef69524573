import assert from "assert";
import type { Json, JsonObject } from "../../../runners/core/json.ts";
import type { ReportDocument } from "../../../runners/core/report/sink.ts";
import { auditDocuments } from "../../../runners/audit/documents.ts";
import { auditSheet } from "../../../runners/audit/present/sheet.ts";
import {
  breakerStory,
  idleBreakerStory,
  ladderStory,
  NEW_CANARY,
  noCanaryStory,
  owned,
  STALE_CANARY,
} from "./ladder_story.ts";
import { refusedByBreaker } from "./render_input.ts";
import { provenStory, refusal, unprovenStory } from "./story.ts";
import { partsOf } from "../../../runners/core/parts.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  configOf,
  DEV,
  documentOf,
  idOf,
  NOW,
  oneRegion,
  outcome,
  planningOf,
  reportingOf,
  runOf,
} from "./world.ts";
import { AS_DATA } from "../../snapshots.ts";

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

/** How much the document of an account knows: the run of a slot that knows more replaces the others'. */
const knownIn = (from: readonly ReportDocument[], name = "acme-dev") =>
  ofType("aws_tag_audit", from).find(({ body }) => body["account"] === name)!.part.proof;

Deno.test("an apply replaces what a report of its slot said of an account, and not the reverse", () => {
  const reported = auditDocuments(reportingOf(provenStory, runOf(plan, []), plan));
  assert.ok(knownIn(documents) > knownIn(reported));
});

Deno.test("a run narrowed to what is proven does not hide that more was unproven, and more proof wins", () => {
  const narrowed = provenStory.observed.of(DEV)!.regions.slice(0, 1);
  const story = (regions: typeof narrowed) =>
    auditDocuments(reportingOf(planningOf(
      partsOf([anAccount(DEV, regions, { alias: "acme-dev" })]),
      provenStory.config,
    )));
  const failed = [aFailedRegion("us-west-2"), aFailedRegion("eu-west-1")];
  const wide = knownIn(story([...narrowed, ...failed]));
  assert.ok(wide > knownIn(story(narrowed)));
  assert.ok(knownIn(documents) > wide);
});

Deno.test("a change whose end is not known is no failure of its account", () => {
  const failed = (ends: Parameters<typeof outcome>[0]) => {
    const run = runOf(plan, [[first!.id, outcome(ends)]]);
    const [account] = ofType("aws_tag_audit", auditDocuments(reportingOf(provenStory, run, plan)));
    const { tag_audit } = account!.body["groundskeeper"] as { tag_audit: JsonObject };
    return (tag_audit["actions"] as JsonObject)["failed"];
  };
  assert.deepEqual((["pending", "unknown", "done", "failed"] as const).map(failed), [0, 0, 0, 1]);
});

Deno.test("nothing in a document is undefined or no number", () => {
  for (const story of [provenStory, unprovenStory, ladderStory, noCanaryStory]) {
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
    assert.ok(["acme-dev", "prod"].includes(String(body["account"])));
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
    account: "acme-dev",
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

const NONE = { marked: 0, unmarked: 0, stopped: 0, terminated: 0, failed: 0, refused: 0 };

Deno.test("a refused run counts what it was refused, and nothing as marked", () => {
  const refused = documentOf(provenStory, { refused: refusal });
  const made = auditDocuments(reportingOf(provenStory, runOf(refused), refused));
  const actions = ofType("aws_tag_audit", made).map(({ body }) =>
    ((body["groundskeeper"] as JsonObject)["tag_audit"] as JsonObject)["actions"]
  );
  assert.deepEqual(actions, [
    { ...NONE, refused: 2 },
    NONE,
  ]);
});

Deno.test("an account of which nothing was examined has no ratio", () => {
  const planning = planningOf(oneRegion(), configOf({ required: [{ key: "owner" }] }));
  const { body } = ofType("aws_tag_audit", auditDocuments(reportingOf(planning)))[0]!;
  const audit = (body["groundskeeper"] as JsonObject)["tag_audit"] as JsonObject;
  assert.deepEqual([audit["ratio"], audit["coverage"]], [null, {
    regions_planned: 1,
    regions_ok: 0,
    regions_by_canary: 0,
    regions_by_second_source: 0,
    regions_empty: 1,
  }]);
  assert.equal(body["account"], DEV);
});

const ladderPlan = owned(documentOf(ladderStory));
const deedOutcomes = ladderPlan.changes.map(({ id }, index) =>
  [id, index === 1 ? outcome("failed", "no") : outcome("done")] as const
);
const ladderDocuments = auditDocuments(
  reportingOf(ladderStory, runOf(ladderPlan, deedOutcomes), ladderPlan),
);
const auditOf = ({ body }: ReportDocument) =>
  (body["groundskeeper"] as JsonObject)["tag_audit"] as JsonObject;
const eventOf = ({ body }: ReportDocument) => body["event"] as JsonObject;

Deno.test("each deed has its own event, and only a termination is a deletion", () => {
  const events = ofType("aws_tag_action", ladderDocuments).map(eventOf);
  assert.deepEqual(events.map(({ action, type, outcome }) => [action, type, outcome]), [
    ["tag-mark", ["change"], "success"],
    ["instance-stop", ["change"], "failure"],
    ["instance-terminate", ["deletion"], "success"],
    ["tag-unmark", ["change"], "success"],
    ["tag-mark", ["change"], "success"],
    ["protection-restore", ["change"], "success"],
    ["instance-terminate", ["deletion"], "success"],
  ]);
});

Deno.test("an account counts what was done in it by deed, and says until when it is new", () => {
  const [dev, , fresh] = ofType("aws_tag_audit", ladderDocuments).map(auditOf);
  assert.deepEqual(dev!["actions"], {
    marked: 2,
    unmarked: 1,
    stopped: 0,
    terminated: 2,
    failed: 1,
    refused: 0,
  });
  assert.deepEqual(dev!["coverage"], {
    regions_planned: 2,
    regions_ok: 2,
    regions_by_canary: 2,
    regions_by_second_source: 0,
    regions_empty: 0,
  });
  assert.deepEqual([fresh!["enforced"], fresh!["quarantined_until"]], [
    false,
    "2026-12-02T09:00:00.000Z",
  ]);
});

Deno.test("a violator says its stage, what is planned and when, its owner, and what blocks it", () => {
  const said = (number: number) => {
    const { stage, planned, deadline, blocked_by, note, owner } = auditOf(
      ofType("aws_tag_violator", ladderDocuments).find(({ body }) => body["id"] === idOf(number))!,
    );
    return { stage, planned, deadline, blocked_by, note, owner: (owner as JsonObject)?.["name"] };
  };
  assert.deepEqual(said(0x24), {
    stage: "stopped",
    planned: "terminate",
    deadline: "2026-11-20T11:30:00.000Z",
    blocked_by: [],
    note: null,
    owner: "alice",
  });
  assert.deepEqual(said(0x25).blocked_by, [], "it only waits");
  assert.deepEqual(said(0x29).blocked_by, ["protected"]);
  assert.deepEqual([said(0x51).planned, said(0x51).blocked_by], [null, ["quarantine"]]);
  assert.match(String(said(0x28).note), /did not set/);
});

Deno.test("where a limit refuses, it is what blocks those that would be changed", () => {
  const refused = documentOf(provenStory, { refused: refusal });
  const made = auditDocuments(reportingOf(provenStory, runOf(refused), refused));
  const blocked = ofType("aws_tag_violator", made).map(auditOf)
    .filter(({ blocked_by }) => (blocked_by as string[]).includes(refusal.limit));
  assert.equal(blocked.length, refused.changes.length);
});

Deno.test("a region says how its canary is", () => {
  const canaries = (story: typeof ladderStory) =>
    ofType("aws_tag_region", auditDocuments(reportingOf(story))).map(auditOf)
      .map(({ canary }) => Object.values(canary as JsonObject).slice(0, 2));
  assert.deepEqual(canaries(ladderStory), [
    ["ok", idOf(0x21)],
    ["ok", idOf(0x20)],
    ["disabled", null],
    ["disabled", idOf(NEW_CANARY)],
  ]);
  assert.deepEqual(canaries(noCanaryStory), [
    ["disabled", null],
    ["disabled", idOf(NEW_CANARY)],
    ["absent", null],
    ["absent", null],
    ["stale", idOf(STALE_CANARY)],
  ]);
});

const refusalsOf = (planning: typeof ladderStory, refused = refusedByBreaker(planning)) => {
  const document = documentOf(planning, refused ? { refused } : {});
  return ofType(
    "aws_tag_action",
    auditDocuments(reportingOf(planning, runOf(document), document)),
  );
};

Deno.test("a refusal is a document of its own, with the same id for the same slot", () => {
  const [byLimit, ...more] = refusalsOf(ladderStory, refusal);
  assert.deepEqual(more, []);
  const { action, outcome, reason } = eventOf(byLimit!);
  assert.deepEqual([action, outcome], ["refused", "failure"]);
  assert.equal(
    reason,
    "Refused: this run would change 2 instances; audit.limits.perRun.count allows 1. " +
      "Nothing was changed.",
  );
  const [byBreaker] = refusalsOf(breakerStory);
  assert.equal(byBreaker!.id, byLimit!.id);
  assert.match(String(eventOf(byBreaker!)["reason"]), /populationDrop allows 0\.5/);
  assert.equal((byBreaker!.body["cloud"] as JsonObject)["region"], "eu-west-1");
  assert.deepEqual([byLimit!, byBreaker!].flatMap((one) => unspeakable(one)), []);
  assert.match(byLimit!.id, /^[0-9a-f]{32}$/);
});

Deno.test("a breaker with nothing to refuse is a document too, and where nothing tripped is none", () => {
  const [tripped, ...more] = refusalsOf(idleBreakerStory);
  assert.deepEqual(more, []);
  assert.equal(eventOf(tripped!)["action"], "breaker-tripped");
  assert.deepEqual(refusalsOf(ladderStory), []);
});

Deno.test("the documents of the ladder look as they did", async (t) => {
  const examples: readonly [string, ReportDocument][] = [
    ["a violator", ofType("aws_tag_violator", ladderDocuments)[2]!],
    ["a region", ofType("aws_tag_region", ladderDocuments)[0]!],
    ["a termination", ofType("aws_tag_action", ladderDocuments)[2]!],
    ["a refusal", refusalsOf(breakerStory)[0]!],
  ];
  for (const [what, document] of examples) {
    await t.step(what, (step) => step.assertSnapshot({ ...document }, AS_DATA));
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

Deno.test("the sheet looks as it did", (t) => t.assertSnapshot(auditSheet(plan), AS_DATA));
