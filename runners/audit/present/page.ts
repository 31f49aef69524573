import type { AuditReporting } from "../audit_plan.ts";
import { counted, dayText, numberText, percentText } from "../../core/cli/words.ts";
import type { Figure, Page } from "../../core/report/page.ts";
import { changesFigure } from "../../core/report/run_words.ts";
import { sumOf } from "../../core/sum_of.ts";
import { coverageSentence, unprovenNotices } from "./coverage.ts";
import { changesTable, DAYS_AHEAD, nextTable, upcomingSteps } from "./changes.ts";
import { outcomesText, plannedText, stepsText } from "./action_words.ts";
import {
  accountsSection,
  canariesSection,
  coverageSection,
  findingsSection,
  rulesSection,
  sinceSection,
  sparedSection,
  UNKNOWN,
} from "./tables.ts";
import { figureOfAll } from "../findings.ts";
import { refusalNotices } from "./refused.ts";
import { leftOutText, notesOf } from "./spared.ts";

/** The audit's part of the HTML report: coverage before compliance, then what comes next. */
export function auditPage(reporting: AuditReporting): Page {
  const { plan, run, config } = reporting;
  const leftOut = leftOutText(plan, config);
  return {
    title: `Tag audit of ${counted(plan.own.accounts.length, "account")}, ` +
      counted(plan.totals.examined, "instance"),
    asOf: new Date(plan.as_of),
    headline: headline(reporting),
    notices: [
      ...refusalNotices(plan),
      ...unprovenNotices(reporting),
      ...(leftOut === "" ? [] : [{ tone: "info" as const, text: `${leftOut}.` }]),
      ...notesOf(plan).map(({ sentence }) => ({ tone: "info" as const, text: `${sentence}.` })),
    ],
    sections: [
      sinceSection(plan),
      changesTable(plan, run),
      nextTable(plan, run),
      accountsSection(plan),
      findingsSection(plan),
      sparedSection(plan),
      coverageSection(plan),
      canariesSection(plan, run),
      rulesSection(config),
    ],
  };
}

/** The line of truth: coverage, compliance, what was or would be done, what comes next. */
function headline(reporting: AuditReporting): Figure[] {
  const { plan, run } = reporting;
  const planned = plannedText(plan.changes);
  const { coverage, own: { accounts } } = plan;
  const examined = sumOf(accounts, (account) => account.examined ?? 0);
  const compliant = figureOfAll(accounts, "compliant") ?? 0;
  const violating = figureOfAll(accounts, "violating");
  const whole = coverage.unproven.length === 0;
  const sentence = coverageSentence(coverage);
  const [share = ""] = /^\S+(?: of \S+)?/.exec(sentence) ?? [];
  const compliance = examined === 0 ? "neutral" : violating === 0 ? "good" : "attention";
  return [
    {
      label: "Coverage",
      value: share,
      detail: sentence.slice(share.length).replace(/^,? /, ""),
      state: whole ? "good" : "unproven",
    },
    {
      label: "Compliance",
      value: percentText(compliant, examined),
      detail: `${compliant} of ${counted(examined, "instance")}` +
        (whole ? "" : " in what was proven"),
      state: whole ? compliance : "unproven",
    },
    {
      label: "Violating",
      value: violating === null ? UNKNOWN : numberText(violating),
      detail: `of ${counted(examined, "instance")}`,
      state: (violating ?? 0) > 0 ? "attention" : whole ? "good" : "unproven",
    },
    changesFigure(plan, run.changes, {
      done: outcomesText(run.changes),
      planned: { label: "Would do", ...(planned === "" ? {} : { detail: planned }) },
    }),
    nextFigure(reporting),
  ];
}

/** The steps that are not due yet. Those that are due and held back are in their table. */
function nextFigure({ plan, run }: AuditReporting): Figure {
  const now = new Date(plan.as_of);
  const coming = upcomingSteps(plan, run)
    .filter(({ due, heldBack }) => due > now && heldBack === null);
  const [first] = coming;
  return {
    label: `Next ${DAYS_AHEAD} days`,
    value: String(coming.length),
    detail: first
      ? `${stepsText(coming.map(({ step }) => step))}; the first ${dayText(first.due, now)}`
      : "no step falls due",
    state: "neutral",
  };
}
