import { parseArn } from "../aws/arn.ts";
import type { OrganizationConfig } from "../config/organization.ts";
import { ROLE_NAME_PATTERN } from "../contract/names.ts";
import type { JobRoles } from "./needs.ts";
import type { PolicyValues } from "./policy.ts";

type Named = Pick<OrganizationConfig, "roles" | "namedRoles">;

/**
 * What a role of a job is called in the accounts, with its path if it has one.
 *
 * @returns null where nothing names it: the caller's own credentials are used
 */
export function roleName({ roles, namedRoles }: Named, needs: JobRoles, role: string) {
  return namedRoles[`${needs.job}-${role}`] ?? needs.roles[role]?.name ??
    (roles === null ? null : filled(roles, needs.job, role));
}

/**
 * What a role of a job is called where its policy is printed, with its path if it has one: as it is
 * proposed where nothing names it. The home role is called as the one that is assumed, if one is.
 */
export function printedRoleName(
  { homeRole = null, ...named }: Named & Partial<Pick<OrganizationConfig, "homeRole">>,
  needs: JobRoles,
  role: string,
): string {
  return needs.roles[role]?.kind === "home" && homeRole !== null
    ? parseArn(homeRole).resource.replace(/^role\//, "")
    : roleName(named, needs, role) ?? filled(ROLE_NAME_PATTERN, needs.job, role);
}

/** The names of a job's roles, as `{observeRole}` and the like in its policies. */
export function roleValues(
  organization: Parameters<typeof printedRoleName>[0],
  needs: JobRoles,
): PolicyValues {
  return Object.fromEntries(
    Object.keys(needs.roles).map((role) => [
      `${role}Role`,
      printedRoleName(organization, needs, role),
    ]),
  );
}

/**
 * The names of Groundskeeper's own roles under this configuration, without their paths, sorted. None
 * of them is ever changed, so that what was removed can be restored. Those that begin with
 * `groundskeeper-` are known without this.
 *
 * @param jobs what each job needs
 */
export function ownRoleNames(
  { roles, namedRoles, homeRole }: Named & Pick<OrganizationConfig, "homeRole">,
  jobs: readonly JobRoles[],
): string[] {
  const names = [
    ...Object.values(namedRoles),
    ...(homeRole === null ? [] : [parseArn(homeRole).resource]),
    ...jobs.flatMap((needs) =>
      Object.entries(needs.roles).flatMap(([role, { name }]) => [
        ...(name === undefined ? [] : [name]),
        ...(roles === null ? [] : [filled(roles, needs.job, role)]),
      ])
    ),
  ];
  return [...new Set(names.map((name) => name.slice(name.lastIndexOf("/") + 1)))].sort();
}

function filled(pattern: string, job: string, role: string): string {
  return pattern.replaceAll("{job}", job).replaceAll("{role}", role);
}
