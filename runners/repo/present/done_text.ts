import { beside } from "../../core/cli/beside.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { type TextColumn, textTable, visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { Change } from "../../core/plan/change.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { ChangeOutcome, RunDocument } from "../../core/run/run_document.ts";
import { byService, lostServices, type RoleChange, roleChanges, servicesText } from "./changes.ts";
import { biggestFirst, givenBackText, roleName } from "./losses_text.ts";
import { accountName, roleReference } from "./names.ts";

/** How many changes are named one by one, of those that were made and of those that were not. */
const NAMED = 20;

const PLACE_AND_TEXT: readonly TextColumn[] = ["", "", ""].map((title) => ({ title }));

type Tried = RoleChange<Change & ChangeOutcome>;

/** What a run did, counted from outcomes, and what became of each change that is not done. */
export function doneText(
  run: RunDocument,
  plan: PlanDocument,
  style: TextStyle,
  command: NextCommand,
): string {
  const changes = biggestFirst(roleChanges(run.changes, plan));
  if (!changes.some(({ change }) => change.outcome !== null)) return "";
  const done = changes.filter(({ change }) => change.outcome === "done");
  const rest = changes.filter(({ change }) => change.outcome !== "done");
  return [
    beside("Done", outcomesText(changes), style),
    ...doneLines(done.filter(({ kind }) => kind !== "restore"), plan, style, style.red),
    ...doneLines(done.filter(({ kind }) => kind === "restore"), plan, style),
    ...(rest.length === 0 ? [] : ["", beside("Not done", notDoneText(rest), style)]),
    ...rest.slice(0, NAMED).flatMap((one) => notDoneLines(one, plan, style, command)),
    ...moreLine(rest.length, style),
  ].join("\n");
}

/**
 * "removed 61 permissions from 2 of 3 roles and 1 of 1 managed policy, restored 1 of 1 role";
 * counted from outcomes.
 */
export function outcomesText(changes: readonly Tried[]): string {
  const of = (kinds: readonly string[]) => changes.filter(({ kind }) => kinds.includes(kind));
  const done = (some: readonly Tried[]) => some.filter(({ change }) => change.outcome === "done");
  const takes = of(["repo", "remove"]);
  const restores = of(["restore"]);
  const removed = done(takes).reduce((sum, { removed }) => sum + removed, 0);
  return [
    ...(takes.length === 0 ? [] : [
      `removed ${counted(removed, "permission")} from ${ofText(takes)}`,
    ]),
    ...(restores.length === 0 ? [] : [`restored ${ofText(restores)}`]),
  ].join(", ");
}

/** "2 of 3 roles and 1 of 1 managed policy". */
function ofText(changes: readonly Tried[]): string {
  const [policies, roles] = [
    changes.filter(({ managed }) => managed !== null),
    changes.filter(({ managed }) => managed === null),
  ];
  const made = (some: readonly Tried[]) =>
    some.filter(({ change }) => change.outcome === "done").length;
  return [
    ...(roles.length === 0 ? [] : [`${made(roles)} of ${counted(roles.length, "role")}`]),
    ...(policies.length === 0 ? [] : [
      `${made(policies)} of ${counted(policies.length, "managed policy", "managed policies")}`,
    ]),
  ].join(" and ");
}

function notDoneText(rest: readonly Tried[]): string {
  const outcomes = ["failed", "unknown", "drifted", "skipped", null] as const;
  return outcomes.flatMap((outcome) => {
    const count = rest.filter(({ change }) => change.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome ?? "not tried"}`];
  }).join(", ");
}

/** What was done to each, in columns. */
function doneLines(
  done: readonly Tried[],
  plan: PlanDocument,
  style: TextStyle,
  paint: (line: string) => string = (line) => line,
): string[] {
  if (done.length === 0) return [];
  const rows = done.slice(0, NAMED).map((one) => [...placeCells(one, plan), doneCell(one)]);
  return [
    ...textTable(PLACE_AND_TEXT, rows, style).split("\n").map(paint),
    ...moreLine(done.length, style),
  ];
}

function doneCell(one: Tried): string {
  const { entry, removed, removedActions, managed } = one;
  const services = removedActions.length > 0
    ? byService(removedActions)
    : entry && managed === null
    ? lostServices(entry)
    : new Map<string, number>();
  return one.kind === "restore"
    ? `was given back ${givenBackText(one)}`
    : `lost ${counted(removed, "permission")}` +
      (services.size === 0 ? "" : `: ${visible(servicesText(services))}`);
}

/**
 * A write that failed was taken back, and one of which nothing is known may stand in part: both are
 * told with the command that brings the version of before.
 */
function notDoneLines(
  one: Tried,
  plan: PlanDocument,
  style: TextStyle,
  command: NextCommand,
): string[] {
  const { change: { outcome, error } } = one;
  const said = [outcome ?? "not tried", ...(error ? [error.message] : [])].join(": ");
  return [
    ...wrapText([...placeCells(one, plan), visible(said)].join("   "), style.width, "  "),
    ...(outcome === "failed" || outcome === "unknown" ? undoLines(one, style, command) : []),
  ];
}

function undoLines(
  { entry, managed, change }: Tried,
  style: TextStyle,
  command: NextCommand,
): string[] {
  const { version: inForce } = change.before;
  if (managed !== null && typeof inForce === "string") {
    return [
      ...wrapText("To make sure that it is as it was before:", style.width, "    "),
      `    ${command("repo apply", "--restore", inForce, "--policy", managed)}`,
    ];
  }
  if (!entry) return [];
  const role = roleReference(entry);
  const version = entry.version ?? null;
  if (version === null) {
    return [
      ...wrapText("To see its versions, and how it is now:", style.width, "    "),
      `    ${command("repo versions", role)}`,
    ];
  }
  return [
    ...wrapText("To make sure that it is as it was before:", style.width, "    "),
    `    ${command("repo apply", "--restore", String(version), "--role", role)}`,
  ];
}

function placeCells(one: Tried, plan: PlanDocument): string[] {
  return [visible(roleName(one)), visible(accountName(plan, one.change.account))];
}

function moreLine(count: number, style: TextStyle): string[] {
  const left = count - NAMED;
  return left <= 0
    ? []
    : wrapText(`and ${left.toLocaleString("en")} more; --json has them all`, style.width, "  ");
}
