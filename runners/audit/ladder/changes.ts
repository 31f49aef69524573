import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import { instanceArn } from "../../core/aws/arn.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { type Change, makeChange } from "../../core/plan/change.ts";
import type { StepName } from "../config.ts";
import { stepsFrom } from "./ladder.ts";
import type { LiftRow } from "./lifts.ts";
import { type MarkRow, markValue, ruleHash } from "./mark.ts";
import type { ObservedInstance, Protection } from "../observed.ts";
import type { AuditPlanning, Subject } from "../planning.ts";
import { relevantKeys, relevantTags } from "../rules.ts";
import { sortedTags, tagOf } from "../tags.ts";

/** The changes that the audit makes. Each says in `before` all that it relies on. */

/** As IAM spells the step. */
export const STEP_ACTIONS: Readonly<Record<StepName, string>> = {
  mark: "ec2:CreateTags",
  stop: "ec2:StopInstances",
  terminate: "ec2:TerminateInstances",
};
export const UNMARK_ACTION = "ec2:DeleteTags";
export const RESTORE_ACTION = "ec2:ModifyInstanceAttribute";

/** What a change does, for people; "stamp" is no change but upkeep. */
export type Deed = StepName | "unmark" | "restore" | "stamp";

/** What a change, or an entry of the journal, does. */
export function deedOf({ action, after }: Pick<Change, "action" | "after">): Deed {
  switch (action) {
    case STEP_ACTIONS.stop:
      return "stop";
    case STEP_ACTIONS.terminate:
      return "terminate";
    case UNMARK_ACTION:
      return "unmark";
    case RESTORE_ACTION:
      return "restore";
    default:
      return after["key"] === CANARY_STAMP_TAG ? "stamp" : "mark";
  }
}

/** The ARN of the instance. */
export function targetOf({ account, region, classified }: Subject): string {
  return instanceArn(account.partition, region.region, account.id, classified.instance.id);
}

/**
 * Sets the mark, which says what follows and when.
 *
 * @param options `obstacle`: why the stop that follows will not be made, although the mark names it
 */
export function markChange(
  subject: Subject,
  { due, note, obstacle }: {
    readonly due: Date;
    readonly note: string | null;
    readonly obstacle: string | null;
  },
  { config, now }: AuditPlanning,
): Change {
  const rule_hash = ruleHash(config);
  const steps = stepsFrom(now, config);
  const deadline = Object.values(steps)[0] ?? due.toISOString();
  return makeChange("audit", {
    ...placeOf(subject),
    action: STEP_ACTIONS.mark,
    reason: sentenceOf(subject, note),
    before: { tags: evidence(subject, config) },
    after: {
      key: config.mark,
      value: markValue(steps, due, rule_hash),
      deadline,
      rule_hash,
      ...(Object.keys(steps).length > 0 ? { steps } : {}),
      ...(obstacle === null ? {} : { cannot_stop: obstacle }),
    },
  }, { key: config.mark, rule_hash });
}

/** Takes the mark away; the instance is off the ladder. */
export function unmarkChange(subject: Subject, why: string, { config }: AuditPlanning): Change {
  const key = config.mark;
  return makeChange("audit", {
    ...placeOf(subject),
    action: UNMARK_ACTION,
    reason: why,
    before: { tags: evidence(subject, config) },
    after: { key, value: null },
  }, { key });
}

/** Stops the instance. */
export function stopChange(
  subject: Subject,
  mark: MarkRow,
  note: string | null,
  { config }: AuditPlanning,
): Change {
  return makeChange("audit", {
    ...placeOf(subject),
    action: STEP_ACTIONS.stop,
    reason: `${sentenceOf(subject, note)}; marked ${day(mark.marked_at)}`,
    before: destructiveBefore(subject, mark, config),
    after: { state: "stopped" },
  }, { state: "stopped" });
}

/**
 * Terminates the instance.
 *
 * @param options `lifts`: the protection that is lifted for it, and put back should it fail
 */
export function terminateChange(
  subject: Subject,
  mark: MarkRow,
  { lifts, note }: { readonly lifts: Protection | null; readonly note: string | null },
  { config }: AuditPlanning,
): Change {
  const stopped = mark.stopped_at === undefined ? "" : `, stopped ${day(mark.stopped_at)}`;
  return makeChange("audit", {
    ...placeOf(subject),
    action: STEP_ACTIONS.terminate,
    reason: `${sentenceOf(subject, note)}; marked ${day(mark.marked_at)}${stopped}` +
      (lifts ? "; its protection is lifted" : ""),
    before: {
      ...destructiveBefore(subject, mark, config),
      ...(lifts ? { protection: lifts } : {}),
    },
    after: { state: "terminated" },
  }, { state: "terminated" });
}

/** Puts back the protection of an instance that was lifted and is not terminated after all. */
export function restoreChange(subject: Subject, lift: LiftRow): Change {
  const protection = { ...lift.protection };
  return makeChange("audit", {
    ...placeOf(subject),
    action: RESTORE_ACTION,
    reason: "its protection was lifted, and it is not terminated",
    before: { lift: lift as unknown as Json },
    after: { protection },
  }, { protection });
}

/** Writes the instant on the canary, so that the next run can tell an old answer. */
export function stampChange(
  place: { readonly account: string; readonly region: string },
  partition: string,
  canary: ObservedInstance,
  now: Date,
): Change {
  return makeChange("audit", {
    ...place,
    action: STEP_ACTIONS.mark,
    target: instanceArn(partition, place.region, place.account, canary.id),
    reason: "the canary's stamp, by which the next run tells an old answer",
    before: { stamp: tagOf(canary.tags, CANARY_STAMP_TAG) ?? null },
    after: { key: CANARY_STAMP_TAG, value: now.toISOString() },
  }, { key: CANARY_STAMP_TAG });
}

function placeOf(subject: Subject) {
  return {
    account: subject.account.id,
    region: subject.region.region,
    target: targetOf(subject),
  };
}

type Config = AuditPlanning["config"];

/** The tags that the judgement rests on. */
function evidence({ classified }: Subject, config: Config): JsonObject {
  return relevantTags(classified.instance.tags, relevantKeys(config));
}

/** What is lost with the instance is kept in the journal: its tags, image and type. */
function destructiveBefore(subject: Subject, mark: MarkRow, config: Config): JsonObject {
  const { id: _id, managedBy: _none, protection: _own, protectionUnread: _why, tags, ...instance } =
    subject.classified.instance;
  // A stop that is tried again is the same change, and goes on with the same entry of the journal.
  const { told_to_stop_at: _told, ...settled } = mark;
  return {
    tags: evidence(subject, config),
    state: instance.state,
    zone: instance.zone,
    mark: settled as unknown as Json,
    instance: { ...instance, tags: sortedTags(tags) } as unknown as Json,
  };
}

function sentenceOf({ classified }: Subject, note: string | null): string {
  return [...classified.verdict.findings.map(({ detail }) => detail), ...(note ? [note] : [])]
    .join("; ");
}

function day(instant: string): string {
  return instant.slice(0, 10);
}
