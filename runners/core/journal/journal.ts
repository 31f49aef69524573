import { DAY_MS } from "../duration.ts";
import * as z from "zod";
import type { JsonObject } from "../json.ts";
import type { WrittenChange } from "../plan/change.ts";
import { instantInRow, rowKind } from "../store/row_kind.ts";
import type { ReadStore, Store, Write } from "../store/store.ts";

/**
 * What became of a change.
 *
 * `unknown` is a write whose effect could not be shown to be ours, or could not be seen at all.
 * `drifted` was not written because its target was no longer as planned; `skipped` because
 * another run is making the change, or this one was told to stop.
 */
export type Outcome = "done" | "failed" | "drifted" | "skipped" | "unknown";

/** Why an outcome is not "done". */
export type OutcomeError = {
  readonly code: string;
  readonly message: string;
};

/** One line of the journal: an intent, and what became of it. */
export type JournalEntry = Omit<WrittenChange, "id"> & {
  readonly run_id: string;
  readonly plan_id: string;
  readonly change_id: string;
  readonly job: string;
  /** The ARN that made the write. */
  readonly principal: string;
  readonly aws_request_id: string | null;
  readonly tool_version: string;
  readonly intended_at: string;
  /** null while it is not known: the write is under way, or the run died. */
  readonly outcome: Outcome | null;
  readonly finished_at: string | null;
  readonly error: OutcomeError | null;
};

/** What the rows must have for a run to go on from them. */
const JOURNAL = rowKind<JournalEntry>(
  "journal",
  z.looseObject({
    run_id: z.string(),
    change_id: z.string(),
    job: z.string(),
    target: z.string(),
    action: z.string(),
    before: z.looseObject({}),
    after: z.looseObject({}),
    intended_at: instantInRow,
    outcome: z.string().nullable(),
  }),
);

/** One row per lock that a change under way holds; its absence lets another run begin. */
const INTENT = rowKind<{ readonly journal_id: string }>(
  "open-intent",
  z.looseObject({ journal_id: z.string() }),
);

/** One row per run that others took for dead. While it is there, that run begins nothing more. */
const REVOKED_RUN = rowKind<JsonObject>("revoked-run");

/** One row per lock whose change was made lately: a run that read before that must read again. */
const RECENTLY_APPLIED = rowKind<{ readonly at: string }>(
  "recently-applied",
  z.looseObject({ at: instantInRow }),
);

/** An intent without an outcome, with the row that guards it. */
export type OpenIntent = {
  readonly entry: JournalEntry;
  /** The id of the entry in the journal. */
  readonly journalId: string;
  readonly revision: number;
};

/** The rows that record an intent. They must be written before the call to AWS. */
export function intentWrites(entry: JournalEntry, settles?: OpenIntent): Write[] {
  const journalId = journalIdOf(entry, settles);
  return [
    JOURNAL.write(journalId, entry),
    INTENT.write(lockOf(entry), { journal_id: journalId }, settles?.revision ?? "absent"),
    notRevoked(entry.run_id),
  ];
}

/**
 * Holds only while nobody has taken the run for dead: one that stood still (a suspended machine)
 * must neither begin anything more nor write over what others have settled.
 */
export function notRevoked(runId: string): Write {
  return REVOKED_RUN.write(runId, undefined, "absent");
}

/** The row that keeps a run from beginning and recording anything more. */
export function revokeRun(runId: string): Write {
  return REVOKED_RUN.write(runId, {});
}

/** The rows that record what became of an intent. */
export function outcomeWrites(
  journalId: string,
  entry: JournalEntry,
  expect?: number,
): Write[] {
  return [
    JOURNAL.write(journalId, entry),
    INTENT.write(lockOf(entry), undefined, expect),
    ...(entry.outcome === "done"
      ? [RECENTLY_APPLIED.write(lockOf(entry), { at: entry.finished_at! })]
      : []),
  ];
}

/**
 * What must hold for a run to begin a change that it planned from what it read at an instant: nobody
 * has made the change, or another one of its lock, since. Two runs that read at the same time would
 * otherwise both make it, one after the other.
 *
 * @returns undefined where it was made since; the next run sees it
 */
