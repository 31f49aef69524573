import pLimit from "p-limit";
import * as z from "zod";
import { DAY_MS } from "../duration.ts";
import type { JsonObject } from "../json.ts";
import type { JournalEntry } from "./entry.ts";
import { accountRows, instantInRow, rowKind, type TypedRow } from "../store/row_kind.ts";
import type { ReadStore, Write } from "../store/store.ts";

/** What the rows must have for a run to go on from them. */
const ENTRY = z.looseObject({
  run_id: z.string(),
  change_id: z.string(),
  job: z.string(),
  target: z.string(),
  action: z.string(),
  before: z.looseObject({}),
  after: z.looseObject({}),
  intended_at: instantInRow,
  outcome: z.string().nullable(),
});

/**
 * The entries of a month, by {@linkcode journalIdOf}: `audit/journal#2026-11`. One that a later run
 * is to settle never ends.
 */
const entriesOf = (job: string, month: string) =>
  rowKind<JournalEntry>(
    `${job}/journal#${month}`,
    ENTRY,
    ({ outcome }) => outcome === null || outcome === "pending" ? undefined : "retained",
  );

/** Where an entry stands. */
type Pointer = { readonly journal_id: string };
const POINTER = z.looseObject({ journal_id: z.string() });

/** The entries about each target, by the target's ARN, a space, and the entry's id. */
const byTarget = (job: string) =>
  accountRows<Pointer>(`${job}/journal-by-target`, POINTER, () => "retained");

/** The entries of a run, by their ids. */
const byRun = (job: string, runId: string) =>
  rowKind<Pointer>(`${job}/journal-by-run#${runId}`, POINTER, () => "retained");

/** One row per lock that a change under way holds; its absence lets another run begin. */
const openIntent = (job: string) => rowKind<Pointer>(`${job}/open-intent`, POINTER);

/**
 * One row per run that others took for dead. While it is there, that run begins nothing more. It is
 * there for as long as the journal has what was settled in its place.
 */
const revokedRun = (job: string) =>
  rowKind<JsonObject>(`${job}/revoked-run`, undefined, () => "retained");

/**
 * One row per lock whose change was made lately: a run that read before that must read again. No run
 * that is still alive has read more than a day ago.
 */
const recentlyApplied = (job: string) =>
  accountRows<{ readonly at: string }>(
    `${job}/recently-applied`,
    z.looseObject({ at: instantInRow }),
    ({ at }) => new Date(Date.parse(at) + DAY_MS),
  );

type Announced = {
  readonly entry: JournalEntry;
  readonly journalId: string;
};

/** An intent without an outcome, or a pending one, with the revision of the row that guards it. */
export type OpenIntent = Announced & { readonly revision: number };

/**
 * The rows that record an intent. They must be written before the call to AWS.
 *
 * @param also more ARNs that the change is about, beside its target
 */
export function intentWrites(
  entry: JournalEntry,
  settles?: OpenIntent,
  also: readonly string[] = [],
): Write[] {
  const { job, run_id } = entry;
  const journal_id = journalIdOf(entry, settles);
  return [
    entriesOf(job, monthOf(journal_id)).write(journal_id, entry),
    openIntent(job).write(lockOf(entry), { journal_id }, settles?.revision ?? "absent"),
    notRevoked(job, run_id),
    byRun(job, run_id).write(journal_id, { journal_id }),
    ...targetWrites(entry, journal_id, also),
  ];
}

/** The rows by which the journal finds an entry under its target, and under what else it is about. */
function targetWrites(
  { job, account, target }: JournalEntry,
  journal_id: string,
  also: readonly string[] = [],
): Write[] {
  return [...new Set([target, ...also])].map((arn) =>
    byTarget(job).of(account).write(`${arn} ${journal_id}`, { journal_id })
  );
}

/**
 * Holds only while nobody has taken the run for dead: one that stood still (a suspended machine)
 * must neither begin anything more nor write over what others have settled.
 */
export function notRevoked(job: string, runId: string): Write {
  return revokedRun(job).write(runId, undefined, "absent");
}

/** The row that keeps a run from beginning and recording anything more. */
export function revokeRun(job: string, runId: string): Write {
  return revokedRun(job).write(runId, {});
}

/**
 * The rows that record what became of an intent. A pending one keeps its lock.
 *
 * @param announced with a revision: nobody else may have settled it meanwhile
 */
