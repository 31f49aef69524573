import * as z from "zod";
import type { Clock } from "../clock.ts";
import { EXIT, StoreError } from "../errors.ts";
import { notRevoked, revokeRun } from "../journal/journal.ts";
import type { JsonObject } from "../json.ts";
import { rowKind } from "../store/row_kind.ts";
import type { ReadStore, Store } from "../store/store.ts";

/** What the store keeps of a run. */
export type RunRow = {
  readonly run_id: string;
  readonly job: string;
  readonly verb: string;
  readonly slot: string;
  readonly started: string;
  /** null while it runs, and for ever when it died. */
  readonly finished: string | null;
  readonly exit_code: number | null;
  /** What `history` shows: coverage, figures, outcomes. */
  readonly summary: JsonObject;
};

/** All runs that are retained, by their ids, which begin with their time. */
const runs = (job: string) =>
  rowKind<RunRow>(
    `${job}/run`,
    z.looseObject({ run_id: z.string(), started: z.string(), finished: z.string().nullable() }),
    () => "retained",
  );

/** The runs that have not ended, and those that have left something to be settled. */
const openRuns = (job: string) =>
  rowKind<{
    /** Counts up while the run lives, so that nobody has to compare clocks. */
    readonly beat: number;
    /** The run has ended, and a later one settles what AWS is still at, or what was not stored. */
    readonly over?: true;
  }>(`${job}/open-run`);

/** How long a run's beat must stand still before the run counts as dead. */
export const LEASE_MS = 15_000;

/** A run that is registered: it beats until it is closed. */
export interface RunningRun extends AsyncDisposable {
  /**
   * Stops beating, and writes down how it ended.
   *
   * @param isSettled false: AWS is still at a change of it, or the store did not take what the run
   *   gave back of its reservation. A later run settles it
   * @throws StoreError when that is not written, or was written after beats that were not
   */
  finish(at: Date, exitCode: number, summary: JsonObject, isSettled?: boolean): Promise<void>;
}

/** Registers a run in the store and keeps its beat. */
export async function registerRun(
  store: Store,
  run: Pick<RunRow, "run_id" | "job" | "verb" | "slot" | "started">,
  leaseMs: number,
): Promise<RunningRun> {
  const row: RunRow = { ...run, finished: null, exit_code: null, summary: {} };
  const { job, run_id } = run;
  const [all, open] = [runs(job), openRuns(job)];
  // A run that was taken for dead does not come back.
  const beatWrites = (beat: number) => [open.write(run_id, { beat }), notRevoked(job, run_id)];
  let beat = 0;
  await store.write([all.write(run_id, row), ...beatWrites(beat)]);
  let beating: Promise<void> = Promise.resolve();
  let broken: unknown;
  const timer = setInterval(() => {
    beating = beating.then(() => store.write(beatWrites(++beat)))
      .then(() => {}, (error: unknown) => void (broken = error));
  }, Math.max(20, leaseMs / 4));
  const stop = async () => {
    clearInterval(timer);
    await beating;
  };
  return {
    finish: async (at, exitCode, summary, isSettled = true) => {
      await stop();
      const ended = broken && exitCode === EXIT.done ? EXIT.partly : exitCode;
      const over = { ...row, finished: at.toISOString(), exit_code: ended, summary };
      const left = isSettled ? undefined : { beat, over: true } as const;
      // Who took the run for dead has written how it ended.
      await store.write([
        all.write(run_id, over),
        open.write(run_id, left),
        notRevoked(job, run_id),
      ]);
      if (broken) {
        throw new StoreError("The store stopped taking this run's beats", { cause: broken });
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** The runs of a job, oldest first. */
export async function* runsOf(store: ReadStore, job: string): AsyncGenerator<RunRow> {
  for await (const { value } of runs(job).list(store)) yield value;
}

/** A run by its ID; undefined: the store knows no such run of the job. */
export async function runOf(
  store: ReadStore,
  job: string,
  runId: string,
): Promise<RunRow | undefined> {
  return (await runs(job).get(store, runId))?.value;
}

/** Whether a run has ended, or was closed after its death: it writes no outcome any more. */
export async function isOver(store: ReadStore, job: string, runId: string): Promise<boolean> {
  const row = await runOf(store, job, runId);
  return row !== undefined && row.finished !== null;
}

/** The runs that have ended and left something to be settled. */
export async function overRuns(store: ReadStore, job: string): Promise<ReadonlySet<string>> {
  const open = await Array.fromAsync(openRuns(job).list(store));
  return new Set(open.flatMap(({ id, value }) => value.over ? [id] : []));
}

/**
 * Reads the runs that have not ended, for the first time.
 *
 * @returns what reads them again. It waits until the lease has passed since the first time, and
 * answers the ids of the runs whose beat stood still. They are dead, and revoked: one that only
 * slept begins no further write. Runs that have ended and left something are among them
 */
export async function watchUnfinished(
  store: Store,
  job: string,
  clock: Clock,
  leaseMs: number,
): Promise<{ dead(signal: AbortSignal): Promise<ReadonlySet<string>> }> {
  const open = openRuns(job);
  const left = await Array.fromAsync(open.list(store));
  const first = left.filter(({ value }) => !value.over);
  const sinceMs = clock.monotonicMs();
  return {
    async dead(signal) {
      const dead = new Set(left.flatMap(({ id, value }) => value.over ? [id] : []));
      if (first.length === 0) return dead;
      // The time is read after each wait: a timer may end early, and a live run would be dead.
      for (let leftMs; (leftMs = sinceMs + leaseMs - clock.monotonicMs()) > 0;) {
        await clock.wait(leftMs, signal);
      }
      for (const { id, revision, value } of first) {
        const stoodStill = open.write(id, value, revision);
        if ((await store.write([stoodStill, revokeRun(job, id)])).written) dead.add(id);
      }
      return dead;
    },
  };
}

/**
 * Writes down that a run is over, once its intents are settled. One that ended did not die.
 *
 * @param isPending AWS is still at a change of it
 */
export async function closeRun(
  store: Store,
  job: string,
  runId: string,
  { at, isPending }: { readonly at: Date; readonly isPending: boolean },
): Promise<void> {
  const row = await runs(job).get(store, runId);
  const over = { finished: at.toISOString(), summary: { died: true } };
  const died = row?.value.finished === null;
  await store.write([
    openRuns(job).write(runId, isPending ? { beat: 0, over: true } : undefined),
    ...(died ? [runs(job).write(runId, { ...row.value, ...over }, row.revision)] : []),
  ]);
}
