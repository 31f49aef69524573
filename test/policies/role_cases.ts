import type { JobNeeds } from "../../runners/core/needs/needs.ts";
import type { PolicyRequest } from "./evaluate.ts";

/** IAM's decisions, as SimulatePrincipalPolicy calls them. */
export type Decision = "allowed" | "implicitDeny" | "explicitDeny";

/** A request under a role of a job, and what the role's policy must decide. */
export type RoleCase = PolicyRequest & { readonly role: string; readonly decision: Decision };

/**
 * The requests that decide what the roles of a job are, under one configuration. In all texts
 * `{partition}` stands for the partition, as in the needs of jobs.
 */
export type RoleTable = {
  /** Follows "the roles of audit ". */
  readonly title: string;
  /** The job's part of the configuration, as the file has it. */
  readonly config: object;
  readonly cases: readonly RoleCase[];
};

export type JobTables = {
  readonly needs: (config: unknown) => JobNeeds;
  readonly tables: readonly RoleTable[];
};

export const ACCOUNT = "111111111111";
/** The account of the home role, with the table, the queues and the topics. */
export const HUB = "999999999999";
export const ALERTS: string = `arn:{partition}:sns:us-east-1:${HUB}:alerts`;
export const TABLE: string = `arn:{partition}:dynamodb:eu-central-1:${HUB}:table/groundskeeper`;

type Listed = string | readonly string[];
type Context = PolicyRequest["context"];

/** Each of these actions on each of these resources is allowed. */
export function may(role: string, actions: Listed, resources: Listed, context?: Context) {
  return cases("allowed", role, actions, resources, context);
}

/** None of these actions on any of these resources is allowed by the role's policy. */
export function mayNot(role: string, actions: Listed, resources: Listed, context?: Context) {
  return cases("implicitDeny", role, actions, resources, context);
}

/** The role's policy denies it, also if another policy allows it. */
export function never(role: string, actions: Listed, resources: Listed, context?: Context) {
  return cases("explicitDeny", role, actions, resources, context);
}

function cases(
  decision: Decision,
  role: string,
  actions: Listed,
  resources: Listed,
  context: Context = {},
): RoleCase[] {
  return [actions].flat().flatMap((action) =>
    [resources].flat().map((resource) => ({ role, decision, action, resource, context }))
  );
}

export function roleArn(name: string): string {
  return `arn:{partition}:iam::${ACCOUNT}:role/${name}`;
}
