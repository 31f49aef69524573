import { CloudformationStackInstances } from "@cdktf/provider-aws/lib/cloudformation-stack-instances/index.js";
import { CloudformationStackSet } from "@cdktf/provider-aws/lib/cloudformation-stack-set/index.js";
import { DataAwsOrganizationsOrganization } from "@cdktf/provider-aws/lib/data-aws-organizations-organization/index.js";
import type { App } from "cdktf";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import { jsonText } from "../../runners/core/json_text.ts";
import { literal } from "../constructs/literal_json.ts";
import type { Installation } from "../installation.ts";
import type { Template } from "../member_template.ts";
import { stackIn } from "./stack.ts";

/**
 * The stack of a StackSet that makes the same in all accounts of the organization. It is for the
 * management account: a delegated administrator would have to call as one (CloudFormation API
 * Reference, CreateStackSet: CallAs), and has the template.
 *
 * @param name of the stack, and behind the prefix of the StackSet
 */
export function membersStack(
  app: App,
  name: string,
  installation: Installation,
  template: Template,
  regions: readonly string[],
): void {
  const stack = stackIn(app, name, installation, { id: null });
  const { infra: { hub }, units, excluded } = installation;
  const operationPreferences = { failureTolerancePercentage: 10, maxConcurrentPercentage: 25 };
  const set = new CloudformationStackSet(stack, name, {
    name: `${OWN_PREFIX}${name}`,
    description: template.Description,
    permissionModel: "SERVICE_MANAGED",
    autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
    capabilities: ["CAPABILITY_NAMED_IAM"],
    managedExecution: { active: true },
    operationPreferences,
    templateBody: literal(jsonText(template)),
    // Terraform's provider reads it and AWS does not keep it for this permission model.
    lifecycle: { ignoreChanges: ["administration_role_arn"] },
  });
  const roots = () =>
    new DataAwsOrganizationsOrganization(stack, "organization", {}).roots.get(0).id;
  new CloudformationStackInstances(stack, "stacks", {
    stackSetName: set.name,
    regions: [...regions],
    deploymentTargets: {
      organizationalUnitIds: units.length > 0 ? [...units] : [roots()],
      // The hub's own stacks have the same.
      accountFilterType: "DIFFERENCE",
      accounts: [...new Set([hub.account, ...excluded])],
    },
    operationPreferences,
  });
}
