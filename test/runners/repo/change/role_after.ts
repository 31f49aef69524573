import type { RoleAfter } from "../../../../runners/repo/change/repo_change.ts";

/** What a removal leaves of a role, as far as a test says something of it. */
export function roleAfter(part: Partial<RoleAfter> = {}): RoleAfter {
  return {
    kind: "repo",
    policies: {},
    removed: [],
    gained: [],
    version: null,
    permissions: 0,
    removable: 0,
    disqualified_by: [],
    ...part,
  };
}
