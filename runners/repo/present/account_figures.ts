import { compareText } from "../../core/plan/canonical.ts";
import {
  accountIds,
  accountName,
  hasEvidence,
  type Named,
  repoKeys,
  type RoleEntry,
} from "./names.ts";

/** What the plan comes to in one account, or in all of them. */
export type Figures = {
  readonly roles: number;
  /** Those of which something could be removed, if there is something. */
  readonly eligible: number;
  /** Those with IAM's whole last accessed data. */
  readonly withEvidence: number;
  /** Distinct permissions of each role's inline policies, added up. */
  readonly permissions: number;
  /** How many of them could go now if all roles were eligible. */
  readonly removable: number;
  /** Those of `removable` that stay, since their roles are not eligible. */
  readonly removableElsewhere: number;
  /** Roles that nobody uses. */
  readonly unused: number;
};

export type AccountFigures = Figures & {
  readonly account: string;
  readonly name: string;
  /** Why it could not be read; then there are no figures of it. */
  readonly unread: string | null;
};

/** The figures of some roles. */
export function figuresOf(roles: readonly RoleEntry[]): Figures {
  const eligible = roles.filter(isEligible);
  const sum = (of: readonly RoleEntry[], key: "permissions" | "removable") =>
    of.reduce((total, entry) => total + entry[key], 0);
  return {
    roles: roles.length,
    eligible: eligible.length,
    withEvidence: roles.filter(hasEvidence).length,
    permissions: sum(roles, "permissions"),
    removable: sum(roles, "removable"),
    removableElsewhere: sum(roles.filter((entry) => !isEligible(entry)), "removable"),
    unused: roles.filter(({ unused }) => unused).length,
  };
}

/** Whether nothing speaks against removing something from a role. */
export function isEligible({ ineligible }: RoleEntry): boolean {
  return ineligible.length === 0;
}

/** The figures of each account that the plan is about, sorted by what it is called. */
export function accountFigures(plan: Named): AccountFigures[] {
  const byAccount = Map.groupBy(repoKeys(plan).roles, ({ account }) => account);
  const ids = new Set([...accountIds(plan), ...byAccount.keys()]);
  return [...ids].map((account) => ({
    account,
    name: accountName(plan, account),
    unread: plan.coverage.unproven.find((one) => one.account === account)?.detail ?? null,
    ...figuresOf(byAccount.get(account) ?? []),
  })).sort((a, b) => compareText(a.name, b.name) || compareText(a.account, b.account));
}
