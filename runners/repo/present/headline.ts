import { counted, dateText, percentText } from "../../core/cli/words.ts";
import type { Figure } from "../../core/report/page.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { Notice } from "../../core/text/sections.ts";
import { roleChanges } from "./changes.ts";
import { coverageSentence, speaksUntilSentence } from "./coverage.ts";
import { deniedNotices } from "./denied.ts";
import type { RepoReporting } from "./document_frame.ts";
import { isDone, outcomesText } from "./done.ts";
import { figuresOf } from "./figures.ts";
import { refusalSentence } from "./limits.ts";
import { accountName, hasEvidence, hasNothingToLose, repoKeys } from "./names.ts";
import { newPermissions, newSentence } from "./new_permissions.ts";
import { neverSeenSentence } from "./notes.ts";
import { schedulesOf } from "./schedules.ts";

/** How many unread accounts have a notice each; the table has all. */
const NOTICED = 20;

/** The line of truth: coverage, what is unused of all, what was or would be done, what is next. */
export function headline(reporting: RepoReporting): Figure[] {
  const { plan } = reporting;
  const { roles } = repoKeys(plan);
  const figures = figuresOf(roles);
  const isComplete = plan.coverage.unproven.length === 0 &&
    roles.every((entry) => hasEvidence(entry) || hasNothingToLose(entry));
  const { proven, planned } = plan.coverage;
  const speaks = speaksUntilSentence(plan);
  return [
    {
      label: "Coverage",
      value: `${proven} of ${planned}`,
      detail: coverageSentence(plan) + (speaks === "" ? "" : `. ${speaks}`),
      state: isComplete ? "good" : "unproven",
    },
    {
      label: "Removable",
      value: percentText(figures.removable, figures.permissions),
      detail: `${figures.removable.toLocaleString("en")} of ` +
        `${counted(figures.permissions, "permission")} in ${counted(figures.roles, "role")}, ` +
        `if all were eligible${isComplete ? "" : ", of what could be read"}`,
      state: !isComplete
        ? "unproven"
        : figures.permissions === 0
        ? "neutral"
        : figures.removable === 0
        ? "good"
        : "attention",
    },
    {
      label: "Eligible",
      value: `${figures.eligible.toLocaleString("en")} of ${figures.roles.toLocaleString("en")}`,
      detail: "roles; the others are left alone, each with its reasons",
      state: "neutral",
    },
    changesFigure(reporting),
    nextFigure(reporting),
  ];
}

function changesFigure({ plan, run }: RepoReporting): Figure {
  const changes = roleChanges(run.changes, plan);
  if (plan.refused) {
    return {
      label: "Refused",
      value: String(plan.changes.length),
      detail: "nothing was changed",
      state: "attention",
    };
  }
  if (run.changes.some(({ outcome }) => outcome !== null)) {
    const done = changes.filter(isDone).length;
    return {
      label: "Done",
      value: `${done} of ${changes.length}`,
      detail: outcomesText(changes),
      state: done === changes.length ? "neutral" : "attention",
    };
  }
  const takes = changes.filter(({ kind }) => kind !== "restore");
  return {
    label: "Would change",
    value: String(plan.changes.length),
    detail: `roles, and take ${counted(sumOf(takes, ({ removed }) => removed), "permission")}`,
    state: "neutral",
  };
}

/** What is scheduled, and when what is new can be decided. */
function nextFigure({ plan }: RepoReporting): Figure {
  const date = (instant: string) => dateText(new Date(instant), new Date(plan.as_of));
  const schedules = schedulesOf(plan);
  const decided = newPermissions(plan)?.last;
  return {
    label: "Scheduled",
    value: String(schedules.length),
    detail: [
      ...schedules.slice(0, 1).map(({ due }) => `the first is due ${date(due)}`),
      ...(decided ? [`what is new can be decided from ${date(decided)}`] : []),
    ].join("; ") || "nothing is due",
    state: "neutral",
  };
}

/** What must not be overlooked. */
export function notices({ plan, config }: RepoReporting): Notice[] {
  const refusal = refusalSentence(plan);
  const { unproven } = plan.coverage;
  const left = unproven.length - NOTICED;
  const of = (tone: Notice["tone"], ...texts: readonly string[]) =>
    texts.filter((text) => text !== "").map((text) => ({ tone, text }));
  return [
    ...deniedNotices(plan),
    ...of("refused", refusal === null ? "" : `${refusal}.`),
    ...of(
      "unproven",
      ...unproven.slice(0, NOTICED).map(({ account, detail }) =>
        `Not read: ${accountName(plan, account)}. ${detail.replace(/\.$/, "")}.`
      ),
      left > 0 ? `Not read: ${counted(left, "account")} more.` : "",
    ),
    ...of(
      "info",
      newSentence(plan, config, true),
      neverSeenSentence(plan),
      plan.hypothetical ? "This plan is hypothetical and is never applied." : "",
    ),
  ];
}
