import { counted } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { PageSection } from "../../core/report/page.ts";
import type { CellRow } from "../../core/text/sections.ts";
import type { RunDocument } from "../../core/run/run_document.ts";
import { byService, lostServices, roleChanges, servicesText } from "./changes.ts";
import { biggestFirst, givenBackText, roleName } from "./losses_text.ts";
import { accountName, repoKeys } from "./names.ts";

/** What the run did or would do; what takes most comes first. */
export function changesSection(plan: PlanDocument, run: RunDocument): PageSection {
  const tried = run.changes.some(({ outcome }) => outcome !== null);
  return {
    title: tried ? "What was done" : "What would be done",
    ...(plan.refused ? { lead: "The run was refused: nothing of this was done." } : {}),
    columns: [
      { title: "What" },
      { title: "Account" },
      { title: "Role" },
      { title: "Permissions", align: "right" },
      { title: "Services" },
      { title: "Why" },
      { title: "Outcome" },
    ],
    rows: biggestFirst(roleChanges(run.changes, plan)).map((one): CellRow => {
      const { change, kind, entry, removed, removedActions, gained, managed } = one;
      const services = removedActions.length > 0
        ? byService(removedActions)
        : entry && managed === null
        ? lostServices(entry)
        : new Map<string, number>();
      return {
        cells: [
          kind === "restore" ? "restore" : managed === null ? "remove" : "remove (managed policy)",
          accountName(plan, change.account),
          roleName(one),
          kind === "restore" ? gained?.length ?? null : removed,
          kind === "restore" ? givenBackText(one) : servicesText(services, 10),
          change.reason,
          change.outcome === null
            ? plan.refused ? "refused" : tried ? "not tried" : "planned"
            : [change.outcome, ...(change.error ? [change.error.message] : [])],
        ],
      };
    }),
    empty: "Nothing: no role is to be changed.",
  };
}

/** Removals that wait for their day. */
export function schedulesSection(plan: PlanDocument): PageSection {
  const { schedules } = repoKeys(plan);
  return {
    title: "What comes next",
    lead: "Scheduled removals. Of what was scheduled, what is removable then goes.",
    columns: [{ title: "Due" }, { title: "Account" }, { title: "Role" }, { title: "What" }],
    rows: [...schedules].sort((a, b) => Date.parse(a.due) - Date.parse(b.due)).map((one) => ({
      cells: [
        { at: new Date(one.due) },
        accountName(plan, one.account),
        one.role,
        counted(one.actions, "permission"),
      ],
    })),
    empty: "Nothing is scheduled.",
  };
}
