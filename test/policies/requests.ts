import type { Call } from "../aws/call_log.ts";
import { partitionOfRegion } from "../../runners/core/aws/arn.ts";
import {
  type Asked,
  each,
  given,
  type Names,
  on,
  requestTags,
  type Rule,
  type Rules,
  tagsAt,
} from "./asked.ts";
import { authorizationOf } from "./authorization.ts";
import { DYNAMODB_RULES } from "./dynamodb_requests.ts";
import { EC2_RULES } from "./ec2_requests.ts";
import type { PolicyRequest } from "./evaluate.ts";

/**
 * The requests that IAM decides for a logged call: which action on which resource, with the condition
 * keys that the policies of this project use (Service Authorization Reference). A call can be several:
 * a launch is decided for each resource that it takes part in, a transaction for each of its items.
 *
 * @throws Error for an action whose requests are not known here, and for a request that the reference
 * does not have
 */
export function requestsOf(call: Call, names: Names): PolicyRequest[] {
  const { action, parameters, region, account, instanceTags } = call;
  if (account === null) throw new Error(`Nobody is known to have called ${action}`);
  const partition = partitionOfRegion(region);
  const requests = (RULES[action] ?? onEverything)({
    ...names,
    action,
    parameters,
    account,
    partition,
    ...(instanceTags ? { instanceTags } : {}),
    arn: (service, resource, owner = account) =>
      `arn:${partition}:${service}:${region}:${owner}:${resource}`,
  });
  for (const request of requests) refuseUnknown(request);
  return requests;
}

/** The actions that AWS can allow on `*` only, since they have no types of resource. */
function onEverything({ action }: Asked): PolicyRequest[] {
  if (authorizationOf(action).arns.length > 0) {
    throw new Error(`test/policies/requests.ts does not say on what IAM decides ${action}`);
  }
  return [{ action, resource: "*" }];
}

function refuseUnknown({ action, resource, context = {} }: PolicyRequest): void {
  const { arns, keys } = authorizationOf(action);
  const isKnown = arns.length === 0 ? resource === "*" : arns.some((arn) => arn.test(resource));
  const unknown = [
    ...(isKnown ? [] : [resource]),
    ...Object.keys(context).filter((key) => !keys.some((one) => one.test(key))),
  ];
  if (unknown.length > 0) {
    throw new Error(`The Service Authorization Reference has no ${unknown.join()} for ${action}`);
  }
}

const RULES: Rules = {
  ...EC2_RULES,
  ...DYNAMODB_RULES,

  // STS API Reference, GetCallerIdentity: it takes no permission.
  "sts:GetCallerIdentity": () => [],
  "sts:AssumeRole": on(named("RoleArn"), ({ parameters, organizationId }) => ({
    ...given("aws:ResourceOrgID", organizationId),
    ...given("sts:ExternalId", parameters["ExternalId"]),
    ...given("sts:RoleSessionName", parameters["RoleSessionName"]),
  })),

  ...each(
    ["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"],
    on(({ parameters, unitArn }) => unitArn(parameters["ParentId"]!)),
  ),
  "cloudformation:DescribeStacks": on(stack),
  "ssm:GetParameter": on(parameter),

  ...each([
    "iam:GetRole",
    "iam:ListRolePolicies",
    "iam:ListAttachedRolePolicies",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:UpdateRole",
  ], on(role)),
  // By its name alone: no policy tells the paths of profiles apart.
  "iam:GetInstanceProfile": on(({ parameters: { InstanceProfileName }, partition, account }) =>
    `arn:${partition}:iam::${account}:instance-profile/${InstanceProfileName}`
  ),
  "iam:TagRole": on(role, ({ parameters }) => requestTags(tagsAt(parameters, "Tags.member"))),
  "iam:GenerateServiceLastAccessedDetails": on(named("Arn")),
  ...each([
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListEntitiesForPolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
  ], on(named("PolicyArn"))),

  "s3:GetObject": on(({ parameters: { Bucket, Key }, partition }) =>
    `arn:${partition}:s3:::${Bucket}/${Key}`
  ),
  "sns:Publish": on(named("TopicArn")),
  "sqs:ReceiveMessage": on(queue),
  // SQS Developer Guide, "Amazon SQS API permissions": a batch takes the permission of its action.
  "sqs:DeleteMessageBatch": as("sqs:DeleteMessage", on(queue)),
  "sqs:ChangeMessageVisibilityBatch": as("sqs:ChangeMessageVisibility", on(queue)),
};

/** The ARN that a parameter is. */
function named(name: string): (asked: Asked) => string {
  return ({ parameters }) => parameters[name]!;
}

function as(action: string, rule: Rule): Rule {
  return (asked) => rule({ ...asked, action });
}

/** CloudFormation User Guide, "Control access with IAM": by its name, a stack is `stack/NAME/*`. */
function stack({ parameters: { StackName = "" }, arn }: Asked): string {
  return StackName.startsWith("arn:") ? StackName : arn("cloudformation", `stack/${StackName}/*`);
}

/** Systems Manager User Guide, "Working with public parameters": those of AWS have no account. */
function parameter({ parameters: { Name = "" }, account, arn }: Asked): string {
  const owner = Name.startsWith("/aws/service/") ? "" : account;
  return arn("ssm", `parameter/${Name.replace(/^\//, "")}`, owner);
}

function role({ parameters, account, roleArn }: Asked): string {
  return roleArn(account, parameters["RoleName"]!);
}

function queue({ parameters, arn }: Asked): string {
  const [, account = "", name = ""] = new URL(parameters["QueueUrl"]!).pathname.split("/");
  return arn("sqs", name, account);
}
