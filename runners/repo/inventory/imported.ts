import { rowKind } from "../../core/store/row_kind.ts";
import type { ReadStore } from "../../core/store/store.ts";

/** A version out of Repokid's table. It was not read from AWS by this job, and is never restored. */
export type ImportedVersion = {
  /** As Repokid has it: Scan, Repo, ManualPermissionRepo, Restore. */
  readonly source: string;
  readonly discovered: string;
  readonly policies: { readonly [name: string]: string };
  readonly imported: true;
};

/** By role ID, instant, and place in Repokid's list. */
export const IMPORTED = rowKind<ImportedVersion>("repo/imported-version");

/** The imported versions of a role, oldest first. */
export async function listImported(store: ReadStore, roleId: string): Promise<ImportedVersion[]> {
  const versions: ImportedVersion[] = [];
  for await (const { value } of IMPORTED.list(store, `${roleId}/`)) versions.push(value);
  return versions;
}
