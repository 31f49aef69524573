import { counted, fewText } from "../../core/cli/words.ts";
import type { PageSection } from "../../core/report/page.ts";
import { type Section, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { nameOfArn } from "./changes.ts";
import { type Named, type RoleEntry } from "./names.ts";

/** What is unused in one managed policy, over the roles that were read. */
type ManagedFigures = {
  readonly arn: string;
  readonly name: string;
  /** To how many users, groups and roles it is attached. */
  readonly attachments: number;
  readonly roles: readonly RoleEntry[];
  readonly permissions: number;
  /** How much is unused by the role that uses most of it: no more is unused by all roles. */
  readonly unused: number;
  /** Services that none of the roles uses. */
  readonly services: readonly string[];
};

/** The managed policies of the roles that were read, those with most unused first. */
export function managedFigures(plan: Named): ManagedFigures[] {
  const uses = plan.own.roles.flatMap((entry) => entry.managed.map((use) => ({ use, entry })));
  return [...Map.groupBy(uses, ({ use }) => use.arn)].map(([arn, own]) => ({
    arn,
    name: nameOfArn(arn),
    attachments: own[0]!.use.attachments,
    roles: own.map(({ entry }) => entry),
    permissions: own[0]!.use.permissions,
    unused: Math.min(...own.map(({ use }) => use.unused)),
    services: own[0]!.use.unused_services.filter((service) =>
      own.every(({ use }) => use.unused_services.includes(service))
    ),
  })).sort((a, b) => b.unused - a.unused || (a.arn < b.arn ? -1 : 1));
}

/** Managed policies with what is unused in them. */
export function managedPage(figures: readonly ManagedFigures[]): PageSection {
  return {
    title: "Managed policies",
    lead: "Unused is what that role leaves which uses most of the policy.",
    columns: [
      "Policy",
      { title: "ARN", on: "page" },
      { title: "Attached", on: "page" },
      { title: "Roles", on: "page" },
      { title: "Roles", on: "terminal" },
      "Unused",
      "Of",
      { title: "Services", on: "terminal" },
      { title: "Services that none uses", on: "page" },
    ],
    ...tableRows(figures, ({ name, arn, attachments, roles, unused, permissions, services }) => [
      `${name}${arn.includes(":aws:policy/") ? " (AWS)" : ""}`,
      arn,
      attachments,
      roles.map(({ role }) => role),
      roles.length,
      unused,
      permissions,
      fewText(services, 3),
      services.join(", "),
    ]),
    show: 5,
    empty: "No managed policy is attached to a role.",
  };
}

/** Those in which something is unused. */
export function managedSection(plan: RepoPlan): Section {
  const all = managedFigures(plan).filter(({ unused }) => unused > 0);
  if (all.length === 0) return [];
  const what =
    `${counted(all.length, "managed policy has", "managed policies have")} permissions that ` +
    "their roles do not use" +
    (all.some(({ roles }) => roles.length > 1)
      ? "; of a shared policy, what that role leaves which uses most of it."
      : ".");
  return [{ words: [["Managed", what]] }, managedPage(all)];
}

/** Managed policies that should lose something or be restored, and why they stay as they are. */
export function managedLeftSection({ spared }: RepoPlan): Section {
  const policies = spared.filter(({ target }) => /^arn:[^:]+:iam::\d{12}:policy\//.test(target));
  if (policies.length === 0) return [];
  const count = new Set(policies.map(({ target }) => target)).size;
  return [
    { words: [["Left alone", counted(count, "managed policy", "managed policies")]] },
    {
      items: policies.map(({ target, detail }) => ({
        name: `${nameOfArn(target)}: ${detail.replace(/\.$/, "")}`,
      })),
      show: 10,
    },
  ];
}