export async function notMadeSince(
  store: ReadStore,
  entry: JournalEntry,
  readAt: Date,
): Promise<Write | undefined> {
  const lock = lockOf(entry);
  const made = await RECENTLY_APPLIED.get(store, lock);
  return made && Date.parse(made.value.at) >= readAt.getTime()
    ? undefined
    : RECENTLY_APPLIED.write(lock, made?.value, made?.revision ?? "absent");
}

/** Forgets what was made before an instant: no run that is still alive has read before it. */
export async function forgetMade(store: Store, job: string, before: Date): Promise<void> {
  const old: Write[] = [];
  for await (const { id, value } of RECENTLY_APPLIED.list(store, `${job}/`)) {
    if (Date.parse(value.at) < before.getTime()) old.push(RECENTLY_APPLIED.write(id, undefined));
  }
  await store.write(old);
}

/** The id of the entry of an intent in the journal. */
export function journalIdOf(entry: JournalEntry, settles?: OpenIntent): string {
  return settles?.journalId ?? `${entry.intended_at}/${entry.job}/${entry.change_id}`;
}

/** An entry that says how it ended. */
export function finished(
  entry: JournalEntry,
  outcome: Outcome,
  at: Date,
  error: OutcomeError | null = null,
): JournalEntry {
  return { ...entry, outcome, finished_at: at.toISOString(), error };
}

/** The entry of a change that is about to be made. */
export function intentOf(
  change: WrittenChange,
  run: {
    readonly job: string;
    readonly runId: string;
    readonly planId: string;
    readonly principal: string;
    readonly toolVersion: string;
    readonly now: Date;
  },
): JournalEntry {
  const { id, account, region, action, target, reason, before, after, lock } = change;
  return {
    run_id: run.runId,
    plan_id: run.planId,
    change_id: id,
    job: run.job,
    account,
    region,
    action,
    target,
    reason,
    before,
    after,
    ...(lock === undefined ? {} : { lock }),
    principal: run.principal,
    aws_request_id: null,
    tool_version: run.toolVersion,
    intended_at: run.now.toISOString(),
    outcome: null,
    finished_at: null,
    error: null,
  };
}

/** All intents of a job that have no outcome. */
export async function openIntents(store: ReadStore, job: string): Promise<OpenIntent[]> {
  const open: OpenIntent[] = [];
  for await (const { value, revision } of INTENT.list(store, `${job}/`)) {
    const journalId = value.journal_id;
    const entry = await journalEntry(store, journalId);
    if (entry) open.push({ entry, journalId, revision });
  }
  return open;
}

/** The entry of an id in the journal. */
export async function journalEntry(
  store: ReadStore,
  journalId: string,
): Promise<JournalEntry | undefined> {
  return (await JOURNAL.get(store, journalId))?.value;
}

/** The journal, oldest first. */
export async function* journalEntries(store: ReadStore): AsyncGenerator<JournalEntry> {
  for await (const { value } of JOURNAL.list(store)) yield value;
}

/** The entries of a job whose intents are of the time between two instants, oldest first. */
export async function* journalBetween(
  store: ReadStore,
  job: string,
  from: Date,
  to: Date,
): AsyncGenerator<JournalEntry> {
  // Ids begin with the instant of the intent; days are all that is read of a journal of years.
  const first = Math.floor(from.getTime() / DAY_MS) * DAY_MS;
  for (let day = first; day <= to.getTime(); day += DAY_MS) {
    const prefix = new Date(day).toISOString().slice(0, "2026-11-20".length);
    for await (const { value: entry } of JOURNAL.list(store, prefix)) {
      const at = Date.parse(entry.intended_at);
      if (entry.job === job && at >= from.getTime() && at <= to.getTime()) yield entry;
    }
  }
}

/** The id of the rows of the change's lock. */
function lockOf({ job, lock, change_id }: JournalEntry): string {
  return `${job}/${lock ?? change_id}`;
}
