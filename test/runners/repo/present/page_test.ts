import assert from "assert";
import { renderPage } from "../../../../reports/html/render_page.ts";
import type { Figure, Page } from "../../../../runners/core/report/page.ts";
import { repoPage } from "../../../../runners/repo/present/page.ts";
import { NASTY_STRINGS } from "../../../reports/nasty_strings.ts";
import { roleOf } from "./hostile_role.ts";
import {
  aRole,
  edit,
  kept,
  loss,
  NOW,
  outcome,
  planOf,
  policy,
  PROD,
  reportingOf,
  runOf,
  settings,
} from "./plan_fixture.ts";
import { partlyPlan, restorePlan, restoreRunPlan, roles, wholePlan } from "./stories.ts";
import { AS_DATA } from "../../../snapshots.ts";

const pageOf = (plan: typeof wholePlan) => repoPage(reportingOf(plan));
const figure = (page: Page, label: string): Figure =>
  page.headline.find((figure) => figure.label === label)!;
const section = (page: Page, title: string) => page.sections.find((one) => one.title === title)!;
const rendered = (page: Page) =>
  renderPage(page, {
    job: "repo",
    runId: "01JD0000000000000000000000",
    slot: NOW,
    toolVersion: "0.1.0",
    before: null,
  });

Deno.test("coverage comes before any other number", () => {
  assert.equal(pageOf(wholePlan).headline[0]!.label, "Coverage");
});

Deno.test("where something could not be read, no number is good, and the notice says what", () => {
  const page = pageOf(partlyPlan);
  assert.deepEqual(page.headline.filter(({ state }) => state === "good"), []);
  assert.equal(page.headline[0]!.state, "unproven");
  assert.match(page.notices[0]!.text, /^Not read: data: Cannot assume role .*exclude\.$/);
  const unread = section(page, "Accounts").rows.map(({ tone }) => tone);
  assert.deepEqual(unread, ["unproven", undefined]);
});

Deno.test("where all is read and nothing is removable, the numbers are good", () => {
  const page = pageOf(planOf([aRole("a", { keeps: [kept("s3", 4)] })]));
  assert.deepEqual(
    page.headline.map(({ label, value, state }) => [label, value, state]),
    [
      ["Coverage", "1 of 1", "good"],
      ["Removable", "0.0 %", "good"],
      ["Eligible", "1 of 1", "neutral"],
      ["Would change", "0", "neutral"],
      ["Scheduled", "0", "neutral"],
    ],
  );
});

Deno.test("nothing at all is not good", () => {
  assert.equal(figure(pageOf(planOf([])), "Removable").state, "neutral");
});

Deno.test("the page of a refused run says so, by which limit, and that nothing was changed", () => {
  const refused = { limit: "limits.perRun.count", value: 2, would: 3, reserved: 0, scope: null };
  const page = pageOf(planOf(roles, { refused }));
  assert.equal(page.notices[0]!.tone, "refused");
  assert.match(page.notices[0]!.text, /allows 2\. Nothing was changed\.$/);
  assert.equal(figure(page, "Refused").value, "3");
  const outcomes = section(page, "What would be done").rows.map(({ cells }) => cells.at(-1));
  assert.deepEqual(outcomes, ["refused", "refused", "refused"]);
});

Deno.test("what was done is counted from outcomes", () => {
  const run = runOf(wholePlan, [outcome("done"), outcome("failed", "no"), null]);
  const page = repoPage(reportingOf(wholePlan, run));
  const { value, detail, state } = figure(page, "Done");
  assert.deepEqual([value, detail, state], [
    "1 of 3",
    "removed 163 permissions from 1 of 3 roles",
    "attention",
  ]);
  const outcomes = section(page, "What was done").rows.map(({ cells }) => cells.at(-1));
  assert.deepEqual(outcomes, ["not tried", ["done"], ["failed", "no"]]);
});

Deno.test("a run that is taken back has what is not restored, with why, and the way out of a refusal", () => {
  const { rows, lead } = section(pageOf(restoreRunPlan), "Not restored");
  assert.match(lead!, /As before that run already: 1 role\./);
  assert.deepEqual(rows.map(({ cells }) => cells.slice(1, 4)), [
    [
      "billing-export",
      "its policies have been changed since that run; it had version 2 before. To restore " +
      "that version: groundskeeper repo apply --restore 2 --role 111111111111/billing-export",
      "changed-since-run",
    ],
    ["nightly-export", "the role is gone", "role-gone"],
  ]);
  const refused = { limit: "limits.perRun.count", value: 2, would: 3, reserved: 0, scope: null };
  const { notices } = pageOf({ ...restoreRunPlan, refused });
  assert.match(notices!.map(({ text }) => text).join("\n"), /Narrow the restore with --account/);
});

