import { durationMs } from "../../core/duration.ts";
import type { AuditConfig, StepName } from "../config.ts";
import type { Sighting } from "./sightings.ts";
import { enforcedWithoutGap } from "../levels.ts";
import type { AuditPlanning, Earlier } from "../planning.ts";
import {
  afterMs,
  markedAtMs,
  type MarkRow,
  promisedBy,
  regionIdOf,
  ruleHash,
  type Steps,
  wholeSeconds,
} from "./mark.ts";
import { tagOf, type Tags } from "../tags.ts";
import { type Ask, asksOf, type Granted, latestAsked } from "./until.ts";

/** Where a violating instance is on the ladder. */
export type LadderPosition = {
  readonly stage: "violating" | "marked" | "stopped";
  /** The step that follows and when it falls due; null at the top of the ladder. */
  readonly next: Granted & { readonly step: StepName; readonly due: Date } | null;
  /** The tags by which its owner asks for time. */
  readonly asks: readonly Ask[];
  /** What is odd: a forged or altered mark, an instance that was started again. */
  readonly note: string | null;
};

type OnLadder = {
  readonly tags: Tags;
  readonly state: string;
  readonly mark: MarkRow | undefined;
  readonly sighting: Sighting | undefined;
};

/**
 * Says which step comes next and when.
 *
 * A mark counts only if tag and row are equal, and for the rules as they are now; else the ladder
 * begins again. Deadlines count from what was done, not from what was seen: between two steps there
 * is always the complete time, however late a run is.
 */
export function ladderPosition(
  { tags, state, mark, sighting }: OnLadder,
  config: AuditConfig,
  now: Date,
): LadderPosition {
  const hash = ruleHash(config);
  const tag = tagOf(tags, config.mark);
  const promised = mark && promisedBy(mark.value, config);
  const asks = asksOf(tags);
  if (!promised || tag !== mark.value || mark.rule_hash !== hash || mark.is_void) {
    const seen = sighting?.rule_hash === hash ? Date.parse(sighting.first_seen) : now.getTime();
    const due = new Date(seen + afterMs(config, "mark"));
    const next = { step: "mark", due, extended: false, latest: null } as const;
    return { stage: "violating", next, asks, note: markNote(tag, mark, config) };
  }
  const step = stepAfter(state, config);
  const stage = mark.stopped_at !== undefined && state !== "running" ? "stopped" : "marked";
  if (step === null) return { stage, next: null, asks, note: null };
  const again = step === "stop" && mark.stopped_at !== undefined;
  return {
    stage,
    next: { step, ...dueOf(step, promised, mark, asks, config) },
    asks,
    note: again ? "it was started again after it had been stopped" : null,
  };
}

/**
 * The planning with the marks named that count no longer. A mark counts if, ever since it was set,
 * the instance has broken the rules and the region was enforced and observed: only then did the
 * owner have the time that the mark names. A killed run may have left the row of an earlier mark.
 */
export function withVoidMarks(planning: AuditPlanning): AuditPlanning {
  const { config, earlier, now } = planning;
  return { ...planning, earlier: { ...earlier, marks: marksNow(earlier, config, now) } };
}

/** The marks of the store, with those named that count no longer. */
export function marksNow(
  { sightings, marks: stored, levels }: Pick<Earlier, "sightings" | "marks" | "levels">,
  config: AuditConfig,
  now: Date,
): ReadonlyMap<string, MarkRow> {
  const isVoid = (rowId: string, mark: MarkRow): boolean => {
    const setMs = markedAtMs(mark, config);
    const sighting = sightings.get(rowId);
    if (sighting && setMs < Date.parse(sighting.first_seen)) return true;
    const level = levels.get(regionIdOf(rowId));
    const enforced = level && enforcedWithoutGap(level, now);
    return level !== undefined && !(enforced && setMs >= Date.parse(enforced.since));
  };
  return new Map(
    [...stored].map(([rowId, mark]): [string, MarkRow] => [
      rowId,
      // What is gone stays as it is, so that its absence is explained.
      mark.terminated_at === undefined && isVoid(rowId, mark) ? { ...mark, is_void: true } : mark,
    ]),
  );
}

/** An instance that runs is stopped before it is terminated, where the ladder stops. */
function stepAfter(state: string, config: AuditConfig): StepName | null {
  const has = (step: StepName) => config.ladder.some((one) => one.do === step);
  if (has("stop") && state !== "stopped") return "stop";
  return has("terminate") ? "terminate" : null;
}

/** The latest of the instants by the mark, by the row's stop and by the owner's wish. */
function dueOf(
  step: StepName,
  promised: Steps,
  { told_to_stop_at, stopped_at }: MarkRow,
  asks: readonly Ask[],
  config: AuditConfig,
): { due: Date; extended: boolean; latest: Date } {
  const promisedMs = Date.parse(promised[step]!);
  const stops = [told_to_stop_at, stopped_at].flatMap((at) => at ? [Date.parse(at)] : []);
  const stoppedMs = step === "terminate" && stops.length > 0
    ? Math.max(...stops) + afterMs(config, "terminate") - afterMs(config, "stop")
    : 0;
  const dueMs = Math.max(promisedMs, stoppedMs);
  const latest = new Date(promisedMs + durationMs(config.extension));
  const asked = latestAsked(asks);
  const grantedMs = asked === null ? 0 : Math.min(asked.getTime(), latest.getTime());
  return { due: new Date(Math.max(dueMs, grantedMs)), extended: grantedMs > dueMs, latest };
}

/** When the steps after the mark fall due at the earliest, for an instance that is marked now. */
export function stepsFrom(markedAt: Date, config: AuditConfig): Steps {
  const beganMs = markedAt.getTime() - afterMs(config, "mark");
  return Object.fromEntries(
    config.ladder.slice(1).map((step) => [
      step.do,
      // Rounded up: no step comes before the instant that its mark names.
      wholeSeconds(new Date(Math.ceil((beganMs + durationMs(step.after)) / 1000) * 1000)),
    ]),
  );
}

/** The steps after one that is made at an instant; between two of them passes the ladder's time. */
export function laterSteps(
  step: StepName,
  at: Date,
  promised: Steps | undefined,
  config: AuditConfig,
): { readonly step: StepName; readonly at: Date }[] {
  const index = config.ladder.findIndex((one) => one.do === step);
  const steps = promised ?? stepsFrom(at, config);
  return config.ladder.slice(index + 1).map((later) => {
    const afterMs = durationMs(later.after) - durationMs(config.ladder[index]!.after);
    const promisedMs = Date.parse(steps[later.do] ?? at.toISOString());
    return { step: later.do, at: new Date(Math.max(promisedMs, at.getTime() + afterMs)) };
  });
}

function markNote(
  tag: string | undefined,
  mark: MarkRow | undefined,
  config: AuditConfig,
): string | null {
  if (tag === undefined) return mark ? "its mark was taken away" : null;
  if (!mark) return "it carries a mark that Groundskeeper did not set";
  if (mark.value !== tag) return "its mark was altered";
  if (mark.rule_hash !== ruleHash(config)) return "the rules have changed since it was marked";
  if (!promisedBy(tag, config)) return "its mark does not say when the next step comes";
  return mark.is_void
    ? "its mark counts no longer: since it was set, the instance kept the rules, or its Region was " +
      "not enforced or not read for a time"
    : null;
}
