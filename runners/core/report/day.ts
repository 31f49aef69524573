import pLimit from "p-limit";
import * as z from "zod";
import { parseArn } from "../aws/arn.ts";
import { DAY_MS } from "../duration.ts";
import type { JournalEntry } from "../journal/entry.ts";
import { journalOfRun } from "../journal/journal.ts";
import type { Refusal } from "../limits/limits.ts";
import type { UnprovenRegion } from "../plan/coverage.ts";
import type { JobEntry } from "../program.ts";
import type { Ending, StoredOwner, Upcoming } from "./stored.ts";
import { type RefusedChange, refusedChangesOf } from "../run/end/refused_changes.ts";
import { type RunRow, runsOf } from "../run/run_register.ts";
import type { ReadStore } from "../store/store.ts";

/** What a run has left in its summary that a day is told from; older runs have less. */
const SUMMARY = z.looseObject({
  coverage: z.looseObject({
    planned: z.number(),
    proven: z.number(),
    empty: z.number().default(0),
  }).optional().catch(undefined),
  refused: z.looseObject({
    ...{ limit: z.string(), value: z.number(), would: z.number(), reserved: z.number() },
    ...{ scope: z.string().nullable(), detail: z.string().exactOptional() },
  }).nullish().catch(null),
  refused_changes: z.number().default(0).catch(0),
  unproven: z.looseObject({
    total: z.number(),
    places: z.array(z.looseObject({
      ...{ account: z.string(), region: z.string(), reason: z.string(), detail: z.string() },
    })),
  }).optional().catch(undefined),
});

/** A run whose slot is of the day. */
export type DayRun = Pick<RunRow, "run_id" | "verb" | "slot" | "finished"> & {
  readonly died: boolean;
  readonly coverage:
    | { readonly planned: number; readonly proven: number; readonly empty: number }
    | null;
  readonly unproven: { readonly total: number; readonly places: readonly UnprovenRegion[] };
  /** Why its changes were not made; null: nothing refused them, or it makes none. */
  readonly refused: Refusal | null;
  /** As far as they are kept. */
  readonly refusedChanges: readonly RefusedChange[];
  readonly refusedTotal: number;
};

/** An entry of the journal that somebody is told of. */
export type DayEntry = JournalEntry & {
  /** What was done, as people say it: "stopped". */
  readonly did: string;
};

/** What a job did on a day, as the store has it, and what it will do. */
export type DayOfJob = {
  readonly job: string;
  readonly runs: readonly DayRun[];
  /** The entries of these runs. */
  readonly entries: readonly DayEntry[];
  /** Entries of earlier runs whose outcome became known on the day. */
  readonly ended: readonly DayEntry[];
  /** It has no run of the day, and had one that applies in the week before. */
  readonly isMissing: boolean;
  readonly upcoming: readonly Upcoming[];
  readonly endings: readonly Ending[];
};

export type Day = {
  /** In UTC: `2026-11-30`. */
  readonly day: string;
  readonly jobs: readonly DayOfJob[];
  /** The owners that any job knows, by ARN. */
  readonly owners: ReadonlyMap<string, StoredOwner>;
};

/** How long AWS may be at a change of an earlier run, and a job may be without a run. */
const EARLIER_MS = 8 * DAY_MS;
const WEEK_MS = 7 * DAY_MS;
/** How far ahead a deadline is looked for. */
const AHEAD_MS = 90 * DAY_MS;
/** How far ahead settings that end are told. */
export const SOON_MS = 14 * DAY_MS;
/** How many runs are read at once: a store may be far away. */
const AT_ONCE = 10;

/**
 * Reads what the runs did that stand for the slots of a day, from the store alone.
 *
 * @param configOf the job's part of the configuration
 * @param accounts the only accounts to be told of; empty: all
 */
