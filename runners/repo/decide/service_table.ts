import { madeOnce } from "../../core/made_once.ts";
import { serviceOf } from "../catalogue/catalogue.ts";
import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";

/**
 * All actions of a service. Thousands of roles have the same complete services: they share them.
 */
type ServiceActions = {
  readonly service: string;
  /** Their places in the universe, ascending. */
  readonly places: readonly number[];
  /** Their names, sorted. */
  readonly names: readonly string[];
};

/** The services of a universe, and for each action its service. */
export type ServiceTable = {
  readonly services: readonly ServiceActions[];
  readonly of: readonly ServiceActions[];
};

/** The table of a universe. It is made once. */
export const serviceTable = madeOnce((universe: Universe): ServiceTable => {
  const places = [...universe.actions.keys()];
  const services = [...Map.groupBy(places, (place) => serviceOf(universe.lowerAt(place)))]
    .map(([service, places]) => ({
      service,
      places,
      names: namesOf(universe, places),
    }));
  const of: ServiceActions[] = [];
  for (const one of services) for (const place of one.places) of[place] = one;
  return { services, of };
});

/** The places of a set, ascending, by their services: those of a complete service are shared. */
export function* byService(
  { services }: ServiceTable,
  set: ActionSet,
): Generator<{ readonly service: string; readonly actions: readonly number[] }> {
  // With `of`, an object would be made for each of 467 services, role by role.
  for (let at = 0; at < services.length; at++) {
    const { service, places } = services[at]!;
    const from = places[0]!;
    const to = places.at(-1)! + 1;
    if (!set.hasAnyBetween(from, to)) continue;
    const actions = set.hasAllBetween(from, to)
      ? places
      : places.filter((place) => set.hasIndex(place));
    if (actions.length > 0) yield { service, actions };
  }
}

/** The names of actions at some places, sorted. Roles that have the same list share it. */
export function namesAt(universe: Universe, places: readonly number[]): readonly string[] {
  const { of } = serviceTable(universe);
  const all = places.length === 0 ? undefined : of[places[0]!];
  return all !== undefined && all.places.length === places.length && of[places.at(-1)!] === all
    ? all.names
    : sharedNames(universe, places);
}

type Named = Pick<ServiceActions, "places" | "names">;

/** Lists of a universe that were made lately, by a hash of their places. */
const madeLately = madeOnce((_: Universe) => new Map<number, Named>());

/** How many lists are known: one that is frequent is soon among them again. */
const KNOWN = 20_000;

function sharedNames(universe: Universe, places: readonly number[]): readonly string[] {
  const lists = madeLately(universe);
  const hash = hashOfPlaces(places);
  const known = lists.get(hash);
  if (
    known?.places.length === places.length &&
    known.places.every((place, at) => place === places[at])
  ) {
    return known.names;
  }
  const names = namesOf(universe, places);
  if (lists.size >= KNOWN) lists.clear();
  lists.set(hash, { places, names });
  return names;
}

/** FNV-1a, of places in the place of bytes. */
function hashOfPlaces(places: readonly number[]): number {
  let hash = 0x811c9dc5 | 0;
  for (const place of places) hash = Math.imul(hash ^ place, 0x01000193);
  return hash;
}

function namesOf({ actions }: Universe, places: readonly number[]): readonly string[] {
  const names = places.map((place) => actions[place]!);
  // Places are in the order of lower case, which is mostly this order too.
  const isSorted = names.every((name, at) => at === 0 || names[at - 1]! <= name);
  // Without a function to compare, texts are sorted by their UTF-16 code units.
  return isSorted ? names : names.sort();
}
