import * as z from "zod";
import { UsageError } from "../../errors.ts";
import type { JournalEntry } from "../../journal/entry.ts";
import { journalEntry } from "../../journal/journal.ts";
import type { JobTypes } from "../../job_types.ts";
import { rowKind } from "../../store/row_kind.ts";
import type { ReadStore, Write } from "../../store/store.ts";
import type { PlanFile } from "./plan_file.ts";

/** The run that began a change of a plan file. */
export type UsedChange = {
  readonly run_id: string;
  /** When, RFC 3339. */
  readonly at: string;
  /** The id of its intent in the journal. Absent in rows of a version that used up all of a plan. */
  readonly journal_id?: string;
};

/** A row per change of a plan file that was begun; ids are `PLAN_ID/CHANGE_ID`. */
const usedKind = (job: string) =>
  rowKind<UsedChange>(
    `${job}/used-change`,
    z.looseObject({ run_id: z.string(), at: z.string(), journal_id: z.string().exactOptional() }),
    () => "retained",
  );

/**
 * The row that uses up a change of a plan file. It is written together with the change's intent, all
 * or nothing: of two runs one begins the change, and a run that dies has used it.
 */
export function useWrite(planId: string, entry: JournalEntry, journalId: string): Write {
  const { run_id, intended_at: at } = entry;
  const used = { run_id, at, journal_id: journalId };
  return usedKind(entry.job).write(`${planId}/${entry.change_id}`, used, "absent");
}

/** The changes of a plan file that runs have begun, by change id. */
export async function usedChanges<T extends JobTypes>(
  store: ReadStore,
  job: string,
  { plan_id, changes }: PlanFile<T>,
): Promise<ReadonlyMap<string, UsedChange>> {
  const used = new Map<string, UsedChange>();
  for await (const { id, value: row } of usedKind(job).list(store, plan_id)) {
    // An earlier version used up all of a plan at once, under the plan's own id.
    if (id === plan_id) { for (const change of changes) used.set(change.id, row); }
    else used.set(id.slice(plan_id.length + 1), row);
  }
  return used;
}

/** Whether the change that was begun is known to have been made. */
export async function wasMade(
  store: ReadStore,
  job: string,
  { journal_id }: UsedChange,
): Promise<boolean> {
  return journal_id !== undefined &&
    (await journalEntry(store, job, journal_id))?.outcome === "done";
}

/**
 * Refuses a plan file that has nothing left for this run, before AWS is asked.
 *
 * @param isInside whether a change is within what the run was narrowed to
 * @throws UsageError when each change that the run may make was begun before
 */
export function refuseUsedUp<T extends JobTypes>(
  { as_of, changes }: PlanFile<T>,
  used: ReadonlyMap<string, UsedChange>,
  isInside: (change: T["Change"]) => boolean,
): void {
  const inside = changes.filter(isInside);
  const runs = new Set(inside.map(({ id }) => used.get(id)?.run_id));
  if (inside.length === 0 || runs.has(undefined)) return;
  throw new UsageError(
    `The plan of ${as_of} was applied by run ${[...runs].sort().join(" and run ")}; each change ` +
      "of a plan works once. Plan again",
  );
}
