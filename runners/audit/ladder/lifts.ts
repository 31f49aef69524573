import type { Json } from "../../core/json.ts";
import type { ReadStore, Write } from "../../core/store/store.ts";
import type { Protection } from "../observed.ts";

/**
 * The protection of an instance that was lifted in order to terminate it. The row is written before
 * the protection is lifted and goes when the instance is gone or the protection is back, so that a
 * run that dies in between leaves nothing unprotected for good.
 */
export interface LiftRow {
  /** What it was. */
  readonly protection: Protection;
  readonly at: string;
  readonly run_id: string;
}

const LIFT = "audit-lift";

/** All lifted protections, by row id. */
export async function readLifts(store: ReadStore): Promise<ReadonlyMap<string, LiftRow>> {
  const lifts = new Map<string, LiftRow>();
  for await (const row of store.list(LIFT)) lifts.set(row.id, row.value as unknown as LiftRow);
  return lifts;
}

/** The row of a lifted protection; undefined where it is back, or the instance is gone. */
export function liftWrite(rowId: string, lift: LiftRow | undefined): Write {
  return { kind: LIFT, id: rowId, value: lift as unknown as Json | undefined };
}

/** Whether what was lifted has come back, by whomever; what could not be read is not back. */
export function isBack(
  { protection }: Pick<LiftRow, "protection">,
  now: Protection | null,
): boolean {
  return now !== null && (!protection.termination || now.termination) &&
    (!protection.stop || now.stop);
}
