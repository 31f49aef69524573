import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { App } from "cdktf";
import type { Construct } from "constructs";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import { CLIENT, type Client } from "../channels.ts";
import { constructId } from "../constructs/construct_id.ts";
import { jobRole } from "../constructs/job_role.ts";
import type { Installation } from "../installation.ts";
import { CLIENT_DESCRIPTION } from "../policies/client.ts";
import { documentOf } from "../policies/statement.ts";
import { stackIn } from "./stack.ts";
import { literalJson } from "../constructs/literal_json.ts";

/** The stack of a member account: every role of every job. */
export function memberStack(app: App, installation: Installation, account: string): void {
  const role = installation.infra.deployRole;
  memberParts(
    stackIn(app, `member-${account}`, installation, { id: account, role }),
    installation,
    account,
  );
}

/**
 * What each account has that is looked after: the roles, the policy of instances that report logins,
 * and where there is no organization the policy that denies what service control policies would.
 *
 * @returns the policies of the roles, without which they can do nothing
 */
export function memberParts(
  scope: Construct,
  installation: Installation,
  account: string,
): IamRolePolicy[] {
  const policies = installation.memberRoles
    .filter((role) => role.account === undefined || role.account === account)
    .map((role) => jobRole(scope, role));
  if (installation.infra.organizationId === null) {
    new IamPolicy(scope, "guard", {
      name: GUARD,
      description: "Attach it to whom the guards of Groundskeeper shall bind",
      policy: literalJson(documentOf(installation.guards)),
    });
  }
  if (installation.client) client(scope, installation.client, account);
  return policies;
}

function client(scope: Construct, { policy, roles }: Client, account: string): void {
  const { arn: policyArn } = new IamPolicy(scope, "client", {
    name: CLIENT,
    description: CLIENT_DESCRIPTION,
    policy: literalJson(policy),
  });
  for (const role of roles[account] ?? []) {
    new IamRolePolicyAttachment(scope, constructId("client", role), { role, policyArn });
  }
}

/** The policy that people attach to their own roles. */
const GUARD = `${OWN_PREFIX}guard`;
