import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import { instanceArn } from "../../core/aws/arn.ts";
import { makeChange } from "../../core/plan/change.ts";
import { type Action, ACTIONS, type ChangeOf } from "./audit_change.ts";
import { stepsFrom } from "./ladder.ts";
import type { LiftRow } from "./lifts.ts";
import { type MarkRow, markValue, ruleHash } from "./mark.ts";
import type { ObservedInstance, Protection } from "../observed.ts";
import type { AuditPlanning, Subject } from "../planning.ts";
import { relevantKeys, relevantTags } from "../rules.ts";
import { sortedTags, tagOf, type Tags } from "../tags.ts";

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
): ChangeOf<"mark"> {
  const rule_hash = ruleHash(config);
  const steps = stepsFrom(now, config);
  const deadline = Object.values(steps)[0] ?? due.toISOString();
  return makeChange("audit", {
    ...changeOf("mark", subject),
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
export function unmarkChange(
  subject: Subject,
  why: string,
  { config }: AuditPlanning,
): ChangeOf<"unmark"> {
  const key = config.mark;
  return makeChange("audit", {
    ...changeOf("unmark", subject),
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
): ChangeOf<"stop"> {
  return makeChange("audit", {
    ...changeOf("stop", subject),
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
): ChangeOf<"terminate"> {
  const stopped = mark.stopped_at === undefined ? "" : `, stopped ${day(mark.stopped_at)}`;
  return makeChange("audit", {
    ...changeOf("terminate", subject),
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
export function restoreChange(subject: Subject, lift: LiftRow): ChangeOf<"restore"> {
  const protection = { ...lift.protection };
  return makeChange("audit", {
    ...changeOf("restore", subject),
    reason: "its protection was lifted, and it is not terminated",
    before: { lift },
    after: { protection },
  }, { protection });
}

/** Writes the instant on the canary, so that the next run can tell an old answer. */
export function stampChange(
  place: { readonly account: string; readonly region: string },
  partition: string,
  canary: ObservedInstance,
  now: Date,
): ChangeOf<"stamp"> {
  return makeChange("audit", {
    kind: "stamp",
    ...place,
    action: ACTIONS.stamp,
    target: instanceArn(partition, place.region, place.account, canary.id),
    reason: "the canary's stamp, by which the next run tells an old answer",
    before: { stamp: tagOf(canary.tags, CANARY_STAMP_TAG) ?? null },
    after: { key: CANARY_STAMP_TAG, value: now.toISOString() },
  }, { key: CANARY_STAMP_TAG });
}

function changeOf<Kind extends Action>(kind: Kind, subject: Subject) {
  return {
    kind,
    account: subject.account.id,
    region: subject.region.region,
    target: targetOf(subject),
    action: ACTIONS[kind],
  };
}

type Config = AuditPlanning["config"];

/** The tags that the judgement rests on. */
function evidence({ classified }: Subject, config: Config): Tags {
  return relevantTags(classified.instance.tags, relevantKeys(config));
}

/** What is lost with the instance is kept in the journal: its tags, image and type. */
function destructiveBefore(subject: Subject, mark: MarkRow, config: Config) {
  const { id: _id, managedBy: _none, protection: _own, protectionUnread: _why, tags, ...instance } =
    subject.classified.instance;
  // A stop that is tried again is the same change, and goes on with the same entry of the journal.
  const { told_to_stop_at: _told, ...settled } = mark;
  return {
    tags: evidence(subject, config),
    state: instance.state,
    zone: instance.zone,
    mark: settled,
    instance: { ...instance, tags: sortedTags(tags) },
  };
}

function sentenceOf({ classified }: Subject, note: string | null): string {
  return [...classified.verdict.findings.map(({ detail }) => detail), ...(note ? [note] : [])]
    .join("; ");
}

function day(instant: string): string {
  return instant.slice(0, 10);
}
