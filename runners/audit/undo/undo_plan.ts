import { accountLabel } from "../../core/aws/session.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Failure } from "../../core/aws/failure.ts";
import { coverageOfRead } from "../../core/plan/coverage.ts";
import type { Place, Spared } from "../../core/plan/change.ts";
import type { JobPlan } from "../../core/plan/document.ts";
import type { Planning } from "../../core/job.ts";
import type { JournalEntry } from "../../core/journal/entry.ts";
import { regionOf } from "../../core/limits/counts.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { atOnce } from "../../core/steps.ts";
import type { AuditTypes } from "../audit_plan.ts";
import { classify } from "../classify.ts";
import type { StepName } from "../config.ts";
import { enforcementOf } from "../enforcement.ts";
import { exemptText } from "../exemptions.ts";
import type { AuditAccount } from "../findings.ts";
import { type ChangeOf, finality } from "../ladder/audit_change.ts";
import { changeOf, restoreChange } from "../ladder/changes.ts";
import { notEnforcedText } from "../ladder/judge.ts";
import { ladderPosition, withVoidMarks } from "../ladder/ladder.ts";
import { instanceRowId } from "../ladder/mark.ts";
import { isBack, notBackText, unreadText } from "../ladder/protection.ts";
import { managersOf } from "../managed.ts";
import {
  GONE_STATES,
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
} from "../observed.ts";
import type { AuditPlanning, Earlier } from "../planning.ts";
import type { Tags } from "../tags.ts";
import { touched } from "./touched.ts";
import type { Undone } from "./undone_run.ts";

/** What the next apply does to an instance that the undo starts. */
export type AfterUndo = Place & {
  readonly id: string;
  /** Its tag `Name`, or empty. */
  readonly name: string;
  /** The step that follows; null: none. */
  readonly step: StepName | null;
  /** When it falls due, RFC 3339; null: no step follows. */
  readonly due: string | null;
  /** Why, for people: what is wrong with the instance, or why it is left alone. */
  readonly why: string;
};

export type UndoOwn = {
  /** The run that is undone. */
  readonly undoes: string;
  readonly accounts: readonly Pick<AuditAccount, "account" | "name" | "alias">[];
  /** For each instance that is to be started, in the order of the changes. */
  readonly after_undo: readonly AfterUndo[];
};

export type UndoEarlier = Earlier & {
  readonly undone: readonly Undone[];
};

/** The types of the plans that undo a run. */
export type UndoTypes = Omit<AuditTypes, "Own" | "Earlier"> & {
  readonly Earlier: UndoEarlier;
  readonly Own: UndoOwn;
};

/** Reasons of instances that need no more: they are as they were, or as somebody wants them. */
const NOTHING_LEFT: ReadonlySet<string> = new Set([
  "already-running",
  "stopped-again",
  "terminated-since",
  "not-terminated",
  "protection-back",
]);

/** Whether something of the run is left that was to be undone, and cannot be. */
export function isLeft({ reason }: Pick<Spared, "reason">): boolean {
  return !NOTHING_LEFT.has(reason);
}

/**
 * Plans to undo what a run did: what it stopped is started, and protection that it lifted is set
 * again. Pure.
 *
 * No rule is asked: an undo only gives back, so that it also works in accounts that are not enforced
 * any more, and where a Region cannot be proven. It relies on what is seen of each instance, and
 * never on what is missing.
 */
export function planUndo(planning: Planning<UndoTypes>, runId: string): JobPlan<UndoTypes> {
  const { observed, earlier: { undone } } = planning;
  const { earlier } = withVoidMarks(planning);
  const places = new Map(undone.map(({ entry: { account, region } }) => {
    const place = { account, region };
    return [regionOf(place), place];
  }));
  const read = [...places.values()].map((place) => ({
    ...place,
    ...readIn(observed.of(place.account), place.region),
  }));
  const byPlace = new Map(read.map((one) => [regionOf(one), one]));
  const judged = undone.flatMap((one) => {
    const { entry: { account, region, target } } = one;
    const { seen, failure } = byPlace.get(regionOf({ account, region }))!;
    const place = { account, region };
    if (seen) return [judgeUndone(one, seen, planning, earlier)];
    return [{ spared: { ...place, target, ...failure! } }];
  });
  const changes = judged.flatMap(({ change }) => change ?? []);
  return {
    ...coverageOfRead(read.map(({ seen, ...place }) => (
      { ...place, count: seen?.region.instances.length ?? 0 }
    ))),
    changes,
    ownWrites: [],
    breakers: [],
    spared: judged.flatMap(({ spared }) => spared ?? []),
    own: {
      undoes: runId,
      accounts: Array.from(observed, (account) => (
        { account: account.id, name: accountLabel(account), alias: account.alias }
      )),
      after_undo: judged.flatMap(({ after }) => after ?? [])
        .sort((a, b) => compareText(regionOf(a), regionOf(b)) || compareText(a.id, b.id)),
    },
  };
}

