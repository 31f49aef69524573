import { counted, fewText } from "../../core/cli/words.ts";
import { sumOf } from "../../core/sum_of.ts";

/** A row about a service, or about several together. */
export type ServiceRow = {
  readonly service: string;
  /** Numbers of actions; sums if several services share a row. */
  readonly counts: readonly number[];
  readonly why: string;
};

/** How many rows people read: Action "*" grants more than 400 services. */
const READ = 20;
/** How many services a shared row names. */
const NAMED = 3;

/**
 * The same in at most `READ` rows: services with the same reason share a row, and the last row
 * counts the rest.
 */
export function fewRows(rows: readonly ServiceRow[]): readonly ServiceRow[] {
  if (rows.length <= READ) return rows;
  const groups = [...Map.groupBy(rows, ({ why }) => why).values()].map((own) => ({
    ...together(own, fewText(biggest(own), NAMED)),
    own,
  }));
  const shown = groups.flatMap(({ own, ...row }) => own.length > NAMED + 1 ? [row] : own)
    .sort(mostFirst);
  if (shown.length <= READ) return shown;
  const left = shown.slice(READ - 1);
  return [
    ...shown.slice(0, READ - 1),
    together(
      left,
      `and ${counted(left.length, "row")} more`,
      "explain tells of each, --json has them all",
    ),
  ];
}

function together(rows: readonly ServiceRow[], service: string, why = rows[0]!.why): ServiceRow {
  const counts = rows[0]!.counts.map((_, place) => sumOf(rows, ({ counts }) => counts[place]!));
  return { service, counts, why };
}

function biggest(rows: readonly ServiceRow[]): string[] {
  return rows.toSorted(mostFirst).map(({ service }) => service);
}

function mostFirst(a: ServiceRow, b: ServiceRow): number {
  return b.counts.at(-1)! - a.counts.at(-1)! || b.counts[0]! - a.counts[0]!;
}
