import { type NextCommand, PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import { counted, dayText, fewText, numberText, relativeText } from "../../core/cli/words.ts";
import type { Aftermath } from "../../core/job.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { PageSection } from "../../core/report/page.ts";
import { sumOf } from "../../core/sum_of.ts";
import {
  type Block,
  listItems,
  type Notice,
  type Section,
  tableRows,
  type Text,
} from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { accountName, type DeniedCalls, roleReference, type Watched } from "./names.ts";

/** Calls that were denied to roles after a removal. */

type Said = Pick<RepoPlan, "as_of" | "coverage" | "own">;

/** All calls that were denied to one role. */
type DeniedRole = {
  readonly account: string;
  readonly role: string;
  /** The youngest comes first. */
  readonly denied: readonly DeniedCalls[];
};

/** What was denied, by role; the role with the youngest call comes first. */
export function deniedRoles(plan: Said): DeniedRole[] {
  const byRole = Map.groupBy(plan.own.denied, ({ arn }) => arn);
  return [...byRole.values()].map((own) => {
    const denied = own.toSorted((a, b) => compareText(b.last, a.last));
    const { account, role } = denied[0]!;
    return { account, role, denied };
  }).sort((a, b) => compareText(b.denied[0]!.last, a.denied[0]!.last));
}

/** How people get back what was denied. */
type WayBack = {
  readonly sentence: string;
  /** Complete; null: a person named it with `--remove`, and the sentence says what it takes. */
  readonly command: string | null;
};

/**
 * The ways to give back what was denied to a role: one command for all that evidence removed. For
 * what a person removed by name there is none to paste: the run is told, and what it takes.
 * Every place that speaks of denied calls says this.
 */
export function waysBack(one: DeniedRole, command: NextCommand): WayBack[] {
  const role = roleReference(one);
  const byEvidence = one.denied.filter(({ by_name }) => !by_name);
  const known = actionsOf(byEvidence.filter(({ version }) => version !== null));
  const lost = byEvidence.filter(({ version }) => version === null);
  const byRun = Map.groupBy(
    one.denied.filter(({ by_name }) => by_name),
    ({ removed_by }) => removed_by,
  );
  const given = known.flatMap((action) => ["--give-back", action]);
  return [
    ...known.length === 0 ? [] : [{
      sentence: "To give it back:",
      command: command("repo apply", ...given, "--role", role),
    }],
    ...lost.length === 0 ? [] : [{
      sentence: "To see what it had:",
      command: command("repo versions", role),
    }],
    ...[...byRun].sort(([a], [b]) => compareText(a, b)).map(([run, own]) => ({
      sentence: `${fewText(actionsOf(own), NAMED)} ${own.length === 1 ? "was" : "were"} removed ` +
        `by name in run ${run}: --give-back needs --removed-by ${run}.`,
      command: null,
    })),
  ];
}

/** How many actions a sentence names. */
const NAMED = 5;

function actionsOf(denied: readonly DeniedCalls[]): string[] {
  return [...new Set(denied.map(({ action }) => action))].sort();
}

/** The way back for one action of a role, on one line. */
export function wayBack(one: DeniedRole, calls: DeniedCalls, command: NextCommand): string {
  const [way] = waysBack({ ...one, denied: [calls] }, command);
  return way!.command ?? way!.sentence;
}

function callsOf(plan: Said): number {
  return sumOf(plan.own.denied, ({ count }) => count);
}

/** "7 calls of 2 roles were denied since". */
function deniedSentence(plan: Said): string {
  const calls = callsOf(plan);
  return `${counted(calls, "call")} of ${counted(deniedRoles(plan).length, "role")} ` +
    `${calls === 1 ? "was" : "were"} denied for what had been removed`;
}

/** "sqs:SendMessage 12 times since 20 Nov 08:14 (3 hours ago), last 2 minutes ago". */
function deniedLine(calls: DeniedCalls, now: Date): string {
  const { action, count, at, last, principal, region, removed_at } = calls;
  const ago = (instant: string) => relativeText(new Date(instant), now);
  const first = `${dayText(new Date(at), now)} (${ago(at)})`;
  const when = count === 1
    ? `on ${first}`
    : `${numberText(count)} times since ${first}, last ${ago(last)}`;
  const session = principal?.slice(principal.lastIndexOf("/") + 1);
  return `${action} ${when} in ${region}${session ? `, by ${session}` : ""}; ` +
    `removed ${ago(removed_at)}`;
}

/** What was denied, with the command that gives it back, and what CloudTrail was not asked. */
export function deniedText(plan: Said, command: NextCommand): Text {
  return [
    deniedSection(plan, command),
    // Without this, silence would seem a proof.
    [{ words: unseenSentences(plan).map((sentence) => ["Unwatched", sentence]) }],
  ];
}

function deniedSection(plan: Said, command: NextCommand): Section {
  const roles = deniedRoles(plan);
  const now = new Date(plan.as_of);
  return roles.length === 0 ? [] : [
    { words: [["Denied", `${deniedSentence(plan)}.`]] },
    listItems(roles, (one) => ({
      name: [one.role, accountName(plan, one.account)],
      tone: "strong",
      blocks: [
        { items: one.denied.map((calls) => ({ name: deniedLine(calls, now) })), show: 5 },
        ...waysBack(one, command).map((way): Block =>
          way.command === null ? way.sentence : { next: way.sentence, command: way.command }
        ),
      ],
    })),
  ];
}

/** How many reasons are told one by one. */
const REASONS = 3;

/** What was not read of CloudTrail and why, the most frequent reason first. */
function unseenSentences(plan: Said): string[] {
  const { unseen, roles }: Watched = plan.own.watch ?? { unseen: [], roles: 0 };
  const groups = [...Map.groupBy(unseen, ({ reason, detail }) => `${reason} ${detail}`).values()]
    .sort((a, b) => b.length - a.length);
  const left = groups.slice(REASONS).flat().length;
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

/**
 * What a notification says of calls that a removal denied. Each run says it again, until the
 * permission is given back or no longer watched.
 */
export function deniedAftermath(plan: RepoPlan): Aftermath | null {
  const roles = deniedRoles(plan).length;
  return roles === 0 ? null : {
    title: `saw ${counted(callsOf(plan), "call")} of ${counted(roles, "role")} denied since`,
    text: [deniedSection(plan, PLAIN_COMMAND)],
  };
}

/** For the top of the page: that calls were denied, and what could not be read of CloudTrail. */
export function deniedNotices(plan: RepoPlan): Notice[] {
  return [
    ...(callsOf(plan) === 0
      ? []
      : [{ tone: "refused", text: `${deniedSentence(plan)}; see "Denied since".` } as const]),
    ...unseenSentences(plan).map((text) =>
      ({ tone: "unproven", text: `Not watched: ${text}` }) as const
    ),
  ];
}

/** What was denied since its removal, with the command that gives it back; none if nothing was. */
export function deniedSections(plan: RepoPlan): PageSection[] {
  const roles = deniedRoles(plan);
  if (roles.length === 0) return [];
  return [{
    title: "Denied since",
    lead: "Calls that were denied to roles after the removal of what they asked for, by the " +
      "management events of CloudTrail.",
    columns: [
      "Account",
      "Role",
      "Action",
      "Calls",
      "First",
      "Last",
      "Removed",
      "By",
      "To give it back",
    ],
    ...tableRows(
      roles.flatMap((one) => one.denied.map((calls) => ({ one, calls }))),
      ({ one, calls }) => [
        accountName(plan, one.account),
        one.role,
        calls.action,
        calls.count,
        { at: new Date(calls.at) },
        { at: new Date(calls.last) },
        { at: new Date(calls.removed_at) },
        calls.principal,
        wayBack(one, calls, PLAIN_COMMAND),
      ],
    ),
    empty: "Nothing was denied.",
  }];
}
