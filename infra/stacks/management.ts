import { OrganizationsPolicy } from "@cdktf/provider-aws/lib/organizations-policy/index.js";
import { OrganizationsPolicyAttachment } from "@cdktf/provider-aws/lib/organizations-policy-attachment/index.js";
import type { App } from "cdktf";
import type { Construct } from "constructs";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import type { Installation } from "../installation.ts";
import { splitGuards } from "../policies/size.ts";
import { stackIn } from "./stack.ts";
import { literalJson } from "../constructs/literal_json.ts";

/**
 * The stack of the management account: the service control policies, which do not bind the account
 * itself. Without targets there is none.
 */
export function managementStack(app: App, installation: Installation): void {
  guards(stackIn(app, "management", installation, { id: null }), installation);
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
