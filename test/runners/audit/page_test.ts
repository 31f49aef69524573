import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import type { Figure, Page } from "../../../runners/core/report/page.ts";
import { auditPage } from "../../../runners/audit/present/page.ts";
import type { ObservedRegion } from "../../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import {
  breakerStory,
  idleBreakerStory,
  ladderStory,
  noCanaryStory,
  owned,
  STALE_CANARY,
} from "./ladder_story.ts";
import { ownWritesOf, refusedByBreaker } from "./render_input.ts";
import { provenStory, refusal, storyConfig, tidyStory, unprovenStory } from "./story.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  DEV,
  documentOf,
  idOf,
  oneRegion,
  outcome,
  planningOf,
  reportingOf,
  runOf,
} from "./world.ts";
import { AS_DATA } from "../../snapshots.ts";

const pageOf = (planning: AuditPlanning) => auditPage(reportingOf(planning));
const figure = (page: Page, label: string): Figure =>
  page.headline.find((figure) => figure.label === label)!;
const section = (page: Page, title: string) => page.sections.find((one) => one.title === title)!;
const unreadable = planningOf(
  partsOf([anAccount(DEV, [aFailedRegion("us-east-1")])]),
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
      ["Would do", "0", "neutral"],
      ["Next 7 days", "0", "neutral"],
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
  assert.deepEqual(accounts, [["prod", "unproven"], ["dev", undefined]]);
});

Deno.test("a sentence of AWS that ends with a period is not given a second one", () => {
  const failed = aFailedRegion("us-east-1", "AccessDenied: You may not.");
  const page = pageOf(planningOf(partsOf([anAccount(DEV, [failed])]), storyConfig));
  assert.match(page.notices[0]!.text, /You may not\.$/);
  assert.doesNotMatch(page.notices[0]!.text, /\.\.$/);
});

Deno.test("the page of a refused run says so, by which limit, and that nothing was changed", () => {
  const plan = documentOf(provenStory, { refused: refusal });
  const page = auditPage(reportingOf(provenStory, runOf(plan), plan));
  assert.deepEqual(page.notices[0], {
    tone: "refused",
    text: "Refused: this run would mark 2 instances; audit.limits.perRun.count allows 1. " +
      "Nothing was changed.",
  });
  const { value, detail, state } = figure(page, "Refused");
  assert.deepEqual([value, detail, state], ["2", "nothing was changed", "attention"]);
  const outcomes = section(page, "What would be done").rows.map(({ cells }) => cells.at(-1));
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
  const { value, detail, state } = figure(page, "Done");
  assert.deepEqual([value, detail, state], ["0 of 2", "0 of 2 marked, 2 failed", "attention"]);
  assert.equal(figure(page, "Would do"), undefined);
});

