import { protectMark } from "../../infra/policies/protect_mark.ts";
import { protectRoles } from "../../infra/policies/protect_roles.ts";
import type { Statement } from "../../infra/policies/statement.ts";
import { decideUnder, type PolicyRequest } from "./evaluate.ts";
import { HUB, iamArns, MANAGEMENT, MEMBER, type Partition, PARTITIONS } from "./organization.ts";
import { type RequestTable, type Row, rowsOf } from "./request_table.ts";

const MARK = "groundskeeper-audit";

const WRITERS = ["groundskeeper-audit-apply", "ops/AuditApply"];

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

const POLICY_ACTIONS = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
];

const STACK_ACTIONS = [
  "cloudformation:CreateChangeSet",
  "cloudformation:DeleteStack",
  "cloudformation:ExecuteChangeSet",
  "cloudformation:UpdateStack",
];

const RULE_ACTIONS = [
  "events:DeleteRule",
  "events:DisableRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
];

/** The guards of roles and of the audit's mark, of a configuration with names and exemptions of its own. */
export function guards(partition: Partition): Statement[] {
  const arn = iamArns(partition);
  const exempt = [arn("*", "role/BreakGlass"), arn(MEMBER, "root")];
  return [
    ...protectMark({
      partition,
      job: "audit",
      mark: MARK,
      setters: WRITERS,
      removers: WRITERS,
      keepsFromImages: false,
      exempt,
    }),
    ...protectRoles({
      partition,
      ownRoles: ["groundskeeper-audit-apply", "ops/AuditApply", "groundskeeper-scheduler"],
      deployRole: "ci/acme-deploy",
      passers: ["groundskeeper-scheduler"],
      exempt,
      stackSets: ["baseline"],
    }),
  ];
}

/** Roles that are this project's, or exempt from its guards. */
const PROTECTED_ROLES = [
  "groundskeeper-audit-apply",
  "groundskeeper-scheduler",
  "groundskeeper-of-a-later-version",
  "x/groundskeeper-audit-apply",
  "AuditApply",
  "ops/AuditApply",
  "x/y/AuditApply",
  "acme-deploy",
  "ci/acme-deploy",
  "x/acme-deploy",
  "stacksets-exec-0123456789abcdef0123456789abcdef",
  // The pattern of the exemption matches it: a path that begins like the name.
  "stacksets-exec-x/mine",
  "BreakGlass",
];

const OTHER_ROLES = [
  "app",
  "team/app",
  "my-groundskeeper-app",
  "ops/AuditApplyReader",
  "ci/my-acme-deploy",
  "my-stacksets-exec-0123456789abcdef",
  "BreakGlassReader",
];

const OWN_POLICIES = ["groundskeeper-guard", "x/groundskeeper-guard"];
const OTHER_POLICIES = ["app", "team/app", "my-groundskeeper-guard"];

/** Principals of the member account, each with every permission that the guards leave. */
const ADMINISTRATOR = "role/Administrator";
const OUTSIDERS = [
  ADMINISTRATOR,
  "role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef",
  "role/OrganizationAccountAccessRole",
  "role/AWSCloudFormationStackSetExecutionRole",
  "role/service-role/AWSControlTowerStackSetRole",
  "user/alice",
  // One of our own that is not meant to do it.
  "role/groundskeeper-repo-apply",
  // The names of those that may, under another path, in another case, longer, or of a user.
  ...["acme-deploy", "BreakGlass", "groundskeeper-scheduler", "AuditApply"].flatMap((name) => [
    `role/x/${name}`,
    `role/my-${name}`,
    `role/${name}-2`,
    `role/${name.toUpperCase()}`,
    `user/${name}`,
  ]),
  "role/AuditApply",
  "role/acme-deploy",
  "role/ci/acme-deploy/x",
  "user/ci/acme-deploy",
  "role/x/stacksets-exec-0123456789abcdef",
  "role/Stacksets-exec-0123456789abcdef",
  "user/stacksets-exec-0123456789abcdef",
  // IAM's paths may have colons, so that a name can look like an ARN of another role.
  "role/x:role/ci/acme-deploy",
  "user/x:role/BreakGlass",
];

const DEPLOYING = ["role/ci/acme-deploy", "role/stacksets-exec-0123456789abcdef"];
const BREAKING_GLASS = ["role/BreakGlass", "root"];

