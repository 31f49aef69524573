import { compareText } from "../plan/canonical.ts";
import type { Place } from "../plan/change.ts";

/** How many things were examined, or are to be changed, in one account and region. */
export type Examined = Place & {
  readonly count: number;
};

/** How many changes of one kind are wanted in a place. */
export type Wanted = Examined & {
  /** Absent in reservations made by 0.1.0, which knew one kind. */
  readonly kind?: string;
};

/** What tells places apart: `111111111111/us-east-1`. */
export function regionOf(place: Place): string {
  return `${place.account}/${place.region}`;
}

/** Counts anything that has a place, per account and region; sorted. */
export function countByPlace(items: readonly Place[]): Examined[] {
  return countBy(items, regionOf, ({ account, region }) => ({ account, region }));
}

/** Counts the changes that draw on the limits, per account, region and kind; sorted. */
export function wantedOf<One extends Place>(
  changes: readonly One[],
  countsAs: (change: One) => string | null,
): Wanted[] {
  const drawing = changes.flatMap((change) => {
    const { account, region } = change;
    const kind = countsAs(change);
    return kind === null ? [] : [{ account, region, kind }];
  });
  return countBy(drawing, (one) => `${regionOf(one)}/${one.kind}`, (one) => one);
}

function countBy<Item, Key>(
  items: readonly Item[],
  name: (item: Item) => string,
  key: (item: Item) => Key,
): (Key & { count: number })[] {
  const groups = [...Map.groupBy(items, name)].sort(([a], [b]) => compareText(a, b));
  return groups.map(([, members]) => ({ ...key(members[0]!), count: members.length }));
}
