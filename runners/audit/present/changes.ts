import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted, dateText } from "../../core/cli/words.ts";
import type { PageSection } from "../../core/report/page.ts";
import { changesHead } from "../../core/report/run_words.ts";
import { type Column, listItems, type Section, tableRows } from "../../core/text/sections.ts";
import type { AuditPlan, AuditRun } from "../audit_plan.ts";
import type { AuditChange } from "../ladder/audit_change.ts";
import { actionText, byAction, doneText, outcomesText } from "./action_words.ts";
import {
  accountName,
  brokenText,
  causeOf,
  type Findings,
  findingsById,
  ownerText,
  placeName,
} from "./names.ts";
import { DAYS_AHEAD, upcomingSteps } from "./upcoming.ts";

/** What a plan would do, or what a run did: what cannot be undone comes first, and is red. */
export function changesSection(plan: AuditPlan, run: AuditRun | null): Section {
  const tried = run !== null && run.changes.some(({ outcome }) => outcome !== null);
  if (!tried && run !== null && (run.changes.length === 0 || plan.refused)) return [];
  if (!tried && plan.changes.length === 0) return ["Would do nothing"];
  const findings = findingsById(plan);
  return [
    tried ? { words: [["Done", outcomesText(run.changes)]] } : "Would do",
    {
      items: byAction(tried ? run.changes : plan.changes).map(([action, own]) => ({
        name: [actionText(action), own.length],
        ...(action === "terminate" ? { tone: "destroy" } : {}),
        blocks: [listItems(own, (change) => {
          const id = instanceIdOf(change.target);
          return {
            name: [placeName(plan, change), id, findings.get(id)?.tags["Name"] ?? ""],
            ...(action === "terminate" ? { tone: "destroy" } : {}),
            blocks: [whyText(change, findings, plan), tried ? outcomeText(change) : ""],
          };
        })],
      })),
    },
  ];
}

/** What became of a change; "" where it was made. */
function outcomeText({ outcome = null, error }: Partial<AuditRun["changes"][number]>): string {
  return outcome === "done"
    ? ""
    : [outcome ?? "not tried", ...(error ? [error.message] : [])].join(": ");
}

/** Why, since when, and whom to ask. */
function whyText(change: AuditChange, findings: Findings, plan: AuditPlan): string {
  const finding = findings.get(instanceIdOf(change.target));
  const mark = "mark" in change.before ? change.before.mark : undefined;
  const owner = finding?.owner ? [`owner ${ownerText(finding.owner)}`] : [];
  if (!finding || !mark) return [change.reason, ...owner].join("; ");
  const now = new Date(plan.as_of);
  const date = (instant: string) => dateText(new Date(instant), now);
  return [
    causeOf(change, findings),
    ...[finding.note, finding.asked, finding.outlook].filter((said) => said !== null),
    `marked ${date(mark.marked_at)}` +
    (mark.stopped_at === undefined ? "" : `, stopped ${date(mark.stopped_at)}`),
    ...(change.kind === "terminate" && change.before.protection
      ? ["its protection is lifted"]
      : []),
    ...owner,
  ].join("; ");
}

/** One quiet line on the stamps of the canaries; what failed is told. */
export function ownWritesSection(run: AuditRun, plan: AuditPlan): Section {
  const tried = run.ownWrites.filter(({ outcome }) => outcome !== null);
  if (tried.length === 0) return [];
  const failed = tried.filter(({ outcome }) => outcome !== "done");
  const all = counted(tried.length, "canary", "canaries");
  return [
    {
      quiet: `${failed.length === 0 ? "" : `${tried.length - failed.length} of `}${all} stamped`,
    },
    listItems(failed, (stamp) => ({
      name: `${placeName(plan, stamp)} ${instanceIdOf(stamp.target)}: ${outcomeText(stamp)}`,
    })),
  ];
}

const WHERE: readonly Column[] = ["Account", "Region", "Instance", "Name"];

/** The same on the page, a row for each instance. */
export function changesTable(plan: AuditPlan, run: AuditRun): PageSection {
  const findings = findingsById(plan);
  const { head, became } = changesHead(plan, run.changes);
  const changes = byAction(run.changes).flatMap(([action, own]) =>
    own.map((change) => ({ action, change }))
  );
  return {
    ...head,
    columns: ["What", ...WHERE, "Why", "Owner", "Outcome"],
    ...tableRows(changes, ({ action, change }) => {
      const id = instanceIdOf(change.target);
      const finding = findings.get(id);
      return {
        cells: [
          actionText(action),
          accountName(plan, change.account),
          change.region,
          id,
          finding?.tags["Name"] ?? null,
          change.reason,
          finding?.owner ? ownerText(finding.owner) : null,
          became(change),
        ],
        ...(action === "terminate" ? { tone: "destroy" } : {}),
      };
    }),
    empty: "Nothing: no instance is to be changed.",
  };
}

/** The steps of the next days, with their dates. */
export function nextTable(plan: AuditPlan, run: AuditRun): PageSection {
  return {
    title: "What comes next",
    lead: `Steps that fall due within ${DAYS_AHEAD} days, or are due and held back.`,
    columns: ["Due", "To be", ...WHERE, "What is wrong", "Owner", "Held back"],
    ...tableRows(upcomingSteps(plan, run), ({ finding, step, due, heldBack }) => ({
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
      ...(step === "terminate" ? { tone: "destroy" } : {}),
    })),
    empty: `Nothing falls due within ${DAYS_AHEAD} days.`,
  };
}