Deno.test("a restore says what it gives back", () => {
  const [row] = section(pageOf(restorePlan), "What would be done").rows;
  assert.deepEqual(row!.cells.slice(0, 4), ["restore", "prod", "checkout-api", 32]);
});

Deno.test("what would be done stands first, then what comes next in the order of its days", () => {
  const page = pageOf(wholePlan);
  assert.deepEqual(page.sections.slice(0, 3).map(({ title }) => title), [
    "What would be done",
    "What changes in the policies",
    "What comes next",
  ]);
  assert.deepEqual(page.sections[2]!.rows.map(({ cells }) => cells[2]), [
    "billing-export",
    "ci-deploy",
  ]);
});

Deno.test("the differences of the 20 roles that lose most are on the page, the others are counted", () => {
  const many = Array.from(
    { length: 25 },
    (_, i) => aRole(`r${i}`, { loses: [loss("sqs", i + 1)], edits: [edit()] }),
  );
  const { folds, lead } = section(pageOf(planOf(many)), "What changes in the policies");
  assert.deepEqual(
    folds!.map(({ title }) => title),
    many.slice(5).reverse().map(({ role }) => role),
  );
  assert.match(
    lead!,
    /The 20 largest of 25; "groundskeeper repo plan --out DIR" writes all of them/,
  );
  const removed = folds![0]!.diffs![0]!.lines.filter((line) => line?.sign === "-");
  assert.ok(removed.length > 0);
});

Deno.test("a long difference is cut, and the page says so", () => {
  const actions = Array.from({ length: 900 }, (_, i) => `sqs:Action${i}`);
  const entry = aRole("long", {
    loses: [loss("sqs", 900)],
    edits: [edit({ before: policy(...actions), after: null })],
  });
  const [fold] = section(pageOf(planOf([entry])), "What changes in the policies").folds!;
  assert.equal(fold!.diffs!.flatMap(({ lines }) => lines).length, 200);
  assert.match(fold!.rest!, /^The first 200 lines; /);
});

Deno.test("every reason of a role that is left alone is in its row", () => {
  const row = section(pageOf(wholePlan), "Left alone").rows
    .find(({ cells }) => cells[1] === "payments")!;
  assert.deepEqual(row.cells[3], ["opted-out", "too-young"]);
});

Deno.test("what is new, until when, and how much of it would go then is said on the page", () => {
  const texts = pageOf(wholePlan).notices.map(({ text }) => text);
  const fresh = texts.find((text) =>
    /Permissions are new for 14 days after they were first seen/.test(text)
  );
  assert.match(fresh ?? "", /is kept until \d+ \w+ \(in \d+ days\)/);
});

Deno.test("trustFirstScan is named on the page", () => {
  const config = settings({ trustFirstScan: true });
  const page = repoPage(reportingOf(wholePlan, runOf(wholePlan), config));
  assert.match(page.notices[0]!.text, /^repo\.trustFirstScan is on/);
});

Deno.test("permissions over time are drawn, and stand in a table too, the newest first", () => {
  const { charts, rows } = section(pageOf(wholePlan), "Permissions over time");
  assert.deepEqual(charts![0]!.lines.map(({ values }) => values), [[2400, 2100, 1747], [
    1500,
    1300,
    1097,
  ]]);
  assert.deepEqual(rows.map(({ cells }) => cells[1]), [1747, 2100, 2400]);
  assert.match(rendered(pageOf(wholePlan)), /<svg viewBox/);
});

for (const text of NASTY_STRINGS) {
  Deno.test(`${JSON.stringify(text.slice(0, 50))} in a name is only text on the page`, () => {
    const tags = (name: string) => {
      const plan = planOf([
        roleOf(name),
        roleOf(name, { ineligible: [{ reason: name, detail: name }] }),
      ], {
        accounts: [{ account: PROD, name }],
      });
      const html = rendered(pageOf(plan)).replace(/<style>[^]*<\/style>/, "")
        .replace(/<script>[^]*?<\/script>/, "");
      // A name of two lines is two lines of a diff.
      return [...html.matchAll(/<(?!\/?(?:span|wbr|del|ins)\b)[^>]*>/g)]
        .map(([tag]) => tag.replace(/ class="[nsw ]+"/, ""));
    };
    assert.deepEqual(tags(text), tags("x"));
  });
}

Deno.test("the page looks as it did", (t) => t.assertSnapshot(pageOf(wholePlan), AS_DATA));
