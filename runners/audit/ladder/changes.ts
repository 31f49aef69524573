import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import { instanceArn } from "../../core/aws/arn.ts";
import type { JsonObject } from "../../core/json.ts";
import { makeChange, type Place } from "../../core/plan/change.ts";
import type { AuditConfig } from "../config.ts";
import { type Action, ACTIONS, type ChangeOf } from "./audit_change.ts";
import { stepsFrom } from "./ladder.ts";
import type { LiftRow } from "./protection.ts";
import { type MarkRow, markValue, ruleHash } from "./mark.ts";
import type { Subject } from "../evaluate_region.ts";
import type { ObservedInstance, Protection } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { relevantKeys, relevantTags } from "../rules.ts";
import { sortedTags, tagOf, type Tags } from "../tags.ts";

/** Sets the mark, which says what follows and when; `obstacle`: why its stop will not be made. */
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
  const key = config.mark;
  return changeOf("mark", subject, {
    reason: sentenceOf(subject, note),
    before: { tags: evidence(subject, config) },
    after: {
      key,
      value: markValue(steps, due, rule_hash),
      deadline: Object.values(steps)[0] ?? due.toISOString(),
      rule_hash,
      ...(Object.keys(steps).length > 0 ? { steps } : {}),
      ...(obstacle === null ? {} : { cannot_stop: obstacle }),
    },
  }, { key, rule_hash });
}

/** Removes the mark: the instance leaves the ladder. */
export function unmarkChange(
  subject: Subject,
  reason: string,
  { config }: AuditPlanning,
): ChangeOf<"unmark"> {
  const key = config.mark;
  const before = { tags: evidence(subject, config) };
  return changeOf("unmark", subject, { reason, before, after: { key, value: null } }, { key });
}

/** Stops the instance. */
export function stopChange(
  subject: Subject,
  mark: MarkRow,
  note: string | null,
  { config }: AuditPlanning,
): ChangeOf<"stop"> {
  return changeOf("stop", subject, {
    reason: `${sentenceOf(subject, note)}; marked ${day(mark.marked_at)}`,
    before: destructiveBefore(subject, mark, config),
    after: { state: "stopped" },
  });
}

/** Terminates the instance; `lifts`: the protection that is lifted, and put back should it fail. */
export function terminateChange(
  subject: Subject,
  mark: MarkRow,
  { lifts, note }: { readonly lifts: Protection | null; readonly note: string | null },
  { config }: AuditPlanning,
): ChangeOf<"terminate"> {
  return changeOf("terminate", subject, {
    reason: `${sentenceOf(subject, note)}; marked ${day(mark.marked_at)}` +
      (mark.stopped_at === undefined ? "" : `, stopped ${day(mark.stopped_at)}`) +
      (lifts ? "; its protection is lifted" : ""),
    before: { ...destructiveBefore(subject, mark, config), ...(lifts && { protection: lifts }) },
    after: { state: "terminated" },
  });
}

/** Puts back the protection of an instance that was lifted and is not terminated after all. */
export function restoreChange(
  subject: Pick<Subject, "place" | "target">,
  lift: LiftRow,
): ChangeOf<"restore"> {
  return changeOf("restore", subject, {
    reason: "its protection was lifted, and it is not terminated",
    before: { lift },
    after: { protection: { ...lift.protection } },
  });
}

/** Writes the instant on the canary, by which the next run recognizes an old answer. */
export function stampChange(
  place: Place,
  partition: string,
  canary: ObservedInstance,
  now: Date,
): ChangeOf<"stamp"> {
  const key = CANARY_STAMP_TAG;
  const target = instanceArn(partition, place.region, place.account, canary.id);
  return changeOf("stamp", { place, target }, {
    reason: "the canary's stamp, by which the next run tells an old answer",
    before: { stamp: tagOf(canary.tags, key) ?? null },
    after: { key, value: now.toISOString() },
  }, { key });
}

/**
 * A change of an instance.
 *
 * @param settled what of `after` must be equal for two changes to be one; default: all of it
 */
export function changeOf<
  Kind extends Action,
  const Made extends { reason: string; before: JsonObject; after: JsonObject },
>(
  kind: Kind,
  { place, target }: Pick<Subject, "place" | "target">,
  made: Made,
  settled: JsonObject = made.after,
) {
  return makeChange("audit", { kind, ...place, target, action: ACTIONS[kind], ...made }, settled);
}

/** The tags that the judgement relies on. */
function evidence({ classified }: Subject, config: AuditConfig): Tags {
  return relevantTags(classified.instance.tags, relevantKeys(config));
}

/** What is lost with the instance is kept in the journal: its tags, image and type. */
function destructiveBefore(subject: Subject, mark: MarkRow, config: AuditConfig) {
  const { id: _id, managedBy: _none, protection: _own, protectionUnread: _why, tags, ...instance } =
    subject.classified.instance;
  // A stop that is tried again is the same change, and has the same entry in the journal.
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
  const broken = classified.verdict.findings.map(({ detail }) => detail);
  return [...broken, ...(note ? [note] : [])].join("; ");
}

function day(instant: string): string {
  return instant.slice(0, 10);
}
