import assert from "assert";
import type { Figure, Page } from "../../../runners/core/report/page.ts";
import { auditPage } from "../../../runners/audit/page.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { provenStory, refusal, storyConfig, tidyStory, unprovenStory } from "./story.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  DEV,
  documentOf,
  oneRegion,
  outcome,
  planningOf,
  reportingOf,
  runOf,
} from "./world.ts";

const pageOf = (planning: AuditPlanning) => auditPage(reportingOf(planning));
const figure = (page: Page, label: string): Figure =>
  page.headline.find((figure) => figure.label === label)!;
const section = (page: Page, title: string) => page.sections.find((one) => one.title === title)!;
const unreadable = planningOf(
  { accounts: [anAccount(DEV, [aFailedRegion("us-east-1")])] },
  storyConfig,
);

Deno.test("coverage comes before any other number", () => {
  assert.equal(pageOf(provenStory).headline[0]!.label, "Coverage");
});

for (const [what, planning] of [["some", unprovenStory], ["nothing", unreadable]] as const) {
  Deno.test(`where ${what} could be believed, no number about instances or coverage is good`, () => {
    const { headline } = pageOf(planning);
    assert.deepEqual(headline.filter(({ state }) => state === "good"), []);
    assert.equal(headline[0]!.state, "unproven");
  });
}

Deno.test("compliance of nothing is not good", () => {
  const page = pageOf(planningOf(oneRegion(), storyConfig));
  assert.equal(figure(page, "Compliance").value, "-");
  assert.notEqual(figure(page, "Compliance").state, "good");
});

Deno.test("where everything is believed and right, the numbers are good", () => {
  const { headline } = pageOf(tidyStory);
  assert.deepEqual(
    headline.map(({ label, value, state }) => [label, value, state]),
    [
      ["Coverage", "1 of 1", "good"],
      ["Compliance", "100 %", "good"],
      ["Violating", "0", "good"],
      ["Would mark", "0", "neutral"],
    ],
  );
});

Deno.test("each unproven region is a notice with its reason, and is hatched in its table", () => {
  const page = pageOf(unprovenStory);
  assert.deepEqual(page.notices, [{
    tone: "unproven",
    text: "Not proven: prod us-west-2. UnauthorizedOperation: You are not authorized to perform " +
      "this operation.",
  }]);
  const hatched = section(page, "Coverage").rows.filter(({ tone }) => tone === "unproven");
  assert.deepEqual(hatched.map(({ cells }) => cells.slice(0, 3)), [
    ["prod", "us-west-2", "not proven: access-denied"],
  ]);
  const accounts = section(page, "Accounts").rows.map(({ cells, tone }) => [cells[0], tone]);
  assert.deepEqual(accounts, [["dev", undefined], ["prod", "unproven"]]);
});

Deno.test("a sentence of AWS that ends with a period is not given a second one", () => {
  const failed = aFailedRegion("us-east-1", "AccessDenied: You may not.");
  const page = pageOf(planningOf({ accounts: [anAccount(DEV, [failed])] }, storyConfig));
  assert.match(page.notices[0]!.text, /You may not\.$/);
  assert.doesNotMatch(page.notices[0]!.text, /\.\.$/);
});

Deno.test("the page of a refused run says so, by which limit, and that nothing was changed", () => {
  const plan = documentOf(provenStory, { refused: refusal });
  const page = auditPage(reportingOf(provenStory, runOf(plan), plan));
  assert.deepEqual(page.notices[0], {
    tone: "refused",
    text: "Refused: 2 changes were planned, audit.limits.perRun.count allows 1. " +
      "Nothing was changed.",
  });
  assert.deepEqual(figure(page, "Refused"), {
    label: "Refused",
    value: "2",
    detail: "nothing was changed",
    state: "attention",
  });
  const outcomes = section(page, "What comes next").rows.map(({ cells }) => cells.at(-1));
  assert.deepEqual(outcomes, ["refused", "refused"]);
});

Deno.test("a refusal by an option names the option, which is no setting of the audit", () => {
  const plan = documentOf(provenStory, { refused: { ...refusal, limit: "--max-changes" } });
  const page = auditPage(reportingOf(provenStory, runOf(plan), plan));
  assert.match(page.notices[0]!.text, / --max-changes allows 1/);
});

Deno.test("a refusal for what other runs have taken does not count theirs as planned here", () => {
  const plan = documentOf(provenStory, { refused: { ...refusal, would: 10, reserved: 8 } });
  const page = auditPage(reportingOf(provenStory, runOf(plan), plan));
  assert.doesNotMatch(page.notices[0]!.text, /10 changes were planned/);
});

Deno.test("a run that tried and marked nothing does not say that it would", () => {
  const plan = documentOf(provenStory);
  const failed = plan.changes.map(({ id }) => [id, outcome("failed", "no")] as const);
  const page = auditPage(reportingOf(provenStory, runOf(plan, failed), plan));
  const marked = page.headline.at(-1)!;
  assert.deepEqual([marked.label, marked.value, marked.state], ["Marked", "0 of 2", "attention"]);
});

Deno.test("each change says what became of it", () => {
  const plan = documentOf(provenStory);
  const [first, second] = plan.changes;
  const run = runOf(plan, [
    [first!.id, outcome("done")],
    [second!.id, outcome("drifted", "Its tags have changed")],
  ]);
  const page = auditPage(reportingOf(provenStory, run, plan));
  assert.equal(figure(page, "Marked").value, "1 of 2");
  assert.deepEqual(section(page, "What comes next").rows.map(({ cells }) => cells.at(-1)), [
    ["done"],
    ["drifted", "Its tags have changed"],
  ]);
});

Deno.test("the page does not say that all keep the rules while one in its grace does not", () => {
  const young = anInstance(1, { created: "2026-11-20T11:30:00.000Z" });
  const page = pageOf(planningOf(oneRegion(young), storyConfig));
  assert.doesNotMatch(section(page, "Violating instances").empty, /every instance keeps/);
});

Deno.test("every row of every table has a cell for each column", () => {
  for (const story of [provenStory, unprovenStory, tidyStory]) {
    for (const { title, columns, rows } of pageOf(story).sections) {
      for (const { cells } of rows) assert.equal(cells.length, columns.length, title);
    }
  }
});

Deno.test("a region that is empty in both sources is counted as planned and not as proven", () => {
  const observed = { accounts: [anAccount(DEV, [aRegion("us-east-1", [])])] };
  const { value, detail } = figure(pageOf(planningOf(observed, storyConfig)), "Coverage");
  assert.equal(value, "0 of 1");
  assert.match(detail!, /1 empty in both sources/);
});

Deno.test("the page looks as it did", (t) => t.assertSnapshot(pageOf(provenStory)));
