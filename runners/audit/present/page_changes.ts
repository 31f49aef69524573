import { instanceIdOf } from "../../core/aws/arn.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { PageSection } from "../../core/report/page.ts";
import type { CellRow, Column } from "../../core/text/sections.ts";
import type { RunDocument } from "../../core/run/run_document.ts";
import { byDeed, deedText, doneText } from "./action_words.ts";
import { accountName, brokenText, findingsById, ownerText } from "./names.ts";
import { DAYS_AHEAD, upcomingSteps } from "./upcoming.ts";

const WHERE: readonly Column[] = [
  { title: "Account" },
  { title: "Region" },
  { title: "Instance" },
  { title: "Name" },
];

/** What the run did or would do; what cannot be undone comes first. */
export function changesSection(plan: PlanDocument, run: RunDocument): PageSection {
  const findings = findingsById(plan);
  const tried = run.changes.some(({ outcome }) => outcome !== null);
  return {
    title: tried ? "What was done" : "What would be done",
    ...(plan.refused ? { lead: "The run was refused: nothing of this was done." } : {}),
    columns: [
      { title: "What" },
      ...WHERE,
      { title: "Why" },
      { title: "Owner" },
      { title: "Outcome" },
    ],
    rows: byDeed(run.changes).flatMap(([deed, own]) =>
      own.map((change): CellRow => {
        const id = instanceIdOf(change.target);
        const finding = findings.get(id);
        return {
          cells: [
            deedText(deed),
            accountName(plan, change.account),
            change.region,
            id,
            finding?.tags["Name"] ?? null,
            change.reason,
            finding?.owner ? ownerText(finding.owner) : null,
            change.outcome === null
              ? plan.refused ? "refused" : tried ? "not tried" : "planned"
              : [change.outcome, ...(change.error ? [change.error.message] : [])],
          ],
          ...(deed === "terminate" ? { tone: "destroy" as const } : {}),
        };
      })
    ),
    empty: "Nothing: no instance is to be changed.",
  };
}

/** The steps of the next days, with their dates. */
export function nextSection(plan: PlanDocument, run: RunDocument): PageSection {
  return {
    title: "What comes next",
    lead: `Steps that fall due within ${DAYS_AHEAD} days, or are due and held back.`,
    columns: [
      { title: "Due" },
      { title: "To be" },
      ...WHERE,
      { title: "What is wrong" },
      { title: "Owner" },
      { title: "Held back" },
    ],
    rows: upcomingSteps(plan, run).map(({ finding, step, due, heldBack }) => ({
      cells: [
        { at: due },
        doneText(step),
        accountName(plan, finding.account),
        finding.region,
        finding.id,
        finding.tags["Name"] ?? null,
        brokenText(finding),
        finding.owner ? ownerText(finding.owner) : null,
        heldBack,
      ],
      ...(step === "terminate" ? { tone: "destroy" as const } : {}),
    })),
    empty: `Nothing falls due within ${DAYS_AHEAD} days.`,
  };
}
