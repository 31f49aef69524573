import * as z from "zod";
import { durationMs } from "../../core/duration.ts";
import { madeOnce } from "../../core/made_once.ts";
import { shortHash } from "../../core/plan/canonical.ts";
import { instantInRow } from "../../core/store/row_kind.ts";
import type { AuditConfig, StepName } from "../config.ts";
import { placeRows } from "../place_rows.ts";

/** The row of a mark. Anybody who may tag can forge a tag: only one that equals its row counts. */
export type MarkRow = Readonly<z.infer<typeof markSchema>> & {
  /** Never stored: the plan finds that its owner had no time under it. */
  readonly is_void?: true;
};

/** The shape in the store, and in the changes that rely on a mark. */
export const markSchema = z.object({
  /** The complete value of the tag. It alone says when steps fall due: {@linkcode promisedBy}. */
  value: z.string(),
  /** When the step after the mark falls due; without one, when the mark did. RFC 3339, UTC. */
  deadline: instantInRow,
  /** The hash of the rules that the instance broke: other rules need another mark. */
  rule_hash: z.string(),
  marked_at: instantInRow,
  run_id: z.string(),
  /** When the ladder told it to stop, as long as the outcome is not known. */
  told_to_stop_at: instantInRow.exactOptional(),
  /** When the ladder stopped it. */
  stopped_at: instantInRow.exactOptional(),
  /** When the ladder terminated it. The row then explains why the instance is gone. */
  terminated_at: instantInRow.exactOptional(),
});

/**
 * The marks that the store knows, by instance. A mark in force is never over. One whose instance the
 * ladder has terminated explains that as long as the journal does.
 */
export const MARKS = placeRows<MarkRow>(
  "audit/mark",
  markSchema,
  ({ terminated_at }) => terminated_at === undefined ? undefined : "retained",
);

/** When the steps after the mark fall due at the earliest: RFC 3339, UTC. */
export type Steps = Readonly<z.infer<typeof stepsSchema>>;

export const stepsSchema = z.object({
  mark: instantInRow.exactOptional(),
  stop: instantInRow.exactOptional(),
  terminate: instantInRow.exactOptional(),
});

/** The hash of the rules and the ladder: a mark says by which ones it was set. */
export const ruleHash = madeOnce(({ required, ladder }: AuditConfig) =>
  shortHash({ required, ladder }, 8)
);

/**
 * The value of the mark's tag:
 * `gk1/stop/2026-11-24T03:00:00Z/terminate/2026-12-05T03:00:00Z/1b2c3d4e`. It is the version, each
 * step that follows with its earliest instant, and the hash of the rules. All of its characters are
 * allowed in tags of every AWS service.
 */
export function markValue(steps: Steps, due: Date, hash: string): string {
  const following = Object.entries(steps);
  const parts = following.length > 0 ? following : [["mark", wholeSeconds(due)]];
  return ["gk1", ...parts.flat(), hash].join("/");
}

/**
 * The steps that a mark of these rules promises, with their instants. They are read from the value
 * alone, which the tag and the row share.
 *
 * @returns undefined for a value that {@linkcode markValue} does not make of these rules and ladder
 */
export function promisedBy(value: string, config: AuditConfig): Steps | undefined {
  const [version, ...parts] = value.split("/");
  const hash = parts.pop();
  const following = config.ladder.slice(1).map((step) => step.do);
  const names = following.length > 0 ? following : ["mark"];
  const instants = names.map((_, index) => parts[2 * index + 1]);
  const isWhole = version === "gk1" && hash === ruleHash(config) &&
    parts.length === 2 * names.length &&
    names.every((name, index) => parts[2 * index] === name) &&
    instants.every((instant) => z.iso.datetime().safeParse(instant).success);
  if (!isWhole) return undefined;
  return Object.fromEntries(following.map((step, index) => [step, instants[index]!]));
}

/**
 * When a mark was set at the latest, in milliseconds since the epoch: the instant of its row, or
 * the instant that follows from its first step and the ladder, whichever is earlier.
 */
export function markedAtMs({ value, marked_at }: MarkRow, config: AuditConfig): number {
  const [first] = Object.entries(promisedBy(value, config) ?? {}) as [StepName, string][];
  const rowMs = Date.parse(marked_at);
  if (!first) return rowMs;
  const [step, instant] = first;
  return Math.min(rowMs, Date.parse(instant) - (afterMs(config, step) - afterMs(config, "mark")));
}

/** How long after the first sighting the ladder comes to a step, in milliseconds. */
export function afterMs(config: AuditConfig, step: StepName): number {
  return durationMs(config.ladder.find((one) => one.do === step)?.after ?? "0m");
}

/** Whether a tag's value is a mark of this project, ours or a forged one. */
export function looksLikeMark(value: string): boolean {
  return value.startsWith("gk1/");
}

/** An instant as marks have it: RFC 3339, UTC, without fractions. */
export function wholeSeconds(instant: Date): string {
  return instant.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The id of an instance's rows: `111111111111/us-east-1/i-0…`. */
export function instanceRowId(account: string, region: string, id: string): string {
  return `${account}/${region}/${id}`;
}

/** The id of the region's rows, from that of an instance's: `111111111111/us-east-1`. */
export function regionIdOf(rowId: string): string {
  return rowId.slice(0, rowId.lastIndexOf("/"));
}
