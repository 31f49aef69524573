import type { Section } from "../../core/text/sections.ts";
import { counted, dateText, dayText, numberText, relativeText } from "../../core/cli/words.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { unusedClaim } from "../decide/unused_claim.ts";
import { lastUses } from "../inventory/access.ts";
import { findOptOut, isOptedOut } from "../inventory/opt_outs.ts";
import { ACCESS, type AccessRow, SCHEDULES, STATS, type StatsRow } from "../inventory/rows.ts";
import { listVersions, type NumberedVersion } from "../inventory/versions.ts";
import type { RoleReference } from "../config.ts";
import type { OptOut, RoleRow, Schedule } from "../planning.ts";
import { unusedText } from "../present/reason_words.ts";
import {
  answer,
  type Answering,
  INVENTORY_LISTED,
  knownRole,
  typed,
  type VerbAnswer,
} from "./answer.ts";
import { accountNames } from "./inventory_age.ts";
import { versionsTable } from "./versions.ts";

/** Everything that the inventory knows of a role. */
export type RoleKnowledge = {
  readonly role: RoleRow;
  /** Oldest first. */
  readonly versions: readonly NumberedVersion[];
  /** Its numbers at each moment at which one of them changed, oldest first. */
  readonly stats: readonly StatsRow[];
  /** The evidence that was last read, or why it is not complete; null: none was read. */
  readonly evidence: AccessRow["evidence"] | null;
  readonly opt_out: OptOut | null;
  readonly schedule: Schedule | null;
};

/** Reads what the inventory knows of a role. */
export async function readKnowledge(store: ReadStore, role: RoleRow): Promise<RoleKnowledge> {
  const { account, role_id } = role;
  return {
    role,
    versions: await listVersions(store, role),
    stats: await Array.fromAsync(
      STATS.of(account).list(store, `${role_id}/`),
      ({ value }) => value,
    ),
    evidence: (await ACCESS.of(account).get(store, role_id))?.value.evidence ?? null,
    opt_out: (await findOptOut(store, role))?.value ?? null,
    schedule: (await SCHEDULES.of(account).get(store, role_id))?.value ?? null,
  };
}

/** `repo role <role>`: everything that the inventory knows of a role. */
export async function roleVerb(
  store: ReadStore,
  reference: RoleReference,
  { now, command }: Answering,
): Promise<VerbAnswer> {
  const row = await knownRole(store, reference);
  const knowledge = await readKnowledge(store, row);
  const { versions, stats } = knowledge;
  const nameOf = await accountNames(store);
  return answer(
    [
      headOf(row, nameOf(row.account), now),
      notesOf(knowledge, now),
      [{ heading: "Versions" }, await versionsTable(store, row, versions, now)],
      [
        { heading: "Numbers" },
        {
          columns: ["date", "source", "permissions", "removable", "left alone by"],
          rows: stats.slice(-INVENTORY_LISTED).map((
            { date, source, permissions, removable, disqualified_by },
          ) => [
            dayText(new Date(date), now),
            source,
            permissions,
            removable,
            disqualified_by.join(", ") || "-",
          ]),
          show: INVENTORY_LISTED,
          total: stats.length,
        },
      ],
      usesOf(knowledge, now),
      [
        row.active
          ? {
            next: "To see what it would lose and why:",
            command: command("repo plan", "--role", typed(row)),
          }
          : "",
      ],
    ],
    knowledge,
  );
}

function headOf(row: RoleRow, account: string, now: Date): Section {
  const ago = (instant: string) => relativeText(new Date(instant), now);
  const used = row.last_used === null ? "no use is known" : `last used ${ago(row.last_used)}`;
  return [
    { heading: [row.name, account, `created ${ago(row.created)}, ${used}`] },
    row.arn,
    `${counted(row.permissions, "permission")} in its inline policies, ` +
    `${row.removable === 0 ? "none" : numberText(row.removable)} of them removable` +
    (row.repoed === null ? "" : `; the last removal was ${ago(row.repoed)}`),
    row.active
      ? `Refreshed ${ago(row.refreshed)}, first seen ${ago(row.first_seen)}`
      : `It is no longer there: last seen ${ago(row.refreshed)}`,
  ];
}

/** What keeps the role as it is, and what is scheduled for it. */
function notesOf({ role, opt_out, schedule }: RoleKnowledge, now: Date): Section {
  const due = schedule && new Date(schedule.due);
  return [
    ...role.disqualified_by.map((reason) => `Left alone by ${reason}`),
    opt_out && isOptedOut(opt_out, now)
      ? `Opted out until the end of ${opt_out.until} by ${opt_out.owner}: ${opt_out.reason}`
      : "",
    due
      ? `${counted(schedule.actions.length, "permission")} scheduled for removal ` +
        (due <= now ? `since ${dateText(due, now)}: due` : `${relativeText(due, now)}: pending`)
      : "",
  ];
}

/** When each service was last used. */
function usesOf({ role, evidence }: RoleKnowledge, now: Date): Section {
  if (evidence === null) return [];
  if ("reason" in evidence) return [`When it was used is not known: ${evidence.detail}`];
  const { source, completed_at: completedAt } = evidence;
  const limits = { created: role.created, completedAt, sights: [], now };
  const uses = lastUses(evidence);
  const used = (lastUsed: string | null | undefined): string => {
    if (lastUsed === undefined) return "the report does not name it";
    if (lastUsed !== null) return relativeText(new Date(lastUsed), now);
    return unusedText(unusedClaim("service-unused", null, [], limits)!);
  };
  const lost = new Set(role.removable_services.map((service) => service.split(":")[0]!));
  return [
    {
      heading: `Services, by ${source === "iam" ? "IAM" : "Aardvark"} of ` +
        dayText(new Date(completedAt), now),
    },
    role.services.length === 0 ? "Its inline policies allow nothing" : "",
    {
      columns: ["service", "last used", ""],
      rows: role.services.map((service) => [
        service,
        used(uses.get(service)),
        lost.has(service) ? "removable" : "",
      ]),
      show: INVENTORY_LISTED,
    },
  ];
}
