import * as z from "zod";
import { instantInRow, rowKind } from "../store/row_kind.ts";
import type { ReadStore, Store } from "../store/store.ts";
import type { Wanted } from "./counts.ts";
import { DAY_MS } from "../duration.ts";
import type { Reservation } from "./limits.ts";

/** A budget that cannot be read is not an empty one. */
const SHAPE = z.looseObject({
  reservations: z.array(z.looseObject({
    run_id: z.string(),
    at: instantInRow,
    finished: z.boolean(),
    wanted: z.array(z.looseObject({})),
  })),
});
const BUDGET = rowKind<{ readonly reservations: readonly Reservation[] }>("budget", SHAPE);

/** Reads what all runs of a job have reserved. */
export async function reservationsOf(store: ReadStore, job: string): Promise<{
  readonly reservations: readonly Reservation[];
  /** For the compare-and-set of the next write. */
  readonly revision: number | "absent";
}> {
  const row = await BUDGET.get(store, job);
  return { reservations: row?.value.reservations ?? [], revision: row?.revision ?? "absent" };
}

/**
 * Changes the reservations by compare-and-set until it succeeds.
 *
 * @param change answers the new list, or undefined to leave all as it is
 * @returns whether the list was changed
 */
export async function changeReservations(
  store: Store,
  job: string,
  now: Date,
  change: (reservations: readonly Reservation[]) => readonly Reservation[] | undefined,
): Promise<boolean> {
  for (;;) {
    const { reservations, revision } = await reservationsOf(store, job);
    const next = change(reservations);
    if (next === undefined) return false;
    const kept = next.filter((one) => !one.finished || now.getTime() - Date.parse(one.at) < DAY_MS);
    if (await store.write([BUDGET.write(job, { reservations: kept }, revision)])) return true;
  }
}

/** A run that is over keeps of its reservation what had an effect, or may have had one. */
export async function finishReservation(
  store: Store,
  job: string,
  now: Date,
  runId: string,
  effective: readonly Wanted[],
): Promise<void> {
  const finish = (one: Reservation): Reservation =>
    one.run_id === runId ? { ...one, finished: true, wanted: effective } : one;
  await changeReservations(store, job, now, (reservations) => reservations.map(finish));
}
