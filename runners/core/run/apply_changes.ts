import pLimit from "p-limit";
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
  notMadeSince,
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
  /** The instant that the changes were planned for. */
  readonly plannedAt: Date;
  /** How many groups are worked on at once: 1 for changes, so that what goes wrong is seen early. */
  readonly atOnce: number;
  readonly toolVersion: string;
  /** The accounts of the run, for sessions. */
  readonly accounts: readonly Account[];
  readonly session: (account: Account, role: string) => Promise<Session>;
  /** Intents of dead runs that had no effect: their entries in the journal are gone on with. */
  readonly undone: ReadonlyMap<string, OpenIntent>;
  /** Fired by SIGINT and SIGTERM: no further write is begun. */
  readonly signal: AbortSignal;
  readonly progress: (done: number, of: number) => void;
}

/** A write in flight may take this long after a signal, so that the run ends within ten seconds. */
const WRITE_AFTER_SIGNAL_MS = 5_000;

/**
 * Applies changes, one account and region after the other: reads the targets of a group again,
 * then for each batch writes the intents and makes the write, and at the end reads back and writes
 * the outcomes. Every change has an outcome of its own.
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
  const limit = pLimit(applying.atOnce);
  await Promise.all(
    groupsOf(changes, applying.job).map((group) =>
      limit(async () => {
        const hindered = hindrance(applying);
        if (hindered) { for (const change of group) note(change, "skipped", hindered); }
        else await applyGroup(group, { ...applying, writing: writing.signal }, note);
      })
    ),
  );
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

/**
 * How old a plan may grow before its changes: a person may take days to answer, and a machine may
 * be suspended. The instants in it would promise less time than they seem to.
 */
const MAX_PLAN_AGE_MS = 3_600_000;

const TOO_OLD: OutcomeError = {
  code: "plan-too-old",
  message: "More than an hour has passed since this change was planned; the next run plans it anew",
};

/** Why nothing may be begun now; undefined where all is well. */
function hindrance(
  { signal, clock, plannedAt }: Pick<
    Applying<unknown, Json, unknown>,
    "signal" | "clock" | "plannedAt"
  >,
): OutcomeError | undefined {
  if (signal.aborted) return STOPPED;
  return clock.now().getTime() - plannedAt.getTime() > MAX_PLAN_AGE_MS ? TOO_OLD : undefined;
}

