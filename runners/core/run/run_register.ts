import * as z from "zod";
import type { Clock } from "../clock.ts";
import { EXIT, StoreError } from "../errors.ts";
import { revokeRun } from "../journal/journal.ts";
import type { JsonObject } from "../json.ts";
import { rowKind, type TypedRow } from "../store/row_kind.ts";
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
  /** Counts up while the run lives, so that nobody has to compare clocks. */
  readonly beat: number;
  readonly exit_code: number | null;
  /** What `history` shows: coverage, figures, outcomes. */
  readonly summary: JsonObject;
};

const RUN = rowKind<RunRow>(
  "run",
  z.looseObject({
    run_id: z.string(),
    started: z.string(),
    finished: z.string().nullable(),
  }),
);

/** How long a run's beat must stand still before the run counts as dead. */
export const LEASE_MS = 15_000;

/** A run that is registered: it beats until it is closed. */
export interface RunningRun extends AsyncDisposable {
  /**
   * Stops beating, and writes down how it ended.
   *
   * @throws StoreError when that is not written, or was written after beats that were not
   */
  finish(at: Date, exitCode: number, summary: JsonObject): Promise<void>;
}

/** Registers a run in the store and keeps its beat. */
export async function registerRun(
  store: Store,
  run: Pick<RunRow, "run_id" | "job" | "verb" | "slot" | "started">,
  leaseMs: number,
): Promise<RunningRun> {
  let row: RunRow = { ...run, finished: null, beat: 0, exit_code: null, summary: {} };
  const id = `${run.job}/${run.run_id}`;
  const put = async (next: RunRow) => {
    row = next;
    await store.write([RUN.write(id, row)]);
  };
  await put(row);
  let beating: Promise<void> = Promise.resolve();
  let broken: unknown;
  const timer = setInterval(() => {
    beating = beating.then(() => put({ ...row, beat: row.beat + 1 }))
      .catch((error: unknown) => void (broken = error));
  }, Math.max(20, leaseMs / 4));
  const stop = async () => {
    clearInterval(timer);
    await beating;
  };
  return {
    finish: async (at, exitCode, summary) => {
      await stop();
      const ended = broken && exitCode === EXIT.done ? EXIT.partly : exitCode;
      await put({ ...row, finished: at.toISOString(), exit_code: ended, summary });
      if (broken) {
        throw new StoreError("The store stopped taking this run's beats", { cause: broken });
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** The runs of a job, oldest first. */
export async function* runsOf(store: ReadStore, job: string): AsyncGenerator<RunRow> {
  for await (const { value } of RUN.list(store, `${job}/`)) yield value;
}

/**
 * Reads the runs that have not finished, for the first time.
 *
 * @returns what reads them again. It waits until the lease has passed since the first time, and
 * answers the ids of the runs whose beat stood still. They are dead, and revoked: one that only
 * slept begins no further write
 */
export async function watchUnfinished(
  store: Store,
  job: string,
  clock: Clock,
  leaseMs: number,
): Promise<{ dead(signal: AbortSignal): Promise<ReadonlySet<string>> }> {
  const first: TypedRow<RunRow>[] = [];
  for await (const row of RUN.list(store, `${job}/`)) {
    if (row.value.finished === null) first.push(row);
  }
  const sinceMs = clock.monotonicMs();
  return {
    async dead(signal) {
      if (first.length === 0) return new Set();
      // The time is read after each wait: a timer may end early, and a live run would be dead.
      for (let leftMs; (leftMs = sinceMs + leaseMs - clock.monotonicMs()) > 0;) {
        await clock.wait(leftMs, signal);
      }
      const dead = new Set<string>();
      for (const { id, revision, value } of first) {
        const stoodStill = RUN.write(id, value, revision);
        if (await store.write([stoodStill, revokeRun(value.run_id)])) dead.add(value.run_id);
      }
      return dead;
    },
  };
}

/** Writes down that a dead run is over, once its intents are settled. */
export async function closeDeadRun(
  store: Store,
  job: string,
  runId: string,
  at: Date,
): Promise<void> {
  const row = await RUN.get(store, `${job}/${runId}`);
  if (!row) return;
  const value = { ...row.value, finished: at.toISOString(), summary: { died: true } };
  await store.write([RUN.write(row.id, value, row.revision)]);
}
