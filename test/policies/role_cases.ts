import type { Decision, PolicyRequest } from "./evaluate.ts";

/** A request under a role of a job, and what the role's policy must decide. */
export type RoleCase = PolicyRequest & { readonly role: string; readonly decision: Decision };

/**
 * The requests that decide what the roles of a job are, under one configuration. In all texts
 * `{partition}` stands for the partition, and `{region}` for a Region of it.
 */
export type RoleTable = {
  /** Follows "the roles of audit ". */
  readonly title: string;
  /** The job's part of the configuration, as the file has it. */
  readonly config: object;
  readonly cases: readonly RoleCase[];
};

export const ACCOUNT = "111111111111";
/** The account of the home role, with the table, the queues and the topics. */
export const HUB = "999999999999";
export const ALERTS: string = `arn:{partition}:sns:us-east-1:${HUB}:alerts`;
export const TABLE: string = `arn:{partition}:dynamodb:{region}:${HUB}:table/groundskeeper`;

type Listed = string | readonly string[];
type Context = PolicyRequest["context"];

/** Each of these actions on each of these resources is allowed. */
export function may(roles: Listed, actions: Listed, resources: Listed, context?: Context) {
  return cases("allowed", roles, actions, resources, context);
}

/** None of these actions on any of these resources is allowed by the roles' policies. */
export function mayNot(roles: Listed, actions: Listed, resources: Listed, context?: Context) {
  return cases("implicitDeny", roles, actions, resources, context);
}

/** The roles' policies deny it, also if another policy allows it. */
export function never(roles: Listed, actions: Listed, resources: Listed, context?: Context) {
  return cases("explicitDeny", roles, actions, resources, context);
}

function cases(
  decision: Decision,
  roles: Listed,
  actions: Listed,
  resources: Listed,
  context: Context = {},
): RoleCase[] {
  return [roles].flat().flatMap((role) =>
    [actions].flat().flatMap((action) =>
      [resources].flat().map((resource) => ({ role, decision, action, resource, context }))
    )
  );
}

/** @param name with its path if it has one */
export function roleArn(name: string, account = ACCOUNT): string {
  return `arn:{partition}:iam::${account}:role/${name}`;
}
