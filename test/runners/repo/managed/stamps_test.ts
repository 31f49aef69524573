import assert from "assert";
import { repoSchema } from "../../../../runners/repo/config.ts";
import { limitsOf } from "../../../../runners/repo/job.ts";
import { hashOfPolicies } from "../../../../runners/repo/policy/comparable.ts";
import { policyOf } from "../change/policy_sets.ts";
import { NARROW, OWN, planOf } from "./one_role.ts";

const inline = { main: policyOf(["s3:PutObject", "sqs:DeleteMessage"]) };

Deno.test("no role is stamped where nobody asks for it, nor one that nothing goes from", () => {
  assert.deepEqual(planOf({ role: { inline } }).upkeep, []);
  const { upkeep } = planOf({ policy: { document: NARROW }, config: { stamp: "tag" } });
  assert.deepEqual(upkeep, []);
});

Deno.test("a role is stamped once for all that goes from it, under a lock of its own and no limit", () => {
  const { changes, upkeep } = planOf({ role: { inline }, config: { stamp: "tag" } });
  assert.equal(changes.length, 2);
  assert.deepEqual(upkeep.map(({ id: _, reason: __, ...rest }) => rest), [{
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
  assert.equal(limitsOf(repoSchema.parse({})).kindOf(upkeep[0]!), null);
});

Deno.test("a description says the day", () => {
  const { upkeep } = planOf({ config: { stamp: "description" } });
  assert.deepEqual(upkeep.map(({ action, after }) => [action, after]), [
    ["iam:UpdateRole", { kind: "stamp", description: "; Groundskeeper repoed 2026-11-20" }],
  ]);
});
