import assert from "assert";
import type { RoleAfter } from "../../../runners/repo/change/role_change.ts";
import { grantsOf } from "../../../runners/repo/policy/granted.ts";
import { parsePolicy } from "../../../runners/repo/policy/document.ts";
import { aRole, evidenceOf } from "./decide/deciding.ts";
import { allowing, planned, planningOf, statements } from "./planning_world.ts";

/** Whether the one policy that a plan leaves grants an action. */
function grantsAfter(inline: string, remove: readonly string[], evidence: unknown) {
  const role = aRole({ inline: { main: inline }, evidence: evidence as never });
  const { changes } = planned(planningOf([role], { asked: { remove } }));
  const { policies } = changes[0]!.after as unknown as RoleAfter;
  const document = parsePolicy(policies["main"]!, "main");
  return (action: string) => grantsOf(action, [document]).length > 0;
}

const LOST = { reason: "throttled", detail: "Rate exceeded" };

for (const [what, evidence] of [["without evidence", LOST], ["with", evidenceOf({ s3: null })]]) {
  Deno.test(`--remove takes what it names out of all actions and nothing else, ${what}`, () => {
    const grants = grantsAfter(allowing("*"), ["s3:PutObjectAcl"], evidence);
    assert.equal(grants("s3:PutObjectAcl"), false);
    for (const action of ["s3:PutObject", "sqs:SendMessage", "launchedlater:Use", "s3:NewThing"]) {
      assert.ok(grants(action), action);
    }
  });
  Deno.test(`--remove takes what it names out of NotAction and nothing else, ${what}`, () => {
    const inline = statements({ NotAction: ["iam:*", "organizations:*"], Resource: "*" });
    const grants = grantsAfter(inline, ["s3:PutObjectAcl"], evidence);
    for (const action of ["s3:PutObjectAcl", "iam:GetUser"]) assert.equal(grants(action), false);
    for (const action of ["s3:PutObject", "launchedlater:Use"]) assert.ok(grants(action), action);
  });
}
