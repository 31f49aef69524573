import { UsageError } from "../../core/errors.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import { findRole } from "../inventory/role_state.ts";
import type { RoleRow } from "../planning.ts";

/**
 * The row of a role that a person names.
 *
 * @throws UsageError where the inventory does not know it
 */
export async function knownRole(
  store: ReadStore,
  reference: RoleReference,
): Promise<RoleRow> {
  const row = await findRole(store, reference);
  if (row) return row;
  throw new UsageError(
    `Cannot find the role "${reference.account}/${reference.name}": the inventory does not know ` +
      "it",
    {
      help: [{ sentence: "If it is new", words: ["repo refresh", "--account", reference.account] }],
    },
  );
}

/** A role as it can be typed again. */
export function typed({ account, name }: Pick<RoleRow, "account" | "name">): string {
  return `${account}/${name}`;
}
