/**
 * The job `repo` as a library: removes permissions that nobody uses from IAM roles.
 *
 * | function | what it does | Repokid's |
 * |---|---|---|
 * | {@linkcode updateRoleCache} | reads an account and writes down what is seen of it | `update_role_cache` |
 * | {@linkcode displayRole} | what the inventory knows of a role | `display_role` |
 * | {@linkcode repoRole} | plans one role and, with `commit`, changes it | `repo_role` |
 * | {@linkcode planRole} | plans one role from plain data; pure | |
 * | {@linkcode rewritePolicy} | takes actions out of a policy; pure | |
 *
 * A store is opened with `openSqliteStore` of `runners/adapters/sqlite/sqlite_store.ts`: the file
 * that the command line works with does, too, and both then share limits, locks and versions.
 * `examples/repo/library.ts` is a program with all of it.
 *
 * @module
 */

export { type DisplayedRole, displayRole } from "./library/library.ts";
export type { OrganizationInput, RepoInput, RepoLibrary } from "./library/library.ts";
export { type PlannedRole, planRole, type PlanRoleOptions } from "./library/plan_role.ts";
export { type RepoedRole, repoRole, type RepoRoleOptions } from "./library/repo_role.ts";
export {
  rewritePolicy,
  type RewritePolicyOptions,
  type RewrittenPolicy,
} from "./library/rewrite_policy.ts";
export { updateRoleCache } from "./library/library.ts";
export type { RefreshedAccount } from "./inventory/refresh_account.ts";
export type { Evidence, ManagedPolicy, ObservedRole, ServiceAccess } from "./observed.ts";
export type { Earlier, OptOut, PolicyVersion, RoleRow, Schedule } from "./planning.ts";
export type { RoleEntry } from "./present/names.ts";
