import { CloudformationStackSet } from "@cdktf/provider-aws/lib/cloudformation-stack-set/index.js";
import { CloudformationStackSetInstance } from "@cdktf/provider-aws/lib/cloudformation-stack-set-instance/index.js";
import { DataAwsOrganizationsOrganization } from "@cdktf/provider-aws/lib/data-aws-organizations-organization/index.js";
import { OrganizationsPolicy } from "@cdktf/provider-aws/lib/organizations-policy/index.js";
import { OrganizationsPolicyAttachment } from "@cdktf/provider-aws/lib/organizations-policy-attachment/index.js";
import type { App } from "cdktf";
import type { Construct } from "constructs";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import { jsonText } from "../../runners/core/json_text.ts";
import type { Installation } from "../installation.ts";
import { memberTemplate } from "../member_template.ts";
import { splitGuards } from "../policies/size.ts";
import { stackIn } from "./stack.ts";
import { literalJson } from "../constructs/literal_json.ts";

/**
 * The stack of the management account: the service control policies, and the StackSet if the
 * accounts are those of the organization. The account itself gets nothing: neither binds it.
 *
 * @returns whether there is anything in it
 */
export function managementStack(app: App, installation: Installation): boolean {
  const { infra: { guards: { targets } }, members } = installation;
  if (targets.length === 0 && members !== "organizations") return false;
  const stack = stackIn(app, "management", installation, { id: null });
  if (targets.length > 0) guards(stack, installation);
  if (members === "organizations") stackSet(stack, installation);
  return true;
}

function guards(scope: Construct, { infra, guards }: Installation): void {
  for (const [index, document] of splitGuards(guards).entries()) {
    const name = `${OWN_PREFIX}guard-${index + 1}`;
    const policy = new OrganizationsPolicy(scope, name, {
      name,
      type: "SERVICE_CONTROL_POLICY",
      description: "Keeps the roles and the marks of Groundskeeper from everybody else",
      content: literalJson(document),
    });
    for (const targetId of infra.guards.targets) {
      new OrganizationsPolicyAttachment(scope, `${name}-${targetId}`, {
        policyId: policy.id,
        targetId,
      });
    }
  }
}

function stackSet(scope: Construct, installation: Installation): void {
  const { infra: { hub }, units, excluded } = installation;
  const set = new CloudformationStackSet(scope, "members", {
    name: `${OWN_PREFIX}members`,
    description: "The roles of Groundskeeper",
    permissionModel: "SERVICE_MANAGED",
    autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
    capabilities: ["CAPABILITY_NAMED_IAM"],
    managedExecution: { active: true },
    operationPreferences: { failureTolerancePercentage: 10, maxConcurrentPercentage: 25 },
    templateBody: jsonText(memberTemplate(installation)),
    // Terraform's provider reads it and AWS does not keep it for this permission model.
    lifecycle: { ignoreChanges: ["administration_role_arn"] },
  });
  const roots = () =>
    new DataAwsOrganizationsOrganization(scope, "organization", {}).roots.get(0).id;
  new CloudformationStackSetInstance(scope, "member-stacks", {
    stackSetName: set.name,
    deploymentTargets: {
      organizationalUnitIds: units.length > 0 ? [...units] : [roots()],
      // The hub's own stack has these roles.
      accountFilterType: "DIFFERENCE",
      accounts: [...new Set([hub.account, ...excluded])],
    },
    operationPreferences: { failureTolerancePercentage: 10, maxConcurrentPercentage: 25 },
  });
}
