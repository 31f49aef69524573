import assert from "assert";
import { atOnce } from "../../../runners/core/steps.ts";
import { allEvidenceOf } from "../../../runners/repo/all_evidence.ts";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import { NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";
import { evaluationOf, planInSteps } from "../../../runners/repo/plan.ts";
import { aRole, evidenceOf } from "./decide/deciding.ts";
import { planningOf } from "./planning_world.ts";

const listing = (service: string, ...names: readonly string[]): ObservedRole =>
  aRole({
    evidence: evidenceOf({
      [service]: { actions: Object.fromEntries(names.map((name) => [name, null])) },
      sqs: { actions: null },
    }, { level: "action" }),
  });

Deno.test("what any report names and the catalogue does not know is known to the plan, once", () => {
  const roles = [
    listing("s3", "CreateBucket", "LaunchedLater"),
    listing("S3", "launchedlater", "s3:AlsoLater"),
    listing("launchedlater", "Use"),
  ];
  const planning = planningOf(roles);
  const { universe } = evaluationOf(
    planning,
    NO_EXTENSIONS,
    atOnce(allEvidenceOf(planning.observed)),
  );
  assert.equal(universe.size, universe.catalogue.actions.length + 3);
  for (const action of ["s3:LaunchedLater", "s3:AlsoLater", "launchedlater:Use"]) {
    assert.notEqual(universe.indexOf(action), undefined, action);
  }
});

Deno.test("a plan is made in steps: the evidence of each role, its judgement and its plan", () => {
  const roles = [aRole({ name: "one" }), aRole({ name: "two" })];
  assert.equal(Array.from(planInSteps(planningOf(roles), NO_EXTENSIONS)).length, 6);
});