export function guardTable(partition: Partition): RequestTable {
  return {
    name: `In ${partition}, a guard`,
    policy: { Statement: guards(partition) },
    rows: [
      ...roleRows(partition),
      ...stackRows(partition),
      ...ruleRows(partition),
      ...markRows(partition),
      ...unboundRows(partition),
      ...removalRows(partition),
    ],
    decide: (policy, request) => decideUnder(policy, request, MANAGEMENT),
  };
}

function roleRows(partition: Partition): Row[] {
  const arn = iamArns(partition);
  const asks = (
    who: string,
    actions: readonly string[],
    resources: readonly string[],
    account = MEMBER,
  ) =>
    actions.flatMap((action) =>
      resources.map((resource): PolicyRequest => ({
        principal: arn(account, who),
        action,
        resource: arn(account, resource),
      }))
    );
  const passing = ["iam:PassRole"];
  const roles = PROTECTED_ROLES.map((name) => `role/${name}`);
  const policies = OWN_POLICIES.map((name) => `policy/${name}`);
  const every = (who: string, account = MEMBER) => [
    ...asks(who, [...ROLE_ACTIONS, ...passing], roles, account),
    ...asks(who, POLICY_ACTIONS, policies, account),
  ];
  return [
    ...rowsOf("explicitDeny", ...every(ADMINISTRATOR), ...every(ADMINISTRATOR, HUB)),
    ...rowsOf(
      "explicitDeny",
      ...OUTSIDERS.flatMap((who) => [
        ...asks(who, ["iam:CreateRole", "iam:UpdateAssumeRolePolicy", ...passing], roles),
        ...asks(who, ["iam:CreatePolicyVersion"], policies),
      ]),
      // Only in its own account is the root user exempt.
      ...asks("root", ["iam:CreateRole", ...passing], roles, HUB),
      // A federated user has a name that whoever federates it chooses.
      ...every(ADMINISTRATOR).map((request) => ({
        ...request,
        principal: `arn:${partition}:sts::${MEMBER}:federated-user/acme-deploy`,
      })),
    ),
    ...rowsOf(
      "allowed",
      ...[...DEPLOYING, ...BREAKING_GLASS].flatMap((who) => every(who)),
      ...DEPLOYING.flatMap((who) => every(who, HUB)),
      // What is none of this project's business.
      ...asks(
        ADMINISTRATOR,
        [...ROLE_ACTIONS, ...passing],
        OTHER_ROLES.map((name) => `role/${name}`),
      ),
      ...asks(ADMINISTRATOR, POLICY_ACTIONS, OTHER_POLICIES.map((name) => `policy/${name}`)),
      ...asks(ADMINISTRATOR, ["iam:GetRole", "iam:ListRolePolicies", "sts:AssumeRole"], roles),
      ...asks("role/groundskeeper-repo-apply", ["iam:PutRolePolicy"], ["role/app"]),
    ),
    // EventBridge Scheduler passes the roles of tasks under its role, and does no more.
    ...rowsOf("allowed", ...asks("role/groundskeeper-scheduler", passing, roles, HUB)),
    ...rowsOf(
      "explicitDeny",
      ...asks("role/groundskeeper-scheduler", ROLE_ACTIONS, roles, HUB),
      ...asks("role/groundskeeper-scheduler", POLICY_ACTIONS, policies, HUB),
    ),
  ];
}

