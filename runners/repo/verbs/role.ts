import { textTable, visible, wrapText } from "../../core/cli/table.ts";
import { counted, dateText, dayText, relativeText } from "../../core/cli/words.ts";
import type { Json } from "../../core/json.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { unusedClaim } from "../decide/unused_claim.ts";
import { lastUses } from "../inventory/access.ts";
import { isOptedOut } from "../inventory/opt_outs.ts";
import { ACCESS, OPT_OUTS, SCHEDULES, STATS, type StatsRow } from "../inventory/rows.ts";
import type { AccessRow } from "../inventory/stored_evidence.ts";
import { listVersions, type NumberedVersion } from "../inventory/versions.ts";
import type { RoleReference } from "../config.ts";
import type { OptOut, RoleRow, Schedule } from "../planning.ts";
import { unusedText } from "../present/reason_words.ts";
import { answer, next, type RenderInput, type VerbAnswer } from "./answer.ts";
import { accountNames } from "./inventory_age.ts";
import { knownRole, typed } from "./known_role.ts";
import { versionTable } from "./versions.ts";

/** Everything that the inventory knows of a role. */
export type RoleKnowledge = {
  readonly role: RoleRow;
  /** Oldest first. */
  readonly versions: readonly NumberedVersion[];
  /** Its numbers at each moment at which one of them changed, oldest first. */
  readonly stats: readonly StatsRow[];
  /** What was last read of its use, or why that is not known whole; null: nothing was. */
  readonly evidence: AccessRow["evidence"] | null;
  readonly opt_out: OptOut | null;
  readonly schedule: Schedule | null;
};

/** Reads what the inventory knows of a role. */
export async function readKnowledge(store: ReadStore, role: RoleRow): Promise<RoleKnowledge> {
  const { role_id } = role;
  const stats: StatsRow[] = [];
  for await (const { value } of STATS.list(store, `${role_id}/`)) stats.push(value);
  return {
    role,
    versions: await listVersions(store, role_id),
    stats,
    evidence: (await ACCESS.get(store, role_id))?.value.evidence ?? null,
    opt_out: (await OPT_OUTS.get(store, role_id))?.value ?? null,
    schedule: (await SCHEDULES.get(store, role_id))?.value ?? null,
  };
}

/** `repo role <role>`: everything that the inventory knows of a role. */
export async function roleVerb(
  store: ReadStore,
  reference: RoleReference,
  telling: RenderInput,
): Promise<VerbAnswer> {
  const { style, now, command } = telling;
  const row = await knownRole(store, reference);
  const knowledge = await readKnowledge(store, row);
  const { versions, stats, evidence, opt_out, schedule } = knowledge;
  const nameOf = await accountNames(store);
  return answer(
    [
      head(row, nameOf(row.account), telling),
      notes(row, opt_out, schedule, telling),
      block(style.bold("Versions"), await versionTable(store, row, versions, telling)),
      block(
        style.bold("Numbers"),
        textTable(
          [
            { title: "date" },
            { title: "source" },
            { title: "permissions", align: "right" },
            { title: "removable", align: "right" },
            { title: "left alone by" },
          ],
          stats.map(({ date, source, permissions, removable, disqualified_by }) => [
            dayText(new Date(date), now),
            source,
            permissions.toLocaleString("en"),
            removable.toLocaleString("en"),
            disqualified_by.map(visible).join(", ") || "-",
          ]),
          style,
        ),
      ),
      evidence === null
        ? ""
        : "reason" in evidence
        ? wrapText(`When it was used is not known: ${visible(evidence.detail)}`, style.width)
          .join("\n")
        : block(
          style.bold(
            `Services, by ${evidence.source === "iam" ? "IAM" : "Aardvark"} of ` +
              dayText(new Date(evidence.completed_at), now),
          ),
          servicesTable(row, lastUses(evidence), evidence.completed_at, telling),
        ),
      row.active
        ? next(
          "To see what it would lose and why",
          command("repo plan", "--role", typed(row)),
          telling,
        )
        : "",
    ],
    knowledge as unknown as Json,
  );
}

function head(row: RoleRow, account: string, { style, now }: RenderInput): string {
  const ago = (instant: string) => relativeText(new Date(instant), now);
  const used = row.last_used === null ? "no use is known" : `last used ${ago(row.last_used)}`;
  return [
    `${style.bold(visible(row.name))}   ${account}   created ${ago(row.created)}, ${used}`,
    visible(row.arn),
    `${counted(row.permissions, "permission")} in its inline policies, ${
      row.removable === 0 ? "none" : row.removable.toLocaleString("en")
    } of them could go` + (row.repoed === null ? "" : `; the last removal was ${ago(row.repoed)}`),
    row.active
      ? `Refreshed ${ago(row.refreshed)}, first seen ${ago(row.first_seen)}`
      : `It is no longer there: last seen ${ago(row.refreshed)}`,
  ].flatMap((line) => wrapText(line, style.width)).join("\n");
}

/** What keeps the role as it is, and what waits for it. */
function notes(
  row: RoleRow,
  optOut: OptOut | null,
  schedule: Schedule | null,
  { style, now }: RenderInput,
): string {
  return [
    ...row.disqualified_by.map((reason) => `Left alone by ${visible(reason)}`),
    ...(optOut && isOptedOut(optOut, now)
      ? [
        `Opted out until the end of ${optOut.until} by ${visible(optOut.owner)}: ` +
        visible(optOut.reason),
      ]
      : []),
    ...(schedule
      ? [
        `${counted(schedule.actions.length, "permission")} scheduled to go ` +
        (Date.parse(schedule.due) <= now.getTime()
          ? `since ${dateText(new Date(schedule.due), now)}: due`
          : `${relativeText(new Date(schedule.due), now)}: pending`),
      ]
      : []),
  ].flatMap((note) => wrapText(note, style.width)).join("\n");
}

function servicesTable(
  row: RoleRow,
  uses: ReadonlyMap<string, string | null>,
  completedAt: string,
  { style, now }: RenderInput,
): string {
  const limits = { created: row.created, completedAt, sights: [], now };
  const used = (lastUsed: string | null | undefined): string => {
    if (lastUsed === undefined) return "the report does not speak of it";
    if (lastUsed !== null) return relativeText(new Date(lastUsed), now);
    return unusedText(unusedClaim("service-unused", null, [], limits)!);
  };
  const lost = new Set(row.removable_services.map((service) => service.split(":")[0]!));
  const granted = row.services.map((service) => [
    visible(service),
    used(uses.get(service)),
    lost.has(service) ? "could go" : "",
  ]);
  return granted.length === 0
    ? "  Its inline policies allow nothing"
    : textTable([{ title: "service" }, { title: "last used" }, { title: "" }], granted, style);
}

function block(title: string, text: string): string {
  return `${title}\n${text}`;
}
