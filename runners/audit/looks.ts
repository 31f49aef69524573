import type { Json } from "../core/json.ts";
import type { ReadStore, Write } from "../core/store/store.ts";

/** What earlier runs saw of an instance that broke the rules. */
export interface Look {
  /** When it was first seen breaking these rules, past its grace. */
  readonly first_seen: string;
  readonly last_seen: string;
  /** How many runs have seen it so. */
  readonly count: number;
  readonly rule_hash: string;
}

const LOOK = "audit-look";

/** All looks that the store keeps, by row id. */
export async function readLooks(store: ReadStore): Promise<ReadonlyMap<string, Look>> {
  const looks = new Map<string, Look>();
  for await (const row of store.list(LOOK)) looks.set(row.id, row.value as unknown as Look);
  return looks;
}

/** An instance seen once more; other rules begin anew. */
export function lookAgain(earlier: Look | undefined, hash: string, now: Date): Look {
  const at = now.toISOString();
  return earlier?.rule_hash === hash
    ? { ...earlier, last_seen: at, count: earlier.count + 1 }
    : { first_seen: at, last_seen: at, count: 1, rule_hash: hash };
}

/** The row of a look; undefined forgets it, since the instance keeps the rules or is gone. */
export function lookWrite(rowId: string, look: Look | undefined): Write {
  return { kind: LOOK, id: rowId, value: look as unknown as Json | undefined };
}
