import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted, dateText } from "../../core/cli/words.ts";
import { DAY_MS } from "../../core/duration.ts";
import type { PageSection } from "../../core/report/page.ts";
import { changesHead } from "../../core/report/run_words.ts";
import { listItems, type Section, tableRows } from "../../core/text/sections.ts";
import type { AuditPlan, AuditRun } from "../audit_plan.ts";
import type { StepName } from "../config.ts";
import type { AuditFinding } from "../findings.ts";
import { type Action, type AuditChange, cannotStop, finality } from "../ladder/audit_change.ts";
import { actionText, byAction, doneText, outcomesText } from "./action_words.ts";
import {
  brokenText,
  causeOf,
  findingsById,
  ownerText,
  placeName,
  remarksOf,
  WHERE,
  whereCells,
} from "./names.ts";
import { blockOf } from "./spared.ts";

/** Terminations are red. */
function toneOf(action: Action): { readonly tone?: "destroy" } {
  return action === "terminate" ? { tone: "destroy" } : {};
}

/** What a plan would do, or what a run did. Terminations come first. */
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
        ...toneOf(action),
        blocks: [
          tried ? "" : finality(action),
          listItems(own, (change) => {
            const id = instanceIdOf(change.target);
            return {
              name: [placeName(plan, change), id, findings.get(id)?.tags["Name"] ?? ""],
              ...toneOf(action),
              blocks: [whyText(change, plan), tried ? outcomeText(change) : ""],
            };
          }),
        ],
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
function whyText(change: AuditChange, plan: AuditPlan): string {
  const finding = findingsById(plan).get(instanceIdOf(change.target));
  const owner = finding?.owner ? [`owner ${ownerText(finding.owner)}`] : [];
  if (!finding || !("mark" in change.before)) return [change.reason, ...owner].join("; ");
  const { marked_at, stopped_at } = change.before.mark;
  const date = (instant: string) => dateText(new Date(instant), new Date(plan.as_of));
  const isLifted = change.kind === "terminate" && change.before.protection;
  return [
    causeOf(change, plan),
    ...remarksOf(finding),
    `marked ${date(marked_at)}` + (stopped_at === undefined ? "" : `, stopped ${date(stopped_at)}`),
    ...(isLifted ? ["its protection is lifted"] : []),
    ...owner,
  ].join("; ");
}

/** One quiet line on the stamps of the canaries, and each that failed. */
export function ownWritesSection(run: AuditRun, plan: AuditPlan): Section {
  const tried = run.ownWrites.filter(({ outcome }) => outcome !== null);
  if (tried.length === 0) return [];
  const failed = tried.filter(({ outcome }) => outcome !== "done");
  const all = counted(tried.length, "canary", "canaries");
  const done = failed.length === 0 ? "" : `${tried.length - failed.length} of `;
  return [
    { quiet: `${done}${all} stamped` },
    listItems(failed, (stamp) => ({
      name: `${placeName(plan, stamp)} ${instanceIdOf(stamp.target)}: ${outcomeText(stamp)}`,
    })),
  ];
}

/** The same on the page, a row for each instance. */
export function changesTable(plan: AuditPlan, run: AuditRun): PageSection {
  const findings = findingsById(plan);
  const { head, became } = changesHead(plan, run.changes);
  const isPlanned = run.changes.every(({ outcome }) => outcome === null);
  const final = isPlanned ? finality(...run.changes.map(({ kind }) => kind)) : "";
  const lead = [head.lead ?? "", final && `${final}.`].filter((one) => one !== "").join(" ");
  return {
    title: head.title,
    ...(lead === "" ? {} : { lead }),
    columns: ["What", ...WHERE, "Why", "Owner", "Outcome"],
    ...tableRows(byAction(run.changes).flatMap(([, own]) => own), (change) => {
      const id = instanceIdOf(change.target);
      const owner = findings.get(id)?.owner;
      return {
        cells: [
          actionText(change.kind),
          ...whereCells(plan, change, id),
          change.reason,
          owner ? ownerText(owner) : null,
          became(change),
        ],
        ...toneOf(change.kind),
      };
    }),
    empty: "Nothing: no instance is to be changed.",
  };
}

/** The steps of the next days, with their dates. */
export function nextTable(plan: AuditPlan, run: AuditRun): PageSection {
  const upcoming = upcomingSteps(plan, run);
  const final = finality(...upcoming.map(({ step }) => step));
  return {
    title: "What comes next",
    lead: `Steps that fall due within ${DAYS_AHEAD} days, or are due and held back.` +
      (final && ` ${final}.`),
    columns: ["Due", "To be", ...WHERE, "What is wrong", "Owner", "Held back"],
    ...tableRows(upcoming, ({ finding, step, due, heldBack }) => ({
      cells: [
        { at: due },
        doneText(step),
        ...whereCells(plan, finding, finding.id),
        brokenText(finding),
        finding.owner && ownerText(finding.owner),
        heldBack,
      ],
      ...toneOf(step),
    })),
    empty: `Nothing falls due within ${DAYS_AHEAD} days.`,
  };
}

/** How far people look ahead, in days. */
export const DAYS_AHEAD = 7;

/** A step that falls due, or is due and held back. */
export type Upcoming = {
  readonly finding: AuditFinding;
  readonly step: StepName;
  readonly due: Date;
  /** Why the instance is spared although the step is due; null where it only waits. */
  readonly heldBack: string | null;
};

/** Those of the steps that come after this run which fall due within the next days. */
export function upcomingSteps(plan: AuditPlan, run: AuditRun): Upcoming[] {
  const end = Date.parse(plan.as_of) + DAYS_AHEAD * DAY_MS;
  return comingSteps(plan, run).filter(({ due }) => due.getTime() <= end);
}

/**
 * The steps that come after this run, the next first. Those that the run itself would make or tried
 * are left out; those that follow a mark that it has set are not.
 */
export function comingSteps(plan: AuditPlan, run: AuditRun): Upcoming[] {
  const changes = new Map(run.changes.map((change) => [instanceIdOf(change.target), change]));
  const spared = new Map(plan.spared.map((one) => [instanceIdOf(one.target), one]));
  return plan.own.findings.flatMap((finding): Upcoming[] => {
    const change = changes.get(finding.id);
    const [step, deadline] = change ? afterMark(change) : [finding.next, finding.deadline];
    if (!step || !deadline) return [];
    const due = new Date(deadline);
    const reason = spared.get(finding.id);
    const isHeld = reason !== undefined && blockOf(reason) !== null;
    return [{ finding, step, due, heldBack: isHeld ? reason.detail : cannotStop(change) ?? null }];
    // Those of one instant stay in the order of the findings.
  }).sort((a, b) => a.due.getTime() - b.due.getTime());
}

/** The first step after a mark that the run has set. */
function afterMark(
  change: AuditRun["changes"][number],
): readonly [step?: StepName, deadline?: string] {
  if (change.outcome !== "done" || change.kind !== "mark") return [];
  const [first = []] = Object.entries(change.after.steps ?? {}) as [StepName, string][];
  return first;
}
