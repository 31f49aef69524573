import { type TextColumn, textTable, visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import {
  byService,
  lostServices,
  nameOfArn,
  type RoleChange,
  roleChanges,
  servicesText,
  versionText,
} from "./changes.ts";
import { accountName, lossOf, repoKeys, type RoleEntry } from "./names.ts";

/** How many roles are named one by one. */
const NAMED = 20;

/** The columns of what roles lose. */
export const LOSSES: readonly TextColumn[] = [
  { title: "role" },
  { title: "account" },
  { title: "loses", align: "right" },
  { title: "of", align: "right" },
  { title: "services" },
];

const GAINS: readonly TextColumn[] = [
  { title: "role" },
  { title: "account" },
  { title: "version", align: "right" },
  { title: "is given back" },
];

/** What the plan would take, what it would give back, and what it only proposes. */
export function wouldText(plan: PlanDocument, style: TextStyle, diffsAt: string | null): string {
  const changes = roleChanges(plan.changes, plan);
  const restores = changes.filter(({ kind }) => kind === "restore");
  const takes = changes.filter(({ kind }) => kind !== "restore");
  const blocks = [
    takes.length > 0 ? lossesText(takes, plan, style, diffsAt) : "",
    restores.length > 0 ? restoresText(restores, plan, style) : "",
    changes.length === 0 ? nothingText(plan) : "",
    proposalsText(plan, style, diffsAt),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function nothingText(plan: PlanDocument): string {
  return repoKeys(plan).roles.some((one) => one.mode === "propose" && lossOf(one) > 0)
    ? "Would change nothing"
    : "Would remove nothing";
}

function lossesText(
  changes: readonly RoleChange[],
  plan: PlanDocument,
  style: TextStyle,
  diffsAt: string | null,
): string {
  const { roles } = repoKeys(plan);
  const sorted = biggestFirst(changes);
  const sum = (of: readonly RoleChange[]) => of.reduce((sum, { removed }) => sum + removed, 0);
  const all = roles.reduce((sum, { permissions }) => sum + permissions, 0);
  const inline = changes.filter(({ managed }) => managed === null);
  const managed = changes.filter((one) => one.managed !== null);
  const parts = [
    ...(inline.length === 0 ? [] : [
      `${sum(inline).toLocaleString("en")} of ${counted(all, "permission")}, from ` +
      `${inline.length.toLocaleString("en")} of ${counted(roles.length, "role")}`,
    ]),
    ...(managed.length === 0 ? [] : [
      `${counted(sum(managed), "permission")} of ` +
      counted(managed.length, "managed policy", "managed policies"),
    ]),
  ];
  const head = `Would lose ${parts.join(", and ")}`;
  return [
    ...wrapText(head, style.width),
    ...tableLines(LOSSES, sorted, (one) => lossRow(one, plan), style, style.red),
    ...restLine(sorted.length, diffsAt, style),
  ].join("\n");
}

/** What a change takes, as a row of the table. */
export function lossRow(one: RoleChange, plan: PlanDocument): string[] {
  const { entry, change, managed, removed, removedActions } = one;
  const services = removedActions.length > 0
    ? byService(removedActions)
    : entry && managed === null
    ? lostServices(entry)
    : new Map<string, number>();
  const permissions = managed === null
    ? entry?.permissions
    : entry?.managed.find(({ arn }) => arn === managed)?.permissions;
  return [
    visible(roleName(one)),
    visible(accountName(plan, change.account)),
    removed.toLocaleString("en"),
    permissions?.toLocaleString("en") ?? "",
    visible(servicesText(services)) +
    (managed === null
      ? ""
      : `${services.size > 0 ? "; " : ""}managed policy ${visible(nameOfArn(managed))}`),
  ];
}

/** What the role of a change is called. */
export function roleName({ entry, change }: RoleChange): string {
  return entry?.role ?? nameOfArn(change.target);
}

function restoresText(
  changes: readonly RoleChange[],
  plan: PlanDocument,
  style: TextStyle,
): string {
  const gained = changes.every(({ gained }) => gained !== null)
    ? changes.reduce((sum, { gained }) => sum + gained!.length, 0)
    : null;
  const policies = changes.filter(({ managed }) => managed !== null).length;
  const roles = changes.length - policies;
  const what = [
    ...(roles === 0 ? [] : [counted(roles, "role")]),
    ...(policies === 0 ? [] : [counted(policies, "managed policy", "managed policies")]),
  ].join(" and ");
  const head = `Would restore ${what}` +
    (gained === null ? "" : ` and give back ${counted(gained, "permission")}`) +
    ". A restore grants: read what it gives back.";
  return [
    ...wrapText(head, style.width),
    ...tableLines(GAINS, changes, (one) => gainRow(one, plan), style),
    ...restLine(changes.length, null, style),
  ].join("\n");
}

function gainRow(one: RoleChange, plan: PlanDocument): string[] {
  const { change } = one;
  return [
    visible(roleName(one)),
    visible(accountName(plan, change.account)),
    versionText(one),
    givenBackText(one),
  ];
}

/** "61 permissions: rds (29), sns (20)"; where that is not known, which policies. */
export function givenBackText({ gained, before, after, removed }: RoleChange): string {
  const policies = (names: readonly string[], what: string) =>
    names.length === 0 ? [] : [`${what} ${names.map((name) => `"${visible(name)}"`).join(", ")}`];
  const put = Object.entries(after)
    .filter(([name, text]) => text !== null && text !== before[name]).map(([name]) => name);
  const gone = Object.keys(before).filter((name) => (after[name] ?? null) === null);
  return [
    ...(gained === null ? [] : [
      gained.length === 0
        ? "no action that it does not have; for resources and conditions see the diff"
        : `${counted(gained.length, "permission")}: ${visible(servicesText(byService(gained), 6))}`,
    ]),
    ...policies(put.filter((name) => before[name] === undefined), "puts back"),
    ...policies(put.filter((name) => before[name] !== undefined), "rewrites"),
    ...policies(gone, "deletes"),
    ...(removed > 0 ? [`and takes ${counted(removed, "permission")}`] : []),
  ].join("; ");
}

/** Roles that code manages: their diff is for those who own the code. */
function proposalsText(plan: PlanDocument, style: TextStyle, diffsAt: string | null): string {
  const proposed = repoKeys(plan).roles
    .filter((one) => one.mode === "propose" && lossOf(one) > 0)
    .sort((a, b) => lossOf(b) - lossOf(a));
  if (proposed.length === 0) return "";
  const lost = proposed.reduce((sum, one) => sum + lossOf(one), 0);
  const head = `Proposes to remove ${counted(lost, "permission")} from ` +
    `${counted(proposed.length, "role")} that code manages; ` +
    "a change here would be undone by the next deployment, so there is a diff and no change";
  return [
    ...wrapText(head, style.width),
    ...tableLines(LOSSES, proposed, (entry) => entryRow(entry, plan), style),
    ...restLine(proposed.length, diffsAt, style),
    ...(diffsAt === null
      ? wrapText("--out DIR writes a diff for each, for a pull request.", style.width, "  ")
      : []),
  ].join("\n");
}

function entryRow(entry: RoleEntry, plan: PlanDocument): string[] {
  return [
    visible(entry.role),
    visible(accountName(plan, entry.account)),
    lossOf(entry).toLocaleString("en"),
    entry.permissions.toLocaleString("en"),
    visible(servicesText(lostServices(entry))),
  ];
}

/** The changes that take most come first. */
export function biggestFirst<One extends RoleChange>(changes: readonly One[]): One[] {
  return [...changes].sort((a, b) => b.removed - a.removed);
}

/** The table of the first items; its rows, not its titles, are painted. */
export function tableLines<Item>(
  columns: readonly TextColumn[],
  items: readonly Item[],
  rowOf: (item: Item) => readonly string[],
  style: TextStyle,
  paint: (line: string) => string = (line) => line,
): string[] {
  const [title, ...lines] = textTable(columns, items.slice(0, NAMED).map(rowOf), style).split("\n");
  return [title!, ...lines.map(paint)];
}

/** How many are not in the table, and where they are; none where all are. */
export function restLine(count: number, diffsAt: string | null, style: TextStyle): string[] {
  const left = count - NAMED;
  if (left <= 0) return [];
  const where = diffsAt === null ? "--json has them all" : `${diffsAt} has a diff of each`;
  return wrapText(`and ${left.toLocaleString("en")} more; ${where}`, style.width, "  ");
}
