import { counted, dateText, percentText } from "../../core/cli/words.ts";
import type { Figure } from "../../core/report/page.ts";
import type { Notice } from "../../core/text/sections.ts";
import { countOutcomes } from "../../core/run/run_document.ts";
import { figuresOf } from "./account_figures.ts";
import { roleChanges } from "./changes.ts";
import { coverageSentence, speaksUntilSentence } from "./coverage_text.ts";
import { deniedNotices } from "./denied_page.ts";
import type { RepoReporting } from "./document_frame.ts";
import { outcomesText } from "./done_text.ts";
import { accountName, hasEvidence, hasNothingToLose, repoKeys } from "./names.ts";
import { newPermissions } from "./new_permissions.ts";
import { newSentence } from "./new_text.ts";
import { neverSeenSentence } from "./plan_summary.ts";
import { refusalSentence } from "./refusal_sentence.ts";

/** How many unread accounts have a notice each; the table has all. */
const NOTICED = 20;

/** The line of truth: coverage, what is unused of all, what was or would be done, what is next. */
export function headline(reporting: RepoReporting): Figure[] {
  const { plan } = reporting;
  const { roles } = repoKeys(plan);
  const figures = figuresOf(roles);
  const whole = plan.coverage.unproven.length === 0 &&
    roles.every((entry) => hasEvidence(entry) || hasNothingToLose(entry));
  const { proven, planned } = plan.coverage;
  const speaks = speaksUntilSentence(plan);
  return [
    {
      label: "Coverage",
      value: `${proven} of ${planned}`,
      detail: coverageSentence(plan) + (speaks === "" ? "" : `. ${speaks}`),
      state: whole ? "good" : "unproven",
    },
    {
      label: "Removable",
      value: percentText(figures.removable, figures.permissions),
      detail: `${figures.removable.toLocaleString("en")} of ` +
        `${counted(figures.permissions, "permission")} in ${counted(figures.roles, "role")}, ` +
        "if all were eligible" +
        (whole ? "" : ", of what could be read"),
      state: !whole
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
    const { done } = countOutcomes(run);
    return {
      label: "Done",
      value: `${done} of ${run.changes.length}`,
      detail: outcomesText(changes),
      state: done === run.changes.length ? "neutral" : "attention",
    };
  }
  const lost = changes.filter(({ kind }) => kind !== "restore")
    .reduce((sum, { removed }) => sum + removed, 0);
  return {
    label: "Would change",
    value: String(plan.changes.length),
    detail: `roles, and take ${counted(lost, "permission")}`,
    state: "neutral",
  };
}

/** What is scheduled, and when what is new can be decided. */
function nextFigure({ plan }: RepoReporting): Figure {
  const now = new Date(plan.as_of);
  const { schedules } = repoKeys(plan);
  const [first] = schedules.map(({ due }) => due).sort();
  const fresh = newPermissions(plan);
  const detail = [
    ...(first === undefined ? [] : [`the first is due ${dateText(new Date(first), now)}`]),
    ...(fresh?.last
      ? [`what is new can be decided from ${dateText(new Date(fresh.last), now)}`]
      : []),
  ].join("; ");
  return {
    label: "Scheduled",
    value: String(schedules.length),
    detail: detail === "" ? "nothing is due" : detail,
    state: "neutral",
  };
}

/** What must not be overlooked. */
export function notices({ plan, config }: RepoReporting): Notice[] {
  const refusal = refusalSentence(plan);
  const unseen = neverSeenSentence(plan);
  const fresh = newSentence(plan, config, true);
  const { unproven } = plan.coverage;
  const left = unproven.length - NOTICED;
  return [
    ...deniedNotices(plan),
    ...(refusal === null ? [] : [{ tone: "refused" as const, text: `${refusal}.` }]),
    ...unproven.slice(0, NOTICED).map(({ account, detail }) => ({
      tone: "unproven" as const,
      text: `Not read: ${accountName(plan, account)}. ${detail.replace(/\.$/, "")}.`,
    })),
    ...(left > 0
      ? [{ tone: "unproven" as const, text: `Not read: ${counted(left, "account")} more.` }]
      : []),
    ...(fresh === "" ? [] : [{ tone: "info" as const, text: fresh }]),
    ...(unseen === "" ? [] : [{ tone: "info" as const, text: unseen }]),
    ...(plan.hypothetical
      ? [{ tone: "info" as const, text: "This plan is hypothetical and is never applied." }]
      : []),
  ];
}
