import { counted, numberText } from "../../core/cli/words.ts";
import type { PageSection } from "../../core/report/page.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Section, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { figuresOf, isEligible } from "./figures.ts";
import {
  accountName,
  hasEvidence,
  hasNothingToLose,
  lossOf,
  type Named,
  type RoleEntry,
} from "./names.ts";

/** Roles that are left alone for one reason. A role with several reasons is in several groups. */
type LeftAlone = {
  readonly reason: string;
  /** The detail of the first role. `same`: all roles have it. */
  readonly detail: string;
  readonly same: boolean;
  readonly roles: readonly RoleEntry[];
};

type Reason = { readonly entry: RoleEntry; readonly reason: string; readonly detail: string };

/** By reason, the most frequent first. Every reason counts. */
function byReason(reasons: readonly Reason[]): LeftAlone[] {
  return [...Map.groupBy(reasons, ({ reason }) => reason)].map(([reason, own]) => ({
    reason,
    detail: own[0]!.detail,
    same: own.every(({ detail }) => detail === own[0]!.detail),
    roles: [...new Set(own.map(({ entry }) => entry))],
  })).sort((a, b) => b.roles.length - a.roles.length || (a.reason < b.reason ? -1 : 1));
}

/**
 * Eligible roles that the plan spares although they would lose something: their result would exceed
 * a size limit, for example.
 */
function heldBack(plan: Pick<RepoPlan, "own" | "spared">): Reason[] {
  const byArn = new Map(plan.own.roles.map((entry) => [entry.arn, entry]));
  return plan.spared.flatMap(({ target, reason, detail }) => {
    const entry = byArn.get(target);
    return entry && isEligible(entry) && lossOf(entry) > 0 && entry.mode !== "propose"
      ? [{ entry, reason, detail }]
      : [];
  });
}

/** Roles that are left alone, by reason, with the names of a few. */
export function leftAloneSection(plan: RepoPlan): Section {
  const { roles } = plan.own;
  const ineligible = roles.flatMap((entry) => entry.ineligible.map((one) => ({ ...one, entry })));
  const held = byReason(heldBack(plan));
  const groups = [...byReason(ineligible), ...held];
  if (groups.length === 0) return [];
  const { eligible, removableElsewhere } = figuresOf(roles);
  const left = roles.length - eligible + sumOf(held, ({ roles }) => roles.length);
  const isSeveral = sumOf(groups, ({ roles }) => roles.length) > left;
  const what = `${numberText(left)} of ${counted(roles.length, "role")}` +
    (isSeveral ? ", some for several reasons" : "") +
    (removableElsewhere > 0
      ? `; ${
        counted(removableElsewhere, "unused permission stays", "unused permissions stay")
      } with them`
      : "");
  return [
    { words: [["Left alone", what]] },
    { facts: groups.map((group) => [group.roles.length, groupText(group, plan)]), show: 12 },
  ];
}

/** "opted out until 31 Jan 2027 by alice: payments-api". */
function groupText({ reason, detail, same, roles }: LeftAlone, plan: RepoPlan): string {
  const said = same ? detail : `${reason.replaceAll("-", " ")}, such as "${detail}"`;
  return `${said.replace(/\.$/, "")}: ${namesText(roles, 3, plan)}`;
}

/**
 * The names of a few roles, and how many more there are: "web (prod, data), batch, and 3 more". The
 * accounts are named if several have a role of this name.
 */
export function namesText(
  roles: readonly Pick<RoleEntry, "role" | "account">[],
  named: number,
  plan: Named,
): string {
  const groups = [...Map.groupBy(roles, ({ role }) => role)];
  const shown = groups.slice(0, named);
  const left = roles.length - sumOf(shown, ([, own]) => own.length);
  const names = shown.map(([role, own]) =>
    own.length === 1
      ? role
      : own.length > 3
      ? `${role} (${numberText(own.length)} accounts)`
      : `${role} (${own.map(({ account }) => accountName(plan, account)).join(", ")})`
  );
  return [...names, ...(left > 0 ? [`and ${numberText(left)} more`] : [])].join(", ");
}

/** Every role that is not eligible, with every reason. */
export function leftAlonePage(plan: RepoPlan): PageSection {
  // Those with most unused come first: many of the others are AWS's roles and our own.
  const alone = plan.own.roles.filter((entry) => !isEligible(entry))
    .sort((a, b) => b.removable - a.removable || b.permissions - a.permissions);
  return {
    title: "Left alone",
    lead: "Nothing is removed from these roles. Each has all its reasons.",
    columns: ["Account", "Role", "Reasons", "Codes", "Permissions", "Unused"],
    ...tableRows(alone, (entry) => ({
      cells: [
        accountName(plan, entry.account),
        entry.role,
        entry.ineligible.map(({ detail }) => detail),
        entry.ineligible.map(({ reason }) => reason),
        entry.permissions,
        entry.removable,
      ],
      ...(hasEvidence(entry) || hasNothingToLose(entry) ? {} : { tone: "unproven" }),
    })),
    rest: "the spreadsheet has them all",
    empty: "Every role is eligible.",
  };
}
