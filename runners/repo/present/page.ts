import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import { counted, dateText, instantText, numberText, percentText } from "../../core/cli/words.ts";
import type { Figure, Page, PageSection } from "../../core/report/page.ts";
import { changesFigure, changesHead } from "../../core/report/run_words.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Notice, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan, RepoReporting, RepoRunResult } from "../repo_plan.ts";
import { nameOfArn, roleChanges, servicesText } from "./changes.ts";
import { unprovenByReason } from "../../core/plan/coverage.ts";
import { coverageSentence, speaksUntilSentence, unreadText } from "./coverage.ts";
import { deniedNotices, deniedSections } from "./denied.ts";
import { outcomesText } from "./done.ts";
import { accountsPage, figuresOf } from "./figures.ts";
import { refusalSentence, wayOut } from "./limits.ts";
import { leftAlonePage } from "./left_alone.ts";
import { biggestFirst, changedServices, givenBackText, roleName } from "./losses.ts";
import { managedFigures, managedPage } from "./managed.ts";
import { accountIds, accountName, hasEvidence, hasNothingToLose, type RoleEntry } from "./names.ts";
import { newPermissions, newSentence } from "./new_permissions.ts";
import { neverSeenSentence } from "./notes.ts";
import { lossText } from "./reason_words.ts";
import { notRestoredPage } from "./restore_run.ts";
import { schedulesOf, schedulesPage } from "./schedules.ts";
import { unusedPage } from "./unused_roles.ts";

/** The job's part of the HTML report: coverage, what is unused of all, then what comes next. */
export function repoPage(reporting: RepoReporting): Page {
  const { plan, run } = reporting;
  return {
    title: `Unused permissions of ${counted(plan.own.roles.length, "role")} in ` +
      counted(accountIds(plan).length, "account"),
    asOf: new Date(plan.as_of),
    headline: headline(reporting),
    notices: notices(reporting),
    sections: [
      ...deniedSections(plan),
      schedulesPage(plan),
      changesPage(plan, run),
      sincePage(plan),
      overTimePage(plan),
      accountsPage(plan),
      // With `--remove` or a restore, `removable` does not say what is unused.
      ...(plan.own.asked === undefined ? [removablePage(plan)] : []),
      plan.own.restore_run ? notRestoredPage(plan, plan.own.restore_run) : leftAlonePage(plan),
      managedPage(managedFigures(plan)),
      unusedPage(plan),
    ],
  };
}

/** What the run did or would do; what takes most comes first. */
function changesPage(plan: RepoPlan, run: RepoRunResult): PageSection {
  const { head, became } = changesHead(plan, run.changes);
  return {
    ...head,
    columns: ["What", "Account", "Role", "Permissions", "Services", "Why", "Outcome"],
    ...tableRows(biggestFirst(roleChanges(run.changes, plan)), (one) => {
      const { change, kind, removed, managed } = one;
      const isRestore = kind === "restore";
      return [
        isRestore ? "restore" : managed === null ? "remove" : "remove (managed policy)",
        accountName(plan, change.account),
        roleName(one),
        isRestore ? change.after.gained.length : removed,
        isRestore ? givenBackText(one) : servicesText(changedServices(one), 10),
        change.reason,
        became(change),
      ];
    }),
    empty: "Nothing: no role is to be changed.",
  };
}

/** What is different from the last run. */
function sincePage(plan: RepoPlan): PageSection {
  const { at, appeared, gone } = plan.own.since;
  return {
    title: "Since the last run",
    ...(at === null ? {} : { lead: `Compared with ${instantText(at)}.` }),
    columns: ["What", "Role", "ARN"],
    ...tableRows([
      ...appeared.map((arn) => ["new role", nameOfArn(arn), arn]),
      ...gone.map((arn) => ["deleted role", nameOfArn(arn), arn]),
    ], (cells) => cells),
    empty: at === null ? "There is nothing to compare with." : "No role came or went.",
  };
}

