import { spanText } from "../../core/duration.ts";
import type { Spared } from "../../core/plan/change.ts";
import { markChange, restoreChange, stopChange, terminateChange, unmarkChange } from "./changes.ts";
import type { AuditChange } from "./audit_change.ts";
import type { AuditConfig, StepName } from "../config.ts";
import { exemptText } from "../exemptions.ts";
import { type LadderPosition, ladderPosition } from "./ladder.ts";
import { tooFewSightings } from "./sightings.ts";
import { type StopOutlook, stopOutlook } from "./obstacles.ts";
import { isBack, notBackText, unreadText } from "./protection.ts";
import { asksText } from "./until.ts";
import { looksLikeMark } from "./mark.ts";
import { managersOf } from "../managed.ts";
import type { Subject } from "../evaluate_region.ts";
import type { AuditPlanning } from "../planning.ts";
import { isReportedOnly } from "../rules.ts";
import { tagOf } from "../tags.ts";

/** Where a violating instance is on the ladder, as the plan document has it. */
export type WrittenPosition = {
  readonly stage: LadderPosition["stage"] | "exempt";
  /** The step that follows; null where nothing will be done. */
  readonly next: StepName | null;
  /** When it falls due, RFC 3339; null where nothing will be done. */
  readonly deadline: string | null;
  /** What is odd about its mark; null where nothing is. */
  readonly note: string | null;
  /** The time that its owner asks for, and what is granted of it; null where nobody asks. */
  readonly asked: string | null;
  /** Why the ladder cannot stop it, or what a stop loses; null where there is nothing to say. */
  readonly outlook: string | null;
};

/** What is to become of an instance: at most one of a change and a reason to spare it. */
type Judgement = {
  readonly change?: AuditChange;
  readonly spared?: Spared;
  readonly finding?: WrittenPosition;
  /** Where it violates the rules. */
  readonly ladder?: LadderPosition & Pick<StopOutlook, "obstacle">;
};

/** Finds the one change of an instance, or the one reason to spare it: the weightiest of several. */
export function judge(subject: Subject, planning: AuditPlanning): Judgement {
  const { classified, enforcement, rowId } = subject;
  const { doubt } = classified.instance;
  if (doubt) return spare(subject, doubt.reason, doubt.detail);
  const lift = planning.earlier.lifts.get(rowId);
  const judgement = judgeClassified(subject, planning);
  const ends = judgement.change?.kind === "terminate";
  if (!lift || ends || isBack(lift, classified.instance.protection)) return judgement;
  // First of all, the protection that was lifted is put back, or somebody is told that it is not.
  const { spared: _spared, change: _change, ...rest } = judgement;
  return enforcement.on && planning.config.protection === "lift"
    ? { ...rest, change: restoreChange(subject, lift) }
    : { ...rest, ...spare(subject, "protection-lifted", notBackText(lift, enforcement.on)) };
}

function judgeClassified(subject: Subject, planning: AuditPlanning): Judgement {
  const { classified } = subject;
  const { judgedAs, verdict, ageMs, exemption } = classified;
  const { config } = planning;
  switch (judgedAs) {
    case "compliant":
      return unmarked("it keeps the rules now", subject, planning) ?? {};
    case "undecided": {
      const why = [...Map.groupBy(verdict.undecided, ({ detail }) => detail)]
        .map(([detail, rules]) => `${rules.map(({ key }) => key).join(", ")}: ${detail}`);
      return spare(subject, verdict.undecided[0]!.reason, why.join("; "));
    }
    case "in-grace": {
      const why = ageMs < 0
        ? `created ${spanText(ageMs)} after the moment that is judged`
        : `${spanText(ageMs)} old, grace is ${config.grace}`;
      return spare(subject, "in-grace", why);
    }
    case "exempt": {
      const why = exemptText(exemption!, classified.instance.tags);
      const none = { next: null, deadline: null, note: null, asked: null, outlook: null };
      const finding = { stage: "exempt" as const, ...none };
      return { ...unmarked(why, subject, planning) ?? spare(subject, "exempt", why), finding };
    }
    case "violating":
    // Never reached: an instance in doubt is spared before this.
    case "doubtful":
      return judgeViolating(subject, planning);
  }
}

function judgeViolating(subject: Subject, planning: AuditPlanning): Judgement {
  const { enforcement, classified, region, rowId } = subject;
  const { instance, verdict } = classified;
  const { config, earlier, now } = planning;
  const { tags, state } = instance;
  const mark = earlier.marks.get(rowId);
  const sighting = earlier.sightings.get(rowId);
  const ladder = ladderPosition({ tags, state, mark, sighting }, config, now);
  const outlook = stopOutlook(instance, region, config);
  const managers = managersOf(instance, region.secondSource?.tags[instance.id], config);
  const isManaged = config.managed === "report" && managers.length > 0;
  const acts = enforcement.on && !isManaged && !isReportedOnly(verdict.findings);
  const finding: WrittenPosition = {
    stage: ladder.stage,
    next: acts ? ladder.next?.step ?? null : null,
    deadline: acts ? ladder.next?.due.toISOString() ?? mark?.deadline ?? null : null,
    note: ladder.note,
    asked: asksText(ladder.asks, ladder.next, now),
    outlook: acts ? outlook.obstacle ?? outlook.loss : null,
  };
  const judgement = isManaged
    ? spare(subject, "managed", `managed by ${managers.join(", ")}`)
    : notActedOn(subject, planning) ??
      judgeStep({ ...ladder, ...outlook, asked: finding.asked }, subject, planning);
  return { ...judgement, finding, ladder: { ...ladder, obstacle: outlook.obstacle } };
}

