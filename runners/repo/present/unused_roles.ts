import { counted } from "../../core/cli/words.ts";
import { durationMs, spanText } from "../../core/duration.ts";
import type { PageSection } from "../../core/report/page.ts";
import { type Section, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import type { RepoConfig } from "../config.ts";
import { accountName, type RoleEntry } from "./names.ts";

/** Roles that nobody uses. */
function unusedRoles(plan: RepoPlan): RoleEntry[] {
  return plan.own.roles.filter(({ unused }) => unused);
}

/** Roles that nobody uses, with the instance profiles that have them. */
export function unusedPage(plan: RepoPlan): PageSection {
  return {
    title: "Roles that nobody uses",
    lead: "Deleting them is for their owners to decide.",
    columns: [
      { title: "Account", on: "page" },
      "Role",
      { title: "Account", on: "terminal" },
      { title: "ARN", on: "page" },
      { title: "Created", on: "page" },
      "Last used",
      "Instance profiles",
    ],
    ...tableRows(unusedRoles(plan), (entry) => [
      accountName(plan, entry.account),
      entry.role,
      accountName(plan, entry.account),
      entry.arn,
      { at: new Date(entry.created) },
      entry.last_used === null ? "no use is known" : { at: new Date(entry.last_used) },
      entry.instance_profiles,
    ]),
    show: 5,
    empty: "Every role is used by somebody.",
  };
}

export function unusedSection(
  plan: RepoPlan,
  { usageWindow }: Pick<RepoConfig, "usageWindow">,
): Section {
  const unused = unusedRoles(plan).length;
  if (unused === 0) return [];
  const what = `${counted(unused, "role was", "roles were")} not used by anybody for ` +
    `${spanText(durationMs(usageWindow))}. Deleting is for their owners to decide.`;
  return [{ words: [["Unused", what]] }, unusedPage(plan)];
}
