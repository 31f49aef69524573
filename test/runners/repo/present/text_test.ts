import assert from "assert";
import { roleChanges } from "../../../../runners/repo/present/changes.ts";
import { givenBackText } from "../../../../runners/repo/present/losses.ts";
import type { RepoPlan } from "../../../../runners/repo/repo_plan.ts";
import {
  aRole,
  DATA,
  daysAgo,
  edit,
  kept,
  loss,
  outcome,
  planOf,
  type PlanParts,
  PROD,
  roleChange,
  settings,
  type Told,
  told,
} from "./plan_fixture.ts";
import {
  askedFor,
  checkout,
  firstPlan,
  onePlan,
  partlyPlan,
  removePlan,
  restorePlan,
  restoreRunAsked,
  restoreRunPlan,
  roles,
  wholePlan,
} from "./stories.ts";
import { AS_TEXT } from "../../../snapshots.ts";

const refused = { limit: "limits.perRun.count", value: 2, would: 3, reserved: 0, scope: null };
const planFile = "out/repo-plan.json";
const outcomes = [
  outcome("done"),
  outcome("failed", "Throttling: slow down"),
  outcome("unknown", "the run was cut while it wrote"),
];
const one = (asked = {}) => askedFor(checkout, asked);

const golden: readonly [what: string, plan: RepoPlan, how: Told][] = [
  ["a first plan of two accounts from nothing", firstPlan, {}],
  ["a plan", wholePlan, { planFile }],
  ["a plan on the narrowest terminal", wholePlan, { planFile, width: 40 }],
  ["a plan of which a part could not be read", partlyPlan, {}],
  ["a plan that a limit refuses", planOf(roles, { refused }), {}],
  ["a plan of one role", onePlan, { config: one(), planFile }],
  ["a plan to restore one role", restorePlan, { config: one({ restore: 2 }), planFile }],
  ["a plan to restore", restorePlan, { config: settings({}, { restore: 2 }) }],
  ["a plan to take a run back", restoreRunPlan, { config: settings({}, restoreRunAsked) }],
  ["a plan to take a run back that a limit refuses", { ...restoreRunPlan, refused }, {
    config: settings({}, restoreRunAsked),
  }],
  ["an apply that takes a run back", restoreRunPlan, {
    config: settings({}, restoreRunAsked),
    outcomes: [outcome("failed", "Throttling: slow down")],
  }],
  ["a plan to remove by name", removePlan, { config: settings({}, { remove: ["s3:Put*"] }) }],
  ["a plan with nothing to do", planOf([aRole("a", { keeps: [kept("s3", 2)] })]), {}],
  ["an apply with mixed outcomes", wholePlan, { outcomes }],
  ["an apply of one role", onePlan, { config: one(), outcomes: [outcome("done")] }],
  ["a report", firstPlan, { outcomes: [], written: ["out/repo.html"] }],
];

for (const [what, plan, how] of golden) {
  Deno.test(`the text of ${what} looks as it did`, (t) =>
    t.assertSnapshot(told(plan, how), AS_TEXT));
}

