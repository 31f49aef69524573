import { CloudformationStackSet } from "@cdktf/provider-aws/lib/cloudformation-stack-set/index.js";
import { CloudformationStackSetInstance } from "@cdktf/provider-aws/lib/cloudformation-stack-set-instance/index.js";
import { DataAwsOrganizationsOrganization } from "@cdktf/provider-aws/lib/data-aws-organizations-organization/index.js";
import type { App } from "cdktf";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import { jsonText } from "../../runners/core/json_text.ts";
import { literal } from "../constructs/literal_json.ts";
import type { Installation } from "../installation.ts";
import { memberTemplate } from "../member_template.ts";
import { stackIn } from "./stack.ts";

/**
 * The stack of the StackSet that makes the roles in all accounts of the organization. It is for the
 * management account: a delegated administrator would have to call as one (CloudFormation API
 * Reference, CreateStackSet: CallAs), and has the template.
 */
export function membersStack(app: App, installation: Installation): void {
  const stack = stackIn(app, "members", installation, { id: null });
  const { infra: { hub }, units, excluded } = installation;
  const set = new CloudformationStackSet(stack, "members", {
    name: `${OWN_PREFIX}members`,
    description: "The roles of Groundskeeper",
    permissionModel: "SERVICE_MANAGED",
    autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
    capabilities: ["CAPABILITY_NAMED_IAM"],
    managedExecution: { active: true },
    operationPreferences: { failureTolerancePercentage: 10, maxConcurrentPercentage: 25 },
    templateBody: literal(jsonText(memberTemplate(installation))),
    // Terraform's provider reads it and AWS does not keep it for this permission model.
    lifecycle: { ignoreChanges: ["administration_role_arn"] },
  });
  const roots = () =>
    new DataAwsOrganizationsOrganization(stack, "organization", {}).roots.get(0).id;
  new CloudformationStackSetInstance(stack, "member-stacks", {
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
