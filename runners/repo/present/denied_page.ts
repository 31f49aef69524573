import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { PageSection } from "../../core/report/page.ts";
import type { Notice } from "../../core/text/sections.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { deniedRoles, deniedSentence, giveBackCommand, unseenSentences } from "./denied_text.ts";
import { accountName, repoKeys } from "./names.ts";

/** That something was denied, and what of it could not be looked at, at the top of the page. */
export function deniedNotices(plan: PlanDocument): Notice[] {
  const { denied, watch } = repoKeys(plan);
  return [
    ...(denied.length === 0
      ? []
      : [{ tone: "refused" as const, text: `${deniedSentence(plan)}; see "Denied since".` }]),
    ...(watch ? unseenSentences(watch) : []).map((text) => ({
      tone: "unproven" as const,
      text: `Not watched: ${text}`,
    })),
  ];
}

/** What was denied since its removal, with the command that gives it back; no section of nothing. */
export function deniedSections(plan: PlanDocument): PageSection[] {
  const roles = deniedRoles(plan);
  if (roles.length === 0) return [];
  return [{
    title: "Denied since",
    lead: "Calls that were denied to roles after the removal of what they asked for, by the " +
      "management events of CloudTrail.",
    columns: [
      { title: "Account" },
      { title: "Role" },
      { title: "Action" },
      { title: "Calls", align: "right" },
      { title: "First" },
      { title: "Last" },
      { title: "Removed" },
      { title: "By" },
      { title: "To give it back" },
    ],
    rows: roles.flatMap((one) =>
      one.denied.map((calls) => ({
        cells: [
          accountName(plan, one.account),
          one.role,
          calls.action,
          calls.count,
          { at: new Date(calls.at) },
          { at: new Date(calls.last) },
          { at: new Date(calls.removed_at) },
          calls.principal,
          giveBackCommand(one, PLAIN_COMMAND),
        ],
      }))
    ),
    empty: "Nothing was denied.",
  }];
}
