import { parseArn } from "../core/aws/arn.ts";
import type { Config } from "./config.ts";
import { JOBS, needsOf } from "../jobs.ts";

/**
 * The names of Groundskeeper's own roles under this configuration, without their paths: those that
 * it names, those that `organization.roles` comes to for each job, and the one it begins with. None
 * of them is ever changed (design rule 11); those that are named as usual are known anyway.
 */
export async function ownRoleNames(config: Config): Promise<readonly string[]> {
  const { roles, namedRoles, homeRole } = config.organization;
  const names = [
    ...Object.values(namedRoles),
    ...homeRole === null ? [] : [parseArn(homeRole).resource],
    ...roles === null ? [] : await patternNames(roles, config),
  ];
  return [...new Set(names.map((name) => name.slice(name.lastIndexOf("/") + 1)))].sort();
}

async function patternNames(pattern: string, config: Config): Promise<string[]> {
  const needs = await Promise.all(JOBS.map(({ name }) => needsOf(name, config, null)));
  return needs.flatMap((one) =>
    Object.keys(one?.roles ?? {}).map((role) =>
      pattern.replaceAll("{job}", one!.job).replaceAll("{role}", role)
    )
  );
}
