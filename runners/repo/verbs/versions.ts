import type { Block } from "../../core/text/sections.ts";
import { counted, dayText } from "../../core/cli/words.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import { listImported } from "../inventory/rows.ts";
import { hashOfPolicies } from "../policy/comparable.ts";
import { listVersions, type NumberedVersion, readPolicies } from "../inventory/versions.ts";
import { policySize } from "../policy/size.ts";
import type { RoleRow } from "../planning.ts";
import {
  answer,
  type Answering,
  INVENTORY_LISTED,
  knownRole,
  typed,
  type VerbAnswer,
} from "./answer.ts";

/** `repo versions <role>`: the sets of inline policies that a role had, oldest first. */
export async function versionsVerb(
  store: ReadStore,
  reference: RoleReference,
  { now, command }: Answering,
): Promise<VerbAnswer> {
  const row = await knownRole(store, reference);
  const versions = await listVersions(store, row);
  const imported = await listImported(store, row);
  const former = versions.at(-2);
  const newest = versions.at(-1);
  const removed_by = newest?.source === "Repo" || newest?.source === "ManualPermissionRepo"
    ? newest.run_id
    : null;
  return answer(
    [
      [{ heading: [row.name, `${counted(versions.length, "version")} of its inline policies`] }],
      [await versionsTable(store, row, versions, now)],
      imported.length === 0 ? [] : [
        `${counted(imported.length, "older version")} came from Repokid's table; they are shown ` +
        "and cannot be restored",
        {
          columns: ["source", "discovered", "policies"],
          rows: imported.map(({ source, discovered, policies }) => [
            source,
            dayText(new Date(discovered), now),
            Object.keys(policies).join(", ") || "none",
          ]),
          show: INVENTORY_LISTED,
        },
      ],
      [
        former
          ? {
            next: "To see what a restore would bring back:",
            command: command("repo plan", "--restore", String(former.seq), "--role", typed(row)),
          }
          : "",
        removed_by === null ? "" : {
          next: "To see what a restore of all that its run removed would bring back:",
          command: command("repo plan", "--restore-run", removed_by),
        },
      ],
    ],
    {
      role: row,
      versions: await Promise.all(
        versions.map(async (version) => ({
          ...version,
          policies: await readPolicies(store, row, version.hash) ?? null,
        })),
      ),
      imported,
    },
  );
}

/** The versions of a role as a table. */
export async function versionsTable(
  store: ReadStore,
  row: RoleRow,
  versions: readonly NumberedVersion[],
  now: Date,
): Promise<Block> {
  const rows = await Promise.all(
    versions.slice(-INVENTORY_LISTED).map(async (version) => {
      const policies = await readPolicies(store, row, version.hash);
      return [
        version.seq,
        version.source,
        dayText(new Date(version.discovered), now),
        policies ? policySize(Object.values(policies)) : "",
        policies
          ? Object.keys(policies).join(", ") ||
            (version.hash === hashOfPolicies({}) ? "none" : "")
          : "damaged: it is not what was read from AWS",
        version.seq === row.version ? "now" : "",
      ];
    }),
  );
  const columns = ["version", "source", "discovered", "characters", "policies", ""];
  return { columns, rows, show: INVENTORY_LISTED, total: versions.length };
}
