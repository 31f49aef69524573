import { counted, numberText, percentText } from "../../core/cli/words.ts";
import type { JsonObject } from "../../core/json.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { PageSection } from "../../core/report/page.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Row, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { accountIds, accountName, hasEvidence, type Named, type RoleEntry } from "./names.ts";

/** The figures of a plan in one account, or in all of them. */
type Figures = {
  readonly roles: number;
  /** Roles that nothing protects from a removal. */
  readonly eligible: number;
  /** Those with IAM's complete last accessed data. */
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
  const [eligible, others] = [roles.filter(isEligible), roles.filter((one) => !isEligible(one))];
  return {
    roles: roles.length,
    eligible: eligible.length,
    withEvidence: roles.filter(hasEvidence).length,
    permissions: sumOf(roles, ({ permissions }) => permissions),
    removable: sumOf(roles, ({ removable }) => removable),
    removableElsewhere: sumOf(others, ({ removable }) => removable),
    unused: roles.filter(({ unused }) => unused).length,
  };
}

/** Whether nothing speaks against removing something from a role. */
export function isEligible({ ineligible }: RoleEntry): boolean {
  return ineligible.length === 0;
}

/** The figures of each account that the plan is about, sorted by its name. */
export function accountFigures(plan: Named): AccountFigures[] {
  const byAccount = Map.groupBy(plan.own.roles, ({ account }) => account);
  const ids = new Set([...accountIds(plan), ...byAccount.keys()]);
  return [...ids].map((account) => ({
    account,
    name: accountName(plan, account),
    unread: plan.coverage.unproven.find((one) => one.account === account)?.detail ?? null,
    ...figuresOf(byAccount.get(account) ?? []),
  })).sort((a, b) => compareText(a.name, b.name) || compareText(a.account, b.account));
}

/** How many accounts have a row of their own in a terminal. */
const SHOWN = 20;

/**
 * The figures of each account; of many, a terminal shows those with most removable.
 *
 * @param many of how many accounts on what is not read comes first, then what has most removable
 */
export function accountsPage(plan: Named, many = SHOWN + 1): PageSection {
  const all = accountFigures(plan);
  const isUnread = ({ unread }: AccountFigures) => Number(unread !== null);
  const most = all.toSorted((a, b) => isUnread(b) - isUnread(a) || b.removable - a.removable);
  const rest = most.slice(SHOWN);
  return {
    title: "Accounts",
    lead: "Removable is what would be removed now if all roles were eligible.",
    columns: [
      "Account",
      { title: "ID", on: "page" },
      { title: "Roles", align: "right" },
      "Eligible",
      { title: "With complete evidence", on: "page" },
      "Permissions",
      "Removable",
      { title: "Share", align: "right", on: "page" },
      { title: "Roles nobody uses", on: "page" },
      { title: "", on: "terminal" },
    ],
    ...tableRows(all.length >= many ? most : all, accountRow),
    show: SHOWN,
    rest: `they have ${numberText(sumOf(rest, ({ removable }) => removable))} removable ` +
      `in ${counted(sumOf(rest, ({ roles }) => roles), "role")}; --json has them all`,
    empty: "No account was read.",
  };
}

function accountRow(one: AccountFigures): Row {
  const { roles, permissions, removable, unused, unread } = one;
  if (unread !== null && roles === 0) {
    return { cells: [one.name, one.account, "not read"], tone: "unproven" };
  }
  const share = percentText(removable, permissions);
  const notes = [
    ...(permissions === 0 ? [] : [share]),
    ...(unused === 0 ? [] : [`nobody uses ${counted(unused, "role")}`]),
    ...(unread === null ? [] : ["read in part"]),
  ];
  const { eligible, withEvidence } = one;
  return {
    cells: [
      one.name,
      one.account,
      roles,
      eligible,
      withEvidence,
      permissions,
      removable,
      share,
      unused,
      notes,
    ],
    ...(unread === null ? {} : { tone: "unproven" }),
    calm: unread === null && removable === 0,
  };
}

/** A line of the history: how much was read, before what was found. */
export function repoSummary(plan: RepoPlan): JsonObject {
  const { planned, proven } = plan.coverage;
  const { roles, eligible, withEvidence, permissions, removable } = figuresOf(plan.own.roles);
  const { restore_run } = plan.own;
  return {
    ...restore_run && { undoes: restore_run.run_id },
    coverage: { planned, proven },
    roles,
    with_evidence: withEvidence,
    eligible,
    permissions,
    removable,
    changes: plan.changes.length,
  };
}