for (const [what, plan, how] of golden) {
  Deno.test(`the text of ${what} is the same in colour`, () => {
    // deno-lint-ignore no-control-regex
    const stripped = told(plan, { ...how, color: true }).replaceAll(/\u001b\[[0-9;]*m/g, "");
    assert.equal(stripped, told(plan, how));
  });
}

Deno.test("an account that was not read comes before every number about permissions", () => {
  const text = told(partlyPlan);
  const order = ["Unused permissions of", "Coverage", "not read   data", "permissions   remov"];
  const places = order.map((part) => text.indexOf(part));
  assert.ok(!places.includes(-1));
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
  assert.match(text, /^Coverage +1 of 2 accounts read; complete evidence of 1 of 2 roles$/m);
});

Deno.test("a refusal says which limit and by how much, and how to see what it is about", () => {
  const text = told(planOf(roles, { refused }));
  assert.match(
    text,
    /^Refused: this run would change 3 roles; repo\.limits\.perRun\.roles allows 2\. Nothing was changed\.$/m,
  );
  assert.match(text, /\n {2}groundskeeper repo plan --json \| jq -r '\.changes\[\]\.target'\n$/);
  assert.doesNotMatch(text, /^Limits/m);
});

const refusals: readonly [what: string, PlanParts["refused"], RegExp][] = [
  ["by an option names the option", { ...refused, limit: "--max-changes" }, /--max-changes allows/],
  ["for what others have taken does not count theirs as its own", {
    ...refused,
    would: 52,
    reserved: 49,
  }, /would change 3 roles, and other runs that share the budget have taken 49/],
  ["in one account calls it by its name", { ...refused, scope: PROD }, / in prod; /],
  ["of restores names the setting as the configuration has it", {
    ...refused,
    limit: "limits.restore.perRun.count",
  }, /would restore 3 roles; repo\.limits\.restore\.roles allows 2/],
];
for (const [what, refusal, said] of refusals) {
  Deno.test(`a refusal ${what}`, () => {
    assert.match(told(planOf(roles, { refused: refusal! })).replaceAll("\n", " "), said);
  });
}

Deno.test("what failed and what is not known are told with the command that restores", () => {
  const text = told(wholePlan, { outcomes });
  assert.match(text, /^Not done {3}1 failed, 1 unknown$/m);
  const commands = [...text.matchAll(/^ +groundskeeper repo apply (--restore .*)$/gm)]
    .map(([, options]) => options);
  assert.deepEqual(commands, [
    `--restore 3 --role ${PROD}/ci-deploy`,
    `--restore 3 --role ${PROD}/checkout-api`,
  ]);
});

Deno.test("what drifted was not written, and is told without a restore", () => {
  const text = told(onePlan, {
    config: one(),
    outcomes: [outcome("drifted", "Its policies have changed")],
  });
  assert.match(text, /drifted: Its policies have changed/);
  assert.doesNotMatch(text, /--restore/);
  assert.match(text, /Nothing was changed/);
});

Deno.test("of a role whose version is not stored the versions are shown, and none is guessed", () => {
  const plan = planOf([{ ...checkout, version: null }]);
  const text = told(plan, { config: one(), outcomes: [outcome("failed", "no")] });
  assert.match(text, /^ +groundskeeper repo versions 111111111111\/checkout-api$/m);
  assert.doesNotMatch(text, /--restore/);
});

Deno.test("permissions are counted from outcomes", () => {
  assert.match(told(wholePlan, { outcomes }), /^Done +removed 163 permissions from 1 of 3 roles$/m);
});

Deno.test("a run of which a write is not known does not say that nothing was changed", () => {
  const text = told(onePlan, { config: one(), outcomes: [outcome("unknown", "cut")] });
  assert.doesNotMatch(text, /Nothing was changed/);
});

Deno.test("the first plan says until when, that it starts no clock, what does, and what lifts it", () => {
  const text = told(firstPlan).replaceAll(/\s+/g, " ");
  for (
    const said of [
      "All 1,383 permissions are new and are kept",
      "kept until 5 Dec (in 14 days), if the clock starts now",
      "970 of them would be removed then.",
      "A plan does not start the clock; refresh, report and apply do",
      "With repo.trustFirstScan, permissions that a role had when it was first seen are not new",
    ]
  ) assert.ok(text.includes(said), said);
  assert.match(told(firstPlan), /\n {2}groundskeeper repo report\n$/);
});

Deno.test("a report has started the clock, and does not say that it did not", () => {
  assert.doesNotMatch(told(firstPlan, { outcomes: [] }), /clock|start/);
});

Deno.test("trustFirstScan is named in the plan when it is on, also where nothing is new", () => {
  const config = settings({ trustFirstScan: true });
  assert.match(told(planOf([aRole("a")]), { config }), /^New +repo\.trustFirstScan is on/m);
  assert.doesNotMatch(told(firstPlan, { config }), /With repo\.trustFirstScan/);
});

Deno.test("a role is counted under each of its reasons, and once in the sum", () => {
  const text = told(wholePlan);
  assert.match(text, /^Left alone 3 of 7 roles, some for several reasons; 4 unused /m);
  assert.match(text, /^ +2 .*: payments, batch-new$/m);
  assert.match(text, /^ +1 .*alice.*: payments$/m);
});

Deno.test("what the plan spares for a reason of its own is left alone with this reason", () => {
  const spared = [{
    account: PROD,
    region: "global",
    target: checkout.arn,
    reason: "size-limit",
    detail: "the rewritten policies have 10,300 characters, IAM allows 10,240",
  }];
  const text = told(planOf([checkout], { changes: [], spared }));
  assert.match(text.replaceAll(/\s+/g, " "), /1 the rewritten .* allows 10,240: checkout-api/);
});

Deno.test("twenty roles are named one by one, the rest is counted, with where it is", () => {
  const many = Array.from(
    { length: 23 },
    (_, index) => aRole(`role-${index}`, { loses: [loss("sqs", index + 1)] }),
  );
  const plan = planOf(many);
  assert.equal(told(plan).match(/^ {2}role-\d+ /gm)!.length, 20);
  assert.match(told(plan), /and 3 more; --json has them all/);
  assert.match(told(plan, { planFile }), /and 3 more; out\/ has a diff of each/);
  const run = told(plan, { outcomes: many.map(() => outcome("done")) });
  assert.match(run, /and 3 more; --json has them all/);
});

Deno.test("of many accounts those with most are named, and the others are added up", () => {
  const many = Array.from({ length: 23 }, (_, index) =>
    aRole("app", {
      account: String(100_000_000_000 + index),
      loses: [loss("sqs", index + 1)],
    }));
  assert.match(told(planOf(many)), /and 3 more; they have 6 removable in 3 roles;/);
});

Deno.test("a role that code manages gets a diff, not a change", () => {
  const text = told(wholePlan);
  assert.match(text, /^Proposes to remove 210 permissions from 1 role that code manages/m);
  const [would] = text.split("Proposes");
  assert.ok(!would!.includes("network-admin"));
});

Deno.test("where there are only proposals, the next command writes their diffs", () => {
  const text = told(planOf([roles[3]!]));
  assert.match(text, /^Would change nothing$/m);
  assert.match(text, /\n {2}groundskeeper repo plan --out out\n$/);
});

Deno.test("roles that nobody uses are listed with their instance profiles, and stay", () => {
  const text = told(wholePlan);
  assert.match(text, /Deleting is for their owners to decide/);
  assert.match(text, /legacy-worker +data .* legacy-worker-profile$/m);
});

Deno.test("a restore is told as what it gives back, and nothing of it is red", () => {
  const text = told(restorePlan, { config: one({ restore: 2 }), color: true });
  assert.match(text, /gives back 32 permissions: sns \(20\), sqs \(12\)/);
  assert.match(text.replace(/\s+/g, " "), /puts back "old-queue"; rewrites "app"/);
  assert.doesNotMatch(text, red);
});

// deno-lint-ignore no-control-regex
const red = /\u001b\[31m([^\u001b]*)\u001b\[39m/g;

Deno.test("only what would be taken is red", () => {
  const text = told(wholePlan, { color: true });
  const said = [...text.matchAll(red)].map(([, line]) => line!.trim().split(/ +/)[0]);
  assert.deepEqual(said, ["ci-deploy", "billing-export", "checkout-api"]);
  for (const plan of [firstPlan, planOf([roles[3]!])]) {
    assert.doesNotMatch(told(plan, { color: true }), red);
  }
});

Deno.test("the diff of one role is red where it takes, and only there", () => {
  const text = told(onePlan, { config: one(), color: true });
  const said = [...text.matchAll(red)].map(([, line]) => line!.trim());
  assert.ok(said.includes('-         "sqs:*",'), said.join("\n"));
  assert.ok(said.every((line) => line.startsWith("-") || /^(rds|sns|sqs) /.test(line)));
});

Deno.test("a line that only loses its comma is not told as changed", () => {
  const text = told(onePlan, { config: one() });
  assert.match(text, /^ {14}"s3:Get\*"$/m);
  assert.doesNotMatch(text, /[-+] +"s3:Get\*"/);
});

Deno.test("the next command asks the same again, quoted for a shell", () => {
  const config = settings({}, {
    roles: [{ account: DATA, name: "etl" }],
    remove: ["s3:Put*", "iam:PassRole"],
    overrideFilters: true,
  });
  const text = told(planOf([checkout, roles[1]!]), { config, planFile: "my plans/repo-plan.json" });
  assert.match(
    text,
    /\n {2}groundskeeper repo apply --role 222222222222\/etl --remove 's3:Put\*' --remove iam:PassRole --override-filters --plan 'my plans\/repo-plan\.json'\n$/,
  );
});

Deno.test("a hypothetical plan never offers to apply it", () => {
  const text = told(planOf(roles, { hypothetical: true }));
  assert.doesNotMatch(text, /repo apply/);
  assert.match(text, /hypothetical plan is never applied/);
});

Deno.test("a text above a question says nothing about what to do next", () => {
  assert.doesNotMatch(told(wholePlan, { asking: true }), /Nothing was changed/);
});

Deno.test("one role that is left alone is told with every reason, and stays as it is", () => {
  const payments = roles[4]!;
  const text = told(planOf([payments]), { config: askedFor(payments), color: true });
  assert.match(text, /because +alice has opted it out/);
  assert.match(text, /because +it was created 12 days ago/);
  assert.match(text, /unused, and stays {3}4 of 6 permissions/);
  assert.doesNotMatch(text, red);
  assert.match(text, /groundskeeper repo explain 111111111111\/payments\n$/);
});

Deno.test("what was not asked for with --remove is not told as kept", () => {
  const entry = aRole("a", {
    loses: [loss("sqs", 1, { reason: "requested", last_used: daysAgo(1) })],
    keeps: [kept("s3", 90, { reason: "not-requested" })],
  });
  const text = told(planOf([entry]), { config: askedFor(entry, { remove: ["sqs:*"] }) });
  assert.match(text, /asked for with --remove, used 1 day ago/);
  assert.doesNotMatch(text, /keeps|s3/);
});

Deno.test("what was named and stays is told with its reason, of many roles too", () => {
  const entry = aRole("a", { keeps: [kept("iam", 1, { reason: "pinned" })] });
  const asked = (remove: string[] | null) => ({ config: settings({}, { remove }) });
  assert.match(told(planOf([entry]), asked(["iam:*"])), /stays, though you named it: repo\.pinned/);
  assert.doesNotMatch(told(planOf([entry]), asked(null)), /though you named it/);
});

Deno.test("a policy that is only proposed is told as new", () => {
  const entry = aRole("a", {
    mode: "propose",
    loses: [loss("sqs", 1)],
    edits: [edit({ name: "groundskeeper-deny", before: null })],
  });
  const text = told(planOf([entry]), { config: askedFor(entry) });
  assert.match(text, /inline policy "groundskeeper-deny" is added\n {4}\+ \{/);
});

Deno.test("a restore names the policies that it writes, and none that stays as it is", () => {
  const before = { same: "{}", other: "{}", gone: "{}" };
  const policies = { same: "{}", other: '{"Version":"2012-10-17"}', gone: null, back: "{}" };
  const change = roleChange(checkout, "iam:PutRolePolicy", { kind: "restore", policies }, before);
  const [one] = roleChanges([change], planOf([checkout]));
  const text = givenBackText(one!);
  assert.match(text, /puts back "back"; rewrites "other"; deletes "gone"$/);
});

Deno.test("reasons of missing evidence that are not told are counted", () => {
  const plan = planOf(Array.from({ length: 8 }, (_, index) =>
    aRole(`app-${index}`, {
      evidence: { reason: "report-failed", detail: `reason ${index % 7}` },
      ineligible: [{ reason: "evidence-missing", detail: "there is none" }],
    })));
  const text = told(plan);
  assert.equal(text.match(/^ {2}no proof {3}\d+ roles?: reason \d/gm)?.length, 5);
  assert.match(text, /^ {13}and 2 more; they are why 2 roles have no proof; --json has them all$/m);
});
