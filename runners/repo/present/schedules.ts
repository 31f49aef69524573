import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted, dateText, relativeText } from "../../core/cli/words.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { PageSection } from "../../core/report/page.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Section, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { namesText } from "./left_alone.ts";
import { accountName, type Scheduled } from "./names.ts";

/** Scheduled removals, the next one first. */
export function schedulesOf(plan: RepoPlan): Scheduled[] {
  return plan.own.schedules.toSorted((a, b) => compareText(a.due, b.due));
}

/** How many removals are scheduled, and which are due. */
export function schedulesSection(plan: RepoPlan, command: NextCommand): Section {
  const schedules = schedulesOf(plan);
  if (schedules.length === 0) return [];
  const now = new Date(plan.as_of);
  const due = schedules.filter((one) => new Date(one.due) <= now);
  const next = schedules[due.length];
  const what = `${counted(schedules.length, "role")} with ` +
    counted(sumOf(schedules, ({ actions }) => actions), "permission") +
    (due.length > 0 ? `; due: ${namesText(due, 3, plan)}` : "") +
    (next
      ? `; the ${due.length > 0 ? "next" : "first"} is due ` +
        `${dateText(new Date(next.due), now)} (${relativeText(new Date(next.due), now)})`
      : "");
  return [
    { words: [["Scheduled", what]] },
    due.length === 0 ? "" : { command: command("repo plan", "--scheduled") },
  ];
}

/** The same for the page, each with its day. */
export function schedulesPage(plan: RepoPlan): PageSection {
  return {
    title: "What comes next",
    lead: "Scheduled removals. Each removes on its day what is still removable.",
    columns: ["Due", "Account", "Role", "What"],
    ...tableRows(schedulesOf(plan), ({ due, account, role, actions }) => [
      { at: new Date(due) },
      accountName(plan, account),
      role,
      counted(actions, "permission"),
    ]),
    empty: "Nothing is scheduled.",
  };
}