/** CloudFormation works on a stack of a StackSet with a role that is exempt, whoever asks it to. */
function stackRows(partition: Partition): Row[] {
  const arn = iamArns(partition);
  const asks = (who: string, actions: readonly string[], stack: string, account = MEMBER) =>
    actions.map((action) => ({
      principal: arn(account, who),
      action,
      resource: `arn:${partition}:cloudformation:${
        PARTITIONS[partition]
      }:${account}:stack/${stack}/1b2c`,
    }));
  // Of another StackSet that is named too: its stacks have the same role.
  const stacks = ["StackSet-groundskeeper-members-0123", "StackSet-baseline-0123"];
  return [
    ...rowsOf(
      "explicitDeny",
      ...stacks.flatMap((stack) => [
        ...OUTSIDERS.flatMap((who) => asks(who, STACK_ACTIONS, stack)),
        ...asks(ADMINISTRATOR, STACK_ACTIONS, stack, HUB),
      ]),
    ),
    ...rowsOf(
      "allowed",
      ...stacks.flatMap((stack) => [
        ...[...DEPLOYING, ...BREAKING_GLASS].flatMap((who) => asks(who, STACK_ACTIONS, stack)),
        ...asks(
          ADMINISTRATOR,
          ["cloudformation:DescribeStacks", "cloudformation:DetectStackDrift"],
          stack,
        ),
      ]),
      ...["app", "my-StackSet-app", "stackset-app", "StackSet-baselines-0123"].flatMap((stack) =>
        asks(ADMINISTRATOR, STACK_ACTIONS, stack)
      ),
      // StackSets with permissions of their own, as those of Control Tower, work under other roles.
      ...["AWSControlTowerExecution", "AWSCloudFormationStackSetExecutionRole"].flatMap((role) =>
        asks(`role/${role}`, STACK_ACTIONS, "StackSet-AWSControlTowerBP-BASELINE-ROLES-0123")
      ),
      ...asks(ADMINISTRATOR, ["cloudformation:CreateStack"], "app"),
    ),
  ];
}

/** Rules of EventBridge, on the default bus of an account and on the bus of the hub. */
function ruleRows(partition: Partition): Row[] {
  const arn = iamArns(partition);
  const asks = (who: string, actions: readonly string[], rule: string, account = MEMBER) =>
    actions.map((action) => ({
      principal: arn(account, who),
      action,
      resource: `arn:${partition}:events:${PARTITIONS[partition]}:${account}:rule/${rule}`,
    }));
  const ours = ["groundskeeper-events", "groundskeeper-events/groundskeeper-events"];
  return [
    ...rowsOf(
      "explicitDeny",
      ...OUTSIDERS.flatMap((who) => asks(who, RULE_ACTIONS, "groundskeeper-events")),
      ...ours.flatMap((rule) => asks(ADMINISTRATOR, RULE_ACTIONS, rule, HUB)),
    ),
    ...rowsOf(
      "allowed",
      ...[...DEPLOYING, ...BREAKING_GLASS].flatMap((who) =>
        asks(who, RULE_ACTIONS, "groundskeeper-events")
      ),
      ...asks(ADMINISTRATOR, ["events:DescribeRule", "events:PutEvents"], "groundskeeper-events"),
      ...["app", "my-groundskeeper-events", "bus/groundskeeper-events"].flatMap((rule) =>
        asks(ADMINISTRATOR, RULE_ACTIONS, rule)
      ),
    ),
  ];
}

/** Requests about tags, with the keys that they name; undefined: the request names none. */
function markRows(partition: Partition): Row[] {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const on = (resource: string) => `arn:${partition}:ec2:${region}:${MEMBER}:${resource}`;
  const instance = on("instance/i-0123456789abcdef0");
  const volume = on("volume/vol-0123456789abcdef0");
  const asks = (
    who: string,
    action: "ec2:CreateTags" | "ec2:DeleteTags",
    keys?: readonly string[],
    resource = instance,
  ): PolicyRequest => ({
    principal: arn(MEMBER, who),
    action,
    resource,
    context: keys === undefined ? {} : { "aws:TagKeys": keys },
  });
  const launching = (...keys: string[]): PolicyRequest => ({
    ...asks(ADMINISTRATOR, "ec2:CreateTags"),
    context: { "aws:TagKeys": keys, "ec2:CreateAction": "RunInstances" },
  });
  const marking = (who: string) => [
    asks(who, "ec2:CreateTags", [MARK]),
    asks(who, "ec2:CreateTags", [MARK, "owner"]),
    asks(who, "ec2:CreateTags", [MARK.toUpperCase()]),
    asks(who, "ec2:DeleteTags", [MARK]),
    asks(who, "ec2:DeleteTags", ["owner", MARK]),
    asks(who, "ec2:DeleteTags", [MARK.toUpperCase()]),
    asks(who, "ec2:DeleteTags", []),
    asks(who, "ec2:DeleteTags"),
  ];
  return [
    ...rowsOf(
      "explicitDeny",
      ...[...OUTSIDERS, ...DEPLOYING].flatMap(marking),
      launching(MARK),
      launching("Name", MARK),
    ),
    ...rowsOf(
      "allowed",
      ...["role/groundskeeper-audit-apply", "role/ops/AuditApply", ...BREAKING_GLASS]
        .flatMap(marking),
      asks(ADMINISTRATOR, "ec2:CreateTags", ["owner", "groundskeeper-until"]),
      asks(ADMINISTRATOR, "ec2:DeleteTags", ["owner"]),
      asks(ADMINISTRATOR, "ec2:DeleteTags", ["owner", "groundskeeper-until"]),
      launching("Name", "owner"),
      // Only instances are marked.
      asks(ADMINISTRATOR, "ec2:CreateTags", [MARK], volume),
      asks(ADMINISTRATOR, "ec2:DeleteTags", [MARK], volume),
      asks(ADMINISTRATOR, "ec2:DeleteTags", undefined, volume),
      ...["ec2:RunInstances", "ec2:StopInstances", "ec2:TerminateInstances"].map((action) => ({
        principal: arn(MEMBER, ADMINISTRATOR),
        action,
        resource: instance,
      })),
    ),
  ];
}

