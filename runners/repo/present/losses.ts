import { counted, numberText } from "../../core/cli/words.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Section, type Table, tableRows, type Text } from "../../core/text/sections.ts";
import { editsOf } from "../change/repo_change.ts";
import type { RepoPlan } from "../repo_plan.ts";
import {
  byService,
  lostServices,
  nameOfArn,
  type RoleChange,
  roleChanges,
  servicesText,
  unnamedIn,
  versionText,
} from "./changes.ts";
import { accountName, lossOf, type PolicyEdit, type RoleEntry } from "./names.ts";

/** What the plan would take, what it would give back, and what it only proposes. */
export function wouldText(plan: RepoPlan, diffsAt: string | null): Text {
  const changes = roleChanges(plan.changes, plan);
  const proposed = proposedRoles(plan);
  const verb = plan.own.restore_run ? "restore" : proposed.length > 0 ? "change" : "remove";
  const nothing = `Would ${verb} nothing`;
  return [
    lossesSection(changes.filter(({ kind }) => kind !== "restore"), plan, diffsAt),
    restoresSection(changes.filter(({ kind }) => kind === "restore"), plan),
    [changes.length === 0 ? nothing : ""],
    proposalsSection(proposed, plan, diffsAt),
  ];
}

const LOSSES = ["Role", "Account", "Loses", "Of", "Services"];

function restOf(diffsAt: string | null): Pick<Table, "rest"> {
  return diffsAt === null ? {} : { rest: `${diffsAt} has a diff of each` };
}

function lossesSection(
  changes: readonly RoleChange[],
  plan: RepoPlan,
  diffsAt: string | null,
): Section {
  if (changes.length === 0) return [];
  const { roles } = plan.own;
  const removed = (some: readonly RoleChange[]) => sumOf(some, ({ removed }) => removed);
  const inline = changes.filter(({ managed }) => managed === null);
  const managed = changes.filter((one) => one.managed !== null);
  const parts = [
    ...(inline.length === 0 ? [] : [
      `${numberText(removed(inline))} of ` +
      `${counted(sumOf(roles, ({ permissions }) => permissions), "permission")}, from ` +
      `${numberText(inline.length)} of ${counted(roles.length, "role")}`,
    ]),
    ...(managed.length === 0 ? [] : [
      `${counted(removed(managed), "permission")} of ` +
      counted(managed.length, "managed policy", "managed policies"),
    ]),
  ];
  return [
    `Would lose ${parts.join(", and ")}`,
    {
      columns: LOSSES,
      ...tableRows(biggestFirst(changes), (one) => ({
        cells: lossCells(one, plan),
        tone: "destroy",
      })),
      ...restOf(diffsAt),
    },
  ];
}

/** What a change takes. */
function lossCells(one: RoleChange, plan: RepoPlan) {
  const { entry, change, managed, removed } = one;
  const permissions = managed === null
    ? entry?.permissions
    : entry?.managed.find(({ arn }) => arn === managed)?.permissions;
  const services = servicesText(changedServices(one));
  const policy = managed === null ? "" : `managed policy ${nameOfArn(managed)}`;
  return [
    roleName(one),
    accountName(plan, change.account),
    removed,
    permissions ?? null,
    [services, policy].filter((part) => part !== "").join("; "),
  ];
}

/** How many permissions of each service a change takes. */
export function changedServices(
  { change, removed, entry, managed }: RoleChange,
): ReadonlyMap<string, number> {
  // The role's own entry counts them by service already.
  if (entry && managed === null && lossOf(entry) === removed) return lostServices(entry);
  return new Map([...byService(change.after.removed), ...Object.entries(unnamedIn(change))]);
}

/** What the role of a change is called. */
export function roleName({ entry, change }: RoleChange): string {
  return entry?.role ?? nameOfArn(change.target);
}

function restoresSection(changes: readonly RoleChange[], plan: RepoPlan): Section {
  if (changes.length === 0) return [];
  const gained = sumOf(changes, ({ change }) => change.after.gained.length);
  const policies = changes.filter(({ managed }) => managed !== null).length;
  const roles = changes.length - policies;
  const what = [
    ...(roles === 0 ? [] : [counted(roles, "role")]),
    ...(policies === 0 ? [] : [counted(policies, "managed policy", "managed policies")]),
  ].join(" and ");
  return [
    `Would restore ${what} and give back ${
      counted(gained, "permission")
    }. A restore grants: read ` +
    "what it gives back.",
    {
      columns: ["Role", "Account", { title: "Version", align: "right" }, "Is given back"],
      ...tableRows(changes, (one) => [
        roleName(one),
        accountName(plan, one.change.account),
        versionText(one),
        givenBackText(one),
      ]),
    },
  ];
}

/** "61 permissions: rds (29), sns (20)", and which policies are written. */
export function givenBackText(one: RoleChange): string {
  const { removed, change: { after: { gained } } } = one;
  const edits = editsOf(one.change);
  const policies = (what: string, some: readonly PolicyEdit[]) =>
    some.length === 0 ? [] : [`${what} ${some.map(({ name }) => `"${name}"`).join(", ")}`];
  return [
    gained.length === 0
      ? "no action that it does not have; for resources and conditions see the diff"
      : `${counted(gained.length, "permission")}: ${servicesText(byService(gained), 6)}`,
    ...policies("puts back", edits.filter(({ before }) => before === null)),
    ...policies("rewrites", edits.filter(({ before, after }) => before !== null && after !== null)),
    ...policies("deletes", edits.filter(({ after }) => after === null)),
    ...(removed > 0 ? [`and takes ${counted(removed, "permission")}`] : []),
  ].join("; ");
}

/** Roles that code manages and that would lose something, those that would lose most first. */
export function proposedRoles(plan: RepoPlan): RoleEntry[] {
  return plan.own.roles.filter((one) => one.mode === "propose" && lossOf(one) > 0)
    .sort((a, b) => lossOf(b) - lossOf(a));
}

/** Their diffs are for those who own the code. */
function proposalsSection(
  proposed: readonly RoleEntry[],
  plan: RepoPlan,
  diffsAt: string | null,
): Section {
  if (proposed.length === 0) return [];
  return [
    `Proposes to remove ${counted(sumOf(proposed, lossOf), "permission")} from ` +
    `${counted(proposed.length, "role")} that code manages; a change here would be undone by ` +
    "the next deployment, so there is a diff and no change",
    {
      columns: LOSSES,
      ...tableRows(proposed, (entry) => [
        entry.role,
        accountName(plan, entry.account),
        lossOf(entry),
        entry.permissions,
        servicesText(lostServices(entry)),
      ]),
      ...restOf(diffsAt),
    },
    diffsAt === null
      ? { items: [{ name: "--out DIR writes a diff for each, for a pull request." }] }
      : "",
  ];
}

/** The changes that take most come first. */
export function biggestFirst<One extends RoleChange>(changes: readonly One[]): One[] {
  return changes.toSorted((a, b) => b.removed - a.removed);
}
