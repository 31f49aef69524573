import { counted, dateText, numberText, relativeText } from "../../core/cli/words.ts";
import type { Explanation } from "../../core/job.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { sumOf } from "../../core/sum_of.ts";
import { knownFacts, type Table, type Words } from "../../core/text/sections.ts";
import { REACH } from "../plan_deny.ts";
import { deniedBy, DENY_POLICY } from "../policy/deny_policy.ts";
import { nameOfArn, roleChanges } from "./changes.ts";
import { historyOf, historySection, waysBack } from "./explain_history.ts";
import { managedLeftSection } from "./managed.ts";
import type { Found } from "./explain_subject.ts";
import { type RoleEntry, roleReference } from "./names.ts";
import { fewRows } from "./many_services.ts";
import { keptText, lossText } from "./reason_words.ts";
import { roleManagedSection } from "./role_text.ts";

/** Whether a role is eligible and why not, what each service would lose, and its history. */
export function explainRole(found: Found): Explanation {
  const { entry, planning: { earlier, now }, plan, command } = found;
  const history = historyOf(found);
  const back = waysBack(found);
  return {
    text: [
      [{ facts: factsOf(found), show: Infinity }],
      [servicesTable(entry, now)],
      roleManagedSection(entry),
      managedLeftSection(plan),
      historySection(history, now),
      back === null ? [] : [{ next: "To go back:", command: back.role }],
      back?.run ? [{ next: "To undo all of that run:", command: back.run }] : [],
      [{
        next: "To see why of one action:",
        command: command("repo explain", roleReference(entry), "ACTION"),
      }],
    ],
    json: {
      mode: entry.mode,
      entry,
      schedule: earlier.schedules.get(entry.role_id) ?? null,
      opt_out: earlier.optOuts.get(entry.role_id) ?? null,
      history,
      restore: back?.role ?? null,
    },
  };
}

function factsOf({ entry, planning, role, plan }: Found): Words[] {
  const { earlier, now } = planning;
  const schedule = earlier.schedules.get(entry.role_id);
  const optOut = earlier.optOuts.get(entry.role_id);
  const row = earlier.roles.get(entry.role_id);
  const day = (instant: string) => {
    const at = new Date(instant);
    return `${dateText(at, now)} (${relativeText(at, now)})`;
  };
  const inline = Object.keys(role.inline);
  const denied = deniedBy(role.inline) ?? [];
  const isPlanned = plan.changes.some(({ target }) => target === entry.arn);
  const managed = roleChanges(plan.changes, plan)
    .filter((one) => one.managed !== null && one.entry === entry);
  return knownFacts([
    ["eligible", entry.ineligible.length === 0 && "yes"],
    ...entry.ineligible.map(({ detail }) => ["not eligible", detail.replace(/\.$/, "")] as const),
    ["planned", plannedText(entry, isPlanned)],
    ...managed.map(({ managed, removed }) =>
      [
        "planned",
        `${counted(removed, "permission")} of the managed policy ${nameOfArn(managed!)} would be ` +
        "removed by apply",
      ] as const
    ),
    [
      "scheduled",
      schedule && `${counted(schedule.actions.length, "permission")} since ${day(schedule.at)}, ` +
        `due ${day(schedule.due)}; those still removable are removed then`,
    ],
    [
      "opt-out",
      optOut && `by ${optOut.owner}, ` +
        (optOut.until < now.toISOString().slice(0, 10) ? "over since" : "until") +
        ` the end of ${optOut.until}: ${optOut.reason}`,
    ],
    ["first seen", row && day(row.first_seen)],
    ["removed", row?.repoed && `last on ${day(row.repoed)}`],
    [
      "inline",
      inline.length === 0
        ? "no policy"
        : `${inline.join(", ")}; ${numberText(entry.size.before)} of 10,240 characters`,
    ],
    [
      "denied",
      denied.length > 0 &&
      `${counted(denied.length, "action")}, by the inline policy "${DENY_POLICY}". ${REACH}`,
    ],
    ["boundary", role.boundary],
    ["profiles", entry.instance_profiles.join(", ")],
    ["unused", entry.unused && "nobody uses it; deleting is for its owner to decide"],
    ...entry.notes.map((note) => ["noted", note.replace(/\.$/, "")] as const),
  ]);
}

function plannedText({ removable, permissions, mode, ineligible }: RoleEntry, isPlanned: boolean) {
  const share = `${numberText(removable)} of ${counted(permissions, "permission")}`;
  if (isPlanned) return `${share} would be removed by apply`;
  if (removable === 0) return `nothing of ${counted(permissions, "permission")} would be removed`;
  if (mode === "propose") return `${share} are proposed for removal: code manages the role`;
  return ineligible.length > 0 ? `${share} are unused, and stay` : `${share} could be removed`;
}

/** The sentences about a service's permissions, each once, with how many it is about. */
function whysOf(own: readonly { why: string; actions: readonly string[] }[]): string {
  const counts = [...Map.groupBy(own, ({ why }) => why)].map(([why, same]) =>
    [why, sumOf(same, ({ actions }) => actions.length)] as const
  );
  return counts.map(([why, count]) => counts.length === 1 ? why : `${count} ${why}`).join("; ");
}

/** What each service would lose and keep, and why. */
function servicesTable({ loses, keeps }: RoleEntry, now: Date): Table {
  const all = [
    ...loses.map((one) => ({ ...one, goes: one.actions.length, why: lossText(one, now) })),
    ...keeps.map((one) => ({ ...one, goes: 0, why: keptText(one, now) })),
  ];
  const services = [...Map.groupBy(all, ({ service }) => service)].map(([service, own]) => ({
    service,
    counts: [sumOf(own, ({ actions }) => actions.length), sumOf(own, ({ goes }) => goes)],
    why: whysOf(own),
  })).sort((a, b) => b.counts[1]! - a.counts[1]! || compareText(a.service, b.service));
  return {
    columns: ["Service", "Permissions", "Removable", "Why"],
    rows: fewRows(services).map(({ service, counts, why }) => [service, ...counts, why]),
  };
}
