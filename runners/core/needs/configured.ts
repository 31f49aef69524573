import { parseArn, partitionOfRegion } from "../aws/arn.ts";
import type { Config } from "../config/config.ts";
import { OWN_PREFIX } from "../contract/names.ts";
import type { JsonObject } from "../json.ts";
import type { DeployedJob } from "../program.ts";
import {
  homeRoleKey,
  type JobNeeds,
  type Permission,
  type RoleNeed,
  type RunNeed,
} from "./needs.ts";
import { policyDocument, type PolicyValues } from "./policy.ts";
import { allRoles, ownRoleNames, printedRoleName, roleValues } from "./role_names.ts";
import { withStore } from "./store.ts";

/** A role of a job under a configuration: what it is called, and what its policy says. */
export type ConfiguredRole = {
  /** What `{role}` stands for in its name: `observe`, `home-report`. */
  readonly key: string;
  /** With its path if it has one. */
  readonly name: string;
  readonly need: RoleNeed;
  readonly policy: JsonObject;
};

/** What a job needs under a configuration. */
export type ConfiguredNeeds = {
  readonly needs: JobNeeds;
  readonly roles: readonly ConfiguredRole[];
};

/** The partition that the configuration names by its ARNs or its Regions. */
export function partitionOf({ organization: { homeRole }, infra }: Config): string {
  if (homeRole !== null) return parseArn(homeRole).partition;
  return infra === undefined ? "aws" : partitionOfRegion(infra.hub.region);
}

/** A job, or what has roles as jobs do. */
export type Needing = Pick<DeployedJob, "name" | "needs">;

/**
 * What a job needs under a configuration, and the policies of its roles.
 *
 * @param jobs all that have roles: none may change the roles of another
 * @param modules what modules of one's own ask for
 */
export function configuredNeeds(
  job: Needing,
  config: Config,
  jobs: readonly Needing[],
  modules: readonly Permission[],
): ConfiguredNeeds {
  const needs = withoutIdleHomes(withStore(job.needs(config[job.name], modules), config.store));
  const used = allRoles(needs).filter(([, { permissions }]) => permissions.length > 0);
  const { organization } = config;
  // Who denies writes to our own roles denies all that have the prefix.
  const own = ownRoleNames(config, jobs.map((one) => one.needs(config[one.name])))
    .filter((name) => !name.startsWith(OWN_PREFIX));
  const values: PolicyValues = {
    partition: partitionOf(config),
    ...roleValues(organization, needs),
    ownRoles: own.flatMap((name) =>
      ["", "*/"].map((path) => `arn:{partition}:iam::*:role/${path}${name}`)
    ),
    notifyTopics: config.notify.flatMap((entry) => "sns" in entry ? [entry.sns] : []),
  };
  const roles = used.map(([key, role]) => {
    const need = withinOrganization(role, config);
    const name = printedRoleName(organization, needs, key);
    return { key, name, need, policy: policyDocument(need, values) };
  });
  return { needs, roles };
}

/** IAM refuses a policy without a statement: a kind of run that needs nothing has no home role. */
function withoutIdleHomes(needs: JobNeeds): JobNeeds {
  const homes = Object.entries(needs.homes).filter(([, { permissions }]) => permissions.length > 0);
  return { ...needs, homes: Object.fromEntries(homes) };
}

/** The kinds of run that can be deployed. */
export function deployedRuns({ runs, homes }: JobNeeds): [kind: string, run: RunNeed][] {
  return Object.entries(runs).filter(([kind]) => kind in homes);
}

/** The roles of a job that an account has: those that a run assumes, and in the hub the home roles. */
export function deployedIn(
  { needs, roles }: ConfiguredNeeds,
  { infra }: Config,
  account: string,
): ConfiguredRole[] {
  const runs = deployedRuns(needs);
  const homes = infra?.hub.account === account ? runs.map(([kind]) => homeRoleKey(kind)) : [];
  const assumed = new Set(runs.flatMap(([, run]) => run.roles));
  return roles.filter(({ key, need }) =>
    homes.includes(key) || assumed.has(key) && (need.account ?? account) === account
  );
}

/**
 * What a role needs of the organization under a configuration: only where the accounts are those of
 * the organization are they listed, and roles are assumed in accounts of the organization only, if
 * the configuration says which it is.
 */
function withinOrganization(
  role: RoleNeed,
  { organization: { accounts }, infra }: Config,
): RoleNeed {
  const id = infra?.organizationId ?? null;
  const condition = { StringEquals: { "aws:ResourceOrgID": id } };
  const permissions = role.permissions
    .filter(({ action }) => accounts === "organizations" || !action.startsWith("organizations:"))
    .map((one) => one.action === "sts:AssumeRole" && id !== null ? { ...one, condition } : one);
  return { ...role, permissions };
}