/** What was read of a Region, with its account. */
type Seen = { readonly account: ObservedAccount; readonly region: ObservedRegion };

/** What was read of a Region, or why nothing was. */
function readIn(
  account: ObservedAccount | undefined,
  name: string,
): { readonly seen: Seen | null; readonly failure: Failure | null } {
  if (!account) {
    const detail = "The configuration does not name its account any more, so that it is not read";
    return { seen: null, failure: { reason: "account-left-out", detail } };
  }
  const region = account.regions.find((one) => one.region === name);
  const failure = account.failure ?? region?.failure ??
    (region ? null : { reason: "not-read", detail: "It was not read" });
  return failure ? { seen: null, failure } : { seen: { account, region: region! }, failure: null };
}

/** At most one of a change and a reason to spare the instance. */
type Judgement = {
  readonly change?: ChangeOf<"start" | "restore">;
  readonly after?: AfterUndo;
  readonly spared?: Spared;
};

function judgeUndone(
  { change, entry }: Undone,
  seen: Seen,
  planning: Planning<UndoTypes>,
  /** With the marks named that count no longer: for what comes after the undo. */
  judged: Earlier,
): Judgement {
  const { config, earlier } = planning;
  const { region } = seen;
  const place = { account: entry.account, region: entry.region };
  const id = instanceIdOf(entry.target);
  const rowId = instanceRowId(place.account, place.region, id);
  const instance = region.instances.find((one) => one.id === id);
  const spare = (reason: string, detail: string): Judgement => (
    { spared: { ...place, target: entry.target, reason, detail } }
  );
  if (instance?.doubt) return spare(instance.doubt.reason, instance.doubt.detail);
  const isGone = instance !== undefined && GONE_STATES.has(instance.state);
  return change.kind === "terminate" ? judgeTerminated() : judgeStopped(change);

  function judgeTerminated(): Judgement {
    if (isGone || !instance && entry.outcome === "done") {
      return spare("cannot-be-undone", finality(change.kind));
    }
    if (!instance) return notListed();
    const lift = earlier.lifts.get(rowId);
    if (!lift) return spare("not-terminated", "it was not terminated, and nothing of it is lifted");
    if (lift.run_id !== entry.run_id) {
      return spare("lifted-again", `run ${lift.run_id} has lifted its protection since: undo that`);
    }
    if (isBack(lift, instance.protection)) return spare("protection-back", "it is protected again");
    if (config.protection !== "lift") {
      return spare("protection-lifted", notBackText(lift, true));
    }
    return instance.protection
      ? { change: restoreChange({ place, target: entry.target }, lift) }
      : spare("protection-unread", unreadText(instance));
  }

  function judgeStopped(stop: ChangeOf<"stop">): Judgement {
    const mark = earlier.marks.get(rowId);
    if (isGone || !instance && mark?.terminated_at !== undefined) {
      return spare("terminated-since", `it was terminated since. ${finality("terminate")}`);
    }
    if (!instance) return notListed();
    const then = launchedThen(stop);
    if (!then) {
      return spare("journal-incomplete", "the journal does not say when it was launched");
    }
    const { zone } = stop.before;
    const left = { mark_value: mark?.value ?? "", instance: then };
    const second = region.secondSource?.tags[id];
    if (!second) return spare("unconfirmed", "DescribeTags was not asked about it");
    const why = touched(left, { ...instance, secondTags: second }, config.mark);
    if (why) return spare(why.reason, why.detail);
    if (!hasStopped(entry, instance)) {
      const { at = null } = instance.changed ?? {};
      const known = entry.outcome === "done"
        ? `its stop was only settled at ${entry.finished_at}`
        : "its stop has no known outcome";
      const dated = at === null
        ? "EC2 does not say when it was stopped"
        : `EC2 says it was stopped at ${at}`;
      return spare(
        "not-finished",
        `it is not known that the run has stopped it: ${known}, and ${dated}. CloudTrail says who ` +
          "has called ec2:StopInstances",
      );
    }
    if (!mark) return spare("mark-changed", "its mark is not one that this program has set");
    const start = changeOf("start", { place, target: entry.target }, {
      reason: `run ${entry.run_id} has stopped it`,
      before: { run_id: entry.run_id, state: "stopped", zone, ...left },
      after: { state: "running" },
    });
    return {
      change: start,
      after: afterStart(seen, instance, second, { ...planning, earlier: judged }),
    };
  }

  function notListed(): Judgement {
    return spare(
      "not-listed",
      "DescribeInstances does not list it: it was terminated more than an hour ago, or the answer " +
        "was not complete",
    );
  }
}

