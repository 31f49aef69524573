import type { ReadStore } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import type { Failure } from "../observed.ts";
import type { Restoring } from "../planning.ts";
import { findRole } from "./role_state.ts";
import { readVersion } from "./versions.ts";

/** The version that a person wants back, with whose it is, or why it cannot be had. */
export async function readRestoring(
  store: ReadStore,
  reference: RoleReference,
  seq: number,
): Promise<Restoring | Failure> {
  const row = await findRole(store, reference);
  if (!row) {
    const detail = `No version of ${reference.account}/${reference.name} is known`;
    return { reason: "no-such-version", detail };
  }
  const version = await readVersion(store, row.role_id, seq);
  return "reason" in version ? version : { role_id: row.role_id, version };
}
