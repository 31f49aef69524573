import type { Breaker } from "../../core/plan/document.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import {
  breakerText,
  budgetsText,
  NOTHING_ANYWHERE,
  refusalText,
} from "../../core/report/run_words.ts";
import type { Block, Notice, Section } from "../../core/text/sections.ts";
import type { AuditPlan } from "../audit_plan.ts";
import { ACTIONS, type AuditChange, countsAs } from "../ladder/audit_change.ts";
import { type StepName, STEPS } from "../config.ts";
import { actionText, stepNouns } from "./action_words.ts";
import { accountName, causeOf, limitName, type NamedAccounts, readInstants } from "./names.ts";

/** A plan of the audit, as far as it may be refused. */
export type Refusable = Pick<AuditPlan, "changes" | "refused"> & NamedAccounts;

/** Why nothing was changed, without a period; null where nothing is refused. */
export function refusalSentence(plan: Refusable): string | null {
  return refusalText(plan, {
    limit: limitName,
    scope: (scope) => scopeName(plan, scope),
    verb: verbOf(plan),
    one: "instance",
  });
}

/** What a breaker saw, and what is allowed. Without a period. */
export function breakerSentence(breaker: Breaker): string {
  return breakerText(breaker, limitName(breaker));
}

/** An account or account/region, as people call it. */
function scopeName(plan: NamedAccounts, scope: string): string {
  const [account, ...region] = scope.split("/") as [string, string?];
  return [accountName(plan, account), ...region].join(" ");
}

/** "stop" if all that counts is to be stopped; "change" if the kinds differ. */
function verbOf(plan: Refusable): string {
  const kinds = new Set(refusedChanges(plan).map(({ kind }) => kind));
  const [only] = kinds;
  return kinds.size === 1 && only ? actionText(only) : "change";
}

/** The changes that a refusal is about: all that the limits count, or those of one step. */
function refusedChanges(
  { changes, refused }: Pick<Refusable, "changes" | "refused">,
): readonly AuditChange[] {
  if (refused?.detail !== undefined) return changes;
  const step = refused && stepOf(refused.limit);
  return changes.filter((change) => step ? change.kind === step : countsAs(change) !== null);
}

/** The step that a limit is about; undefined for the limits of all changes. */
function stepOf(limit: string): StepName | undefined {
  return STEPS.find((step) => limit.startsWith(`limits.${step}.`));
}

/** That nothing is changed, and why: a limit, or each breaker, also one with nothing to refuse. */
export function refusalNotices(plan: AuditPlan): Notice[] {
  const sentence = refusalSentence(plan);
  const tripped = plan.breakers.filter(({ detail }) => detail !== plan.refused?.detail);
  return [
    ...(sentence === null ? [] : [sentence]),
    ...tripped.map((breaker) =>
      `A breaker has tripped, ${NOTHING_ANYWHERE}: ${breakerSentence(breaker)}`
    ),
  ].map((text) => ({ tone: "refused", text: `${readInstants(text, new Date(plan.as_of))}.` }));
}

/** The same with what most of the changes have in common, and how to see them. */
export function refusedSection(plan: AuditPlan, command: NextCommand): Section {
  const notices = refusalNotices(plan);
  if (!plan.refused) return notices;
  const step = stepOf(plan.refused.limit);
  const path = step
    ? `.changes[] | select(.action == "${ACTIONS[step]}") | .target`
    : ".changes[].target";
  return [
    ...notices,
    mainCause(plan),
    { next: "To see them:", command: `${command("audit plan", "--json")} | jq -r '${path}'` },
  ];
}

/** What most of the refused changes have in common, which is often an edited rule. */
function mainCause(plan: AuditPlan): string {
  const causes = Map.groupBy(refusedChanges(plan), (change) => causeOf(change, plan));
  const [top] = [...causes].sort(([, a], [, b]) => b.length - a.length);
  return top && top[1].length > 1 ? `${top[1].length} of them: ${top[0]}.` : "";
}

/** What is left of the budgets. A refusal has a block of its own instead. */
export function limitsBlock({ changes, limits, refused }: AuditPlan): Block {
  if (refused || limits.length === 0 || changes.every((change) => countsAs(change) === null)) {
    return "";
  }
  const whatOf = (limit: string) => {
    const step = stepOf(limit);
    return step ? stepNouns(step) : "";
  };
  return { words: [["Limits", budgetsText(limits, whatOf)]] };
}
