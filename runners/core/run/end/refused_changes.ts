import * as z from "zod";
import type { Change, Place } from "../../plan/change.ts";
import { rowKind } from "../../store/row_kind.ts";
import type { FreeWrite, ReadStore } from "../../store/store.ts";

/** A change that a run would have made, had a limit not refused it: as much as people are told. */
export type RefusedChange = Place & Pick<Change, "action" | "kind" | "target" | "reason">;

/** How many of a run are kept. The run's summary says how many there were. */
export const MOST_REFUSED = 1_000;

const refusedChanges = (job: string, runId: string) =>
  rowKind<RefusedChange>(
    `${job}/refused-change#${runId}`,
    z.looseObject({
      ...{ account: z.string(), region: z.string(), target: z.string() },
      ...{ action: z.string(), kind: z.string(), reason: z.string() },
    }),
    () => "retained",
  );

/** The rows of the changes of a run that was refused: the first {@linkcode MOST_REFUSED}. */
export function refusedRows(
  job: string,
  runId: string,
  changes: readonly Change[],
): FreeWrite[] {
  const kind = refusedChanges(job, runId);
  return changes.slice(0, MOST_REFUSED).map((change) => {
    const { id, account, region, action, kind: means, target, reason } = change;
    return kind.write(id, { account, region, action, kind: means, target, reason });
  });
}

/** The changes of a run that was refused, as far as they are kept. */
export async function refusedChangesOf(
  store: ReadStore,
  job: string,
  runId: string,
): Promise<RefusedChange[]> {
  return [...(await refusedChanges(job, runId).read(store)).values()];
}
