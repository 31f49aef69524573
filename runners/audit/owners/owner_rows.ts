import type { Json } from "../../core/json.ts";
import type { ReadStore, Write } from "../../core/store/store.ts";
import type { Owner } from "./owners.ts";

/**
 * Whom an earlier run found to own an instance. CloudTrail forgets after 90 days and may be asked
 * once a second; what it said of a launch stays true.
 */
export interface OwnerRow {
  /** Null: all sources were asked, and none named anybody. */
  readonly owner: Owner | null;
  /** When they were asked, RFC 3339, UTC. */
  readonly at: string;
}

const OWNER = "audit-owner";

/** All owners that the store keeps, by row id. */
export async function readOwners(store: ReadStore): Promise<ReadonlyMap<string, OwnerRow>> {
  const owners = new Map<string, OwnerRow>();
  for await (const row of store.list(OWNER)) owners.set(row.id, row.value as unknown as OwnerRow);
  return owners;
}

/** The row of an owner; undefined forgets it, since the instance is gone. */
export function ownerWrite(rowId: string, value: OwnerRow | undefined): Write {
  return { kind: OWNER, id: rowId, value: value as unknown as Json | undefined };
}
