import { counted, dayText, fewText, numberText } from "../../core/cli/words.ts";
import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { Fold, PageSection } from "../../core/report/page.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { AuditPlan, AuditRun } from "../audit_plan.ts";
import type { AuditFinding } from "../findings.ts";
import type { Action } from "../ladder/audit_change.ts";
import { doneText } from "./action_words.ts";
import { comingSteps, type Upcoming } from "./changes.ts";
import { accountName, brokenText, placeName } from "./names.ts";

/** How many groups of one kind the page has, and how many characters their lines have together. */
const GROUPS = 100;
const ROOM = 50_000;

/** How many accounts are named before a group is opened. */
const NAMED = 3;

/** Those who break the rules, by one of their properties. */
type Grouping = {
  readonly title: string;
  readonly lead: string;
  /** The groups that a finding is in. */
  readonly of: (finding: AuditFinding) => readonly (string | null)[];
  readonly called: (key: string | null) => string;
  /** Where its instances are, in a few words. */
  readonly places: "accounts" | "regions";
  /** What prints all of a group. */
  readonly list: (key: string | null) => Pick<Fold, "filter" | "command">;
};

/** Violating instances as lists to send on: by owner, by account and by rule, the longest first. */
export function groupSections(plan: AuditPlan, run: AuditRun): PageSection[] {
  const violating = plan.own.findings.filter(({ stage }) => stage !== "exempt");
  const told: Told = {
    plan,
    coming: new Map(comingSteps(plan, run).map((one) => [one.finding.id, one])),
    untried: new Map(
      run.changes.filter(({ outcome }) => outcome === null)
        .map(({ target, kind }) => [instanceIdOf(target), kind]),
    ),
  };
  return groupings(plan).map((grouping) => groupSection(grouping, violating, told));
}

type Told = {
  readonly plan: AuditPlan;
  /** The step that comes after this run, by the instance's ID. */
  readonly coming: ReadonlyMap<string, Upcoming>;
  /** What this run would do and has not tried. */
  readonly untried: ReadonlyMap<string, Action>;
};

function groupings(plan: AuditPlan): readonly Grouping[] {
  return [{
    title: "Violating, by owner",
    lead: "Lists to send on. An owner is who the tags, CloudTrail or an earlier run name.",
    of: ({ owner }) => [owner?.name ?? null],
    called: (name) => name ?? "No owner is known",
    places: "accounts",
    list: (name) => ({ filter: instancesOf(`.owner.name == ${JSON.stringify(name)}`) }),
  }, {
    title: "Violating, by account",
    lead: "The command plans the account again.",
    of: ({ account }) => [account],
    called: (id) => accountName(plan, id ?? ""),
    places: "regions",
    list: (id) => ({ command: PLAIN_COMMAND("audit plan", "--account", id ?? "") }),
  }, {
    title: "Violating, by rule",
    lead: "An instance that breaks several rules is listed with each of them.",
    of: ({ broken }) => [...new Set(broken.map(({ key }) => key))],
    called: (key) => key ?? "",
    places: "accounts",
    list: (key) => ({ filter: instancesOf(`any(.broken[]; .key == ${JSON.stringify(key)})`) }),
  }];
}

/** For jq: account, Region and ID of the violating instances for which something holds. */
function instancesOf(condition: string): string {
  return `.findings[] | select(.stage != "exempt" and (${condition})) | ` +
    "[.account, .region, .id] | @tsv";
}

function groupSection(
  { title, lead, of, called, places, list }: Grouping,
  violating: readonly AuditFinding[],
  told: Told,
): PageSection {
  const largest = [...Map.groupBy(
    violating.flatMap((finding) => of(finding).map((key) => ({ key, finding }))),
    ({ key }) => key,
  )].sort(([, a], [, b]) => b.length - a.length);
  let room = ROOM;
  const folds = largest.slice(0, GROUPS).map(([key, own]): Fold => {
    const findings = own.map(({ finding }) => finding);
    const shown: string[] = [];
    for (const finding of findings) {
      const line = lineOf(finding, told);
      room -= line.length;
      if (room < 0) break;
      shown.push(line);
    }
    const detail = detailOf(findings, places, told);
    const left = findings.length - shown.length;
    return {
      title: called(key),
      detail,
      ...(shown.length === 0 ? {} : {
        lines: [
          `${called(key)}: ${detail}`,
          ...shown,
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
function detailOf(
  findings: readonly AuditFinding[],
  places: Grouping["places"],
  { plan, coming, untried }: Told,
): string {
  const where = findings.map(({ account, region }) =>
    places === "regions" ? region : accountName(plan, account)
  );
  const next = findings.flatMap(({ id }) => coming.get(id) ?? [])
    .filter(({ heldBack }) => heldBack === null)
    .sort((a, b) => a.due.getTime() - b.due.getTime())[0];
  const now = findings.filter(({ id }) => untried.has(id)).length;
  return `${counted(findings.length, "instance")} in ${fewText([...new Set(where)], NAMED)}` +
    (now > 0 ? `; ${numberText(now)} to be changed by the next apply` : "") +
    (next ? `; the next is ${dueText(next, plan)}` : "");
}

function dueText({ step, due }: Upcoming, { as_of }: AuditPlan): string {
  return `to be ${doneText(step)} ${dayText(due, new Date(as_of))}`;
}

/** "prod us-east-1 i-0… web-3: owner is missing; to be stopped 24 Nov 03:00". */
function lineOf(finding: AuditFinding, told: Told): string {
  const name = finding.tags["Name"] ?? "";
  const what = `${placeName(told.plan, finding)} ${finding.id}${name === "" ? "" : ` ${name}`}`;
  const next = nextOf(finding, told);
  return `${what}: ${brokenText(finding)}${next === "" ? "" : `; ${next}`}`;
}

function nextOf({ id }: AuditFinding, { plan, coming, untried }: Told): string {
  const action = untried.get(id);
  const next = coming.get(id);
  if (action) return `to be ${doneText(action)} by the next apply`;
  if (!next) return "";
  return next.heldBack === null ? dueText(next, plan) : `held back: ${next.heldBack}`;
}
