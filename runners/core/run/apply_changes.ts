import { failureOf, isInterruption, isRefusedByAws } from "../aws/failure.ts";
import type { Account, Session } from "../aws/sessions.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Applier, Job } from "../job.ts";
import type { Json } from "../json.ts";
import {
  finished,
  intentOf,
  intentWrites,
  type JournalEntry,
  journalIdOf,
  notFenced,
  type OpenIntent,
  type Outcome,
  type OutcomeError,
  outcomeWrites,
} from "../journal/journal.ts";
import { errorField, type Log } from "../log/log.ts";
import type { Change } from "../plan/change.ts";
import type { Store, Write } from "../store/store.ts";
import type { ChangeOutcome } from "./run_document.ts";

export interface Applying<Config, Observed extends Json, Earlier> {
  readonly job: Job<Config, Observed, Earlier>;
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly runId: string;
  readonly planId: string;
  readonly toolVersion: string;
  /** The accounts of the run, for sessions. */
  readonly accounts: readonly Account[];
  readonly session: (account: Account) => Promise<Session>;
  /** Intents of dead runs that had no effect: their entries in the journal are gone on with. */
  readonly undone: ReadonlyMap<string, OpenIntent>;
  /** Fired by SIGINT and SIGTERM: no further write is begun. */
  readonly signal: AbortSignal;
  readonly progress: (done: number, of: number) => void;
}

/** A write in flight may take this long after a signal, so that the run ends within ten seconds. */
const WRITE_AFTER_SIGNAL_MS = 5_000;

/** A write that has been announced and perhaps made. */
interface Written {
  readonly change: Change;
  readonly entry: JournalEntry;
  readonly journalId: string;
  /** Absent where AWS accepted the write. */
  readonly doubt?: OutcomeError;
}

/**
 * Applies changes, one account and region after the other: reads the targets again, then for each
 * change writes the intent, makes the write, and at the end reads back and writes the outcomes.
 *
 * @returns what became of each change
 */
export async function applyChanges<Config, Observed extends Json, Earlier>(
  changes: readonly Change[],
  applying: Applying<Config, Observed, Earlier>,
): Promise<ReadonlyMap<string, ChangeOutcome>> {
  using writing = writeDeadline(applying.signal, applying.clock);
  const outcomes = new Map<string, ChangeOutcome>();
  const note = (change: Change, outcome: Outcome, error: OutcomeError | null = null) => {
    outcomes.set(change.id, { outcome, error, at: applying.clock.now().toISOString() });
    applying.progress(outcomes.size, changes.length);
    const level = outcome === "done" ? "info" : "warn";
    applying.log[level](`change ${outcome}`, {
      account: change.account,
      region: change.region,
      change_id: change.id,
      action: change.action,
      target: change.target,
      ...(error ? { error: { ...error } } : {}),
    });
  };
  for (const group of groupByPlace(changes)) {
    if (applying.signal.aborted) {
      for (const change of group) note(change, "skipped", STOPPED);
      continue;
    }
    await applyGroup(group, { ...applying, writing: writing.signal }, note);
  }
  return outcomes;
}

/** Applying, with the signal that cuts a write. */
type Writing<Config, Observed extends Json, Earlier> =
  & Applying<Config, Observed, Earlier>
  & { readonly writing: AbortSignal };

type Note = (change: Change, outcome: Outcome, error?: OutcomeError | null) => void;

const STOPPED: OutcomeError = {
  code: "interrupted",
  message: "The run was told to stop before this change was begun",
};

async function applyGroup<Config, Observed extends Json, Earlier>(
  group: readonly Change[],
  applying: Writing<Config, Observed, Earlier>,
  note: Note,
): Promise<void> {
  const { job, config, accounts } = applying;
  const [{ account: accountId, region }] = group as [Change];
  let applier: Applier;
  let session: Session;
  let drifted: ReadonlyMap<string, string>;
  try {
    const account = accounts.find(({ id }) => id === accountId) ?? { id: accountId, name: null };
    session = await applying.session(account);
    applier = await job.applier(session, region, config);
    drifted = await applier.recheck(group);
  } catch (error) {
    applying.log.error("cannot apply here", {
      account: accountId,
      region,
      error: errorField(error),
    });
    const stopped = isInterruption(error);
    const { reason, detail } = failureOf(error);
    for (const change of group) {
      note(
        change,
        stopped ? "skipped" : "failed",
        stopped ? STOPPED : { code: reason, message: detail },
      );
    }
    return;
  }
  const written: Written[] = [];
  for (const change of group) {
    const drift = drifted.get(change.id);
    if (applying.signal.aborted) note(change, "skipped", STOPPED);
    else if (drift !== undefined) {
      note(change, "drifted", { code: "drifted", message: drift });
      await closeUndone(change, applying, drift);
    } else {
      const one = await writeOne(change, applier, session.principal, applying, note);
      if (one) written.push(one);
    }
  }
  await recordOutcomes(written, applier, applying, note);
}

