import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted } from "../../core/cli/words.ts";
import type { ChangeOutcome } from "../../core/run/run_document.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { Block, Item, Section, Text } from "../../core/text/sections.ts";
import type { RepoPlan, RepoRunResult } from "../repo_plan.ts";
import { nameOfArn, type RoleChange, roleChanges, servicesText } from "./changes.ts";
import { biggestFirst, changedServices, givenBackText, roleName } from "./losses.ts";
import { accountName, roleReference } from "./names.ts";

export type Tried = RoleChange<RoleChange["change"] & ChangeOutcome>;

/** What a run did, counted from outcomes, and what became of each change that is not done. */
export function doneText(run: RepoRunResult, plan: RepoPlan, command: NextCommand): Text {
  const changes = biggestFirst(roleChanges(run.changes, plan));
  if (!changes.some(({ change }) => change.outcome !== null)) return [];
  const done = changes.filter(isDone);
  const rest = changes.filter((one) => !isDone(one));
  return [
    [
      { words: [["Done", outcomesText(changes)]] },
      doneItems(done.filter(({ kind }) => kind !== "restore"), plan, "destroy"),
      doneItems(done.filter(({ kind }) => kind === "restore"), plan),
    ],
    rest.length === 0 ? [] : [
      { words: [["Not done", notDoneText(rest)]] },
      { items: rest.map((one) => notDoneItem(one, plan, command)) },
    ],
  ];
}

export function isDone({ change }: Tried): boolean {
  return change.outcome === "done";
}

/**
 * "removed 61 permissions from 2 of 3 roles and 1 of 1 managed policy, restored 1 of 1 role";
 * counted from outcomes.
 */
export function outcomesText(changes: readonly Tried[]): string {
  const takes = changes.filter(({ kind }) => kind !== "restore");
  const restores = changes.filter(({ kind }) => kind === "restore");
  const removed = sumOf(takes.filter(isDone), ({ removed }) => removed);
  return [
    ...(takes.length === 0 ? [] : [
      `removed ${counted(removed, "permission")} from ${ofText(takes)}`,
    ]),
    ...(restores.length === 0 ? [] : [`restored ${ofText(restores)}`]),
  ].join(", ");
}

/** "2 of 3 roles and 1 of 1 managed policy". */
function ofText(changes: readonly Tried[]): string {
  const policies = changes.filter(({ managed }) => managed !== null);
  const roles = changes.filter(({ managed }) => managed === null);
  return [
    ...(roles.length === 0
      ? []
      : [`${roles.filter(isDone).length} of ${counted(roles.length, "role")}`]),
    ...(policies.length === 0 ? [] : [
      `${policies.filter(isDone).length} of ` +
      counted(policies.length, "managed policy", "managed policies"),
    ]),
  ].join(" and ");
}

function notDoneText(rest: readonly Tried[]): string {
  return (["failed", "unknown", "drifted", "skipped", null] as const).flatMap((outcome) => {
    const count = rest.filter(({ change }) => change.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome ?? "not tried"}`];
  }).join(", ");
}

function doneItems(done: readonly Tried[], plan: RepoPlan, tone?: "destroy"): Block {
  return {
    items: done.map((one) => ({
      name: [roleName(one), accountName(plan, one.change.account), doneSentence(one)],
      ...(tone ? { tone } : {}),
    })),
  };
}

function doneSentence(one: Tried): string {
  if (one.kind === "restore") return `was given back ${givenBackText(one)}`;
  const services = servicesText(changedServices(one));
  return `lost ${counted(one.removed, "permission")}${services === "" ? "" : `: ${services}`}`;
}

/**
 * A failed write was taken back; an unknown one may have had a part of its effect. Both are told
 * with the command that restores the earlier version; in the restore of a run that one is the
 * version which was to be left, and the restore itself is the way.
 */
function notDoneItem(one: Tried, plan: RepoPlan, command: NextCommand): Item {
  const { account, outcome, error } = one.change;
  const isDoubtful = !plan.own.restore_run && (outcome === "failed" || outcome === "unknown");
  return {
    name: [
      roleName(one),
      accountName(plan, account),
      `${outcome ?? "not tried"}${error ? `: ${error.message}` : ""}`,
    ],
    blocks: [isDoubtful ? undoBlock(one, command) : ""],
  };
}

function undoBlock({ entry, change }: Tried, command: NextCommand): Block {
  if (change.kind === "managed") {
    return {
      next: BEFORE,
      command: command("repo apply", "--restore", change.before.version, "--policy", change.target),
    };
  }
  if (!entry) return "";
  const role = roleReference(entry);
  const version = entry.version ?? null;
  return version === null
    ? {
      next: "To see its versions, and how it is now:",
      command: command("repo versions", role),
    }
    : {
      next: BEFORE,
      command: command("repo apply", "--restore", String(version), "--role", role),
    };
}

const BEFORE = "To make sure that it is as it was before:";

/**
 * One quiet line on the stamps that a run has made, and each stamp that failed. A role whose change
 * was not made is not stamped, and not told.
 */
export function stampsSection({ ownWrites }: RepoRunResult): Section {
  const tried = ownWrites.filter(({ outcome }) => outcome !== null);
  if (tried.length === 0) return [];
  const done = tried.filter(({ outcome }) => outcome === "done").length;
  const failed = tried.filter(({ outcome }) => outcome === "failed" || outcome === "unknown");
  return [
    {
      quiet: `${done === tried.length ? "" : `${done} of `}${
        counted(tried.length, "role")
      } stamped`,
    },
    {
      items: failed.map(({ target, outcome, error }) => ({
        name: `${nameOfArn(target)}: the stamp ${outcome === "failed" ? "failed" : "is unknown"}` +
          `${error ? `: ${error.message}` : ""}. The removal stands`,
      })),
    },
  ];
}
