import { beside } from "../../core/cli/beside.ts";
import { visible } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { figuresOf } from "./account_figures.ts";
import { heldBack, ineligibleByReason, type LeftAlone } from "./ineligible.ts";
import { accountName, type Named, repoKeys, type RoleEntry } from "./names.ts";

/** How many reasons are told, and how many roles are named for each. */
const TOLD = 12;
const NAMED = 3;

/** Roles that are left alone, by reason, with the names of a few. */
export function leftAloneText(plan: PlanDocument, style: TextStyle): string {
  const { roles } = repoKeys(plan);
  const held = [...Map.groupBy(heldBack(plan), ({ reason }) => reason)].map(
    ([reason, own]): LeftAlone => ({
      reason,
      detail: own[0]!.detail,
      same: own.every(({ detail }) => detail === own[0]!.detail),
      roles: own.map(({ entry }) => entry),
    }),
  );
  const groups = [...ineligibleByReason(plan), ...held];
  if (groups.length === 0) return "";
  const { eligible, removableElsewhere } = figuresOf(roles);
  const left = roles.length - eligible + held.reduce((sum, { roles }) => sum + roles.length, 0);
  const several = groups.reduce((sum, { roles }) => sum + roles.length, 0) > left;
  const shown = groups.slice(0, TOLD);
  const width = Math.max(...shown.map(({ roles }) => roles.length.toLocaleString("en").length));
  const line = (count: string, text: string) =>
    beside(`  ${count.padStart(Math.max(width, 4))}`, text, style, Math.max(width, 4) + 5);
  return [
    beside(
      "Left alone",
      `${left.toLocaleString("en")} of ${counted(roles.length, "role")}` +
        (several ? ", some for several reasons" : "") +
        (removableElsewhere > 0
          ? `; ${counted(removableElsewhere, "unused permission")} ` +
            `${removableElsewhere === 1 ? "stays" : "stay"} with them`
          : ""),
      style,
    ),
    ...shown.map((group) => line(group.roles.length.toLocaleString("en"), groupText(group, plan))),
    ...(groups.length > TOLD
      ? [line("", `and ${groups.length - TOLD} more reasons; --json has them all`)]
      : []),
  ].join("\n");
}

/** "opted out until 31 Jan 2027 by alice: payments-api". */
function groupText({ reason, detail, same, roles }: LeftAlone, plan: PlanDocument): string {
  const said = same ? detail : `${reason.replaceAll("-", " ")}, such as "${detail}"`;
  return `${visible(said.replace(/\.$/, ""))}: ${namesText(roles, NAMED, plan)}`;
}

/**
 * The names of a few roles, and how many more there are: "web (prod, data), batch, and 3 more". The
 * accounts are told where the plan is of several and roles of a name are in more than one of them.
 */
export function namesText(
  roles: readonly Pick<RoleEntry, "role" | "account">[],
  named: number,
  plan: Named,
): string {
  const groups = [...Map.groupBy(roles, ({ role }) => role)];
  const shown = groups.slice(0, named);
  const left = roles.length - shown.reduce((sum, [, own]) => sum + own.length, 0);
  return shown.map(([role, own]) => visible(role) + accountsText(own, plan)).join(", ") +
    (left > 0 ? `, and ${left.toLocaleString("en")} more` : "");
}

function accountsText(roles: readonly Pick<RoleEntry, "account">[], plan: Named): string {
  if (roles.length === 1) return "";
  return roles.length > 3
    ? ` (${roles.length.toLocaleString("en")} accounts)`
    : ` (${roles.map(({ account }) => visible(accountName(plan, account))).join(", ")})`;
}
