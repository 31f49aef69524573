import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import { lastName, roleArn, underAnyPath } from "./role_arns.ts";
import type { Statement } from "./statement.ts";

/** What changes what a role may do, or who may assume it. */
const ROLE_ACTIONS = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
];

/** CreatePolicy too: a policy that takes the name would stop the deployment of ours. */
const POLICY_ACTIONS = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
];

/** What changes what is in a stack, or runs what it says. */
const STACK_ACTIONS = [
  "cloudformation:CreateChangeSet",
  "cloudformation:DeleteStack",
  "cloudformation:ExecuteChangeSet",
  "cloudformation:UpdateStack",
];

/** What changes a rule of EventBridge, or where it sends its events. */
const RULE_ACTIONS = [
  "events:DeleteRule",
  "events:DisableRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
];

/**
 * The roles by which StackSets with service-managed permissions work in an account. AWS makes them
 * by its service-linked role, and only StackSets of the organization may assume them
 * (CloudFormation User Guide, "Activate trusted access for StackSets with AWS Organizations").
 */
const STACK_SETS = "stacksets-exec-*";

/**
 * Lets only the deploying role and StackSets create, change, delete and pass the roles of this
 * project, and change its policies, stacks and rules of events. So nobody in an account can make a
 * role of a name that another guard or a trust policy relies on, or keep its events from the hub.
 *
 * Whoever is exempt is protected in the same way, by patterns that match at least as much: else an
 * administrator of an account could make himself exempt. What stays open is whom the deploying role
 * trusts: its trust policy must name no principal and no identity provider of a guarded account.
 *
 * The stacks of StackSets with service-managed permissions are protected, too: CloudFormation works on
 * a stack with the role that made it, whoever asks for the work and whether or not he may pass the role
 * (CloudFormation API Reference, "UpdateStack": RoleARN). So an administrator could write our roles as
 * StackSets do. By its name a stack does not say whether its StackSet is one of these, and those of
 * Control Tower and other self-managed ones must not be locked out: the configuration names the others.
 *
 * iam:PassRole is a statement of its own, since EventBridge Scheduler passes the home roles to ECS
 * under its role (ECS Developer Guide, "Amazon ECS EventBridge IAM role").
 *
 * @param ownRoles names of roles besides those that begin with `groundskeeper-`
 * @param deployRole name of the role by which infra is deployed, with its path
 * @param passers names of the roles that pass roles, with their paths; they must be own roles
 * @param exempt patterns of ARNs without problems (`exemptProblems`)
 * @param stackSets names of StackSets with service-managed permissions, besides ours
 */
export function protectRoles({ partition, ownRoles, deployRole, passers, exempt, stackSets }: {
  readonly partition: string;
  readonly ownRoles: readonly string[];
  readonly deployRole: string;
  readonly passers: readonly string[];
  readonly exempt: readonly string[];
  readonly stackSets: readonly string[];
}): Statement[] {
  const named = [...ownRoles, deployRole].map(lastName)
    .filter((name) => !name.startsWith(OWN_PREFIX)).sort();
  const roles = [
    ...underAnyPath(partition, "role", [`${OWN_PREFIX}*`, ...named]),
    roleArn(partition, "*", STACK_SETS),
    ...exempt.filter((arn) => arn.includes(":role/")),
  ];
  const inAccounts = (names: readonly string[]) =>
    names.map((name) => roleArn(partition, "*", name));
  const may = [...inAccounts([deployRole, STACK_SETS]), ...exempt];
  const others = (principals: readonly string[]) => ({
    ArnNotLike: { "aws:PrincipalArn": principals },
  });
  return [
    {
      Sid: "ChangesRoles",
      Effect: "Deny",
      Action: ROLE_ACTIONS,
      Resource: roles,
      Condition: others(may),
    },
    {
      Sid: "PassesRoles",
      Effect: "Deny",
      Action: "iam:PassRole",
      Resource: roles,
      Condition: others([...may, ...inAccounts(passers)]),
    },
    {
      Sid: "ChangesPolicies",
      Effect: "Deny",
      Action: POLICY_ACTIONS,
      Resource: underAnyPath(partition, "policy", [`${OWN_PREFIX}*`]),
      Condition: others(may),
    },
    {
      Sid: "ChangesStacks",
      Effect: "Deny",
      Action: STACK_ACTIONS,
      // As StackSets name them: StackSet-NAME-ID.
      Resource: [`${OWN_PREFIX}*`, ...stackSets.map((name) => `${name}-*`)].map((name) =>
        `arn:${partition}:cloudformation:*:*:stack/StackSet-${name}`
      ),
      Condition: others(may),
    },
    {
      Sid: "ChangesRules",
      Effect: "Deny",
      Action: RULE_ACTIONS,
      Resource: `arn:${partition}:events:*:*:rule/${OWN_PREFIX}*`,
      Condition: others(may),
    },
  ];
}

/**
 * What is wrong with the exemptions of a configuration, as sentences. A role that is exempt is
 * protected by its pattern, so a pattern that begins with a wildcard would lock everybody out of all
 * roles. A user cannot be exempt: whoever may make access keys would be exempt, too.
 */
export function exemptProblems(
  { partition, exempt }: { readonly partition: string; readonly exempt: readonly string[] },
): string[] {
  const form = new RegExp(`^arn:${partition}:iam::(\\d{12}|\\*):(root|role/[\\w+=,.@-].*)$`);
  return exempt.filter((arn) => !form.test(arn)).map((arn) =>
    `"${arn}" cannot be exempt from the guards: name a role or the root user of an account, as ` +
    `arn:${partition}:iam::*:role/NAME; the name must not begin with a wildcard`
  );
}
