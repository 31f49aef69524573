import { parseArn } from "../../core/aws/arn.ts";
import type { OrganizationConfig } from "../../core/config/organization.ts";

/** Every job of Groundskeeper has roles of its own. */
const JOBS = ["ami", "audit", "dirty", "repo", "salt"];

/** The roles of the jobs, where the pattern of their names does not say the job. */
const ROLES = ["apply", "canary", "home", "observe"];

/**
 * The names of Groundskeeper's own roles by these settings, without paths and with `*` for what the
 * library cannot know of other jobs: rather too many than one too few. None of them is ever changed.
 */
export function ownRolesOf(
  { roles, namedRoles, homeRole }: Pick<OrganizationConfig, "roles" | "namedRoles" | "homeRole">,
): string[] {
  const names = [
    ...Object.values(namedRoles),
    ...(homeRole === null ? [] : [parseArn(homeRole).resource]),
    ...(roles === null ? [] : patternNames(roles)),
  ];
  return [...new Set(names.map((name) => name.slice(name.lastIndexOf("/") + 1)))].sort();
}

function patternNames(pattern: string): string[] {
  return pattern.includes("{job}")
    ? JOBS.map((job) => pattern.replaceAll("{job}", job).replaceAll("{role}", "*"))
    : ROLES.map((role) => pattern.replaceAll("{role}", role));
}
