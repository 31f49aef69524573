import { lossOf, type Named, repoKeys, type RoleEntry } from "./names.ts";
import type { PlanDocument } from "../../core/plan/document.ts";

/** Roles that are left alone for one reason. A role with several reasons is in several groups. */
export type LeftAlone = {
  readonly reason: string;
  /** What the details have in common: the detail where all say the same, else the first of them. */
  readonly detail: string;
  readonly same: boolean;
  readonly roles: readonly RoleEntry[];
};

/** The roles that are not eligible, by reason, the most frequent first. Every reason counts. */
export function ineligibleByReason(plan: Named): LeftAlone[] {
  const all = repoKeys(plan).roles.flatMap((entry) =>
    entry.ineligible.map(({ reason, detail }) => ({ reason, detail, entry }))
  );
  return [...Map.groupBy(all, ({ reason }) => reason)].map(([reason, own]) => ({
    reason,
    detail: own[0]!.detail,
    same: own.every(({ detail }) => detail === own[0]!.detail),
    roles: [...new Set(own.map(({ entry }) => entry))],
  })).sort((a, b) => b.roles.length - a.roles.length || (a.reason < b.reason ? -1 : 1));
}

/**
 * Roles of which something would go, but for a reason of the plan, such as a size limit: spared
 * with a reason that is none of eligibility.
 */
export function heldBack(
  plan: Pick<PlanDocument, "coverage" | "spared">,
): { readonly entry: RoleEntry; readonly reason: string; readonly detail: string }[] {
  const byArn = new Map(repoKeys(plan).roles.map((entry) => [entry.arn, entry]));
  return plan.spared.flatMap(({ target, reason, detail }) => {
    const entry = byArn.get(target);
    return entry && entry.ineligible.length === 0 && lossOf(entry) > 0 &&
        entry.mode !== "propose"
      ? [{ entry, reason, detail }]
      : [];
  });
}
