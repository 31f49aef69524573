import { clockProblem } from "../../aws/sessions.ts";
import { UsageError } from "../../errors.ts";
import type { JobTypes } from "../../job_types.ts";
import { closing, type Store, writeRounds } from "../../store/store.ts";
import { unlessFaulty } from "../../unless_faulty.ts";
import type { RunContext } from "../context.ts";
import { pollPending } from "../apply/pending.ts";
import { record } from "../end/record.ts";
import { registerRun, type RunningRun } from "../run_register.ts";
import { observeAndPlan } from "../make_plan.ts";
import type { VerbResult } from "../verb_result.ts";

/** `plan`, and stores what it saw and publishes documents. Changes nothing in the accounts. */
export async function reportVerb<T extends JobTypes>(
  context: RunContext<T>,
): Promise<VerbResult<T>> {
  refuseHypothetical(context, "report");
  const { job, clock } = context;
  const started = clock.now();
  return await closing(await context.openStore(), async (store) => {
    const settled = await unlessFaulty(() => pollPending(context, store), context.log);
    const { observation: { observed, saved }, planning, plan, judged } = await observeAndPlan(
      context,
      store,
      { publishes: true },
    );
    // With a wrong clock, rows would have a wrong instant for what is seen the first time.
    const remembers = clockProblem((await context.sessions()).clockSkewMs) === undefined;
    const rows = remembers ? job.observationRows(planning, plan) : [];
    const stored = await unlessFaulty(() => writeRounds(store, rows, context.signal), context.log);
    const register = () => registered(context, store, "report", started);
    await using running = stored === null ? null : await unlessFaulty(register, context.log);
    return await record(context, store, observed, judged, {
      started,
      outcomes: new Map(),
      settled: settled ?? [],
      running,
      isComplete: remembers && saved && settled !== null && running !== null,
    });
  });
}

/**
 * @throws UsageError for a verb that stores or writes, together with --as-of or --snapshot
 */
export function refuseHypothetical<T extends JobTypes>(
  { options }: RunContext<T>,
  verb: string,
): void {
  if (options.asOf === null && options.snapshotDirectory === null) return;
  const flag = options.asOf === null ? "--snapshot" : "--as-of";
  throw new UsageError(
    `${flag} shows a hypothetical plan, and ${verb} acts on the world as it is: use it with plan`,
  );
}

/** Registers the run of a verb in the store. */
export function registered<T extends JobTypes>(
  { job, runId, options, leaseMs }: RunContext<T>,
  store: Store,
  verb: string,
  started: Date,
): Promise<RunningRun> {
  const slot = (options.slot ?? started).toISOString();
  const run = { run_id: runId, job: job.name, verb, slot, started: started.toISOString() };
  return registerRun(store, run, leaseMs);
}
