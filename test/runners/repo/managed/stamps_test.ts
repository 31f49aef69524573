import assert from "assert";
import { countsAs } from "../../../../runners/repo/job.ts";
import { hashOfPolicies } from "../../../../runners/repo/policy/comparable.ts";
import { policyOf } from "../change/policy_sets.ts";
import { NARROW, OWN, planOf } from "./one_role.ts";

const inline = { main: policyOf(["s3:PutObject", "sqs:DeleteMessage"]) };

Deno.test("no role is stamped where nobody asks for it, nor one that nothing goes from", () => {
  assert.deepEqual(planOf({ role: { inline } }).ownWrites, []);
  const { ownWrites } = planOf({ policy: { document: NARROW }, config: { stamp: "tag" } });
  assert.deepEqual(ownWrites, []);
});

Deno.test("a role is stamped once for all that goes from it, under a lock of its own and no limit", () => {
  const { changes, ownWrites } = planOf({ role: { inline }, config: { stamp: "tag" } });
  assert.equal(changes.length, 2);
  assert.deepEqual(ownWrites.map(({ id: _, reason: __, ...rest }) => rest), [{
    kind: "stamp",
    account: "111111111111",
    region: "global",
    action: "iam:TagRole",
    target: "arn:aws:iam::111111111111:role/app",
    before: {
      role_id: "AROAEXAMPLE",
      policies_hash: hashOfPolicies({ main: policyOf(["s3:PutObject"]) }),
      managed_hashes: { [OWN]: hashOfPolicies({ [OWN]: NARROW }) },
    },
    after: { kind: "stamp", tag: { key: "groundskeeper-repo", value: "gk1/2026-11-20/2" } },
    lock: "stamp:AROAEXAMPLE",
  }]);
  assert.equal(countsAs(ownWrites[0]!), null);
});

Deno.test("a description says the day", () => {
  const { ownWrites } = planOf({ config: { stamp: "description" } });
  assert.deepEqual(ownWrites.map(({ action, after }) => [action, after]), [
    ["iam:UpdateRole", { kind: "stamp", description: "; Groundskeeper repoed 2026-11-20" }],
  ]);
});
