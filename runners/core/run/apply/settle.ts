import type { Job, Settlement } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import { effected, finished, type JournalEntry, mayHaveEffect } from "../../journal/entry.ts";
import {
  journalOfRun,
  type OpenIntent,
  openIntents,
  outcomeWrites,
} from "../../journal/journal.ts";
import { wantedOf } from "../../limits/counts.ts";
import { reduceReservation } from "../../limits/reservations.ts";
import type { Parts } from "../../parts.ts";
import type { Place } from "../../plan/change.ts";
import type { JobPlan } from "../../plan/document.ts";
import type { ReadStore, Store } from "../../store/store.ts";
import type { RunContext } from "../context.ts";
import { pendingChange } from "../make_plan.ts";
import type { SettledChange } from "../run_document.ts";
import { recordedOf } from "./read_change.ts";
import { closeRun, isOver } from "../run_register.ts";

type Closing<T extends JobTypes> = Pick<RunContext<T>, "job" | "clock"> & {
  readonly store: Store;
};

interface Settling<T extends JobTypes> extends Closing<T>, Pick<RunContext<T>, "log"> {
  /** As {@linkcode intentsToSettle} answers them. */
  readonly intents: readonly OpenIntent[];
  /** The runs that are known to be dead. */
  readonly dead: ReadonlySet<string>;
  readonly observed: Parts<T["Part"]>;
  /** Whether a place is no longer part of what the configuration speaks of. */
  readonly isGone: (place: Place) => boolean;
  /** The plan of this run before settling: it says which regions are proven. */
  readonly plan: JobPlan<T>;
}

/** An intent of a dead run that had no effect, or a part of it, which `detail` then says. */
export type NoEffect<T extends JobTypes = JobTypes> = OpenIntent & {
  readonly detail?: string | undefined;
  /** The change as the journal has it, if it is to be made again exactly so. */
  readonly announced?: T["Change"];
};

/**
 * The intents without an outcome whose runs are over: dead, or ended. What these left is settled
 * again.
 *
 * @param dead the runs that are known to be dead
 */
export async function intentsToSettle(
  store: ReadStore,
  job: string,
  dead: ReadonlySet<string>,
): Promise<OpenIntent[]> {
  const over = new Map<string, boolean>();
  const intents = await openIntents(store, job);
  for (const runId of new Set(intents.map(({ entry }) => entry.run_id))) {
    over.set(runId, dead.has(runId) || await isOver(store, job, runId));
  }
  return intents.filter(({ entry }) => over.get(entry.run_id));
}

/**
 * Finds out what became of the intents that dead runs left without an outcome.
 *
 * A write whose effect is there and ours is done, or pending. One that surely had no effect is left
 * open, so that this run makes it under the same entry of the journal, as if nothing had happened.
 *
 * @returns the intents without effect, by change id, for `apply` to go on with; and those whose outcome
 *   is known now
 */
export async function settleIntents<T extends JobTypes>(
  settling: Settling<T>,
): Promise<{
  readonly noEffect: ReadonlyMap<string, NoEffect<T>>;
  readonly ended: readonly SettledChange[];
}> {
  const { job, store, clock, intents, dead, observed, plan, log } = settling;
  const noEffect = new Map<string, NoEffect<T>>();
  const ended: JournalEntry[] = [];
  const unread = new Set<string>();
  for (const intent of intents) {
    const { entry } = intent;
    const recorded = recordedOf(entry, job);
    const settlement: Settlement = settling.isGone(entry)
      ? { verdict: "unknown", detail: "Its account and region are no longer read" }
      : job.settle(recorded, observed, plan);
    const { account, region, run_id } = entry;
    const { verdict } = settlement;
    log.info("intent settled", { account, region, settled_run: run_id, verdict });
    if (verdict === "unread") unread.add(run_id);
    else if (verdict === "noEffect") {
      const { detail, asAnnounced = false } = settlement;
      const announced = asAnnounced ? { announced: recorded.change } : {};
      noEffect.set(entry.change_id, { ...intent, detail, ...announced });
    } else {
      const closed = verdict === "unknown"
        ? finished(entry, verdict, clock.now(), interrupted(settlement.detail))
        : effected(entry, settlement, clock.now());
      await store.write([
        ...outcomeWrites(intent, closed),
        ...job.rowsFor({ change: recorded.change, entry: closed }),
      ]);
      ended.push(closed);
    }
  }
  // They died before they published what they had done.
  const entries = await closeRuns(settling, dead.difference(unread));
  const known = new Map(
    [...ended, ...entries.filter(({ outcome }) => outcome !== null)]
      .map((entry) => [`${entry.run_id}/${entry.change_id}`, entry]),
  );
  return { noEffect, ended: endedChanges(known.values(), job) };
}

/**
 * Closes runs whose intents are settled. They keep their reservations for what they have done, and
 * the rest is free again; while AWS is still at a change of a run, all of its reservation counts.
 *
 * @returns their entries in the journal
 */
export async function closeRuns<T extends JobTypes>(
  { store, job, clock }: Closing<T>,
  runIds: ReadonlySet<string>,
): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (const runId of runIds) {
    const entries = await journalOfRun(store, job.name, runId);
    const isPending = entries.some(({ outcome }) => outcome === "pending");
    if (!isPending) {
      const made = entries.filter(mayHaveEffect)
        .map((entry) => recordedOf(entry, job).change);
      const effective = wantedOf(made, job.countsAs);
      await reduceReservation(store, job.name, runId, { effective, finished: true });
    }
    await closeRun(store, job.name, runId, { at: clock.now(), isPending });
    all.push(...entries);
  }
  return all;
}

/**
 * Closes the intents without effect that this run no longer plans: the thing needs no change any
 * more, or is gone, or a part was made and the rest is another change. Intents of a place that was
 * not proven in this run were not judged, and stay open; and so does one that is to be made again as
 * it was announced, for as long as a change may be pending: not every verb plans it, and AWS may hide
 * its effect.
 *
 * @returns those that it has closed
 */
export async function closeUnplanned<T extends JobTypes>(
  { store, job }: Pick<Closing<T>, "store" | "job">,
  noEffect: ReadonlyMap<string, NoEffect<T>>,
  plan: Pick<JobPlan<T>, "changes" | "ownWrites">,
  { now, pendingMaxMs }: { readonly now: Date; readonly pendingMaxMs: number },
): Promise<readonly SettledChange[]> {
  const closed: JournalEntry[] = [];
  const planned = new Set([...plan.changes, ...plan.ownWrites].map(({ id }) => id));
  for (const [changeId, intent] of noEffect) {
    const { entry, announced, detail } = intent;
    const isYoung = now.getTime() - Date.parse(entry.intended_at) < pendingMaxMs;
    if (planned.has(changeId) || announced && isYoung) continue;
    const error = interrupted(detail ?? "The run ended before the write had an effect");
    const failed = finished(entry, "failed", now, error);
    await store.write(outcomeWrites(intent, failed));
    closed.push(failed);
  }
  return endedChanges(closed, job);
}

/** The changes of entries of earlier runs, with what became of them. */
function endedChanges<T extends JobTypes>(
  entries: Iterable<JournalEntry>,
  job: Job<T>,
): SettledChange[] {
  return [...entries].filter((entry) => !job.isOwn?.(entry))
    .map((entry) => {
      const { outcome, error, finished_at } = entry;
      return { ...pendingChange({ entry }), outcome, error, at: finished_at };
    });
}

function interrupted(message: string): NonNullable<JournalEntry["error"]> {
  return { code: "interrupted", message };
}
