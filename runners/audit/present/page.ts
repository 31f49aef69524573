import type { AuditReporting } from "../audit_plan.ts";
import { counted, dayText, numberText, percentText } from "../../core/cli/words.ts";
import type { Figure, Page } from "../../core/report/page.ts";
import { DAY_MS } from "../../core/duration.ts";
import { emptyRegions } from "../../core/plan/coverage.ts";
import { changesFigure, shareHow, shareTrend } from "../../core/report/run_words.ts";
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
import { groupSections } from "./groups.ts";
import { refusalNotices } from "./refused.ts";
import { leftOutText, notesOf, WAITING } from "./spared.ts";

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
      ...groupSections(plan, run),
      changesTable(plan, run),
      nextTable(plan, run),
      sinceSection(plan),
      accountsSection(plan, 0),
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
      how: COVERAGE_HOW,
      trend: shareTrend("coverage", coverage.proven, coverage.planned - emptyRegions(coverage)),
    },
    {
      label: "Compliance",
      value: percentText(compliant, examined),
      detail: `${compliant} of ${counted(examined, "instance")}` +
        (whole ? "" : " in what was proven"),
      state: whole ? compliance : "unproven",
      how: shareHow("([.accounts[].compliant // 0] | add // 0)", EXAMINED),
      trend: shareTrend("compliance", compliant, examined),
    },
    {
      label: "Violating",
      value: violating === null ? UNKNOWN : numberText(violating),
      detail: `of ${counted(examined, "instance")}`,
      state: (violating ?? 0) > 0 ? "attention" : whole ? "good" : "unproven",
      how: '[.accounts[].violating | values] | if length == 0 then "-" else add end',
      trend: { title: "violating", unit: "count", value: violating },
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
    value: numberText(coming.length),
    detail: first
      ? `${stepsText(coming.map(({ step }) => step))}; the first ${dayText(first.due, now)}`
      : "no step falls due",
    state: "neutral",
    how: NEXT_HOW,
  };
}

/** For jq: what the figures count in the document of a run. */
const EXAMINED = "([.accounts[].examined // 0] | add // 0)";

const COVERAGE_HOW = '.coverage | ([.regions[] | select(.proof == "none")] | length) as $empty | ' +
  'if $empty > 0 and $empty == .planned then $empty else "\\(.proven) of \\(.planned - $empty)" end';

const NEXT_HOW = [
  'def seconds: sub("\\\\.[0-9]+"; "") | fromdate; def id: .target | split("/")[-1]; ' +
  "(.as_of | seconds) as $now",
  "(.changes | map({key: id, value: .}) | from_entries) as $changes",
  `(.spared | map(select(.reason | IN(${
    [...WAITING].map((reason) => `"${reason}"`).join(", ")
  }) | not) | {key: id, value: true}) | from_entries) as $held`,
  "[.findings[] | select($held[.id] | not) | $changes[.id] as $change " +
  "| if $change == null then select(.next) | .deadline " +
  'else $change | select(.outcome == "done" and .after.cannot_stop == null) ' +
  "| .after.steps // {} | to_entries[0].value end " +
  `| values | seconds | select(. > $now and . - $now <= ${DAYS_AHEAD * DAY_MS / 1000})] | length`,
].join(" | ");