export async function readDay(
  store: ReadStore,
  jobs: readonly JobEntry[],
  { day, now, configOf, accounts }: {
    readonly day: string;
    readonly now: Date;
    readonly configOf: (job: string) => unknown;
    readonly accounts: readonly string[];
  },
): Promise<Day> {
  const isInside = ({ account }: { readonly account: string }) =>
    accounts.length === 0 || accounts.includes(account);
  const from = Date.parse(`${day}T00:00:00Z`);
  const read = await Promise.all(jobs.map(async (entry): Promise<DayOfJob> => {
    const { name } = entry;
    const all = (await Array.fromAsync(runsOf(store, name)))
      .filter(({ slot }) => isBetween(slot, from - EARLIER_MS, from + DAY_MS));
    const [own, earlier] = [
      all.filter(({ slot }) => isBetween(slot, from, from + DAY_MS)),
      all.filter(({ slot }) => isBetween(slot, from - EARLIER_MS, from)),
    ];
    const stored = await entry.stored?.();
    const config = configOf(name);
    const soon = new Date(now.getTime() + SOON_MS);
    const entries = await entriesOf(store, name, own);
    const ended = (await entriesOf(store, name, earlier.filter((run) => isOpen(run, from))))
      .filter(({ finished_at, run_id }) =>
        finished_at !== null && isBetween(finished_at, from, from + DAY_MS) &&
        isAfterMail(finished_at, earlier.find((run) => run.run_id === run_id), from)
      );
    const told = (found: readonly JournalEntry[]) =>
      found.filter(isInside).flatMap((one): DayEntry[] => {
        const did = stored ? stored.doneBy(one) : one.action;
        return did === null ? [] : [{ ...one, did }];
      });
    return {
      job: name,
      runs: await Promise.all(own.map((run) => dayRun(store, name, run, isInside))),
      entries: told(entries),
      ended: told(ended),
      isMissing: own.length === 0 &&
        earlier.some(({ verb, slot }) => verb === "apply" && isBetween(slot, from - WEEK_MS, from)),
      upcoming: config === undefined || !stored
        ? []
        : (await stored.upcoming(store, config, now, new Date(now.getTime() + AHEAD_MS)))
          .filter(isInside),
      endings: config === undefined || !stored
        ? []
        : (await stored.ending(store, config, now, soon)).filter(({ targets }) =>
          targets.length === 0 || targets.some((target) => isInside(parseArn(target)))
        ),
    };
  }));
  return { day, jobs: read, owners: await ownersOf(store, jobs, targetsOf(read)) };
}

function isBetween(instant: string, from: number, until: number): boolean {
  const at = Date.parse(instant);
  return at >= from && at < until;
}

/** Whether outcomes of a run's changes may have become known since a day began. */
function isOpen({ finished, summary }: RunRow, from: number): boolean {
  const { pending = 0 } = (summary["outcomes"] ?? {}) as { readonly pending?: number };
  return finished === null || summary["died"] === true || pending > 0 ||
    Date.parse(finished) >= from;
}

/**
 * What a run itself has learned is told with the day of its slot. Of a run that ended after that day the
 * mail may have been sent before: what it did since then is told again rather than never.
 */
function isAfterMail(finishedAt: string, run: RunRow | undefined, from: number): boolean {
  return !run?.finished || run.summary["died"] === true || finishedAt > run.finished ||
    Date.parse(run.finished) >= from;
}

async function entriesOf(
  store: ReadStore,
  job: string,
  runs: readonly RunRow[],
): Promise<JournalEntry[]> {
  const read = await pLimit(AT_ONCE).map(runs, ({ run_id }) => journalOfRun(store, job, run_id));
  return read.flat();
}

async function dayRun(
  store: ReadStore,
  job: string,
  { run_id, verb, slot, finished, summary }: RunRow,
  isInside: (place: { readonly account: string }) => boolean,
): Promise<DayRun> {
  const { coverage, refused, refused_changes, unproven } = SUMMARY.parse(summary);
  const changes = refused_changes > 0 ? await refusedChangesOf(store, job, run_id) : [];
  return {
    ...{ run_id, verb, slot, finished, died: summary["died"] === true },
    coverage: coverage ?? null,
    unproven: {
      total: unproven?.total ?? 0,
      places: (unproven?.places ?? []).filter(isInside),
    },
    // A report makes no changes, so that nothing keeps it from them.
    refused: refused && refused_changes > 0 ? refused : null,
    refusedChanges: changes.filter(isInside),
    refusedTotal: refused_changes,
  };
}

function targetsOf(jobs: readonly DayOfJob[]): ReadonlySet<string> {
  return new Set(jobs.flatMap(({ runs, entries, ended, upcoming, endings }) => [
    ...runs.flatMap(({ refusedChanges }) => refusedChanges.map(({ target }) => target)),
    ...[...entries, ...ended, ...upcoming].map(({ target }) => target),
    ...endings.flatMap(({ targets }) => targets),
  ]));
}

/** The owners of targets, by what any job knows: the first that knows one says who it is. */
async function ownersOf(
  store: ReadStore,
  jobs: readonly JobEntry[],
  targets: ReadonlySet<string>,
): Promise<ReadonlyMap<string, StoredOwner>> {
  const owners = new Map<string, StoredOwner>();
  for (const job of jobs) {
    const known = await (await job.stored?.())?.owners(store, targets) ?? new Map();
    for (const [target, owner] of known) owners.getOrInsert(target, owner);
  }
  return owners;
}
