import assert from "assert";
import { exemptProblems, protectRoles } from "../../../infra/policies/protect_roles.ts";

const NAMES = {
  partition: "aws",
  ownRoles: ["ops/Auditor", "groundskeeper-audit-apply"],
  deployRole: "groundskeeper-deploy",
  passers: ["groundskeeper-scheduler"],
  exempt: [],
  stackSets: [],
};

Deno.test("roles under the project's own names need no pattern each", () => {
  const [roles] = protectRoles(NAMES);
  assert.deepEqual(roles?.Resource, [
    "arn:aws:iam::*:role/groundskeeper-*",
    "arn:aws:iam::*:role/*/groundskeeper-*",
    "arn:aws:iam::*:role/Auditor",
    "arn:aws:iam::*:role/*/Auditor",
    "arn:aws:iam::*:role/stacksets-exec-*",
  ]);
});

Deno.test("the order in which roles are named, or naming one twice, changes nothing", () => {
  const ownRoles = ["x/Reader", "ops/Auditor", "Reader"];
  assert.deepEqual(
    protectRoles({ ...NAMES, ownRoles }),
    protectRoles({ ...NAMES, ownRoles: ownRoles.toReversed() }),
  );
});

const EXEMPT: readonly (readonly [arn: string, right: boolean])[] = [
  ["arn:aws:iam::*:role/BreakGlass", true],
  ["arn:aws:iam::111111111111:role/ops/BreakGlass", true],
  ["arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_BreakGlass_*", true],
  ["arn:aws:iam::*:role/BreakGlass-*", true],
  ["arn:aws:iam::*:root", true],
  ["arn:aws:iam::*:role/*", false],
  ["arn:aws:iam::*:role/*Admin", false],
  ["arn:aws:iam::*:role/?reakGlass", false],
  ["arn:aws:iam::*:*", false],
  ["arn:aws:iam::*:user/alice", false],
  ["arn:aws:iam::11111111111*:role/BreakGlass", false],
  ["arn:aws-cn:iam::*:role/BreakGlass", false],
  ["arn:*:iam::*:role/BreakGlass", false],
  ["BreakGlass", false],
  ["*", false],
];

for (const [arn, right] of EXEMPT) {
  Deno.test(`${arn} ${right ? "can" : "cannot"} be exempt from the guards`, () => {
    const problems = exemptProblems({ partition: "aws", exempt: [arn] });
    assert.equal(problems.length, right ? 0 : 1);
    for (const problem of problems) assert.ok(problem.startsWith(`"${arn}" cannot be exempt`));
  });
}
