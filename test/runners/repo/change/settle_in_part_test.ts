import assert from "assert";
import { partsOf } from "../../../../runners/core/parts.ts";
import fc from "fast-check";
import type { Settlement } from "../../../../runners/core/job.ts";
import { samePolicies } from "../../../../runners/repo/change/live_policies.ts";
import { operationsBetween } from "../../../../runners/repo/change/operations.ts";
import type { ChangeOf, Policies } from "../../../../runners/repo/change/repo_change.ts";
import { settleRole } from "../../../../runners/repo/change/settle.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { anAccount, aRole } from "../decide/deciding.ts";
import { performed, policyOf, policySets, wholeOf } from "./policy_sets.ts";

/** How a change without outcome is settled whose role has these policies now. */
type Settle = (before: Policies, after: Policies, live: Policies) => Settlement;

const settle: Settle = (before, after, live) => {
  const role = aRole({ inline: { ...live } });
  const change = {
    kind: "inline",
    account: "111111111111",
    target: role.arn,
    before: { role_id: role.roleId, policies: { ...before } },
    after: { kind: "repo", policies: wholeOf(before, after) },
  } as ChangeOf<"inline">;
  return settleRole(change, partsOf([anAccount([role])]));
};

propertyTest<Settle>(
  "wherever a run dies, what its calls have left is known for what it is",
  settle,
  (settle) => {
    fc.assert(
      fc.property(policySets, policySets, fc.nat(8), (before, after, calls) => {
        const change = { kind: "repo" as const, policies: wholeOf(before, after) };
        const live = operationsBetween({ policies: before }, change).slice(0, calls)
          .reduce(performed, before);
        const { verdict, detail } = { detail: undefined, ...settle(before, after, live) };
        if (samePolicies(live, after)) assert.equal(verdict, "done");
        else {
          assert.equal(verdict, "noEffect");
          assert.equal(detail !== undefined, !samePolicies(live, before));
        }
      }),
      FIXED,
    );
  },
  {
    "knows of whole changes only": (before, after, live) =>
      samePolicies(live, after)
        ? { verdict: "done" }
        : samePolicies(live, before)
        ? { verdict: "noEffect" }
        : { verdict: "unknown", detail: "" },
  },
);

const BEFORE = { a: policyOf(["s3:GetObject", "sqs:SendMessage"]), b: policyOf(["sns:Publish"]) };
const AFTER = { a: policyOf(["s3:GetObject"]) };

const FOREIGN: readonly (readonly [what: string, live: Policies])[] = [
  ["a policy with other actions", { a: policyOf(["kms:Sign"]), b: BEFORE.b }],
  ["a policy that nobody planned", { a: AFTER.a, c: policyOf(["kms:Sign"]) }],
  ["no policy where one was to stay", { b: BEFORE.b }],
];

for (const [what, live] of FOREIGN) {
  Deno.test(`${what} is not taken for a part of the change`, () => {
    assert.equal(settle(BEFORE, AFTER, live).verdict, "unknown");
  });
}

Deno.test("what a change left when its run died is told by the names of its policies", () => {
  const settlement = settle(BEFORE, AFTER, { a: AFTER.a, b: BEFORE.b });
  assert.deepEqual(settlement, {
    verdict: "noEffect",
    detail: 'The run ended in the middle of the change: "a" is as it was to be, and the rest as ' +
      "before. The role is planned again as it is now",
  });
});
