import assert from "assert";
import { declaredActions } from "../../../../runners/core/needs/needs.ts";
import { repoSchema } from "../../../../runners/repo/config.ts";
import { repoNeeds } from "../../../../runners/repo/needs.ts";

const applyWith = (config: object) => repoNeeds(repoSchema.parse(config)).roles["apply"]!;
const more = (config: object) => {
  const least = declaredActions(applyWith({}));
  return [...declaredActions(applyWith(config))].filter((action) => !least.has(action));
};

const CASES: [config: object, actions: string[]][] = [
  [{ managedPolicies: "apply" }, [
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListEntitiesForPolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
  ]],
  [{ stamp: "tag" }, ["iam:TagRole"]],
  [{ stamp: "description" }, ["iam:UpdateRole"]],
  [{ checkNoNewAccess: true }, ["access-analyzer:CheckNoNewAccess"]],
];

for (const [config, actions] of CASES) {
  Deno.test(`with ${JSON.stringify(config)} the applying role may do more, and only then`, () => {
    assert.deepEqual(more(config), actions);
  });
}

Deno.test("the applying role is denied to write Groundskeeper's own policies, with any path", () => {
  for (const config of [{}, { managedPolicies: "apply" }]) {
    const denied = applyWith(config).denials!.find(({ actions }) =>
      actions.includes("iam:CreatePolicyVersion")
    );
    assert.deepEqual(denied?.actions, ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"]);
    assert.deepEqual(denied?.resources, [
      "arn:{partition}:iam::*:policy/groundskeeper-*",
      "arn:{partition}:iam::*:policy/*/groundskeeper-*",
    ]);
  }
});
