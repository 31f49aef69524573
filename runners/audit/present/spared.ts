import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted, dayText, fewText } from "../../core/cli/words.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Spared } from "../../core/plan/change.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { Block, Words } from "../../core/text/sections.ts";
import type { AuditPlan } from "../audit_plan.ts";
import type { AuditConfig } from "../config.ts";
import type { AuditFinding } from "../findings.ts";
import { GRANTS_NONE } from "../ladder/until.ts";
import { doneText } from "./action_words.ts";
import { findingsById, placeName, whenText } from "./names.ts";

/** Reasons of instances that only wait for their next step. */
export const WAITING: ReadonlySet<string> = new Set(["marked", "stopped", "not-due"]);

/** Reasons of instances whose step is due, and is not made. */
export const HELD_BACK: ReadonlySet<string> = new Set([
  "protected",
  "protection-unread",
  "imports-unread",
  "cannot-stop",
  "too-few-looks",
  "stopping",
  "tag-limit",
]);

/** Reasons of instances whose records are in doubt: they are named, since somebody must check. */
const DOUBTFUL = new Set<string>(["listed-twice", "incomplete-record", "unknown-state"]);

/** The reason that keeps an instance from its next step; null where it only waits. */
export function blockOf({ reason }: Pick<Spared, "reason">): string | null {
  return WAITING.has(reason) ? null : reason;
}

/** How many reasons people see. */
const TOLD = 10;
/** How many instances are named that have one note, or whose records are in doubt. */
const NAMED = 5;

const SAID: Readonly<Record<string, string>> = {
  "not-enforced": "in accounts that are not enforced (report only)",
  quarantine: "in accounts that are new (report only)",
};

/** Whether nothing is changed in its account. */
export function isReportOnly({ reason }: Pick<Spared, "reason">): boolean {
  return Object.hasOwn(SAID, reason);
}

/** Spared violators by reason, but not those in grace: the figures have them. */
export function sparedBlock(plan: AuditPlan): Block {
  const findings = findingsById(plan);
  const told = plan.spared.filter(({ reason }) => reason !== "in-grace");
  if (told.length === 0) return "";
  const groups = Map.groupBy(told, (one) => groupOf(one, findings.get(instanceIdOf(one.target))));
  const { spared } = plan.totals;
  return {
    words: [
      ["Spared", `${counted(spared, "instance")}, ${spared - told.length} of them in grace`],
      ...[...groups].sort(([, a], [, b]) => b.length - a.length).map(([text, spared]): Words => [
        spared.length,
        text + namesText(spared) + dueText(spared, plan),
      ]),
    ],
    show: 1 + TOLD,
  };
}

/** What several spared instances have in common. */
function groupOf({ reason, detail }: Spared, finding: AuditFinding | undefined): string {
  if (WAITING.has(reason)) {
    const begun = reason === "not-due" ? [] : [reason];
    const next = finding?.next ?? null;
    return [...begun, next ? `to be ${doneText(next)}` : "and nothing follows"].join(", ");
  }
  if (reason === "cannot-stop") return `cannot be stopped: ${detail}`;
  if (HELD_BACK.has(reason) && finding?.next) {
    return `due to be ${doneText(finding.next)}, but ${detail}`;
  }
  return SAID[reason] ?? detail;
}

/** Which instances they are, where their records are in doubt. */
function namesText(spared: readonly Spared[]): string {
  return DOUBTFUL.has(spared[0]!.reason)
    ? `: ${fewText(spared.map(({ target }) => instanceIdOf(target)), NAMED)}`
    : "";
}

/** When instances that wait come to their next step. */
function dueText(spared: readonly Spared[], plan: AuditPlan): string {
  if (!WAITING.has(spared[0]!.reason)) return "";
  const now = new Date(plan.as_of);
  const findings = findingsById(plan);
  const dues = spared.flatMap(({ target }) => {
    const finding = findings.get(instanceIdOf(target));
    return finding?.next && finding.deadline ? [finding.deadline] : [];
  }).sort().map((due) => new Date(due));
  const [first, last] = [dues[0], dues.at(-1)];
  if (!first || !last) return "";
  const lastDay = dayText(last, now);
  return lastDay === dayText(first, now)
    ? ` from ${whenText(first, now)} on`
    : `: the first from ${whenText(first, now)} on, the last from ${lastDay} on`;
}

/**
 * "12 of 300 instances are left out by tags: 9 by audit.required[2].when, 3 by audit.exempt[0]":
 * anybody who may tag can leave an instance out. Empty where none is.
 *
 * @param is "are left out ", or what stands in its place
 */
export function leftOutText(
  plan: AuditPlan,
  { required }: Pick<AuditConfig, "required">,
  is = "are left out ",
): string {
  const leftOut = plan.own.accounts.flatMap(({ left_out }) => left_out ?? []);
  const count = sumOf(leftOut, ({ instances }) => instances);
  if (count === 0) return "";
  const settings = Map.groupBy(leftOut.flatMap(({ by }) => by), ({ setting }) => setting);
  const by = [...settings].map(([setting, all]) => ({
    setting,
    instances: sumOf(all, ({ instances }) => instances),
  })).sort((a, b) => b.instances - a.instances || compareText(a.setting, b.setting));
  const vpcs = required.some(({ when }) => when?.vpcs ?? when?.not?.vpcs) ? " or VPC" : "";
  return `${count} of ${counted(plan.totals.examined, "instance")} ${is}by tags${vpcs}: ` +
    by.map(({ setting, instances }) => `${instances} by ${setting}`).join(", ");
}

/** "2 instances: it carries a mark that Groundskeeper did not set", with the instances. */
export function notesOf(plan: AuditPlan) {
  const noted = plan.own.findings.filter(({ note }) => note !== null);
  return [...Map.groupBy(noted, ({ note }) => note)].map(([note, findings]) => ({
    sentence: `${counted(findings.length, "instance")}: ${note}`,
    findings,
  }));
}

/** What is odd about marks: forged or altered ones, instances that were started again. */
export function notesBlock(plan: AuditPlan): Block {
  return {
    words: notesOf(plan).map(({ sentence, findings }): Words => {
      const instances = findings.map((one) => `${placeName(plan, one)} ${one.id}`);
      return ["Noted", `${sentence}: ${fewText(instances, NAMED)}`];
    }),
  };
}

/** What owners ask for, one by one; those who are granted nothing come first. */
export function asksBlock(plan: AuditPlan): Block {
  return {
    words: plan.own.findings.filter(({ asked }) => asked !== null)
      .sort((a, b) => Number(isGranted(a)) - Number(isGranted(b)))
      .map((one): Words => ["Asked", `${placeName(plan, one)} ${one.id}: ${one.asked}`]),
    show: TOLD,
  };
}

function isGranted({ asked }: AuditFinding): boolean {
  return !asked?.includes(GRANTS_NONE);
}
