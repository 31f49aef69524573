import type { Settlement } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import { finished } from "../../journal/entry.ts";
import {
  journalOfRun,
  type OpenIntent,
  openIntents,
  outcomeWrites,
} from "../../journal/journal.ts";
import { wantedOf } from "../../limits/counts.ts";
import { finishReservation } from "../../limits/reservations.ts";
import type { Parts } from "../../parts.ts";
import type { Place } from "../../plan/change.ts";
import type { JobPlan } from "../../plan/document.ts";
import type { ReadStore, Store } from "../../store/store.ts";
import type { RunContext } from "../context.ts";
import { recordedOf } from "./read_change.ts";
import { closeDeadRun, isOver } from "../run_register.ts";

interface Settling<T extends JobTypes> extends Pick<RunContext<T>, "job" | "clock" | "log"> {
  readonly store: Store;
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
export type NoEffect = OpenIntent & {
  readonly detail?: string | undefined;
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
 * A write whose effect is there and ours is done. One that surely had no effect is left open, so
 * that this run makes it under the same entry of the journal, as if nothing had happened.
 *
 * @returns the intents without effect, by change id, for `apply` to go on with
 */
export async function settleIntents<T extends JobTypes>(
  settling: Settling<T>,
): Promise<ReadonlyMap<string, NoEffect>> {
  const { job, store, clock, intents, dead, observed, plan, log } = settling;
  const noEffect = new Map<string, NoEffect>();
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
      noEffect.set(entry.change_id, { ...intent, detail: settlement.detail });
    } else {
      const error = verdict === "done" ? null : { code: "interrupted", message: settlement.detail };
      const closed = finished(entry, verdict, clock.now(), error);
      await store.write([
        ...outcomeWrites(intent.journalId, closed, intent.revision),
        ...job.rowsFor({ change: recorded.change, entry: closed }),
      ]);
    }
  }
  for (const runId of dead) {
    if (!unread.has(runId)) await settleDeadRun(settling, runId);
  }
  return noEffect;
}

/** A dead run keeps its reservation for what it has done; the rest is free again. */
async function settleDeadRun<T extends JobTypes>(
  { store, job, clock }: Settling<T>,
  runId: string,
): Promise<void> {
  const effective = (await journalOfRun(store, job.name, runId)).filter(({ outcome }) =>
    outcome === "done" || outcome === "unknown"
  );
  const kept = wantedOf(effective.map((entry) => recordedOf(entry, job).change), job.countsAs);
  await finishReservation(store, job.name, runId, kept);
  await closeDeadRun(store, job.name, runId, clock.now());
}

/**
 * Closes the intents without effect that this run no longer plans: the thing needs no change any
 * more, or is gone, or a part was made and the rest is another change. Intents of a place that was
 * not proven in this run were not judged, and stay open.
 */
export async function closeUnplanned<T extends JobTypes>(
  store: Store,
  noEffect: ReadonlyMap<string, NoEffect>,
  plan: JobPlan<T>,
  now: Date,
): Promise<void> {
  const planned = new Set([...plan.changes, ...plan.ownWrites].map(({ id }) => id));
  for (const [changeId, { entry, journalId, revision, detail }] of noEffect) {
    if (planned.has(changeId)) continue;
    const message = detail ?? "The run ended before the write had an effect";
    const error = { code: "interrupted", message };
    await store.write(outcomeWrites(journalId, finished(entry, "failed", now, error), revision));
  }
}
