import { serviceOf } from "../catalogue/catalogue.ts";
import type { Universe } from "../catalogue/universe.ts";

/** The services of a universe, and for each action its service's place among them. */
export type ServiceTable = {
  readonly names: readonly string[];
  readonly of: Uint16Array;
};

/** Looks each action's service up once. */
export function serviceTable(universe: Universe): ServiceTable {
  const names: string[] = [];
  const of = new Uint16Array(universe.size);
  const places = new Map<string, number>();
  for (let index = 0; index < universe.size; index++) {
    const service = serviceOf(universe.lowerAt(index));
    let place = places.get(service);
    if (place === undefined) {
      place = names.push(service) - 1;
      places.set(service, place);
    }
    of[index] = place;
  }
  return { names, of };
}

/** Splits places in the universe, ascending, by their services: the actions of each stand together. */
export function* byService(
  { names, of }: ServiceTable,
  places: readonly number[],
): Generator<{ readonly service: string; readonly actions: readonly number[] }> {
  for (let from = 0; from < places.length;) {
    const service = of[places[from]!]!;
    let to = from + 1;
    while (to < places.length && of[places[to]!] === service) to++;
    yield { service: names[service]!, actions: places.slice(from, to) };
    from = to;
  }
}
