import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import type { Fold } from "../../../runners/core/report/page.ts";
import { auditPage } from "../../../runners/audit/present/page.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { ladderStory } from "./ladder_story.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  documentOf,
  idOf,
  outcome,
  planningOf,
  PROD,
  reportingOf,
  runOf,
} from "./world.ts";

const config = configOf({ required: [{ key: "owner" }, { key: "project" }] });

function foldsOf(planning: AuditPlanning, by: string): readonly Fold[] {
  const { sections } = auditPage(reportingOf(planning));
  return sections.find(({ title }) => title === `Violating, by ${by}`)!.folds!;
}

/** So many instances of an owner. */
const owned = (first: number, count: number, owner: string) =>
  Array.from({ length: count }, (_, i) => anInstance(first + i, { tags: { owner } }));

const two = planningOf(
  partsOf([
    anAccount(DEV, [aRegion("us-east-1", owned(1, 2, "alice"))], { name: "dev" }),
    anAccount(PROD, [
      aRegion("us-east-1", [...owned(10, 1, "alice"), ...owned(20, 4, "bob"), anInstance(30)]),
    ], { name: "prod" }),
  ]),
  config,
);

Deno.test("each owner has one list of all accounts, the longest first", () => {
  assert.deepEqual(foldsOf(two, "owner").map(({ title, detail }) => [title, detail]), [
    ["bob", "4 instances in prod"],
    ["alice", "3 instances in dev, prod"],
    ["No owner is known", "1 instance in prod"],
  ]);
  const [, alice] = foldsOf(two, "owner");
  assert.deepEqual(alice!.lines, [
    "alice: 3 instances in dev, prod",
    `dev us-east-1 ${idOf(1)}: project is missing`,
    `dev us-east-1 ${idOf(2)}: project is missing`,
    `prod us-east-1 ${idOf(10)}: project is missing`,
  ]);
});

Deno.test("the worst account comes first, with the command that plans it again", () => {
  assert.deepEqual(foldsOf(two, "account").map(({ title, command }) => [title, command]), [
    ["prod", `groundskeeper audit plan --account ${PROD}`],
    ["dev", `groundskeeper audit plan --account ${DEV}`],
  ]);
});

Deno.test("an instance that breaks two rules is listed with both, and once with each", () => {
  const folds = foldsOf(two, "rule").map(({ title, lines }) => [title, lines!.length - 1]);
  assert.deepEqual(folds, [["project", 8], ["owner", 1]]);
});

Deno.test("what is exempt is in no list, since nobody is asked to correct it", () => {
  const exempt = configOf({
    required: [{ key: "owner" }, { key: "project" }],
    exempt: [{ match: { instanceId: idOf(20) }, reason: "vendor image", until: "2027-01-31" }],
  });
  const text = JSON.stringify(
    auditPage(reportingOf({ ...two, config: exempt })).sections
      .filter(({ title }) => title.startsWith("Violating, by")),
  );
  assert.ok(!text.includes(idOf(20)));
  assert.ok(text.includes(idOf(21)));
});

Deno.test("a list says what comes next of each instance after this run, and why not", () => {
  const plan = documentOf(ladderStory);
  const mark = plan.changes.find(({ target }) => target.endsWith(idOf(0x22)))!;
  const lines = (done: boolean) =>
    auditPage(reportingOf(
      ladderStory,
      runOf(plan, done ? [[mark.id, outcome("done")]] : []),
      plan,
    )).sections.find(({ title }) => title === "Violating, by account")!.folds![0]!.lines!;
  const of = (all: readonly string[], id: number) => all.find((line) => line.includes(idOf(id)))!;
  assert.match(of(lines(false), 0x22), /; to be marked by the next apply$/);
  assert.match(of(lines(true), 0x22), /; to be stopped 23 Nov 12:00$/);
  assert.match(of(lines(true), 0x25), /; to be stopped 22 Nov 11:00$/);
  assert.match(of(lines(true), 0x29), /; held back: it has stop protection$/);
});

Deno.test("of very many, each kind of list has a room, and each list counts what it leaves out", () => {
  const many = planningOf(
    partsOf([anAccount(DEV, [
      aRegion(
        "us-east-1",
        Array.from(
          { length: 5_000 },
          (_, i) => anInstance(i + 1, { tags: { owner: `owner-${i % 150}` } }),
        ),
      ),
    ])]),
    config,
  );
  for (const by of ["owner", "account", "rule"]) {
    const folds = foldsOf(many, by);
    assert.ok(folds.length <= 100);
    const lines = folds.flatMap(({ lines = [] }) => lines.slice(1));
    assert.ok(lines.join("").length <= 50_000 && lines.length > 100, by);
    for (const { detail, lines = [""], rest = "0 more" } of folds) {
      const all = Number(/^[\d,]+/.exec(detail)![0].replace(",", ""));
      const left = Number(/^[\d,]+/.exec(rest)![0].replace(",", ""));
      assert.equal(lines.length - 1 + left, all);
    }
  }
});
