import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { POLICY_NAME } from "../../runners/core/contract/names.ts";
import type { Construct } from "constructs";
import type { Role } from "../installation.ts";
import { constructId } from "./construct_id.ts";
import { literalJson } from "./literal_json.ts";

/** Makes a role with its one inline policy. @returns the policy, without which the role can do nothing */
export function jobRole(scope: Construct, role: Role): IamRolePolicy {
  const { name, path, description, trust, policy } = role;
  const id = constructId("role", name);
  const made = new IamRole(scope, id, {
    name,
    path,
    description,
    assumeRolePolicy: literalJson(trust),
  });
  return new IamRolePolicy(scope, `${id}-policy`, {
    name: POLICY_NAME,
    role: made.name,
    policy: literalJson(policy),
  });
}
