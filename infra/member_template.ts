import { POLICY_NAME } from "../runners/core/contract/names.ts";
import type { JsonObject } from "../runners/core/json.ts";
import type { Installation, Role } from "./installation.ts";
import { tagsOf } from "./tags.ts";

/**
 * The CloudFormation template of a member account, for a StackSet with service-managed permissions:
 * the same roles as the Terraform stack of an account.
 */
export function memberTemplate({ memberRoles, infra }: Installation): JsonObject {
  const Tags = Object.entries(tagsOf(infra)).map(([Key, Value]) => ({ Key, Value }));
  const accounts = [...new Set(memberRoles.flatMap(({ account = [] }) => account))];
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "The roles of Groundskeeper in a member account",
    ...accounts.length === 0 ? {} : {
      Conditions: Object.fromEntries(
        accounts.map((id) => [conditionOf(id), { "Fn::Equals": [{ Ref: "AWS::AccountId" }, id] }]),
      ),
    },
    Resources: Object.fromEntries(
      memberRoles.map((role) => [logicalId(role), resource(role, Tags)]),
    ),
  };
}

function resource(
  { name, path, description, trust, policy, account }: Role,
  Tags: readonly JsonObject[],
): JsonObject {
  return {
    Type: "AWS::IAM::Role",
    ...account === undefined ? {} : { Condition: conditionOf(account) },
    Properties: {
      RoleName: name,
      Path: path,
      Description: description,
      AssumeRolePolicyDocument: trust,
      Policies: [{ PolicyName: POLICY_NAME, PolicyDocument: policy }],
      Tags,
    },
  };
}

function conditionOf(account: string): string {
  return `IsAccount${account}`;
}

/** Of letters and digits only: `groundskeeper-audit-observe` is GroundskeeperAuditObserve. */
export function logicalId({ name }: Pick<Role, "name">): string {
  return name.split(/[^A-Za-z0-9]+/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}
