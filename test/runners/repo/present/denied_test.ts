import assert from "assert";
import { textStyle } from "../../../../runners/core/cli/text_style.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";
import { deniedAftermath } from "../../../../runners/repo/present/denied.ts";
import { repoDocuments } from "../../../../runners/repo/documents.ts";
import { repoPage } from "../../../../runners/repo/present/page.ts";
import { deniedCalls } from "./denied_calls.ts";
import { explained } from "./explain_world.ts";
import { aRole, daysAgo, kept, planOf, reportingOf, shown, told } from "./plan_fixture.ts";
import { askedFor } from "./stories.ts";

const app = aRole("checkout-api", { keeps: [kept("s3", 4)] });
const other = aRole("it's here", { keeps: [kept("s3", 4)] });

const UNSEEN = {
  account: "111111111111",
  region: "eu-west-1",
  source: "sqs.amazonaws.com",
  reason: "access-denied",
  detail: "AccessDenied: no.",
};
const unwatched = planOf([app], { watch: { roles: 1, unseen: [UNSEEN] } });

const plan = planOf([app, other], {
  denied: [
    deniedCalls(app),
    deniedCalls(app, {
      action: "sns:Publish",
      count: 1,
      at: daysAgo(0.25),
      last: daysAgo(0.25),
      principal: null,
      removed_at: daysAgo(5),
      version: 2,
    }),
    deniedCalls(other, { version: null, count: 1, at: daysAgo(1), last: daysAgo(1) }),
  ],
  watch: { roles: 2, unseen: [] },
});

Deno.test("what was not looked at is said where nothing was denied, too", () => {
  const text = told(unwatched);
  assert.match(
    text,
    /^Unwatched {2}CloudTrail could not be read completely for sqs\.amazonaws\.com in/m,
  );
  assert.match(
    text,
    /111111111111 eu-west-1:\s+AccessDenied: no\. Denied\s+calls of the 1 role changed lately/,
  );
  assert.doesNotMatch(text, /^Denied/m);
  const [notice] = repoPage(reportingOf(unwatched)).notices;
  assert.equal(notice!.tone, "unproven");
  assert.match(
    notice!.text,
    /^Not watched: CloudTrail could not be read completely for sqs\.amazonaws\.com/,
  );
});

Deno.test("many places that were not looked at are told once, by their reason", () => {
  const unseen = Array.from({ length: 40 }, (_, index) => ({
    ...UNSEEN,
    region: `eu-west-${index}`,
    detail: index < 30 ? "one" : `other ${index % 5}`,
  }));
  const text = told(planOf([app], { watch: { roles: 3, unseen } }));
  assert.equal(text.match(/^Unwatched/gm)!.length, 4);
  assert.match(text, /for sqs\.amazonaws\.com in\s+30 account-regions: one\./);
  assert.match(text, /^Unwatched {2}6 more places; --json has them all\.$/m);
});

Deno.test("where nothing was looked for nothing is said", () => {
  const text = told(planOf([app]));
  assert.doesNotMatch(text, /Denied|Unwatched/);
  assert.equal(deniedAftermath(planOf([app])), null);
  assert.deepEqual(repoPage(reportingOf(planOf([app]))).notices, []);
});

Deno.test("what was denied stands after the coverage, with the command that gives it back", () => {
  assert.equal(
    told(plan).split("\n\n").slice(2, 3).join("\n\n"),
    `Denied     14 calls of 2 roles were denied for what had been removed.
  checkout-api   prod
    sqs:SendMessage 12 times since 20 Nov 19:00 (12 hours ago), last 3 hours ago in us-east-1, by
    i-0a1b2c3d4e5f60718; removed 2 days ago
    sns:Publish on 21 Nov 01:00 (6 hours ago) in us-east-1; removed 5 days ago
    To give it back:
      groundskeeper repo apply --give-back sns:Publish --give-back sqs:SendMessage --role 111111111111/checkout-api
  it's here      prod
    sqs:SendMessage on 20 Nov 07:00 (1 day ago) in us-east-1, by i-0a1b2c3d4e5f60718; removed 2 days
    ago
    To see what it had:
      groundskeeper repo versions '111111111111/it'\\''s here'`,
  );
});

