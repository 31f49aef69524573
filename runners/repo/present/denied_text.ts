import { beside } from "../../core/cli/beside.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { accountName, type DeniedCalls, repoKeys, roleReference, type Watched } from "./names.ts";

/** How many roles are named one by one, and how many actions of each. */
const ROLES = 20;
const ACTIONS = 5;

type Said = Pick<PlanDocument, "as_of" | "coverage">;

/** All that was denied to one role, with the version that gives everything of it back. */
export type DeniedRole = {
  readonly account: string;
  readonly role: string;
  /** The one that asked last comes first. */
  readonly denied: readonly DeniedCalls[];
  /** null: one of them is not in the store. */
  readonly version: number | null;
};

/** What was denied, by role; whose calls are the youngest comes first. */
export function deniedRoles(plan: Said): DeniedRole[] {
  const byRole = Map.groupBy(repoKeys(plan).denied, ({ arn }) => arn);
  return [...byRole.values()].map((own) => {
    const denied = own.toSorted((a, b) => compareText(b.last, a.last));
    // The version before the first removal has all that later ones took, too.
    const [first] = own.toSorted((a, b) => compareText(a.removed_at, b.removed_at));
    const { account, role, version } = first!;
    return { account, role, denied, version };
  }).sort((a, b) => compareText(b.denied[0]!.last, a.denied[0]!.last));
}

/** The command that gives back what a role asks for, complete. */
export function giveBackCommand(
  { account, role, version }: DeniedRole,
  command: NextCommand,
): string {
  const reference = roleReference({ account, role });
  return version === null
    ? command("repo versions", reference)
    : command("repo apply", "--restore", String(version), "--role", reference);
}

/** "7 calls of 2 roles were denied since". */
export function deniedSentence(plan: Said): string {
  const { denied } = repoKeys(plan);
  const calls = denied.reduce((sum, { count }) => sum + count, 0);
  const roles = new Set(denied.map(({ arn }) => arn)).size;
  return `${counted(calls, "call")} of ${counted(roles, "role")} ` +
    `${calls === 1 ? "was" : "were"} denied for what had been removed`;
}

/** "sqs:SendMessage 12 times since 20 Nov 08:14 (3 hours ago), last 2 minutes ago". */
export function deniedLine(
  { action, count, at, last, principal, region, removed_at }: DeniedCalls,
  now: Date,
): string {
  const day = (instant: string) => dayText(new Date(instant), now);
  const ago = (instant: string) => relativeText(new Date(instant), now);
  const when = count === 1
    ? `on ${day(at)} (${ago(at)})`
    : `${count.toLocaleString("en")} times since ${day(at)} (${ago(at)}), last ${ago(last)}`;
  const session = principal?.slice(principal.lastIndexOf("/") + 1);
  return `${action} ${when} in ${region}${session ? `, by ${session}` : ""}; ` +
    `removed ${ago(removed_at)}`;
}

/** What was asked for in vain after its removal, with the command that gives it back. */
export function deniedText(plan: Said, command: NextCommand, style: TextStyle): string {
  const { watch } = repoKeys(plan);
  const roles = deniedRoles(plan);
  const now = new Date(plan.as_of);
  const left = roles.length - ROLES;
  return [
    ...(roles.length === 0 ? [] : [
      beside("Denied", `${deniedSentence(plan)}.`, style),
      ...roles.slice(0, ROLES).flatMap((one) => ["", ...roleLines(one, plan, command, now, style)]),
      ...(left > 0 ? [beside("", `and ${left} more; --json has them all`, style, 2)] : []),
    ]),
    ...unseenLines(watch, style, roles.length > 0),
  ].join("\n");
}

function roleLines(
  one: DeniedRole,
  plan: Said,
  command: NextCommand,
  now: Date,
  style: TextStyle,
): string[] {
  const { account, role, denied, version } = one;
  const left = denied.length - ACTIONS;
  return [
    ...wrapText(
      `${style.bold(visible(role))}   ${visible(accountName(plan, account))}`,
      style.width,
      "  ",
    ),
    ...denied.slice(0, ACTIONS).flatMap((calls) =>
      wrapText(visible(deniedLine(calls, now)), style.width, "    ")
    ),
    ...(left > 0 ? wrapText(`and ${counted(left, "action")} more`, style.width, "    ") : []),
    ...wrapText(
      version === null ? "To see what it had, and give it back:" : "To give it back:",
      style.width,
      "    ",
    ),
    `      ${giveBackCommand(one, command)}`,
  ];
}

/** How many reasons are told one by one. */
const REASONS = 3;

/** What was not looked at, so that silence is not taken for proof. */
function unseenLines(watch: Watched | null, style: TextStyle, after: boolean): string[] {
  if (!watch || watch.unseen.length === 0) return [];
  return [
    ...(after ? [""] : []),
    ...unseenSentences(watch).map((sentence) => beside("Unwatched", visible(sentence), style)),
  ];
}

/** What was not looked at and why, the most frequent reason first. */
export function unseenSentences({ unseen, roles }: Watched): string[] {
  const groups = [...Map.groupBy(unseen, ({ reason, detail }) => `${reason} ${detail}`).values()]
    .sort((a, b) => b.length - a.length);
  const left = groups.slice(REASONS).reduce((sum, own) => sum + own.length, 0);
  return [
    ...groups.slice(0, REASONS).map((own) =>
      `CloudTrail could not be read completely for ${placesText(own)}: ` +
      `${own[0]!.detail.replace(/\.$/, "")}. Denied calls of the ` +
      `${counted(roles, "role")} changed lately may be missing.`
    ),
    ...(left > 0 ? [`${counted(left, "more place")}; --json has them all.`] : []),
  ];
}

function placesText(own: Watched["unseen"]): string {
  const [{ account, region, source }] = own as [Watched["unseen"][number]];
  const services = new Set(own.map(({ source }) => source)).size;
  const places = new Set(own.map(({ account, region }) => `${account} ${region}`)).size;
  return `${services === 1 ? source : counted(services, "service")} in ` +
    (places === 1 ? `${account} ${region}` : counted(places, "account-region"));
}
