import { instantText, percentText } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { PageSection } from "../../core/report/page.ts";
import type { CellRow } from "../../core/text/sections.ts";
import { accountFigures } from "./account_figures.ts";
import { byService, nameOfArn, servicesText } from "./changes.ts";
import { managedFigures } from "./managed.ts";
import { accountName, hasEvidence, hasNothingToLose, repoKeys, type RoleEntry } from "./names.ts";
import { lossText } from "./reason_words.ts";

/** How many roles the table of what is removable has; the spreadsheet has all. */
const TOP = 200;
/** How many rows another table of roles has: a browser is slow with more, and nobody reads them. */
const ROWS = 5000;

/** The permissions of all roles over time, with how many of them were removable. */
export function overTimeSection(plan: PlanDocument): PageSection {
  const { over_time } = repoKeys(plan);
  const at = over_time.map(({ date }) => new Date(date));
  return {
    title: "Permissions over time",
    chart: {
      title: "Permissions of all roles over time, and how many of them were removable",
      at,
      lines: [
        { title: "permissions", values: over_time.map(({ permissions }) => permissions) },
        { title: "removable", values: over_time.map(({ removable }) => removable) },
      ],
    },
    columns: [
      { title: "When" },
      { title: "Permissions", align: "right" },
      { title: "Removable", align: "right" },
    ],
    rows: over_time.map(({ date, permissions, removable }, i) => ({
      // A day is told as one: an instant of it would be "18 hours ago".
      cells: [/T/.test(date) ? { at: at[i]! } : date, permissions, removable],
    })).reverse(),
    empty: "There is nothing to compare with.",
  };
}

/** What is different from the last run. */
export function sinceSection(plan: PlanDocument): PageSection {
  const { at, appeared, gone } = repoKeys(plan).since;
  return {
    title: "Since the last run",
    ...(at === null ? {} : { lead: `Compared with ${instantText(at)}.` }),
    columns: [{ title: "What" }, { title: "Role" }, { title: "ARN" }],
    rows: [
      ...appeared.map((arn) => ({ cells: ["new role", nameOfArn(arn), arn] })),
      ...gone.map((arn) => ({ cells: ["deleted role", nameOfArn(arn), arn] })),
    ],
    empty: at === null ? "There is nothing to compare with." : "No role came or went.",
  };
}

/** The figures of each account. */
export function accountsSection(plan: PlanDocument): PageSection {
  return {
    title: "Accounts",
    lead: "Removable is what could go now if all roles were eligible.",
    columns: [
      { title: "Account" },
      { title: "ID" },
      { title: "Roles", align: "right" },
      { title: "Eligible", align: "right" },
      { title: "With whole evidence", align: "right" },
      { title: "Permissions", align: "right" },
      { title: "Removable", align: "right" },
      { title: "Share", align: "right" },
      { title: "Roles nobody uses", align: "right" },
    ],
    rows: accountFigures(plan).map((one): CellRow =>
      one.unread === null
        ? {
          cells: [
            one.name,
            one.account,
            one.roles,
            one.eligible,
            one.withEvidence,
            one.permissions,
            one.removable,
            percentText(one.removable, one.permissions),
            one.unused,
          ],
        }
        : { cells: [one.name, one.account, "not read"], tone: "unproven" }
    ),
    empty: "No account was looked at.",
  };
}

/** The roles of which most could be removed. */
export function removableSection(plan: PlanDocument): PageSection {
  const now = new Date(plan.as_of);
  const all = repoKeys(plan).roles.filter(({ removable }) => removable > 0)
    .sort((a, b) => b.removable - a.removable);
  const left = all.length - TOP;
  return {
    title: "Top removable roles",
    ...(left > 0
      ? { lead: `The ${TOP} with most, of ${all.length}; the spreadsheet has all.` }
      : {}),
    columns: [
      { title: "Account" },
      { title: "Role" },
      { title: "Removable", align: "right" },
      { title: "Of", align: "right" },
      { title: "Services" },
      { title: "Why" },
      { title: "What happens" },
      { title: "Last used" },
    ],
    rows: all.slice(0, TOP).map((entry) => ({
      cells: [
        accountName(plan, entry.account),
        entry.role,
        entry.removable,
        entry.permissions,
        entry.loses.map(({ service, actions }) => `${service} (${actions.length})`),
        [...new Set(entry.loses.map((loss) => lossText(loss, now)))],
        fateOf(entry, plan),
        entry.last_used === null ? null : { at: new Date(entry.last_used) },
      ],
    })),
    empty: "Nothing is removable.",
  };
}