Deno.test("nothing of it is red", () => {
  const red = textStyle({ color: true, width: 100 }).red("x").split("x")[0]!;
  assert.ok(!told(plan, { color: true }).includes(red));
  const page = repoPage(reportingOf(plan));
  assert.ok(page.sections.flatMap(({ rows }) => rows).every(({ tone }) => tone !== "destroy"));
});

Deno.test("one role that is asked about, and one that is explained, say it too", () => {
  const one = planOf([app], { denied: [deniedCalls(app)], watch: { roles: 1, unseen: [] } });
  assert.match(told(one, { config: askedFor(app) }), /^Denied {5}12 calls of 1 role were denied/m);
  const { text, json } = explained("111111111111/checkout-api", [app], { plan: one })!;
  assert.match(
    text,
    /To give it back:\n.*apply --give-back sqs:SendMessage --role 111111111111\/checkout-api/,
  );
  assert.deepEqual(json["denied"], [deniedCalls(app)]);
});

Deno.test("the page has it before everything else, with a notice", () => {
  const { notices, sections } = repoPage(reportingOf(plan));
  assert.match(notices[0]!.text, /^14 calls of 2 roles were denied for what had been removed; see/);
  assert.equal(sections[0]!.title, "Denied since");
  assert.equal(sections[0]!.rows.length, 3);
});

Deno.test("each role and action has a document, with a command to paste", () => {
  const made = repoDocuments(reportingOf(plan)).filter(({ type }) => type === "aws_repo_denied");
  assert.equal(new Set(made.map(({ id }) => id)).size, 3);
  const repo = (made[0]!.body["groundskeeper"] as JsonObject)["repo"] as JsonObject;
  assert.deepEqual(repo["denied"], {
    action: "sqs:SendMessage",
    count: 12,
    first: daysAgo(0.5),
    last: daysAgo(0.125),
    event_id: "8f3b1c2d-0000-4000-8000-000000000001",
    principal: "arn:aws:sts::111111111111:assumed-role/checkout-api/i-0a1b2c3d4e5f60718",
    removed_at: daysAgo(2),
    version: 3,
    removed_by: "01JD0000000000000000000000",
    by_name: false,
    restore:
      "groundskeeper repo apply --give-back sqs:SendMessage --role 111111111111/checkout-api",
  });
});

Deno.test("who is notified reads the same, with the command", () => {
  const { title, text } = deniedAftermath(plan)!;
  assert.equal(title, "saw 14 calls of 2 roles denied since");
  assert.deepEqual(shown(text).trimEnd(), told(plan).split("\n\n")[2]);
});

Deno.test("what a person removed by name has no command: the run is told, and what it takes, everywhere", () => {
  const removed_by = "01JD0000000000000000000001";
  const named = planOf([app], {
    denied: [
      deniedCalls(app, { by_name: true, removed_by }),
      deniedCalls(app, { action: "sns:Publish" }),
    ],
    watch: { roles: 1, unseen: [] },
  });
  const said =
    /sqs:SendMessage was removed\s+by\s+name\s+in\s+run\s+01JD0000000000000000000001:\s+--give-back\s+needs\s+--removed-by 01JD0000000000000000000001\./;
  for (const text of [told(named), shown(deniedAftermath(named)!.text)]) {
    assert.match(text, said);
    assert.match(text, /repo apply --give-back sns:Publish --role 111111111111\/checkout-api\n/);
    assert.doesNotMatch(text, /--give-back sqs/);
  }
  const [rows] = repoPage(reportingOf(named)).sections.map((section) => section.rows);
  const ways = rows!.map((row) => String(("cells" in row ? row.cells : []).at(-1)));
  assert.match(ways.find((way) => way.includes("sqs:"))!, said);
  const made = repoDocuments(reportingOf(named)).filter(({ type }) => type === "aws_repo_denied");
  const ofDocument = made.map(({ body }) => JSON.stringify(body));
  assert.equal(ofDocument.filter((text) => said.test(text)).length, 1);
  assert.equal(ofDocument.filter((text) => text.includes("--give-back sqs:")).length, 0);
});

Deno.test("a notice of many roles is of 20, the rest is counted", () => {
  const many = Array.from({ length: 23 }, (_, index) => aRole(`app-${index}`));
  const denied = many.map((entry) => deniedCalls(entry));
  const text = shown(deniedAftermath(planOf(many, { denied }))!.text);
  assert.match(text, /^ {2}and 3 more; --json has them all$/m);
});
