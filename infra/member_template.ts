import { POLICY_NAME } from "../runners/core/contract/names.ts";
import type { JsonObject } from "../runners/core/json.ts";
import { CLIENT, type Client, EVENTS, type Events } from "./channels.ts";
import type { Installation, Role } from "./installation.ts";
import { CLIENT_DESCRIPTION } from "./policies/client.ts";
import { EVENT_PATTERN, RULE_DESCRIPTION } from "./policies/events.ts";
import { tagsOf } from "./tags.ts";

/** A CloudFormation template. */
export type Template = { readonly Description: string } & JsonObject;

/**
 * The CloudFormation template of a member account, for a StackSet with service-managed permissions:
 * the same roles as the Terraform stack of an account.
 */
export function memberTemplate({ memberRoles, client, infra }: Installation): Template {
  const Tags = Object.entries(tagsOf(infra)).map(([Key, Value]) => ({ Key, Value }));
  const accounts = new Set([
    ...memberRoles.flatMap(({ account = [] }) => account),
    ...Object.keys(client?.roles ?? {}),
  ]);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "The roles of Groundskeeper in a member account",
    ...accounts.size === 0 ? {} : {
      Conditions: Object.fromEntries(
        [...accounts].map((
          id,
        ) => [conditionOf(id), { "Fn::Equals": [{ Ref: "AWS::AccountId" }, id] }]),
      ),
    },
    Resources: Object.fromEntries([
      ...memberRoles.map((role) => [logicalId(role), resource(role, Tags)]),
      ...client ? [[logicalId({ name: CLIENT }), clientResource(client)]] : [],
    ]),
  };
}

/** A managed policy has no tags in CloudFormation. Of several accounts, each has roles of its own. */
function clientResource({ policy, roles }: Client): JsonObject {
  return {
    Type: "AWS::IAM::ManagedPolicy",
    Properties: {
      ManagedPolicyName: CLIENT,
      Description: CLIENT_DESCRIPTION,
      PolicyDocument: policy,
      Roles: Object.entries(roles).reduce<JsonObject>(
        (others, [account, names]) => ({ "Fn::If": [conditionOf(account), names, others] }),
        { Ref: "AWS::NoValue" },
      ),
    },
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

/**
 * The CloudFormation template of a Region of a member account, for a StackSet with service-managed
 * permissions: the same rule as the Terraform stack of an account has in the Region.
 */
export function eventsTemplate({ bus }: Pick<Events, "bus">): Template {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: RULE_DESCRIPTION,
    Resources: {
      Rule: {
        Type: "AWS::Events::Rule",
        Properties: {
          Name: EVENTS,
          Description: RULE_DESCRIPTION,
          EventPattern: EVENT_PATTERN,
          Targets: [{
            Id: "hub",
            Arn: bus,
            RoleArn: { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${EVENTS}` },
          }],
        },
      },
    },
  };
}
