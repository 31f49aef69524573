import { beside } from "../../core/cli/beside.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { type TextColumn, textTable, visible } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dateText, relativeText } from "../../core/cli/words.ts";
import { durationMs, spanText } from "../../core/duration.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { RepoConfig, RepoSettings } from "../config.ts";
import { namesText } from "./left_alone_text.ts";
import { type ManagedFigures, managedFigures } from "./managed.ts";
import { accountName, type Named, repoKeys, type RoleEntry } from "./names.ts";
import { keptText } from "./reason_words.ts";

/** How many of each are named one by one. */
const NAMED = 5;

const UNUSED: readonly TextColumn[] = ["", "", "", ""].map((title) => ({ title }));

/** Roles that nobody uses, with what would lose its role if they were deleted. */
export function unusedText(
  plan: PlanDocument,
  { usageWindow }: Pick<RepoConfig, "usageWindow">,
  style: TextStyle,
): string {
  const unused = repoKeys(plan).roles.filter(({ unused }) => unused);
  if (unused.length === 0) return "";
  const now = new Date(plan.as_of);
  return [
    beside(
      "Unused",
      `${counted(unused.length, "role was", "roles were")} not used by anybody for ` +
        `${spanText(durationMs(usageWindow))}. Deleting is for their owners to decide.`,
      style,
    ),
    textTable(
      UNUSED,
      unused.slice(0, NAMED).map(({ role, account, last_used, instance_profiles }) => [
        visible(role),
        visible(accountName(plan, account)),
        last_used === null
          ? "no use is known"
          : `last used ${relativeText(new Date(last_used), now)}`,
        instance_profiles.length === 0
          ? ""
          : `instance profile ${instance_profiles.map(visible).join(", ")}`,
      ]),
      style,
    ),
    ...moreLine(unused.length, "role", style),
  ].join("\n");
}

/** Services that would go, and that nobody was ever seen to use; "" where there are none. */
export function neverSeenSentence(plan: Named): string {
  const { roles: entries, never_seen: { roles, services: unsorted } } = repoKeys(plan);
  if (unsorted.length === 0) return "";
  const services = mostFirst(unsorted, entries);
  const [first] = services;
  const one = services.length === 1;
  return `${counted(services.length, "service")} that would go ${
    one ? "was" : "were"
  } never seen ` +
    `used by any role (${counted(roles, "role")} looked at): ${
      servicesText(services)
    }. IAM may not ` +
    `track ${one ? "it" : "all of them"}: pin what you know to be used, such as ` +
    `repo.pinned: ["${first}:*"].`;
}

/** Services of which most permissions would go come first. */
function mostFirst(services: readonly string[], entries: readonly RoleEntry[]): string[] {
  const going = new Map<string, number>();
  for (const { service, actions } of entries.flatMap(({ loses }) => loses)) {
    going.set(service, (going.get(service) ?? 0) + actions.length);
  }
  return services.toSorted((a, b) => (going.get(b) ?? 0) - (going.get(a) ?? 0));
}

/** The same as a block. */
export function neverSeenText(plan: Named, style: TextStyle): string {
  const sentence = neverSeenSentence(plan);
  return sentence === "" ? "" : beside("Unseen", visible(sentence), style);
}

const MANAGED: readonly TextColumn[] = [
  { title: "policy" },
  { title: "roles", align: "right" },
  { title: "unused", align: "right" },
  { title: "of", align: "right" },
  { title: "services" },
];

/** Managed policies with what is unused in them. */
export function managedText(plan: PlanDocument, style: TextStyle): string {
  const all = managedFigures(plan).filter(({ unused }) => unused > 0);
  if (all.length === 0) return "";
  const row = ({ arn, name, roles, unused, permissions, services }: ManagedFigures) => [
    visible(`${name}${arn.includes(":aws:policy/") ? " (AWS)" : ""}`),
    roles.length.toLocaleString("en"),
    unused.toLocaleString("en"),
    permissions.toLocaleString("en"),
    visible(servicesText(services)),
  ];
  return [
    beside(
      "Managed",
      `${counted(all.length, "managed policy has", "managed policies have")} permissions that ` +
        "their roles do not use" +
        (all.some(({ roles }) => roles.length > 1)
          ? "; of a shared policy, what that role leaves which uses most of it."
          : "."),
      style,
    ),
    textTable(MANAGED, all.slice(0, NAMED).map(row), style),
    ...moreLine(all.length, "policy", style),
  ].join("\n");
}

function servicesText(services: readonly string[]): string {
  const left = services.length - 3;
  return [...services.slice(0, 3), ...(left > 0 ? [`and ${left} more`] : [])].join(", ");
}

/** Removals that wait for their day, and those whose day has come. */
export function schedulesText(plan: PlanDocument, command: NextCommand, style: TextStyle): string {
  const { schedules } = repoKeys(plan);
  if (schedules.length === 0) return "";
  const now = new Date(plan.as_of);
  const due = schedules.filter((one) => Date.parse(one.due) <= now.getTime());
  const next = schedules.filter((one) => !due.includes(one))
    .map((one) => one.due).sort()[0];
  const actions = schedules.reduce((sum, { actions }) => sum + actions, 0);
  return [
    beside(
      "Scheduled",
      `${counted(schedules.length, "role")} with ${counted(actions, "permission")}` +
        (due.length > 0 ? `; due: ${namesText(due, 3, plan)}` : "") +
        (next
          ? `; the ${due.length > 0 ? "next" : "first"} is due ${dateText(new Date(next), now)} ` +
            `(${relativeText(new Date(next), now)})`
          : ""),
      style,
    ),
    ...(due.length === 0 ? [] : [`  ${command("repo plan", "--scheduled")}`]),
  ].join("\n");
}

/** What a person must know of roles, said once for all that share it. */
export function notesText(
  plan: PlanDocument,
  { asked }: Pick<RepoSettings, "asked">,
  style: TextStyle,
): string {
  const notes = repoKeys(plan).roles.flatMap((entry) =>
    [...entry.notes, ...(asked.remove === null ? [] : heldNotes(entry, plan))]
      .map((note) => ({ note, entry }))
  );
  const groups = [...Map.groupBy(notes, ({ note }) => note)]
    .sort(([, a], [, b]) => b.length - a.length);
  return [
    ...groups.slice(0, NAMED).map(([note, own]) =>
      beside(
        "Noted",
        `${visible(note.replace(/\.$/, ""))}: ${namesText(own.map(({ entry }) => entry), 3, plan)}`,
        style,
      )
    ),
    ...(groups.length > NAMED
      ? [beside("Noted", `${groups.length - NAMED} notes more; --json has them all`, style)]
      : []),
  ].join("\n");
}

/** What was named with `--remove` and stays. */
function heldNotes({ keeps, mode }: RoleEntry, plan: PlanDocument): string[] {
  const now = new Date(plan.as_of);
  if (mode === "none") return [];
  return keeps.filter(({ reason }) => HOLDS.includes(reason)).map((kept) => {
    const { service, actions } = kept;
    const what = actions.length === 1
      ? `${actions[0]} stays`
      : `${counted(actions.length, "action")} of ${service} stay`;
    return `${what}, though you named it: ${keptText(kept, now)}`;
  });
}

/** What holds a permission that was named. */
const HOLDS: readonly string[] = ["pinned", "norepo-sid"];

function moreLine(count: number, what: string, style: TextStyle): string[] {
  const left = count - NAMED;
  if (left <= 0) return [];
  const noun = counted(left, what, what === "policy" ? "policies" : `${what}s`);
  return [beside("", `and ${noun} more; --json has them all`, style, 2)];
}
