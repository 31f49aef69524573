import { isRefusedByAws, writeError } from "../../aws/failure.ts";
import type { Account, Session } from "../../aws/session.ts";
import { messageOf, StoreError } from "../../errors.ts";
import type { Applier, Recorded } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import {
  type Effect,
  effected,
  finished,
  intentOf,
  type Outcome,
  type OutcomeError,
} from "../../journal/entry.ts";
import {
  intentWrites,
  journalIdOf,
  notMadeSince,
  notRevoked,
  type OpenIntent,
  outcomeWrites,
} from "../../journal/journal.ts";
import { errorField } from "../../log/log.ts";
import { rowName } from "../../store/row_kind.ts";
import { OversizedRowError, type RowKey, type Store, type Write } from "../../store/store.ts";
import type { RunContext } from "../context.ts";
import { useWrite } from "./used_changes.ts";

/** What changes are applied with. */
export interface Applying<T extends JobTypes>
  extends
    Pick<RunContext<T>, "job" | "config" | "clock" | "log" | "runId" | "toolVersion" | "signal"> {
  readonly store: Store;
  readonly planId: string;
  /** The id of the plan file that these changes are of: each of its changes works once. */
  readonly planFileId?: string | null | undefined;
  /** The instant that the changes were planned for. */
  readonly plannedAt: Date;
  /** When the first of what they were planned from was read: nothing may have been made since. */
  readonly readAt: Date;
  /** How many groups are worked on at once: 1 for changes, so that what goes wrong is seen early. */
  readonly atOnce: number;
  /** The accounts of the run, for sessions. */
  readonly accounts: readonly Account[];
  readonly session: (account: Account, role: string) => Promise<Session>;
  /** Intents of dead runs that had no effect: this run goes on with their entries of the journal. */
  readonly noEffect: ReadonlyMap<string, OpenIntent>;
  readonly progress: (done: number, of: number) => void;
}

/** What one account and Region are written with. */
export interface Writing<T extends JobTypes> extends Applying<T> {
  /** Cuts a write. */
  readonly writing: AbortSignal;
  /** Once the store did not take a row nothing more is begun: it could not be journalled. */
  readonly fault: { store: OutcomeError | undefined };
  /** Takes what became of a change. */
  readonly note: (change: T["Change"], outcome: Outcome, error?: OutcomeError | null) => void;
}

/** A change whose intent is in the journal. */
export type Journalled<T extends JobTypes> = Recorded<T["Change"]> & {
  readonly journalId: string;
};

/** A write whose intent is in the journal, and which was perhaps made. */
export type Written<T extends JobTypes> = Journalled<T> & {
  /** Absent where AWS accepted the write. */
  readonly doubt?: OutcomeError;
  /** What AWS said of the effect, if anything. */
  readonly effect?: Effect | undefined;
};

/** The code of what a run could not do or record, since others had taken it for dead. */
export const TAKEN_FOR_DEAD = "taken-for-dead";

const NEXT = "the next run plans again by what it reads";

/** Why a change is left to another run, or to the next one, by the row that stood in the way. */
const LEFT: { readonly [row: string]: OutcomeError } = {
  "open-intent": {
    code: "in-progress",
    message: "Another run is making this change, or died while it did; the next run settles it",
  },
  "recently-applied": {
    code: "in-progress",
    message: `Another run has just made this change, or another one of its lock; ${NEXT}`,
  },
  "used-change": {
    code: "in-progress",
    message: "Another run has begun this change of the plan file; each works once",
  },
  "revoked-run": {
    code: TAKEN_FOR_DEAD,
    message: "This run stood still and was taken for dead: it begins nothing more",
  },
};

/** What stood in the way of an intent; any other row is one of the job's own, written meanwhile. */
function leftBecause({ kind }: RowKey): OutcomeError {
  return LEFT[rowName(kind)] ?? {
    code: "in-progress",
    message: `Another run has written what this change relies on; ${NEXT}`,
  };
}

/**
 * What a fault of the store makes of changes: none is begun that could not be journalled.
 *
 * @throws the error where it is no fault of the store
 */
export function refusalOfStore(error: unknown): OutcomeError {
  if (!(error instanceof StoreError)) throw error;
  return {
    code: "store",
    message: `Not begun: it could not be journalled. ${error.message}`,
  };
}

/** Writes the intent. Answers why not, where another run has the change or the store is at fault. */
export async function writeIntent<T extends JobTypes>(
  change: T["Change"],
  principal: string,
  applying: Writing<T>,
): Promise<Journalled<T> | OutcomeError> {
  const { job, store, clock, runId, planId, planFileId = null, toolVersion, fault } = applying;
  const settles = applying.noEffect.get(change.id);
  const now = clock.now();
  const entry = intentOf(change, { job: job.name, runId, planId, principal, toolVersion, now });
  try {
    const unmade = await notMadeSince(store, entry, applying.readAt);
    if (!unmade) return LEFT["recently-applied"]!;
    const journalId = journalIdOf(entry, settles);
    const uses = planFileId === null ? [] : [useWrite(planFileId, entry, journalId)];
    const rows = [
      ...intentWrites(entry, settles, job.alsoAbout?.(change)),
      unmade,
      ...uses,
      ...job.rowsFor({ change, entry }),
    ];
    const result = await store.write(rows);
    if (result.written) return { change, entry, journalId };
    return leftBecause(result.inTheWay);
  } catch (error) {
    const refusal = refusalOfStore(error);
    // Other changes have smaller rows.
    if (!(error instanceof OversizedRowError)) fault.store = refusal;
    return refusal;
  }
}

