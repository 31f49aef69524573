import { isEligible } from "./account_figures.ts";
import { type Named, repoKeys, type RoleEntry } from "./names.ts";

/** What is kept only because it is new, over all roles. */
export type NewPermissions = {
  readonly permissions: number;
  readonly roles: number;
  /** Everything that was looked at is new: the first plan. */
  readonly everything: boolean;
  /** How many would go from eligible roles if they were not new; null where the plan does not say. */
  readonly wouldGo: number | null;
  /** When the first and the last of the protections end, RFC 3339; null: it is not known. */
  readonly first: string | null;
  readonly last: string | null;
  /** No run has stored some of the roles: for these the time has not begun. */
  readonly notBegun: number;
};

/** Adds up what is protected as new; null where nothing is. */
export function newPermissions(plan: Named): NewPermissions | null {
  const { roles } = repoKeys(plan);
  const kept = roles.flatMap((entry) =>
    entry.keeps.filter(({ reason }) => reason === "new-permission").map((one) => ({ one, entry }))
  );
  if (kept.length === 0) return null;
  const count = (of: typeof kept) => of.reduce((sum, { one }) => sum + one.actions.length, 0);
  const untils = kept.flatMap(({ one }) => one.until === null ? [] : [one.until]).sort();
  const entries = new Set(kept.map(({ entry }) => entry));
  const permissions = count(kept);
  return {
    permissions,
    roles: entries.size,
    everything: permissions === roles.reduce((sum, entry) => sum + entry.permissions, 0),
    wouldGo: kept.every(({ one }) => one.otherwise === undefined) ? null : count(
      kept.filter(({ one, entry }) => (one.otherwise ?? null) !== null && isEligible(entry)),
    ),
    first: untils[0] ?? null,
    last: untils.at(-1) ?? null,
    notBegun: [...entries].filter(isUnseen).length,
  };
}

/** Whether no run that stores has seen the role. */
function isUnseen({ first_seen }: RoleEntry): boolean {
  return first_seen === null;
}
