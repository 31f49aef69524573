import { EXIT } from "../../errors.ts";
import type { JobTypes } from "../../job_types.ts";
import { lockOf, openIntents } from "../../journal/journal.ts";
import type { Refusal } from "../../limits/limits.ts";
import type { Store } from "../../store/store.ts";
import { giveBack, hasPending, reserved } from "../apply/budget.ts";
import type { RunContext } from "../context.ts";
import { refusedRows } from "../end/refused_changes.ts";
import { judgedPlan, judgeLimits, observe, othersOf } from "../make_plan.ts";
import { type ChangeOutcome, countOutcomes, withOutcomes } from "../run_document.ts";
import { watchUnfinished } from "../run_register.ts";
import {
  type Known,
  makeChanges,
  makingOf,
  refuseWrongClock,
  settleAndPlan,
  tell,
} from "./apply_verb.ts";
import { registered } from "./report_verb.ts";

/** What became of the one change that a message asks for. */
export type OneApplied = ChangeOutcome & {
  /** The limit that refused it; null: none did. */
  readonly refused: Refusal | null;
};

/**
 * Plans what a message of a queue asks for, and stores what was seen. It waits for the lease of other
 * runs only if one of them has begun a change of the same lock: a dead one is settled first.
 *
 * @throws AwsAccessError with a wrong clock
 */
export async function planOne<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
): Promise<Known<T>> {
  const observation = await observe(context, store, { applies: true });
  await refuseWrongClock(context);
  const known = await settleAndPlan(context, store, observation, new Set());
  return await isHeld(context, store, known) ? await afterTheDead(context, store, known) : known;
}

/** Settles what dead runs have left, if there is one, and plans again. It waits for their lease. */
async function afterTheDead<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  known: Known<T>,
): Promise<Known<T>> {
  const { job, clock, leaseMs, signal } = context;
  const unfinished = await watchUnfinished(store, job.name, clock, leaseMs);
  const dead = await unfinished.dead(signal);
  if (dead.size === 0) return known;
  return await settleAndPlan(
    context,
    store,
    await observe(context, store, { applies: true }),
    dead,
  );
}

/** Whether a run has begun a change of the lock of one of these, and its outcome is not written. */
async function isHeld<T extends JobTypes>(
  { job }: RunContext<T>,
  store: Store,
  { plan: { changes }, noEffect }: Known<T>,
): Promise<boolean> {
  const locks = new Set(changes.map(({ id, lock = id }) => lock));
  return (await openIntents(store, job.name)).some(({ entry }) =>
    locks.has(lockOf(entry)) && !noEffect.has(entry.change_id)
  );
}

/**
 * Makes one change for a queue: with a run of its own that beats, the budget and the journal. It
 * publishes nothing.
 *
 * @param known as {@linkcode planOne} answers it
 * @param change one of its plan
 */
export async function applyOne<T extends JobTypes>(
  context: RunContext<T>,
  store: Store,
  known: Known<T>,
  change: T["Change"],
): Promise<OneApplied> {
  const { clock } = context;
  const { observation } = known;
  const plan = { ...known.plan, changes: [change] };
  const foreseen = judgeLimits(context, plan, await othersOf(context, store, true), true);
  // A dead run may hold what it has reserved.
  if (foreseen.refused && foreseen.refused.reserved > 0) await afterTheDead(context, store, known);
  await using running = await registered(context, store, "serve", clock.now());
  const judgement = await reserved(context, store, plan, true);
  const { refused } = judgement;
  const { plan_id } = judgedPlan(context, observation, plan, judgement);
  const making = await makingOf(context, store, known, plan_id);
  const outcomes = refused
    ? new Map<string, ChangeOutcome>()
    : await makeChanges(context, observation.observed, plan, making);
  if (refused) await store.writeEach(refusedRows(context.job.name, context.runId, [change]));
  const stored = refused !== null || await giveBack(context, store, plan.changes, outcomes);
  if (!refused) await tell(context, observation.observed, plan, outcomes);
  const [ended] = withOutcomes<T>(plan.changes, outcomes);
  const { outcome, error, at } = ended!;
  const isDone = outcome === "done" || outcome === "pending";
  const exitCode = refused ? EXIT.refused : isDone && stored ? EXIT.done : EXIT.partly;
  const summary = {
    outcomes: countOutcomes({ changes: [ended!] }),
    refused,
    ...refused ? { refused_changes: 1 } : {},
  };
  await running.finish(clock.now(), exitCode, summary, stored && !hasPending(outcomes));
  return { outcome, error, at, refused };
}