function fateOf(entry: RoleEntry, { changes, refused }: PlanDocument): string {
  const planned = changes.some(({ target }) => target === entry.arn);
  if (planned) return refused ? "refused" : "planned";
  if (entry.mode === "propose") return "proposed: code manages the role";
  return entry.ineligible.length > 0 ? "left alone" : "not in this run";
}

/** Every role that is not eligible, with every reason. */
export function ineligibleSection(plan: PlanDocument): PageSection {
  // Those that keep most of what is unused come first; most of the others are AWS's and our own.
  const alone = repoKeys(plan).roles.filter(({ ineligible }) => ineligible.length > 0)
    .sort((a, b) => b.removable - a.removable || b.permissions - a.permissions);
  return {
    title: "Left alone",
    lead: `Roles of which nothing is removed, each with all its reasons.${restSentence(alone)}`,
    columns: [
      { title: "Account" },
      { title: "Role" },
      { title: "Reasons" },
      { title: "Codes" },
      { title: "Permissions", align: "right" },
      { title: "Unused", align: "right" },
    ],
    rows: alone.slice(0, ROWS).map((entry) => ({
      cells: [
        accountName(plan, entry.account),
        entry.role,
        entry.ineligible.map(({ detail }) => detail),
        entry.ineligible.map(({ reason }) => reason),
        entry.permissions,
        entry.removable,
      ],
      ...(hasEvidence(entry) || hasNothingToLose(entry) ? {} : { tone: "unproven" as const }),
    })),
    empty: "Every role is eligible.",
  };
}

/** Managed policies, with what is unused in them. */
export function managedSection(plan: PlanDocument): PageSection {
  return {
    title: "Managed policies",
    lead: "Unused is what that role leaves which uses most of the policy.",
    columns: [
      { title: "Policy" },
      { title: "ARN" },
      { title: "Attached", align: "right" },
      { title: "Roles" },
      { title: "Unused", align: "right" },
      { title: "Of", align: "right" },
      { title: "Services that none uses" },
    ],
    rows: managedFigures(plan).map((
      { name, arn, attachments, roles, unused, permissions, services },
    ) => ({
      cells: [
        name,
        arn,
        attachments,
        roles.map(({ role }) => role),
        unused,
        permissions,
        servicesText(byService(services), services.length).replaceAll(" (1)", ""),
      ],
    })),
    empty: "No managed policy is attached to a role.",
  };
}

/** Roles that nobody uses. Deleting them stays with their owners. */
export function unusedSection(plan: PlanDocument): PageSection {
  const idle = repoKeys(plan).roles.filter(({ unused }) => unused);
  return {
    title: "Roles that nobody uses",
    lead: `Deleting them is for their owners to decide.${restSentence(idle)}`,
    columns: [
      { title: "Account" },
      { title: "Role" },
      { title: "ARN" },
      { title: "Created" },
      { title: "Last used" },
      { title: "Instance profiles" },
    ],
    rows: idle.slice(0, ROWS).map((entry) => ({
      cells: [
        accountName(plan, entry.account),
        entry.role,
        entry.arn,
        { at: new Date(entry.created) },
        entry.last_used === null ? "no use is known" : { at: new Date(entry.last_used) },
        entry.instance_profiles,
      ],
    })),
    empty: "Every role is used by somebody.",
  };
}

/** Said where a table does not have all. */
function restSentence({ length }: readonly RoleEntry[]): string {
  return length <= ROWS
    ? ""
    : ` The first ${ROWS.toLocaleString("en")} of ${
      length.toLocaleString("en")
    }; the spreadsheet ` +
      "has all.";
}