/** Whom policies of the organization do not bind. */
function unboundRows(partition: Partition): Row[] {
  const arn = iamArns(partition);
  const stackSets = "role/stacksets-exec-0123456789abcdef";
  const service = (name: string) => `role/aws-service-role/${name}`;
  const member = service(
    "member.org.stacksets.cloudformation.amazonaws.com/AWSServiceRoleForCloudFormationStackSetsOrgMember",
  );
  const scaling = service("autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling");
  return rowsOf(
    "allowed",
    // The way back: who administers the organization detaches the guards.
    ...["organizations:DetachPolicy", "organizations:DeletePolicy"].flatMap((action) =>
      [MANAGEMENT, HUB].map((account) => ({
        principal: arn(account, ADMINISTRATOR),
        action,
        resource:
          `arn:${partition}:organizations::${MANAGEMENT}:policy/o-a/service_control_policy/p-1`,
      }))
    ),
    ...[...ROLE_ACTIONS, "iam:PassRole"].map((action) => ({
      principal: arn(MANAGEMENT, ADMINISTRATOR),
      action,
      resource: arn(MANAGEMENT, "role/groundskeeper-audit-apply"),
    })),
    // AWS makes and removes the roles of StackSets.
    ...["iam:CreateRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRole"].map((
      action,
    ) => ({ principal: arn(MEMBER, member), action, resource: arn(MEMBER, stackSets) })),
    // An Auto Scaling group gives its tags to its instances, the mark among them.
    {
      principal: arn(MEMBER, scaling),
      action: "ec2:CreateTags",
      resource: `arn:${partition}:ec2:${
        PARTITIONS[partition]
      }:${MEMBER}:instance/i-0123456789abcdef0`,
      context: { "aws:TagKeys": [MARK], "ec2:CreateAction": "RunInstances" },
    },
  );
}

/** Everything else that is deployed can be removed, and deployed again. */
function removalRows(partition: Partition): Row[] {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const inHub = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${HUB}:${resource}`;
  const resources = [
    ["dynamodb:CreateTable", inHub("dynamodb", "table/groundskeeper")],
    ["dynamodb:DeleteTable", inHub("dynamodb", "table/groundskeeper")],
    ["sqs:CreateQueue", inHub("sqs", "groundskeeper-repo")],
    ["sqs:DeleteQueue", inHub("sqs", "groundskeeper-repo")],
    ["sns:DeleteTopic", inHub("sns", "groundskeeper-alarms")],
    ["ecs:DeleteCluster", inHub("ecs", "cluster/groundskeeper")],
    ["ecs:RegisterTaskDefinition", inHub("ecs", "task-definition/groundskeeper-audit:*")],
    ["scheduler:DeleteSchedule", inHub("scheduler", "schedule/groundskeeper/audit")],
    ["logs:DeleteLogGroup", inHub("logs", "log-group:/groundskeeper/audit")],
    ["cloudwatch:DeleteAlarms", inHub("cloudwatch", "alarm:groundskeeper-failed")],
    ["cloudformation:DeleteStack", inHub("cloudformation", "stack/groundskeeper/1")],
  ] as const;
  return rowsOf(
    "allowed",
    ...DEPLOYING.flatMap((who) =>
      resources.map(([action, resource]) => ({ principal: arn(HUB, who), action, resource }))
    ),
  );
}