Deno.test("each change says what became of it", () => {
  const plan = documentOf(provenStory);
  const [first, second] = plan.changes;
  const run = runOf(plan, [
    [first!.id, outcome("done")],
    [second!.id, outcome("drifted", "Its tags have changed")],
  ]);
  const page = auditPage(reportingOf(provenStory, run, plan));
  assert.equal(figure(page, "Done").value, "1 of 2");
  assert.deepEqual(section(page, "What was done").rows.map(({ cells }) => cells.at(-1)), [
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
  for (const story of [provenStory, unprovenStory, tidyStory, ladderStory, noCanaryStory]) {
    for (const { title, columns, rows } of pageOf(story).sections) {
      for (const { cells } of rows) assert.equal(cells.length, columns.length, title);
    }
  }
});

Deno.test("a region that is empty in both sources is neither proven nor called unproven", () => {
  const empty = aRegion("us-east-1", []);
  const some = aRegion("eu-west-1", [anInstance(1, { tags: { owner: "alice" } })]);
  const told = (...regions: ObservedRegion[]) => {
    const page = pageOf(planningOf(partsOf([anAccount(DEV, regions)]), storyConfig));
    const { value, detail, state } = figure(page, "Coverage");
    return [value, detail, state, page.notices.length];
  };
  assert.deepEqual(told(empty), ["1", "account-region, empty in both sources", "good", 0]);
  assert.deepEqual(told(empty, some), [
    "1 of 1",
    "account-region proven: 1 by second source; 1 empty in both sources",
    "good",
    0,
  ]);
  assert.deepEqual(told(empty, aFailedRegion("eu-west-1")).slice(0, 3), [
    "0 of 1",
    "account-region proven; 1 empty in both sources",
    "unproven",
  ]);
});

const ladderPage = (planning: AuditPlanning, outcomes: Parameters<typeof runOf>[1] = []) => {
  const refused = refusedByBreaker(planning);
  const plan = owned(documentOf(planning, refused ? { refused } : {}));
  return auditPage(reportingOf(planning, runOf(plan, outcomes), plan));
};
const cellsOf = (page: Page, title: string) => section(page, title).rows.map(({ cells }) => cells);

Deno.test("the coverage says by what it was proven", () => {
  assert.match(
    figure(ladderPage(ladderStory), "Coverage").detail!,
    /^account-regions proven: 2 by canary, 2 by second source$/,
  );
});

Deno.test("what cannot be undone comes first in its table, and its rows say so", () => {
  const { rows } = section(ladderPage(ladderStory), "What would be done");
  assert.deepEqual(rows.map(({ cells, tone }) => [cells[0], cells[3], cells[6], tone]), [
    ["terminate", idOf(0x24), "alice (tag)", "destroy"],
    ["terminate", idOf(0x30), null, "destroy"],
    ["stop", idOf(0x23), "data team (stack)", undefined],
    ["mark", idOf(0x22), "perhaps build\u001b[31m (CloudTrail)", undefined],
    ["mark", idOf(0x28), null, undefined],
    ["unmark", idOf(0x27), null, undefined],
    ["restore protection", idOf(0x2e), null, undefined],
  ]);
});

Deno.test("what comes next has its dates, the first one first, and what is held back says why", () => {
  const page = ladderPage(ladderStory);
  const rows = cellsOf(page, "What comes next").map(([due, step, , , id, , , , held]) => [
    (due as { at: Date }).at.toISOString(),
    step,
    id,
    held,
  ]);
  assert.deepEqual(rows.filter(([, , , held]) => held === null), [
    ["2026-11-22T11:00:00.000Z", "stopped", idOf(0x25), null],
  ]);
  assert.ok(rows.some(([, , id, held]) => id === idOf(0x29) && held === "it has stop protection"));
  assert.deepEqual(rows.map(([due]) => due), rows.map(([due]) => due).sort());
  const { value, detail } = figure(page, "Next 7 days");
  assert.deepEqual([value, detail], ["1", "1 stop; the first 22 Nov 11:00"]);
});

Deno.test("a mark that was just set brings its next step with it", () => {
  const plan = documentOf(ladderStory);
  const mark = plan.changes.find(({ target }) => target.endsWith(idOf(0x22)))!;
  const page = ladderPage(ladderStory, [[mark.id, outcome("done")]]);
  const next = cellsOf(page, "What comes next").find((cells) => cells[4] === idOf(0x22))!;
  assert.deepEqual(next.slice(0, 2), [{ at: new Date("2026-11-23T12:00:00Z") }, "stopped"]);
  const failed = ladderPage(ladderStory, [[mark.id, outcome("failed", "no")]]);
  assert.ok(!cellsOf(failed, "What comes next").some((cells) => cells[4] === idOf(0x22)));
});

Deno.test("a run of the whole ladder counts each deed", () => {
  const plan = documentOf(ladderStory);
  const page = ladderPage(ladderStory, plan.changes.map(({ id }) => [id, outcome("done")]));
  assert.deepEqual([figure(page, "Done").value, figure(page, "Done").detail], [
    "7 of 7",
    "2 of 2 terminated, 1 of 1 stopped, 2 of 2 marked, 1 of 1 unmarked, " +
    "1 of 1 given back their protection",
  ]);
});

Deno.test("regions that only lack a canary have one notice, and their rows are hatched", () => {
  const page = ladderPage(noCanaryStory);
  const texts = page.notices.filter(({ tone }) => tone === "unproven").map(({ text }) => text);
  assert.equal(texts.length, 2);
  assert.match(texts[0]!, /^Not proven: 2 account-regions of 1 account have no canary yet\. /);
  const rows = section(page, "Canaries").rows;
  assert.deepEqual(rows.map(({ cells, tone }) => [cells[2], cells[3], tone]), [
    [null, "absent", "unproven"],
    [null, "absent", "unproven"],
    [idOf(STALE_CANARY), "stale", "unproven"],
  ]);
});

Deno.test("unproven places of one reason are one notice, which counts them, and the table has all", () => {
  const regions = Array.from({ length: 23 }, (_, index) => aFailedRegion(`us-east-${index}`));
  const page = pageOf(planningOf(partsOf([anAccount(DEV, regions)]), storyConfig));
  assert.deepEqual(page.notices.map(({ text }) => text), [
    `Not proven: access-denied in 23 account-regions: ${DEV} us-east-0, ${DEV} us-east-1, ` +
    `${DEV} us-east-10, and 20 more (the table below has them all). AccessDenied: no.`,
  ]);
  assert.equal(section(page, "Coverage").rows.length, 23);
});

Deno.test("a canary says whether it was stamped", () => {
  const plan = documentOf(ladderStory);
  const said = (...outcomes: Parameters<typeof ownWritesOf>[1]) => {
    const ownWrites = ownWritesOf(ladderStory, outcomes);
    const page = auditPage(reportingOf(ladderStory, { ...runOf(plan), ownWrites }, plan));
    return cellsOf(page, "Canaries").map((cells) => cells.at(-1));
  };
  assert.deepEqual(said(outcome("done"), outcome("failed", "slow down")), [
    ["done"],
    ["failed", "slow down"],
  ]);
  assert.deepEqual(said(outcome("done")), [["done"], null]);
});

Deno.test("a tripped breaker is a notice, whether it refuses anything or not", () => {
  for (const story of [breakerStory, idleBreakerStory]) {
    const said = ladderPage(story).notices.filter(({ tone }) => tone === "refused");
    assert.equal(said.length, 1);
    assert.match(
      said[0]!.text,
      /nothing is changed anywhere in this run.*populationDrop allows 0\.5/,
    );
  }
});

Deno.test("a mark that was not set by us is a notice", () => {
  assert.deepEqual(ladderPage(ladderStory).notices, [{
    tone: "info",
    text: "1 instance: it carries a mark that Groundskeeper did not set.",
  }]);
});

Deno.test("a new account says until when it is only reported", () => {
  assert.deepEqual(
    cellsOf(ladderPage(ladderStory), "Accounts").map((cells) => [cells[0], cells.at(-1)]),
    [["dev", "yes"], ["prod", "report only"], ["fresh", "new: report only until 2 Dec"]],
  );
});

Deno.test("the page of the whole ladder looks as it did", (t) =>
  t.assertSnapshot(ladderPage(ladderStory), AS_DATA));

Deno.test("the page looks as it did", (t) => t.assertSnapshot(pageOf(provenStory), AS_DATA));