/** The permissions of all roles over time, with how many of them were removable. */
function overTimePage(plan: RepoPlan): PageSection {
  const { over_time } = plan.own;
  return {
    title: "Permissions over time",
    chart: {
      title: "Permissions of all roles over time, and how many of them were removable",
      at: over_time.map(({ date }) => new Date(date)),
      lines: [
        { title: "permissions", values: over_time.map(({ permissions }) => permissions) },
        { title: "removable", values: over_time.map(({ removable }) => removable) },
      ],
    },
    columns: ["When", "Permissions", "Removable"],
    ...tableRows(over_time.toReversed(), ({ date, permissions, removable }) => [
      // A day stays a day: as an instant it would be "18 hours ago".
      /T/.test(date) ? { at: new Date(date) } : date,
      permissions,
      removable,
    ]),
    empty: "There is nothing to compare with.",
  };
}

/** How many roles the table of removable permissions has. */
const TOP = 200;

/** The roles that could lose most. */
function removablePage(plan: RepoPlan): PageSection {
  const now = new Date(plan.as_of);
  const all = plan.own.roles.filter(({ removable }) => removable > 0)
    .sort((a, b) => b.removable - a.removable);
  return {
    title: "Top removable roles",
    columns: [
      "Account",
      "Role",
      "Removable",
      "Of",
      "Services",
      "Why",
      "What happens",
      "Last used",
    ],
    ...tableRows(all.slice(0, TOP), (entry) => [
      accountName(plan, entry.account),
      entry.role,
      entry.removable,
      entry.permissions,
      entry.loses.map(({ service, actions }) => `${service} (${actions.length})`),
      [...new Set(entry.loses.map((loss) => lossText(loss, now)))],
      fateOf(entry, plan),
      entry.last_used === null ? null : { at: new Date(entry.last_used) },
    ]),
    total: all.length,
    rest: "the spreadsheet has them all",
    empty: "Nothing is removable.",
  };
}

function fateOf(entry: RoleEntry, { changes, refused }: RepoPlan): string {
  const isPlanned = changes.some(({ target }) => target === entry.arn);
  if (isPlanned) return refused ? "refused" : "planned";
  if (entry.mode === "propose") return "proposed: code manages the role";
  return entry.ineligible.length > 0 ? "left alone" : "not in this run";
}

/** How many unread accounts of one reason a notice names; the table has all. */
const NOTICED = 3;

/** The figures at the top: coverage, what is unused, what was or would be done, what is next. */
function headline(reporting: RepoReporting): Figure[] {
  const { plan } = reporting;
  const { roles } = plan.own;
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
      detail: `${numberText(figures.removable)} of ` +
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
      value: `${numberText(figures.eligible)} of ${numberText(figures.roles)}`,
      detail: "roles; the others are left alone, each with its reasons",
      state: "neutral",
    },
    changesOf(reporting),
    nextFigure(reporting),
  ];
}

function changesOf({ plan, run }: RepoReporting): Figure {
  const changes = roleChanges(run.changes, plan);
  const takes = changes.filter(({ kind }) => kind !== "restore");
  return changesFigure(plan, run.changes, {
    done: outcomesText(changes),
    planned: {
      label: "Would change",
      detail: `roles, and take ${counted(sumOf(takes, ({ removed }) => removed), "permission")}`,
    },
  });
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

function outText({ sentence, command }: NonNullable<ReturnType<typeof wayOut>>): string {
  return command === undefined ? `${sentence}.` : `${sentence}: ${command}`;
}

/** What must not be overlooked. */
function notices({ plan, config }: RepoReporting): Notice[] {
  const refusal = refusalSentence(plan);
  const out = wayOut(plan, PLAIN_COMMAND);
  const { unproven } = plan.coverage;
  const of = (tone: Notice["tone"], ...texts: readonly string[]) =>
    texts.filter((text) => text !== "").map((text) => ({ tone, text }));
  return [
    ...deniedNotices(plan),
    ...of("refused", refusal === null ? "" : `${refusal}.`, out === null ? "" : outText(out)),
    ...of(
      "unproven",
      ...unprovenByReason(unproven).map((group) => {
        const text = unreadText(group, plan, NOTICED, " (the table has them all)");
        return `Not read: ${text.replace(/\.$/, "")}.`;
      }),
    ),
    ...of(
      "info",
      newSentence(plan, config, true),
      neverSeenSentence(plan),
      plan.hypothetical ? "This plan is hypothetical and is never applied." : "",
    ),
  ];
}