async function applyGroup<Config, Observed extends Json, Earlier>(
  group: readonly Change[],
  applying: Writing<Config, Observed, Earlier>,
  note: Note,
): Promise<void> {
  const { job, config, accounts } = applying;
  const [first] = group as [Change];
  const { account: accountId, region } = first;
  let applier: Applier;
  let session: Session;
  let drifted: ReadonlyMap<string, string>;
  try {
    const account = accounts.find(({ id }) => id === accountId) ?? { id: accountId, name: null };
    session = await applying.session(account, job.roleOf(first));
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
  const standing: Change[] = [];
  for (const change of group) {
    const drift = drifted.get(change.id);
    if (drift === undefined) standing.push(change);
    else {
      note(change, "drifted", { code: "drifted", message: drift });
      await closeUndone(change, applying, drift);
    }
  }
  const written: Written[] = [];
  for (const batch of chunksOf(standing, job.batching(first).perWrite)) {
    const hindered = hindrance(applying);
    if (hindered) {
      for (const change of batch) note(change, "skipped", hindered);
      continue;
    }
    const announced: Announced[] = [];
    for (const change of batch) {
      const one = await announce(change, session.principal, applying);
      if (one) announced.push(one);
      else note(change, "skipped", IN_PROGRESS);
    }
    if (announced.length > 0) {
      written.push(...await writeBatch(announced, applier, applying, note));
    }
  }
  await recordOutcomes(written, applier, applying, note);
}

/** A change whose intent stands in the journal. */
interface Announced {
  readonly change: Change;
  readonly entry: JournalEntry;
  readonly journalId: string;
}

/** A write that has been announced and perhaps made. */
interface Written extends Announced {
  /** Absent where AWS accepted the write. */
  readonly doubt?: OutcomeError;
}

const IN_PROGRESS: OutcomeError = {
  code: "in-progress",
  message: "Another run is making this change, has just made it, died while it did, or took this " +
    "one for dead; the next run settles it",
};

/** Writes the intent. Answers undefined where another run has the change in hand. */
async function announce<Config, Observed extends Json, Earlier>(
  change: Change,
  principal: string,
  applying: Writing<Config, Observed, Earlier>,
): Promise<Announced | undefined> {
  const { job, store, clock, runId, planId, toolVersion } = applying;
  const settles = applying.undone.get(change.id);
  const now = clock.now();
  const entry = intentOf(change, { job: job.name, runId, planId, principal, toolVersion, now });
  const unmade = await notMadeSince(store, job.name, change.id, applying.plannedAt);
  if (!unmade) return undefined;
  const rows = [...intentWrites(entry, settles), unmade, ...job.rowsFor(entry)];
  if (!await store.write(rows)) return undefined;
  return { change, entry, journalId: journalIdOf(entry, settles) };
}

/**
 * Makes the write of a batch. Where AWS refuses it, it has taken none of it, because of one that
 * stands in it: each half is tried by itself, until the bad ones are alone (research, audit.md
 * rows 5 to 7).
 *
 * @returns those whose outcome is to be read back; of the others it is recorded
 */
async function writeBatch<Config, Observed extends Json, Earlier>(
  batch: readonly Announced[],
  applier: Applier,
  applying: Writing<Config, Observed, Earlier>,
  note: Note,
): Promise<Written[]> {
  try {
    const requestId = await applier.write(batch.map(({ change }) => change), applying.writing);
    return batch.map((one) => ({ ...one, entry: { ...one.entry, aws_request_id: requestId } }));
  } catch (error) {
    const { reason, detail } = failureOf(error);
    const doubt = { code: reason, message: detail };
    if (!isRefusedByAws(error)) return batch.map((one) => ({ ...one, doubt }));
    if (batch.length === 1) {
      await recordRefusal(batch[0]!, doubt, applier, applying, note);
      return [];
    }
    const half = Math.ceil(batch.length / 2);
    return [
      ...await writeBatch(batch.slice(0, half), applier, applying, note),
      ...await writeBatch(batch.slice(half), applier, applying, note),
    ];
  }
}

async function recordRefusal<Config, Observed extends Json, Earlier>(
  { change, entry, journalId }: Announced,
  refusal: OutcomeError,
  applier: Applier,
  applying: Writing<Config, Observed, Earlier>,
  note: Note,
): Promise<void> {
  const { job, clock, log } = applying;
  let error = refusal;
  let rows: readonly Write[] = [];
  const failed = finished(entry, "failed", clock.now(), refusal);
  try {
    // Its rows say that there is nothing left to take back, so they are written only then.
    await applier.takeBack(change, applying.writing);
    rows = job.rowsFor(failed);
  } catch (cause) {
    log.error("cannot take back", { target: change.target, error: errorField(cause) });
    const more = `what prepared it could not be taken back (${messageOf(cause)}); ` +
      "the next run does it";
    error = { ...refusal, message: `${refusal.message}; ${more}` };
  }
  const outcome = outcomeWrites(journalId, { ...failed, error });
  if (await recorded([...outcome, ...rows], applying)) note(change, "failed", error);
  else note(change, "unknown", FENCED);
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
    const error = seen.has(change.id) ? null : doubt ?? {
      code: "not-seen",
      message: `AWS accepted the write, and its effect could not be seen${blind}`,
    };
    const outcome = error === null ? "done" : "unknown";
    const closed = finished(entry, outcome, clock.now(), error);
    const rows = [...outcomeWrites(journalId, closed), ...job.rowsFor(closed)];
    if (await recorded(rows, applying)) note(change, outcome, error);
    else note(change, "unknown", FENCED);
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

/** Changes of one account, region and role, in the order of the plan, that are read again at once. */
function groupsOf<Config, Observed extends Json, Earlier>(
  changes: readonly Change[],
  job: Job<Config, Observed, Earlier>,
): Change[][] {
  const groups = Map.groupBy(
    changes,
    (change) =>
      [change.account, change.region, job.roleOf(change), job.batching(change).key].join("/"),
  );
  return [...groups.values()].flatMap((group) => chunksOf(group, job.batching(group[0]!).together));
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
