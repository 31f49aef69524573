import type { Json } from "../core/json.ts";
import { shortHash } from "../core/plan/canonical.ts";
import type { ReadStore, Write } from "../core/store/store.ts";
import type { AuditConfig } from "./config.ts";

/**
 * The row that a mark has in the store. Anybody who may tag can forge the tag: only a tag and a row
 * that are equal count as a mark (design rule 10).
 */
export interface MarkRow {
  /** The tag's value, whole. */
  readonly value: string;
  /** The instant by which the tags should have been complete, RFC 3339, UTC, whole seconds. */
  readonly deadline: string;
  /** The hash of the rules that the instance broke; other rules, another mark. */
  readonly rule_hash: string;
  readonly marked_at: string;
  readonly run_id: string;
}

const MARK = "audit-mark";

/** The hash of the rules and the ladder: whoever is marked is told which ones were meant. */
export function ruleHash(config: AuditConfig): string {
  return shortHash({ required: config.required, ladder: config.ladder } as unknown as Json, 8);
}

/**
 * The value of the mark's tag: `gk1/mark/2026-11-21T03:00:00Z/1b2c3d4e`, which is the version, the
 * step of the ladder, the deadline and the rules' hash. All characters are allowed in tags of every
 * AWS service.
 */
export function markValue(deadline: Date, hash: string): string {
  return `gk1/mark/${deadline.toISOString().replace(/\.\d+Z$/, "Z")}/${hash}`;
}

/** The id of an instance's rows: `111111111111/us-east-1/i-0…`. */
export function instanceRowId(account: string, region: string, id: string): string {
  return `${account}/${region}/${id}`;
}

/** All marks that the store knows, by row id. */
export async function readMarks(store: ReadStore): Promise<ReadonlyMap<string, MarkRow>> {
  const marks = new Map<string, MarkRow>();
  for await (const row of store.list(MARK)) marks.set(row.id, row.value as unknown as MarkRow);
  return marks;
}

/** The row that a mark leaves. */
export function markWrite(rowId: string, mark: MarkRow): Write {
  return { kind: MARK, id: rowId, value: mark as unknown as Json };
}