/**
 * Makes the write of a batch. If AWS refuses it, AWS has made none of its changes, because of one of
 * them: each half is tried by itself, until the bad ones are alone.
 *
 * @returns those whose outcome is to be read back; of the others it is recorded
 */
export async function writeBatch<T extends JobTypes>(
  batch: readonly Journalled<T>[],
  applier: Applier<T["Change"]>,
  applying: Writing<T>,
): Promise<Written<T>[]> {
  try {
    const changes = batch.map(({ change }) => change);
    const { requestId, effect } = await applier.write(changes, applying.writing);
    return batch.map((one) => (
      { ...one, entry: { ...one.entry, aws_request_id: requestId }, effect }
    ));
  } catch (error) {
    const doubt = writeError(error);
    if (!isRefusedByAws(error)) return batch.map((one) => ({ ...one, doubt }));
    if (batch.length === 1) {
      await recordRefusal(batch[0]!, doubt, applier, applying);
      return [];
    }
    const half = Math.ceil(batch.length / 2);
    return [
      ...await writeBatch(batch.slice(0, half), applier, applying),
      ...await writeBatch(batch.slice(half), applier, applying),
    ];
  }
}

async function recordRefusal<T extends JobTypes>(
  announced: Journalled<T>,
  refusal: OutcomeError,
  applier: Applier<T["Change"]>,
  applying: Writing<T>,
): Promise<void> {
  const { change, entry } = announced;
  const { job, clock, log } = applying;
  let error = refusal;
  let rows: readonly Write[] = [];
  const failed = finished(entry, "failed", clock.now(), refusal);
  try {
    // Its rows say that there is nothing left to take back, so they are written only then.
    await applier.takeBack(change, applying.writing);
    rows = job.rowsFor({ change, entry: failed });
  } catch (cause) {
    log.error("cannot take back", { target: change.target, error: errorField(cause) });
    const more = `what prepared it could not be taken back (${messageOf(cause)}); ` +
      "the next run does it";
    error = { ...refusal, message: `${refusal.message}; ${more}` };
  }
  const outcome = outcomeWrites(announced, { ...failed, error });
  await recordOutcome([...outcome, ...rows], { change, outcome: "failed", error }, applying);
}

/**
 * Reads back what was written and records the outcomes. What AWS is still at is `pending`; what
 * cannot be seen is `unknown`.
 */
export async function recordOutcomes<T extends JobTypes>(
  written: readonly Written<T>[],
  applier: Applier<T["Change"]>,
  applying: Writing<T>,
): Promise<void> {
  if (written.length === 0) return;
  const { job, clock } = applying;
  const { seen, blind } = await lookForEffects(written, applier, applying);
  for (const announced of written) {
    const { change, entry, doubt } = announced;
    const effect = seen.get(change.id) ?? announced.effect;
    const error = effect ? null : doubt ?? {
      code: "not-seen",
      message: `AWS accepted the write, and its effect could not be seen${blind}`,
    };
    if (error && job.batching(change).repeatable) {
      applying.note(change, "unknown", error);
      continue;
    }
    const closed = effect
      ? effected(entry, effect, clock.now())
      : finished(entry, "unknown", clock.now(), error);
    const rows = [...outcomeWrites(announced, closed), ...job.rowsFor({ change, entry: closed })];
    const ended = { ...change, target: closed.target };
    await recordOutcome(rows, { change: ended, outcome: closed.outcome!, error }, applying);
  }
}

/** How long to wait before each reading: tags are there at once, or some seconds later. */
const LOOK_AFTER_MS = [0, 500, 1_000, 2_000, 4_000];

/** Reads back until every effect is seen and complete, or it was read often enough. */
async function lookForEffects<T extends JobTypes>(
  written: readonly Written<T>[],
  applier: Applier<T["Change"]>,
  { job, clock, log, writing }: Writing<T>,
): Promise<{ readonly seen: ReadonlyMap<string, Effect>; readonly blind: string }> {
  const changes = written.map(({ change }) => change);
  let seen: ReadonlyMap<string, Effect> = new Map();
  try {
    for (const waitMs of job.batching(changes[0]!).lookAfterMs ?? LOOK_AFTER_MS) {
      if (waitMs > 0) await clock.wait(waitMs, writing);
      seen = await applier.readBack(changes, writing);
      if (changes.every(({ id }) => seen.has(id) && seen.get(id)?.token === undefined)) break;
    }
    return { seen, blind: "" };
  } catch (error) {
    log.error("cannot read back", { error: errorField(error) });
    return { seen, blind: `: ${messageOf(error)}` };
  }
}

const REVOKED: OutcomeError = {
  code: TAKEN_FOR_DEAD,
  message: "This run stood still and was taken for dead; another run has settled the change",
};

/**
 * Writes down an outcome, unless others have taken this run for dead and settled it themselves. One
 * that the store does not take is `unknown`: its intent is open, and the next run settles it.
 */
async function recordOutcome<T extends JobTypes>(
  rows: readonly Write[],
  { change, outcome, error }: {
    readonly change: T["Change"];
    readonly outcome: Outcome;
    readonly error: OutcomeError | null;
  },
  { job, store, runId, fault, note }: Writing<T>,
): Promise<void> {
  try {
    const { written } = await store.write([...rows, notRevoked(job.name, runId)]);
    if (written) note(change, outcome, error);
    else note(change, "unknown", REVOKED);
  } catch (thrown) {
    fault.store = refusalOfStore(thrown);
    note(change, "unknown", {
      code: "not-journalled",
      message: `The outcome "${outcome}" could not be journalled; the next run settles it. ` +
        messageOf(thrown),
    });
  }
}