/** A stop, its answer and its reading back take minutes at most. */
const STOP_TAKES_MS = 15 * 60_000;

/**
 * Whether the run has stopped the instance, and nobody else has since: the run has seen it, or EC2
 * dates the stop while the run was at it. A stop that was settled hours later may be another's.
 */
function hasStopped(
  { outcome, intended_at, finished_at }: JournalEntry,
  { changed }: ObservedInstance,
): boolean {
  const began = Date.parse(intended_at);
  const ended = finished_at === null ? Infinity : Date.parse(finished_at);
  const latest = began + STOP_TAKES_MS;
  if (outcome === "done" && ended <= latest) return true;
  const at = Date.parse(changed?.at ?? "");
  // EC2 says complete seconds.
  return at >= began - 1_000 && at <= Math.min(ended, latest);
}

/** What identifies the instance as the run has seen it; an earlier version may not have kept it. */
function launchedThen(
  { before }: ChangeOf<"stop">,
): ChangeOf<"start">["before"]["instance"] | null {
  const { type } = before.instance;
  const { created, launched } = before.instance as Record<string, unknown>;
  return typeof created === "string" && typeof launched === "string"
    ? { type, created, launched }
    : null;
}

/** What the next apply does to an instance once it runs: as where its owner had started it. */
function afterStart(
  { account, region }: Seen,
  stopped: ObservedInstance,
  secondTags: Tags,
  planning: AuditPlanning,
): AfterUndo {
  const { config, earlier, now } = planning;
  const instance = { ...stopped, state: "running", launched: now.toISOString() };
  const place = { account: account.id, region: region.region };
  const none = (why: string): AfterUndo => (
    { ...place, id: instance.id, name: instance.tags["Name"] ?? "", step: null, due: null, why }
  );
  const enforcement = enforcementOf(account, config, now);
  if (!enforcement.on) {
    return none(enforcement.quarantine ?? notEnforcedText(config));
  }
  const [classified] = atOnce(
    classify(account, { region: region.region, instances: [instance] }, planning),
  );
  if (!classified) return none("audit.states leaves running instances out");
  const { judgedAs, exemption, verdict } = classified;
  if (judgedAs === "compliant") return none("it keeps the rules now");
  const unread = verdict.undecided.map(({ key }) => `whether ${key} is right is not read here`);
  if (judgedAs === "undecided") return none(unread.join("; "));
  if (judgedAs === "exempt") return none(exemptText(exemption!, instance.tags));
  if (judgedAs === "in-grace") {
    return none(`it is in grace again: audit.clock is "${config.clock}"`);
  }
  const managers = managersOf(instance, secondTags, config);
  if (config.managed === "report" && managers.length > 0) {
    return none(`it is managed by ${managers.join(", ")}`);
  }
  const rowId = instanceRowId(place.account, place.region, instance.id);
  const [mark, sighting] = [earlier.marks.get(rowId), earlier.sightings.get(rowId)];
  const { tags, state } = instance;
  const { next } = ladderPosition({ tags, state, mark, sighting }, config, now);
  const broken = [...verdict.findings.map(({ detail }) => detail), ...unread].join("; ");
  return next
    ? { ...none(broken), step: next.step, due: next.due.toISOString() }
    : none("no step of the ladder follows");
}