/** Announces and makes one write. Answers undefined where its outcome is already recorded. */
async function writeOne<Config, Observed extends Json, Earlier>(
  change: Change,
  applier: Applier,
  principal: string,
  applying: Writing<Config, Observed, Earlier>,
  note: Note,
): Promise<Written | undefined> {
  const { job, store, clock, runId, planId, toolVersion } = applying;
  const settles = applying.undone.get(change.id);
  const now = clock.now();
  const intent = intentOf(change, { job: job.name, runId, planId, principal, toolVersion, now });
  if (!await store.write(intentWrites(intent, settles))) {
    note(change, "skipped", {
      code: "in-progress",
      message: "Another run is making this change, died while it did, or took this one for dead; " +
        "the next run settles it",
    });
    return undefined;
  }
  const journalId = journalIdOf(intent, settles);
  try {
    const requestId = await applier.write(change, applying.writing);
    return { change, entry: { ...intent, aws_request_id: requestId }, journalId };
  } catch (error) {
    const { reason, detail } = failureOf(error);
    const doubt = { code: reason, message: detail };
    if (!isRefusedByAws(error)) return { change, entry: intent, journalId, doubt };
    const rows = outcomeWrites(journalId, finished(intent, "failed", clock.now(), doubt));
    if (await recorded(rows, applying)) note(change, "failed", doubt);
    else note(change, "unknown", FENCED);
    return undefined;
  }
}

/** Reads back what was written and records the outcomes. What cannot be seen is `unknown`. */
async function recordOutcomes<Config, Observed extends Json, Earlier>(
  written: readonly Written[],
  applier: Applier,
  applying: Writing<Config, Observed, Earlier>,
  note: Note,
): Promise<void> {
  if (written.length === 0) return;
  const { job, clock } = applying;
  const { seen, blind } = await lookForEffects(written, applier, applying);
  for (const { change, entry, journalId, doubt } of written) {
    if (seen.has(change.id)) {
      const rows = [
        ...outcomeWrites(journalId, finished(entry, "done", clock.now())),
        ...job.rowsWhenDone(entry),
      ];
      if (await recorded(rows, applying)) note(change, "done");
      else note(change, "unknown", FENCED);
    } else {
      const error = doubt ?? {
        code: "not-seen",
        message: `AWS accepted the write, and its effect could not be seen${blind}`,
      };
      const rows = outcomeWrites(journalId, finished(entry, "unknown", clock.now(), error));
      note(change, "unknown", await recorded(rows, applying) ? error : FENCED);
    }
  }
}

/** How long to wait before each look: tags are eventually consistent, and mostly there at once. */
const LOOK_AFTER_MS = [0, 500, 1_000, 2_000, 4_000];

/** Reads back until every effect is seen, or the looks are used up. */
async function lookForEffects<Config, Observed extends Json, Earlier>(
  written: readonly Written[],
  applier: Applier,
  { clock, log, writing }: Writing<Config, Observed, Earlier>,
): Promise<{ readonly seen: ReadonlySet<string>; readonly blind: string }> {
  const changes = written.map(({ change }) => change);
  let seen: ReadonlySet<string> = new Set();
  try {
    for (const waitMs of LOOK_AFTER_MS) {
      if (waitMs > 0) await clock.wait(waitMs, writing);
      seen = await applier.readBack(changes, writing);
      if (changes.every(({ id }) => seen.has(id))) break;
    }
    return { seen, blind: "" };
  } catch (error) {
    log.error("cannot read back", { error: errorField(error) });
    return { seen, blind: `: ${messageOf(error)}` };
  }
}

const FENCED: OutcomeError = {
  code: "taken-for-dead",
  message: "This run stood still and was taken for dead; another run has settled the change",
};

/** Writes down an outcome, unless others have taken this run for dead and settled it themselves. */
async function recorded<Config, Observed extends Json, Earlier>(
  rows: readonly Write[],
  { store, runId }: Writing<Config, Observed, Earlier>,
): Promise<boolean> {
  return await store.write([...rows, notFenced(runId)]);
}

/** An intent of a dead run that had no effect and whose target has changed since is over. */
async function closeUndone<Config, Observed extends Json, Earlier>(
  change: Change,
  { undone, store, clock }: Applying<Config, Observed, Earlier>,
  drift: string,
): Promise<void> {
  const intent = undone.get(change.id);
  if (!intent) return;
  const entry = finished(intent.entry, "drifted", clock.now(), { code: "drifted", message: drift });
  await store.write(outcomeWrites(intent.journalId, entry, intent.revision));
}

/** The signal of all writes: fires some seconds after the run was told to stop. */
function writeDeadline(stop: AbortSignal, clock: Clock): Disposable & { signal: AbortSignal } {
  const deadline = new AbortController();
  const over = new AbortController();
  const begin = () =>
    void clock.wait(WRITE_AFTER_SIGNAL_MS, over.signal).then(() => deadline.abort(), () => {});
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true, signal: over.signal });
  return { signal: deadline.signal, [Symbol.dispose]: () => over.abort() };
}

/** How many changes are read again, made and read back together; EC2 filters take 200 values. */
const GROUP = 100;

/** Changes of one account and region, in the order of the plan, in groups that one call can name. */
function groupByPlace(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    const first = last?.[0];
    const fits = last && last.length < GROUP && first?.account === change.account &&
      first.region === change.region;
    if (fits) last.push(change);
    else groups.push([change]);
  }
  return groups;
}
