import * as z from "zod";
import { chunksOf } from "../chunks.ts";
import { DAY_MS } from "../duration.ts";
import type { JsonObject } from "../json.ts";
import { instantInRow, rowKind } from "../store/row_kind.ts";
import type { ReadStore, Store, Write } from "../store/store.ts";
import type { Examined, Wanted } from "./counts.ts";
import { hasPercentage, type LimitQuestion, type Reservation } from "./limits.ts";

/** How many places a row has: some 75 bytes each, so that the largest row stays below 100 KB. */
const PLACES_PER_ROW = 1_000;

/** What all rows of a run's reservation say. */
type Part = Omit<Reservation, "wanted" | "examined">;

/** A run that is over counts for a day; one that is not counts until its intents are settled. */
const endOfPart = ({ finished, at }: Part) =>
  finished ? new Date(Date.parse(at) + DAY_MS) : undefined;

/** A budget that cannot be read is not an empty one. */
const partShape = (items: "wanted" | "examined") =>
  z.looseObject({
    run_id: z.string(),
    at: instantInRow,
    finished: z.boolean(),
    [items]: z.array(z.looseObject({})),
  });

/** One row, written with each reservation: of two runs that read the same, one must read again. */
const head = (job: string) => rowKind<JsonObject>(`${job}/budget`);
const HEAD = "head";

/** What runs have taken, in rows of {@linkcode PLACES_PER_ROW}, by run and number. */
const taken = (job: string) =>
  rowKind<Part & Pick<Reservation, "wanted">>(`${job}/reservation`, partShape("wanted"), endOfPart);

/** What runs have examined, in the same way: only where a percentage binds, and read where it counts. */
const examinedBy = (job: string) =>
  rowKind<Part & Pick<Reservation, "examined">>(
    `${job}/examined`,
    partShape("examined"),
    endOfPart,
  );

/** What the run that asks for the reservations of others is bound by. */
export type ReservationReading = Pick<LimitQuestion, "limits" | "share">;

/**
 * Reads what all runs of a job have reserved. What they have examined is read of those that may share
 * a budget with the run that asks, and only if a percentage binds.
 */
export async function reservationsOf(
  store: ReadStore,
  job: string,
  { limits, share }: ReservationReading,
): Promise<{
  readonly reservations: readonly Reservation[];
  /** For the compare-and-set of the next reservation. */
  readonly revision: number | "absent";
}> {
  // The head first: a reservation that comes between the two reads makes the next write fail.
  const revision = await revisionOf(store, job);
  const reservations = new Map<string, Reservation>();
  for await (const { value: { wanted, ...part } } of taken(job).list(store)) {
    const before = reservations.get(part.run_id)?.wanted ?? [];
    reservations.set(part.run_id, { ...part, wanted: [...before, ...wanted], examined: [] });
  }
  if (hasPercentage(limits)) {
    for (const one of reservations.values()) {
      if (one.finished && !one.share && !share) continue;
      const examined = await examinedOf(store, job, one.run_id);
      reservations.set(one.run_id, { ...one, examined });
    }
  }
  return { reservations: [...reservations.values()], revision };
}

async function revisionOf(store: ReadStore, job: string): Promise<number | "absent"> {
  return (await head(job).get(store, HEAD))?.revision ?? "absent";
}

async function examinedOf(store: ReadStore, job: string, runId: string): Promise<Examined[]> {
  const rows = await Array.fromAsync(examinedBy(job).list(store, `${runId}/`));
  return rows.flatMap(({ value }) => value.examined);
}

/**
 * Reserves what a run wants, by compare-and-set until it succeeds.
 *
 * @param decide answers the reservation by what others have reserved, or undefined to make none
 * @returns whether one was made
 */
export async function reserve(
  store: Store,
  job: string,
  reading: ReservationReading,
  decide: (others: readonly Reservation[]) => Reservation | undefined,
): Promise<boolean> {
  let examined: readonly Write[] = [];
  for (;;) {
    const { reservations, revision } = await reservationsOf(store, job, reading);
    const own = decide(reservations);
    if (own === undefined) {
      // Rows are read one by one: what was made meanwhile may have been seen in part.
      if (await revisionOf(store, job) !== revision) continue;
      // Another run was faster, and nothing is left of this one.
      await store.writeEach(examined.map(({ kind, id }) => ({ kind, id, value: undefined })));
      return false;
    }
    // Nobody reads them before the reservation is there.
    if (hasPercentage(reading.limits) && examined.length === 0) {
      examined = examinedWrites(job, own);
      await store.writeEach(examined);
    }
    const rows = [
      head(job).write(HEAD, { run_id: own.run_id }, revision),
      ...takenWrites(job, own),
    ];
    if ((await store.write(rows)).written) return true;
  }
}

/**
 * A run that is over keeps of its reservation what had an effect, or may have one.
 *
 * @param finished false: AWS is still at a part of it, which counts until it is settled
 */
export async function reduceReservation(
  store: Store,
  job: string,
  runId: string,
  { effective, finished }: { readonly effective: readonly Wanted[]; readonly finished: boolean },
): Promise<void> {
  for (;;) {
    const before = await Array.fromAsync(taken(job).list(store, `${runId}/`));
    if (before.length === 0) return;
    const { wanted: _wanted, ...part } = before[0]!.value;
    const examined = await examinedOf(store, job, runId);
    const over = { ...part, finished, wanted: effective, examined };
    await store.writeEach(examinedWrites(job, over));
    const rows = takenWrites(job, over);
    const ids = new Set(rows.map(({ id }) => id));
    const surplus = before.filter(({ id }) => !ids.has(id))
      .map(({ id, revision }) => taken(job).write(id, undefined, revision));
    const [first, ...rest] = rows;
    const guarded = { ...first!, expect: before[0]!.revision };
    if ((await store.write([guarded, ...rest, ...surplus])).written) return;
  }
}

/** The rows of a reservation: one at least, so that it is there. */
function takenWrites(job: string, { wanted, examined: _examined, ...part }: Reservation): Write[] {
  const rows = wanted.length === 0 ? [[]] : chunksOf(wanted, PLACES_PER_ROW);
  return rows.map((wanted, index) => taken(job).write(partId(part, index), { ...part, wanted }));
}

function examinedWrites(
  job: string,
  { wanted: _wanted, examined, ...part }: Reservation,
): Write[] {
  return chunksOf(examined, PLACES_PER_ROW).map((examined, index) =>
    examinedBy(job).write(partId(part, index), { ...part, examined })
  );
}

function partId({ run_id }: Part, index: number): string {
  return `${run_id}/${String(index).padStart(3, "0")}`;
}
