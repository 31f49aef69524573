import { factLines } from "../../core/cli/facts.ts";
import { type TextColumn, textTable, visible } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dateText, relativeText } from "../../core/cli/words.ts";
import type { Explanation } from "../../core/job.ts";
import type { Json } from "../../core/json.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { REACH } from "../plan_deny.ts";
import { deniedBy, DENY_POLICY } from "../policy/deny_policy.ts";
import { nameOfArn, roleChanges } from "./changes.ts";
import type { Found } from "./explain.ts";
import { historyJson, historyLines, historyOf, restoreCommand } from "./explain_history.ts";
import { managedLeftText } from "./managed_left_text.ts";
import { type RoleEntry, roleReference } from "./names.ts";
import { fewRows } from "./many_services.ts";
import { keptText, lossText } from "./reason_words.ts";
import { roleManagedText } from "./role_text.ts";

/** Says of a role whether it is eligible and why not, what of each service goes, and its history. */
export function explainRole(found: Found): Explanation {
  const { entry, planning, plan, style, command } = found;
  const { earlier, now } = planning;
  const schedule = earlier.schedules.get(entry.role_id) ?? null;
  const optOut = earlier.optOuts.get(entry.role_id) ?? null;
  const history = historyOf(found);
  const restore = restoreCommand(found);
  const reference = roleReference(entry);
  const managed = roleManagedText(entry, style);
  const services = servicesOf(entry, now);
  const text = [
    factLines(factsOf(found), style).join("\n"),
    services.length === 0 ? "" : servicesText(services, style),
    managed,
    managedLeftText(plan, style),
    ["history", ...historyLines(history, now, style)].join("\n"),
    restore === null ? "" : `To go back:\n  ${restore}`,
    `To see why of one action:\n  ${command("repo explain", reference, "ACTION")}`,
  ].filter((block) => block !== "").join("\n\n");
  return {
    text,
    json: {
      role: reference,
      arn: entry.arn,
      eligible: entry.ineligible.length === 0,
      ineligible: entry.ineligible as unknown as Json,
      mode: entry.mode,
      entry: entry as unknown as Json,
      schedule: schedule as unknown as Json,
      opt_out: optOut as unknown as Json,
      history: historyJson(history),
      restore,
    },
  };
}

function factsOf({ entry, planning, role, plan }: Found): [word: string, text: string][] {
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
  return [
    ...(entry.ineligible.length === 0 ? [["eligible", "yes"] as [string, string]] : []),
    ...entry.ineligible.map(({ detail }): [string, string] => [
      "not eligible",
      visible(detail.replace(/\.$/, "")),
    ]),
    ["planned", plannedText(entry, plan.changes.some(({ target }) => target === entry.arn))],
    ...roleChanges(plan.changes, plan).filter((one) => one.managed !== null && one.entry === entry)
      .map(({ managed, removed }): [string, string] => [
        "planned",
        `${counted(removed, "permission")} of the managed policy ${
          visible(nameOfArn(managed!))
        } would go with apply`,
      ]),
    ...(schedule
      ? [[
        "scheduled",
        `${counted(schedule.actions.length, "permission")} since ${day(schedule.at)}, due ` +
        `${day(schedule.due)}; what is removable then goes, of these alone`,
      ] as [string, string]]
      : []),
    ...(optOut
      ? [[
        "opt-out",
        visible(
          `by ${optOut.owner}, ${
            optOut.until < now.toISOString().slice(0, 10) ? "over since" : "until"
          } ` +
            `the end of ${optOut.until}: ${optOut.reason}`,
        ),
      ] as [string, string]]
      : []),
    ...(row ? [["first seen", day(row.first_seen)] as [string, string]] : []),
    ...(row?.repoed ? [["removed", `last on ${day(row.repoed)}`] as [string, string]] : []),
    [
      "inline",
      inline.length === 0
        ? "no policy"
        : `${visible(inline.join(", "))}; ${entry.size.before.toLocaleString("en")} of 10,240 ` +
          "characters",
    ],
    ...(denied.length === 0 ? [] : [
      [
        "denied",
        `${counted(denied.length, "action")}, by the inline policy "${DENY_POLICY}". ${REACH}`,
      ] as [
        string,
        string,
      ],
    ]),
    ...(role.boundary === null ? [] : [["boundary", visible(role.boundary)] as [string, string]]),
    ...(entry.instance_profiles.length === 0
      ? []
      : [["profiles", visible(entry.instance_profiles.join(", "))] as [string, string]]),
    ...(entry.unused
      ? [["unused", "nobody uses it; deleting is for its owner to decide"] as [string, string]]
      : []),
    ...entry.notes.map((note): [string, string] => ["noted", visible(note.replace(/\.$/, ""))]),
  ];
}

function plannedText({ removable, permissions, mode, ineligible }: RoleEntry, planned: boolean) {
  const share = `${removable.toLocaleString("en")} of ${counted(permissions, "permission")}`;
  if (planned) return `${share} would go with apply`;
  if (removable === 0) return `nothing goes of ${counted(permissions, "permission")}`;
  if (mode === "propose") return `${share} are proposed to go: code manages the role`;
  return ineligible.length > 0 ? `${share} are unused, and stay` : `${share} could go`;
}

type ServiceLine = {
  readonly service: string;
  readonly permissions: number;
  readonly goes: number;
  readonly why: readonly string[];
};

/** What is said of a service's permissions; each sentence once, with how many it is about. */
function whysOf(own: readonly { why: string; actions: readonly string[] }[]): string[] {
  const counts = [...Map.groupBy(own, ({ why }) => why)].map(([why, same]) =>
    [why, same.reduce((sum, { actions }) => sum + actions.length, 0)] as const
  );
  return counts.map(([why, count]) => counts.length === 1 ? why : `${count} ${why}`);
}

function servicesOf({ loses, keeps }: RoleEntry, now: Date): ServiceLine[] {
  const all = [
    ...loses.map((one) => ({ ...one, goes: one.actions.length, why: lossText(one, now) })),
    ...keeps.map((one) => ({ ...one, goes: 0, why: keptText(one, now) })),
  ];
  return [...Map.groupBy(all, ({ service }) => service)].map(([service, own]) => ({
    service,
    permissions: own.reduce((sum, { actions }) => sum + actions.length, 0),
    goes: own.reduce((sum, { goes }) => sum + goes, 0),
    why: whysOf(own),
  })).sort((a, b) => b.goes - a.goes || compareText(a.service, b.service));
}

const COLUMNS: readonly TextColumn[] = [
  { title: "service" },
  { title: "permissions", align: "right" },
  { title: "removable", align: "right" },
  { title: "why" },
];

function servicesText(services: readonly ServiceLine[], style: TextStyle): string {
  return textTable(
    COLUMNS,
    fewRows(services.map(({ service, permissions, goes, why }) => ({
      service,
      counts: [permissions, goes],
      why: why.join("; "),
    }))).map(({ service, counts, why }) => [
      visible(service),
      ...counts.map((count) => count.toLocaleString("en")),
      visible(why),
    ]),
    style,
  );
}
