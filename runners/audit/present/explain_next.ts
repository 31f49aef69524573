import { instanceIdOf } from "../../core/aws/arn.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Spared } from "../../core/plan/change.ts";
import type { AuditPlan } from "../audit_plan.ts";
import type { StepName } from "../config.ts";
import type { AuditFinding } from "../findings.ts";
import { type AuditChange, cannotStop, finality } from "../ladder/audit_change.ts";
import { laterSteps } from "../ladder/ladder.ts";
import { promisedBy } from "../ladder/mark.ts";
import { type Ask, latestAsked } from "../ladder/until.ts";
import type { ObservedInstance } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { findingsById, limitName } from "./names.ts";
import { HELD_BACK, WAITING } from "./spared.ts";

/** Something that happened to an instance, or will, not before an instant. */
export type TimelineEvent = {
  readonly at: Date;
  /** "first seen", "marked", "stop". */
  readonly what: string;
  readonly detail: string;
  readonly run_id: string | null;
  readonly past: boolean;
};

/** What a plan says of one instance, and what follows from it. */
export type Prospect = {
  readonly change: AuditChange | undefined;
  readonly spared: Spared | undefined;
  readonly finding: AuditFinding | undefined;
  /** The step that follows; null where nothing will be done. */
  readonly next: { readonly step: StepName; readonly due: Date; readonly extended: boolean } | null;
  /** Until when the owner may have time, and the tags that ask; null where that changes nothing. */
  readonly extension: { readonly asks: readonly Ask[]; readonly latest: Date } | null;
  readonly coming: readonly TimelineEvent[];
  /** What people must know of the steps that are to come; "" if there is nothing. */
  readonly final: ReturnType<typeof finality>;
};

/** Says which steps are to come for an instance, and when. */
export function prospectOf(
  rowId: string,
  instance: ObservedInstance,
  { config, earlier, now }: AuditPlanning,
  plan: AuditPlan,
): Prospect {
  const isIt = ({ target }: { readonly target: string }) => instanceIdOf(target) === instance.id;
  const change = plan.changes.find(isIt);
  const spared = plan.spared.find(isIt);
  const finding = findingsById(plan).get(instance.id);
  const said = { change, spared, finding };
  const ladder = plan.own.ladders.get(instance.id);
  if (!finding?.next || !ladder?.next || !mayFollow(change, spared)) {
    return { ...said, next: null, extension: null, coming: [], final: "" };
  }
  const { step, due, extended, latest } = ladder.next;
  const at = due > now ? due : now;
  const mark = ladder.stage === "violating" ? undefined : earlier.marks.get(rowId);
  const promised = mark && promisedBy(mark.value, config);
  const obstacle = spared?.reason === "cannot-stop" ? spared.detail : cannotStop(change);
  // The ladder ends at a stop that cannot be made.
  const detail = obstacle === undefined ? "after that, at the earliest" : `held back: ${obstacle}`;
  const later = laterSteps(step, at, promised, config)
    .filter((one) => obstacle === undefined || one.step === "stop");
  return {
    ...said,
    next: ladder.next,
    extension: latest && { asks: ladder.asks, latest },
    coming: [
      comingStep(step, at, nextDetail(change, spared, extended, plan)),
      ...later.map((one) => comingStep(one.step, one.at, detail)),
    ],
    final: finality(step, ...later.map((one) => one.step)),
  };
}

function comingStep(step: StepName, at: Date, detail: string): TimelineEvent {
  return { at, what: step, detail, run_id: null, past: false };
}

/** Whether the ladder goes on: an instance that is spared for good has no next step. */
function mayFollow(change: AuditChange | undefined, spared: Spared | undefined): boolean {
  if (change) return change.kind !== "unmark" && change.kind !== "restore";
  return !spared || WAITING.has(spared.reason) || HELD_BACK.has(spared.reason) ||
    spared.reason === "tag-sources-disagree" || spared.reason === "unconfirmed";
}

function nextDetail(
  change: AuditChange | undefined,
  spared: Spared | undefined,
  extended: boolean,
  { refused }: AuditPlan,
): string {
  if (spared?.reason === "cannot-stop") return `held back: ${spared.detail}`;
  if (change && refused) return `due, and ${limitName(refused)} refuses the run`;
  if (change) return "next, with apply";
  if (spared && HELD_BACK.has(spared.reason)) return `due, and held back: ${spared.detail}`;
  return extended ? "next, as its owner has asked for" : "next, if nothing changes";
}

/** The same for programs. */
export function prospectJson({ next, extension, coming, spared, change }: Prospect): JsonObject {
  return {
    change: change?.id ?? null,
    next: next && { step: next.step, due: next.due.toISOString(), extended: next.extended },
    coming: coming.map(({ what, at }) => ({ step: what, at: at.toISOString() })),
    extension: extension && {
      asked: latestAsked(extension.asks)?.toISOString() ?? null,
      latest: extension.latest.toISOString(),
      tags: extension.asks.map((ask) => ({ ...ask, until: ask.until?.toISOString() ?? null })),
    },
    spared: spared ? { reason: spared.reason, detail: spared.detail } : null,
  };
}
