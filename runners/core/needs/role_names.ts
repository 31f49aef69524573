import { parseArn } from "../aws/arn.ts";
import type { InfraConfig } from "../config/infra.ts";
import type { OrganizationConfig } from "../config/organization.ts";
import { ROLE_NAME_PATTERN } from "../contract/names.ts";
import { homeRoleKey, type JobNeeds, type JobRoles, type RoleNeed } from "./needs.ts";
import type { PolicyValues } from "./policy.ts";

type RolesOfJob = Pick<JobNeeds, "job" | "roles" | "homes">;

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

/** The settings that name roles. */
type Configured = {
  readonly organization: Named & Pick<OrganizationConfig, "homeRole">;
  readonly infra?: Pick<InfraConfig, "deployRole"> | undefined;
};

/**
 * The names of a job's roles, as `{observeRole}` and the like in its policies. `{jobRoles}` are those
 * that are deployed: `home` stands for all home roles together, and is not one of them.
 */
export function roleValues(
  organization: Parameters<typeof printedRoleName>[0],
  needs: RolesOfJob,
): PolicyValues {
  const named = allRoles(needs).map(([role]) =>
    [role, printedRoleName(organization, needs, role)] as const
  );
  return {
    ...Object.fromEntries(named.map(([role, name]) => [`${role}Role`, name])),
    jobRoles: named.filter(([role]) => role !== "home")
      .map(([, name]) => `arn:{partition}:iam::*:role/${name}`),
  };
}

/**
 * The names of Groundskeeper's own roles under this configuration, without their paths, sorted. None
 * of them is ever changed, so that what was removed can be restored. Those that begin with
 * `groundskeeper-` are known without this.
 *
 * @param jobs what each job needs
 */
export function ownRoleNames(
  { organization: { roles, namedRoles, homeRole }, infra }: Configured,
  jobs: readonly RolesOfJob[],
): string[] {
  const names = [
    ...Object.values(namedRoles),
    ...(homeRole === null ? [] : [parseArn(homeRole).resource]),
    // It may change all others.
    ...(infra === undefined ? [] : [infra.deployRole]),
    ...jobs.flatMap((needs) => [
      ...Object.values(needs.roles).flatMap(({ name = [] }) => name),
      ...(roles === null ? [] : allRoles(needs).map(([role]) => filled(roles, needs.job, role))),
    ]),
  ];
  return [...new Set(names.map((name) => name.slice(name.lastIndexOf("/") + 1)))].sort();
}

/** The roles of a job by what `{role}` stands for, with the home role of each kind of run. */
export function allRoles(
  { roles, homes }: Pick<JobNeeds, "roles" | "homes">,
): [string, RoleNeed][] {
  const own = Object.entries(homes).map(([kind, role]): [string, RoleNeed] => [
    homeRoleKey(kind),
    role,
  ]);
  return [...Object.entries(roles), ...own];
}

function filled(pattern: string, job: string, role: string): string {
  return pattern.replaceAll("{job}", job).replaceAll("{role}", role);
}
