import assert from "assert";
import { repoFindings } from "../../../../runners/repo/present/findings.ts";
import { aRole, loss, planOf } from "./plan_fixture.ts";

Deno.test("a role that would lose permissions is a finding, also if the change is only proposed", () => {
  const loses = [loss("sqs", 2), loss("rds", 1)];
  const ineligible = [{ reason: "opted-out", detail: "alice has opted it out" }];
  const found = repoFindings(planOf([
    aRole("checkout-api", { loses }),
    aRole("stack-role", { loses, mode: "propose" }),
    aRole("kept-whole"),
    aRole("left-alone", { loses, ineligible }),
    aRole("unknown", { loses, evidence: { reason: "report-failed", detail: "no report" } }),
  ]));
  assert.deepEqual(found.map(({ name, detail, remediation }) => [name, detail, remediation]), [
    [
      "checkout-api",
      "3 of 3 permissions are not used: rds, sqs",
      `Remove them: groundskeeper repo apply --role ${found[0]!.account}/checkout-api`,
    ],
    [
      "stack-role",
      "3 of 3 permissions are not used: rds, sqs",
      "Remove them in the code that manages the role",
    ],
  ]);
});
