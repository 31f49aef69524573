import type { Permission } from "../core/needs/needs.ts";
import type { Hook } from "./hooks/hook.ts";
import type { RoleFilter } from "./decide/eligibility.ts";
import type { RepoPlanning } from "./planning.ts";
import type { EvaluatedRole } from "./evaluate_role.ts";

/** What the configuration adds to the judgement: filters, and hooks of the user's own. */
export interface Extensions {
  readonly filters: readonly RoleFilter[];
  /** Names of our own roles under `organization.namedRoles`. */
  readonly ownRoles: readonly string[];
  /** Hooks in the order in which they are called. */
  readonly hooks: readonly Hook[];
  /** What filters and hooks of the user's own need in AWS. */
  readonly permissions: readonly Permission[];
  /** Lets the calculation hooks turn verdicts, as far as they may. Pure. */
  readonly judge: (
    roles: readonly EvaluatedRole[],
    planning: RepoPlanning,
  ) => readonly EvaluatedRole[];
}

/** A configuration that adds nothing. */
export const NO_EXTENSIONS: Extensions = {
  filters: [],
  hooks: [],
  ownRoles: [],
  permissions: [],
  judge: (roles) => roles,
};
