import { roleArn, rootUser } from "./role_arns.ts";
import { documentOf, type PolicyDocument } from "./statement.ts";

/** ECS gives its tasks their roles under this name, in every partition. */
export const ECS_TASKS = "ecs-tasks.amazonaws.com";

/**
 * The trust policy of a role in a member account: exactly these home roles may assume it.
 *
 * The principal is the hub account, narrowed by `aws:PrincipalArn`. A role that is a principal
 * itself must exist, and is another one when it is made again (IAM User Guide, "AWS JSON policy
 * elements: Principal"): so members can be deployed before the hub, and a home role again.
 *
 * @param homes names of home roles in the hub account, with their paths; at least one
 * @param externalId null: none is asked for
 * @param organizationId null: there is no organization
 */
export function memberTrust({ partition, hub, homes, externalId, organizationId }: {
  readonly partition: string;
  readonly hub: string;
  readonly homes: readonly string[];
  readonly externalId: string | null;
  readonly organizationId: string | null;
}): PolicyDocument {
  const equals = {
    ...(externalId === null ? {} : { "sts:ExternalId": externalId }),
    ...(organizationId === null ? {} : { "aws:PrincipalOrgID": organizationId }),
  };
  return documentOf([{
    Sid: "HomeRoles",
    Effect: "Allow",
    Principal: { AWS: rootUser(partition, hub) },
    Action: "sts:AssumeRole",
    Condition: {
      ArnEquals: {
        "aws:PrincipalArn": homes.map((role) => roleArn(partition, hub, role)),
      },
      ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    },
  }]);
}

/**
 * The trust policy of the execution role, under which ECS itself starts tasks of this account. AWS
 * documents `aws:SourceArn` for the role of a task alone, so that it is not asked for here: without
 * this role no task would start.
 */
export function executionTrust(hub: string): PolicyDocument {
  return documentOf([{
    Sid: "Tasks",
    Effect: "Allow",
    Principal: { Service: ECS_TASKS },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": hub } },
  }]);
}

/**
 * The trust policy of a home role, which ECS gives to tasks. Those of other accounts and Regions do
 * not get it (ECS Developer Guide, "Amazon ECS task IAM role").
 *
 * @param operators ARNs of principals who run commands by hand under the role; `*` is possible, as
 *   in the names of Identity Center's roles
 * @param tasks whether there are tasks; without them, operators alone assume it
 */
export function taskTrust({ partition, hub, region, operators, tasks }: {
  readonly partition: string;
  readonly hub: string;
  readonly region: string;
  readonly operators: readonly string[];
  readonly tasks: boolean;
}): PolicyDocument {
  const accounts = new Set(operators.map((arn) => arn.split(":")[4]!));
  return documentOf([
    ...(!tasks ? [] : [
      {
        Sid: "Tasks",
        Effect: "Allow",
        Principal: { Service: ECS_TASKS },
        Action: "sts:AssumeRole",
        Condition: {
          ArnLike: { "aws:SourceArn": `arn:${partition}:ecs:${region}:${hub}:*` },
          StringEquals: { "aws:SourceAccount": hub },
        },
      } as const,
    ]),
    ...(operators.length === 0 ? [] : [
      {
        Sid: "Operators",
        Effect: "Allow",
        Principal: { AWS: [...accounts].map((account) => rootUser(partition, account)) },
        Action: "sts:AssumeRole",
        Condition: { ArnLike: { "aws:PrincipalArn": operators } },
      } as const,
    ]),
  ]);
}

/**
 * The trust policy of the role under which EventBridge Scheduler starts tasks. The source is the
 * group: Scheduler knows no narrower one (EventBridge Scheduler User Guide, "Confused deputy
 * prevention").
 *
 * @param group the name of the schedule group
 */
export function schedulerTrust({ partition, hub, region, group }: {
  readonly partition: string;
  readonly hub: string;
  readonly region: string;
  readonly group: string;
}): PolicyDocument {
  return documentOf([{
    Sid: "Schedules",
    Effect: "Allow",
    Principal: { Service: "scheduler.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      ArnEquals: {
        "aws:SourceArn": `arn:${partition}:scheduler:${region}:${hub}:schedule-group/${group}`,
      },
      StringEquals: { "aws:SourceAccount": hub },
    },
  }]);
}
