import type { Session, Sessions } from "../../core/aws/sessions.ts";
import type { OrganizationConfig } from "../../core/config/organization.ts";
import type { RepoConfig } from "../config.ts";
import { readFilterSettings } from "./settings.ts";

/** The role that the blocklist is read as: one of its own where the bucket names it. */
export async function blocklistSession(
  sessions: Sessions,
  { filterConfig }: RepoConfig,
): Promise<Session> {
  const { account_number, assume_role } =
    readFilterSettings(filterConfig).settings.blocklist.bucket ?? {};
  return account_number === undefined || assume_role === undefined
    ? await sessions.home()
    : await sessions.member({ id: account_number, name: null }, "blocklist");
}

/** Its name is said where the bucket is, as Repokid has it. */
export function withBlocklistRole(
  organization: OrganizationConfig,
  { filterConfig }: RepoConfig,
): OrganizationConfig {
  const { assume_role } = readFilterSettings(filterConfig).settings.blocklist.bucket ?? {};
  if (assume_role === undefined) return organization;
  const namedRoles = { "repo-blocklist": assume_role, ...organization.namedRoles };
  return { ...organization, namedRoles };
}