/** What is done if a violating instance is only reported; undefined if the ladder goes on. */
function notActedOn(subject: Subject, planning: AuditPlanning): Judgement | undefined {
  const { enforcement, classified: { verdict } } = subject;
  const spared = (reason: string, detail: string) => spare(subject, reason, detail);
  if (isReportedOnly(verdict.findings)) {
    const copy = verdict.findings.some(({ kind }) => kind === "canary-copy");
    const detail = verdict.findings.map((one) => one.detail).join("; ");
    return unmarked(detail, subject, planning) ??
      spared(copy ? "canary-copy" : "spelling", `${detail}; reported, never acted on`);
  }
  if (subject.confirmed === undefined) {
    return spared("unconfirmed", "DescribeTags was not asked about it");
  }
  if (!subject.confirmed) {
    return spared("tag-sources-disagree", "DescribeInstances and DescribeTags differ");
  }
  if (enforcement.quarantine !== null) return spared("quarantine", enforcement.quarantine);
  return enforcement.on ? undefined : spared("not-enforced", notEnforcedText(planning.config));
}

/** Why an account is only reported that nothing enforces. */
export function notEnforcedText({ enforce: { accounts } }: AuditConfig): string {
  return "allExcept" in accounts
    ? "audit.enforce.accounts leaves the account out"
    : "audit.enforce names neither the account nor a unit of it";
}

/** Whether the step that follows is made now. */
function judgeStep(
  { stage, next, note: odd, asked, obstacle, loss }:
    & LadderPosition
    & StopOutlook
    & Pick<WrittenPosition, "asked">,
  subject: Subject,
  planning: AuditPlanning,
): Judgement {
  const { config, earlier, now } = planning;
  const { instance } = subject.classified;
  const mark = earlier.marks.get(subject.rowId);
  const note = [odd, asked, obstacle ?? loss].filter((one) => one !== null).join("; ") || null;
  const spared = (reason: string, detail: string) => spare(subject, reason, detail);
  const since = stage === "stopped" ? `stopped ${mark?.stopped_at}` : `marked ${mark?.marked_at}`;
  if (next === null) return spared(stage, since);
  // It is said from the mark on, long before the stop is due.
  if (next.step === "stop" && obstacle) return spared("cannot-stop", obstacle);
  if (now < next.due) {
    const wished = next.extended ? ", as its owner has asked for" : "";
    const wait = `${VERB[next.step]} from ${next.due.toISOString()} on${wished}`;
    return stage === "violating"
      ? spared("not-due", `to be ${wait}`)
      : spared(stage, `${since}; to be ${wait}`);
  }
  if (next.step === "mark") {
    return hasRoom(subject, config)
      ? { change: markChange(subject, { due: next.due, note, obstacle }, planning) }
      : spared("tag-limit", "it has 50 tags, and there is no room for the mark");
  }
  const few = tooFewSightings(earlier.sightings.get(subject.rowId), config, now);
  if (few) return spared("too-few-looks", few);
  const judged = next.step === "stop" ? judgeStop() : judgeTerminate();
  const { importsUnread } = subject.region;
  return judged.change && importsUnread !== null && config.managed === "report"
    ? spared("imports-unread", `whether EC2 imports it could not be read: ${importsUnread}`)
    : judged;

  function judgeStop(): Judgement {
    if (instance.state !== "running") return spared("stopping", `it is ${instance.state} already`);
    // Stop protection is never lifted: an instance that is stopped can be started again.
    const { protection } = instance;
    if (!protection) return spared("protection-unread", unreadText(instance));
    if (protection.stop) return spared("protected", "it has stop protection");
    return { change: stopChange(subject, mark!, note, planning) };
  }

  function judgeTerminate(): Judgement {
    // A protection that an earlier run has lifted and not put back counts as it was before.
    const protection = earlier.lifts.get(subject.rowId)?.protection ?? instance.protection;
    if (!protection) return spared("protection-unread", unreadText(instance));
    const lifts = protection.termination || protection.stop ? protection : null;
    if (lifts && config.protection === "respect") {
      return spared("protected", `it has ${lifts.termination ? "termination" : "stop"} protection`);
    }
    if (lifts && instance.lifecycle === "spot") {
      return spared("protected", "it is a spot instance, whose protection cannot be lifted");
    }
    return { change: terminateChange(subject, mark!, { lifts, note }, planning) };
  }
}

/** What an instance is to be: "stopped". */
const VERB = { mark: "marked", stop: "stopped", terminate: "terminated" } as const;

/** Removes a mark, ours or one that looks like it, from an instance that leaves the ladder. */
function unmarked(why: string, subject: Subject, planning: AuditPlanning): Judgement | undefined {
  const tag = tagOf(subject.classified.instance.tags, planning.config.mark);
  const isMark = tag !== undefined &&
    (looksLikeMark(tag) || planning.earlier.marks.get(subject.rowId)?.value === tag);
  return isMark && subject.enforcement.on && subject.confirmed === true
    ? { change: unmarkChange(subject, why, planning) }
    : undefined;
}

/** EC2 user guide, "Tag restrictions": 50 tags, those of AWS not counted. */
function hasRoom({ classified }: Subject, config: AuditConfig): boolean {
  const { tags } = classified.instance;
  const own = Object.keys(tags).filter((key) => !key.startsWith("aws:"));
  return own.length < 50 || Object.hasOwn(tags, config.mark);
}

function spare({ place, target }: Subject, reason: string, detail: string): Judgement {
  return { spared: { ...place, target, reason, detail } };
}
