import { counted, dayText, fewText, numberText } from "../../core/cli/words.ts";
import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { Fold, PageSection } from "../../core/report/page.ts";
import type { AuditPlan } from "../audit_plan.ts";
import type { AuditFinding } from "../findings.ts";
import { accountName, brokenText, placeName } from "./names.ts";

/** How many groups of one kind the page has, and how many lines they have together. */
const GROUPS = 100;
const LINES = 500;

/** How many accounts are named before a group is opened. */
const NAMED = 3;

/** Those who break the rules, by one of their properties. */
type Grouping = {
  readonly title: string;
  readonly lead: string;
  /** The groups that a finding is in. */
  readonly of: (finding: AuditFinding) => readonly (string | null)[];
  readonly called: (key: string | null) => string;
  /** What prints all of a group. */
  readonly list: (key: string | null) => Pick<Fold, "filter" | "command">;
};

/** Violating instances as lists to send on: by owner, by account and by rule, the longest first. */
export function groupSections(plan: AuditPlan): PageSection[] {
  const violating = plan.own.findings.filter(({ stage }) => stage !== "exempt");
  return groupings(plan).map((grouping) => groupSection(grouping, violating, plan));
}

function groupings(plan: AuditPlan): readonly Grouping[] {
  return [{
    title: "Violating, by owner",
    lead: "Lists to send on. An owner is who the tags, CloudTrail or an earlier run name.",
    of: ({ owner }) => [owner?.name ?? null],
    called: (name) => name ?? "No owner is known",
    list: (name) => ({ filter: instancesOf(`.owner.name == ${JSON.stringify(name)}`) }),
  }, {
    title: "Violating, by account",
    lead: "The command plans the account again.",
    of: ({ account }) => [account],
    called: (id) => accountName(plan, id ?? ""),
    list: (id) => ({ command: PLAIN_COMMAND("audit plan", "--account", id ?? "") }),
  }, {
    title: "Violating, by rule",
    lead: "An instance that breaks several rules is listed with each of them.",
    of: ({ broken }) => [...new Set(broken.map(({ key }) => key))],
    called: (key) => key ?? "",
    list: (key) => ({ filter: instancesOf(`any(.broken[]; .key == ${JSON.stringify(key)})`) }),
  }];
}

/** For jq: account, Region and ID of the violating instances for which something holds. */
function instancesOf(condition: string): string {
  return `.findings[] | select(.stage != "exempt" and (${condition})) | ` +
    "[.account, .region, .id] | @tsv";
}

function groupSection(
  { title, lead, of, called, list }: Grouping,
  violating: readonly AuditFinding[],
  plan: AuditPlan,
): PageSection {
  const largest = [...Map.groupBy(
    violating.flatMap((finding) => of(finding).map((key) => ({ key, finding }))),
    ({ key }) => key,
  )].sort(([, a], [, b]) => b.length - a.length);
  let lines = LINES;
  const folds = largest.slice(0, GROUPS).map(([key, own]): Fold => {
    const findings = own.map(({ finding }) => finding);
    const shown = findings.slice(0, lines);
    lines -= shown.length;
    const detail = detailOf(findings, plan);
    const left = findings.length - shown.length;
    return {
      title: called(key),
      detail,
      ...(shown.length === 0 ? {} : {
        lines: [
          `${called(key)}: ${detail}`,
          ...shown.map((finding) => lineOf(finding, plan)),
        ],
      }),
      ...list(key),
      ...(left === 0
        ? {}
        : { rest: `${counted(left, "more instance")}: the command has them all.` }),
    };
  });
  const left = largest.length - folds.length;
  return {
    title,
    lead: left === 0 ? lead : `${lead} The largest ${GROUPS} of ${numberText(largest.length)}.`,
    columns: [],
    rows: [],
    folds,
    empty: "Nothing breaks the rules.",
  };
}

/** "12 instances in prod, data; the next is to be stopped 24 Nov 03:00". */
function detailOf(findings: readonly AuditFinding[], plan: AuditPlan): string {
  const accounts = [...new Set(findings.map(({ account }) => accountName(plan, account)))];
  const next = findings.filter(({ next, deadline }) => next !== null && deadline !== null)
    .sort((a, b) => Date.parse(a.deadline!) - Date.parse(b.deadline!))[0];
  return `${counted(findings.length, "instance")} in ${fewText(accounts, NAMED)}` +
    (next ? `; the first step: ${stepOf(next, plan)}` : "");
}

function stepOf({ next, deadline }: AuditFinding, { as_of }: AuditPlan): string {
  return `${next} ${dayText(new Date(deadline!), new Date(as_of))}`;
}

function lineOf(finding: AuditFinding, plan: AuditPlan): string {
  const name = finding.tags["Name"] ?? "";
  const { next, deadline } = finding;
  return `${placeName(plan, finding)} ${finding.id}${name === "" ? "" : ` ${name}`}: ` +
    brokenText(finding) +
    (next === null || deadline === null ? "" : `; ${stepOf(finding, plan)}`);
}
