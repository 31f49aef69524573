import type { Json } from "../../core/json.ts";
import type { Place } from "../../core/plan/change.ts";
import type { ReadStore, Write } from "../../core/store/store.ts";

/** What the store keeps of a region's canary: the id is what counts, since tags can be copied. */
export interface CanaryRow {
  readonly instance_id: string;
  readonly how: "created" | "adopted";
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** The stamp that a run wrote on a canary last. */
export interface StampRow {
  readonly instance_id: string;
  /** The tag's value: RFC 3339, UTC. */
  readonly value: string;
}

const CANARY = "audit-canary";
const STAMP = "audit-stamp";

/** The id of a region's rows: `111111111111/us-east-1`. */
export function regionRowId({ account, region }: Place): string {
  return `${account}/${region}`;
}

/** All canaries that the store knows, by region. */
export async function readCanaries(store: ReadStore): Promise<ReadonlyMap<string, CanaryRow>> {
  return await readAll<CanaryRow>(store, CANARY);
}

/** All stamps that runs have written, by region. */
export async function readStamps(store: ReadStore): Promise<ReadonlyMap<string, StampRow>> {
  return await readAll<StampRow>(store, STAMP);
}

/** The row of a canary that was created or adopted. */
export function canaryWrite(place: Place, canary: CanaryRow): Write {
  return { kind: CANARY, id: regionRowId(place), value: canary as unknown as Json };
}

/** The row of a stamp that was written. */
export function stampWrite(place: Place, stamp: StampRow): Write {
  return { kind: STAMP, id: regionRowId(place), value: stamp as unknown as Json };
}

async function readAll<Value>(store: ReadStore, kind: string): Promise<ReadonlyMap<string, Value>> {
  const rows = new Map<string, Value>();
  for await (const row of store.list(kind)) rows.set(row.id, row.value as unknown as Value);
  return rows;
}
