import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import { counted, dateText, instantText, numberText, percentText } from "../../core/cli/words.ts";
import type { Figure, Fold, Page, PageSection } from "../../core/report/page.ts";
import { changesFigure, changesHead, readFigure, shareHow } from "../../core/report/run_words.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Notice, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan, RepoReporting, RepoRunResult } from "../repo_plan.ts";
import { nameOfArn, roleChanges, servicesText } from "./changes.ts";
import { unprovenByReason } from "../../core/plan/coverage.ts";
import { coverageSentence, speaksUntilSentence, unreadText } from "./coverage.ts";
import { editsOf } from "../change/repo_change.ts";
import { deniedNotices, deniedSections } from "./denied.ts";
import { policyDiffs } from "./diff.ts";
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
      changesPage(plan, run),
      diffsPage(plan, run),
      schedulesPage(plan),
      sincePage(plan),
      overTimePage(plan),
      accountsPage(plan, 0),
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

/** How many roles and policies have their differences on the page, and how many lines each. */
const DIFFS = 20;
const DIFF_LINES = 200;

/** What the changes do to the texts of policies, those that take most first. */
function diffsPage(plan: RepoPlan, run: RepoRunResult): PageSection {
  const changes = biggestFirst(roleChanges(run.changes, plan));
  const folds = changes.slice(0, DIFFS).flatMap((one): Fold[] => {
    const { change, managed, removed, kind } = one;
    const title = managed === null ? "inline policy" : "managed policy";
    const diffs = policyDiffs(editsOf(change), title);
    const isCut = sumOf(diffs, ({ lines }) => lines.length) > DIFF_LINES;
    let room = DIFF_LINES;
    // A policy may differ only in white space.
    if (diffs.length === 0) return [];
    return [{
      title: roleName(one),
      detail: `${accountName(plan, change.account)}: ` +
        (kind === "restore"
          ? givenBackText(one)
          : `loses ${counted(removed, "permission")}, ${servicesText(changedServices(one))}`),
      diffs: diffs.flatMap(({ title, lines }) => {
        const shown = lines.slice(0, room);
        room -= shown.length;
        return shown.length === 0 ? [] : [{ title, lines: shown }];
      }),
      ...(isCut ? { rest: `The first ${DIFF_LINES} lines; ${ALL_DIFFS}.` } : {}),
    }];
  });
  return {
    title: "What changes in the policies",
    lead: "What a change removes begins with -, what it adds with +." +
      (changes.length > DIFFS
        ? ` The ${DIFFS} largest of ${numberText(changes.length)}; ${ALL_DIFFS}.`
        : ""),
    columns: [],
    rows: [],
    folds,
    empty: "No policy is to be changed.",
  };
}

const ALL_DIFFS = `"${PLAIN_COMMAND("repo plan", "--out", "DIR")}" writes all of them`;

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
    charts: [{
      title: "Permissions of all roles over time, and how many of them were removable",
      at: over_time.map(({ date }) => new Date(date)),
      lines: [
        { title: "permissions", values: over_time.map(({ permissions }) => permissions) },
        { title: "removable", values: over_time.map(({ removable }) => removable) },
      ],
    }],
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
  // What is only new is kept for now, and says nothing of whether it is used.
  const isUndecided = roles.some(({ keeps }) =>
    keeps.some(({ reason }) => reason === "new-permission")
  );
  const speaks = speaksUntilSentence(plan);
  return [
    {
      ...readFigure(plan.coverage),
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
        : figures.permissions === 0 || figures.removable === 0 && isUndecided
        ? "neutral"
        : figures.removable === 0
        ? "good"
        : "attention",
      how: shareHow("([.roles[].removable] | add // 0)", "([.roles[].permissions] | add // 0)"),
      trend: { title: "removable permissions", unit: "count", value: figures.removable },
    },
    {
      label: "Eligible",
      value: `${numberText(figures.eligible)} of ${numberText(figures.roles)}`,
      detail: "roles; the others are left alone, each with its reasons",
      state: "neutral",
      how: '.roles | "\\(map(select(.ineligible == [])) | length) of \\(length)"',
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
    // A stamp is a tag on the role and takes nothing.
    counted: '[.changes[] | select(.after.kind != "stamp")]',
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
    how: ".schedules | length",
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