export function outcomeWrites(
  { entry: { target }, journalId, revision }: Announced & Partial<OpenIntent>,
  entry: JournalEntry,
): Write[] {
  const { job, account, outcome, finished_at } = entry;
  const held = outcome === "pending" ? { journal_id: journalId } : undefined;
  return [
    entriesOf(job, monthOf(journalId)).write(journalId, entry),
    openIntent(job).write(lockOf(entry), held, revision),
    // What was made was not known when it was announced.
    ...(entry.target === target ? [] : targetWrites(entry, journalId)),
    ...(outcome === "done"
      ? [recentlyApplied(job).of(account).write(lockOf(entry), { at: finished_at! })]
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
  const kind = recentlyApplied(entry.job).of(entry.account);
  const lock = lockOf(entry);
  const made = await kind.get(store, lock);
  return made && Date.parse(made.value.at) >= readAt.getTime()
    ? undefined
    : kind.write(lock, made?.value, made?.revision ?? "absent");
}

/** The id of the entry of an intent in the journal: when it was announced, and its change. */
export function journalIdOf(entry: JournalEntry, settles?: OpenIntent): string {
  return settles?.journalId ?? `${entry.intended_at}/${entry.change_id}`;
}

function monthOf(journalId: string): string {
  return journalId.slice(0, "2026-11".length);
}

/** The intents of a job that have no outcome; or the pending ones, too. */
export async function openIntents(
  store: ReadStore,
  job: string,
  outcomes: readonly JournalEntry["outcome"][] = [null],
): Promise<OpenIntent[]> {
  const held = await pointedAt(store, job, openIntent(job).list(store));
  return held.filter(({ entry }) => outcomes.includes(entry.outcome));
}

/** The entry of an id in the journal of a job. */
export async function journalEntry(
  store: ReadStore,
  job: string,
  journalId: string,
): Promise<JournalEntry | undefined> {
  return (await entriesOf(job, monthOf(journalId)).get(store, journalId))?.value;
}

/**
 * The entries about a target, oldest first: as many rows are read as there are entries.
 *
 * @param place the account whose journal has them, and the ARN
 */
export async function journalOfTarget(
  store: ReadStore,
  job: string,
  { account, target }: Pick<JournalEntry, "account" | "target">,
): Promise<JournalEntry[]> {
  const pointers = byTarget(job).of(account).list(store, `${target} `);
  return (await pointedAt(store, job, pointers)).map(({ entry }) => entry);
}

/** The entries of a run, oldest first. */
export async function journalOfRun(
  store: ReadStore,
  job: string,
  runId: string,
): Promise<JournalEntry[]> {
  const found = await pointedAt(store, job, byRun(job, runId).list(store));
  // Another run may have gone on with an intent of a dead one.
  return found.map(({ entry }) => entry).filter(({ run_id }) => run_id === runId);
}

/** How many entries are read at once: a store may be far away. */
const AT_ONCE = 20;

/** The entries that rows point at, each with the revision of its row. */
async function pointedAt(
  store: ReadStore,
  job: string,
  pointers: AsyncIterable<TypedRow<Pointer>>,
): Promise<OpenIntent[]> {
  const rows = await Array.fromAsync(pointers);
  const found = await pLimit(AT_ONCE).map(rows, async ({ value, revision }) => {
    const entry = await journalEntry(store, job, value.journal_id);
    return entry ? [{ entry, journalId: value.journal_id, revision }] : [];
  });
  return found.flat();
}

/** The entries of a job whose intents are of the time between two instants, oldest first. */
export async function* journalBetween(
  store: ReadStore,
  job: string,
  from: Date,
  to: Date,
): AsyncGenerator<JournalEntry> {
  for (const month of monthsBetween(from, to)) {
    for await (const { value: entry } of entriesOf(job, month).list(store)) {
      const at = Date.parse(entry.intended_at);
      if (at >= from.getTime() && at <= to.getTime()) yield entry;
    }
  }
}

/** The months from one instant to another, in UTC: `2026-11`. */
function monthsBetween(from: Date, to: Date): string[] {
  const months: string[] = [];
  const month = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth()));
  for (; month <= to; month.setUTCMonth(month.getUTCMonth() + 1)) {
    months.push(monthOf(month.toISOString()));
  }
  return months;
}

/** The id of the rows of the change's lock. */
export function lockOf({ lock, change_id }: Pick<JournalEntry, "lock" | "change_id">): string {
  return lock ?? change_id;
}
