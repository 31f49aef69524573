import type { Json } from "../../core/json.ts";
import { shortHash } from "../../core/plan/canonical.ts";
import { rowKind } from "../../core/store/row_kind.ts";
import type { AuditConfig, StepName } from "../config.ts";

/**
 * The row that a mark has in the store. Anybody who may tag can forge the tag: only a tag and a row
 * that are equal count as a mark (design rule 10).
 */
export interface MarkRow {
  /** The tag's value, whole: it holds the deadlines and the rule hash. */
  readonly value: string;
  /** When the next step falls due, or, with no other step, when the mark did; RFC 3339, UTC. */
  readonly deadline: string;
  /** The hash of the rules that the instance broke; other rules, another mark. */
  readonly rule_hash: string;
  readonly marked_at: string;
  readonly run_id: string;
  /** When the steps after the mark fall due at the earliest. Rows of 0.1.0 have none. */
  readonly steps?: { readonly [step in StepName]?: string };
  /** When the ladder told it to stop, while nothing is known of the outcome. */
  readonly told_to_stop_at?: string;
  /** When the instance was stopped by the ladder. */
  readonly stopped_at?: string;
  /** Never stored: the planning finds that nobody has been given notice by it. */
  readonly is_no_notice?: true;
  /** When it was terminated by the ladder; the row stays until its absence is explained. */
  readonly terminated_at?: string;
}

const marks = rowKind<MarkRow>("audit-mark");

/** The hash of the rules and the ladder: whoever is marked is told which ones were meant. */
export function ruleHash(config: AuditConfig): string {
  return shortHash({ required: config.required, ladder: config.ladder } as unknown as Json, 8);
}

/**
 * The value of the mark's tag: `gk1/stop/2026-11-24T03:00:00Z/terminate/2026-12-05T03:00:00Z/1b2c3d4e`,
 * which is the version, each step that follows with the instant of which it will not come earlier,
 * and the rules' hash. All characters are allowed in tags of every AWS service.
 */
export function markValue(steps: MarkRow["steps"] & object, due: Date, hash: string): string {
  const following = Object.entries(steps);
  const parts = following.length > 0 ? following : [["mark", wholeSeconds(due)]];
  return ["gk1", ...parts.flat(), hash].join("/");
}

/** Whether a tag's value is a mark of this project, ours or a forged one. */
export function looksLikeMark(value: string): boolean {
  return value.startsWith("gk1/");
}

/** An instant as it stands in marks: RFC 3339, UTC, without fractions. */
export function wholeSeconds(instant: Date): string {
  return instant.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The id of an instance's rows: `111111111111/us-east-1/i-0…`. */
export function instanceRowId(account: string, region: string, id: string): string {
  return `${account}/${region}/${id}`;
}

/** The id of the region that an instance's row is of: `111111111111/us-east-1`. */
export function regionIdOf(rowId: string): string {
  return rowId.slice(0, rowId.lastIndexOf("/"));
}

/** All marks that the store knows, by row id. */
export const readMarks = marks.read;

/** The row that a mark leaves; undefined takes it away. */
export const markWrite = marks.write;
