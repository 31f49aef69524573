import { textTable, visible, wrapText } from "../../core/cli/table.ts";
import { counted, dayText } from "../../core/cli/words.ts";
import type { Json } from "../../core/json.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import { listImported } from "../inventory/imported.ts";
import { hashOfPolicies } from "../inventory/policy_hash.ts";
import { listVersions, type NumberedVersion, readPolicies } from "../inventory/versions.ts";
import { policySize } from "../policy/size.ts";
import type { RoleRow } from "../planning.ts";
import { answer, next, type RenderInput, type VerbAnswer } from "./answer.ts";
import { knownRole, typed } from "./known_role.ts";

/** `repo versions <role>`: the sets of inline policies that a role had, oldest first. */
export async function versionsVerb(
  store: ReadStore,
  reference: RoleReference,
  telling: RenderInput,
): Promise<VerbAnswer> {
  const { style, command } = telling;
  const row = await knownRole(store, reference);
  const versions = await listVersions(store, row.role_id);
  const imported = await listImported(store, row.role_id);
  const former = versions.at(-2);
  return answer(
    [
      style.bold(
        `${visible(row.name)}   ${counted(versions.length, "version")} of its inline policies`,
      ),
      await versionTable(store, row, versions, telling),
      imported.length === 0 ? "" : [
        ...wrapText(
          `${
            counted(imported.length, "older version")
          } came from Repokid's table; they are shown ` +
            "and cannot be restored",
          style.width,
        ),
        textTable(
          [{ title: "source" }, { title: "discovered" }, { title: "policies" }],
          imported.map(({ source, discovered, policies }) => [
            visible(source),
            dayText(new Date(discovered), telling.now),
            Object.keys(policies).map(visible).join(", ") || "none",
          ]),
          style,
        ),
      ].join("\n"),
      former
        ? next(
          "To see what a restore would bring back",
          command("repo plan", "--restore", String(former.seq), "--role", typed(row)),
          telling,
        )
        : "",
    ],
    {
      role: row,
      versions: await Promise.all(
        versions.map(async (version) => ({
          ...version,
          policies: await readPolicies(store, row.role_id, version.hash) ?? null,
        })),
      ),
      imported,
    } as unknown as Json,
  );
}

/** The versions of a role as a table: number, source, discovered, and what they consist of. */
export async function versionTable(
  store: ReadStore,
  row: RoleRow,
  versions: readonly NumberedVersion[],
  { style, now }: RenderInput,
): Promise<string> {
  const rows = await Promise.all(versions.map(async (version) => {
    const policies = await readPolicies(store, row.role_id, version.hash);
    return [
      String(version.seq),
      version.source,
      dayText(new Date(version.discovered), now),
      policies ? policySize(Object.values(policies)).toLocaleString("en") : "",
      policies
        ? Object.keys(policies).map(visible).join(", ") ||
          (version.hash === hashOfPolicies({}) ? "none" : "")
        : "damaged: it is not what was read from AWS",
      version.seq === row.version ? "now" : "",
    ];
  }));
  return textTable(
    [
      { title: "version", align: "right" },
      { title: "source" },
      { title: "discovered" },
      { title: "characters", align: "right" },
      { title: "policies" },
      { title: "" },
    ],
    rows,
    style,
  );
}
