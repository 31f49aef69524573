import { compareText } from "../../core/plan/canonical.ts";
import { ActionSet, setRange } from "./action_set.ts";
import { type Catalogue, endOfPrefix, firstNotBefore, placeOf, serviceOf } from "./catalogue.ts";
import { firstWildcard, lowerCase, matchesLower } from "./glob.ts";

/**
 * Every known action: the catalogue's, and those that only the evidence knows. Sets of actions and
 * matches of patterns are places in it. It never changes.
 */
export class Universe {
  /** All actions as AWS writes them, in the order of their lower case. */
  readonly actions: readonly string[];
  /** The services of its actions, in lower case. */
  readonly services: ReadonlySet<string>;
  readonly #lower: readonly string[];
  readonly #ranges = new Map<string, Ranges>();
  readonly #strangers: readonly string[];
  #none: ActionSet | undefined;
  #all: ActionSet | undefined;
  #unlisted: ActionSet | undefined;
  /** The places of each service's actions. */
  #borders: { readonly service: string; readonly from: number; readonly to: number }[] | undefined;

  constructor(readonly catalogue: Catalogue, extra: Iterable<string>) {
    const uncatalogued = strangersOf(catalogue, extra);
    this.#strangers = uncatalogued;
    this.actions = merged(catalogue.actions, uncatalogued);
    this.#lower = merged(catalogue.lower, uncatalogued.map(lowerCase));
    // In the order of their first actions: "s3-outposts:" is before "s3:".
    this.services = new Set(
      [...catalogue.services, ...uncatalogued.map(serviceOf)].map((service) => `${service}:`)
        .sort(compareText).map((service) => service.slice(0, -1)),
    );
  }

  /** How many actions there are. */
  get size(): number {
    return this.actions.length;
  }

  /** The place of an action, given in any case; undefined: it is not known. */
  indexOf(action: string): number | undefined {
    return placeOf(this.#lower, lowerCase(action));
  }

  /** The actions that a pattern matches; see {@link matchesPattern}. */
  expand(pattern: string): ActionSet {
    return this.union([pattern]);
  }

  /**
   * The actions that any of the patterns matches.
   *
   * @param unmatched is given each pattern that matches nothing
   */
  union(patterns: Iterable<string>, unmatched?: (pattern: string) => void): ActionSet {
    const words = this.#noWords();
    for (const pattern of patterns) {
      const ranges = this.ranges(pattern);
      for (let at = 0; at < ranges.length; at += 2) setRange(words, ranges[at]!, ranges[at + 1]!);
      if (ranges.length === 0) unmatched?.(pattern);
    }
    return new ActionSet(this, words);
  }

  /** No action. */
  none(): ActionSet {
    return this.#none ??= new ActionSet(this, this.#noWords());
  }

  /** All actions. */
  all(): ActionSet {
    return this.#all ??= this.expand("*");
  }

  /** The actions that the catalogue does not know. */
  uncatalogued(): ActionSet {
    return this.union(this.#strangers);
  }

  /** The actions of which the catalogue knows only the name: see {@link Catalogue.unlisted}. */
  unlisted(): ActionSet {
    return this.#unlisted ??= this.union(this.catalogue.unlisted);
  }

  /** The actions for which something holds. @param holds is given each as AWS writes it */
  where(holds: (action: string, index: number) => boolean): ActionSet {
    const words = this.#noWords();
    this.actions.forEach((action, index) => {
      if (holds(action, index)) words[index >>> 5]! |= 1 << (index & 31);
    });
    return new ActionSet(this, words);
  }

  /**
   * The places of what a pattern matches: where each run of neighbours begins and, exclusive, ends.
   * Kept for each pattern that was asked for.
   */
  ranges(pattern: string): Ranges {
    const known = this.#ranges.get(pattern);
    if (known) return known;
    const ranges = this.#find(lowerCase(pattern));
    this.#ranges.set(pattern, ranges);
    return ranges;
  }

  /** The services of which a set has an action, sorted as actions are. */
  servicesOf(actions: ActionSet): string[] {
    this.#borders ??= [...this.services].map((service) => {
      const [from = 0, to = 0] = this.ranges(`${service}:*`);
      return { service, from, to };
    });
    return this.#borders.filter(({ from, to }) => actions.hasAnyBetween(from, to))
      .map(({ service }) => service);
  }

  /**
   * The first place after all actions that begin with a text, which is in lower case.
   *
   * @param from the place of one of them
   */
  endOf(prefix: string, from: number): number {
    return endOfPrefix(this.#lower, prefix, from);
  }

  /** In lower case, by place. */
  lowerAt(index: number): string {
    return this.#lower[index]!;
  }

  /** What begins with the same text stands together, so most patterns are one run of neighbours. */
  #find(pattern: string): Ranges {
    const wildcard = firstWildcard(pattern);
    if (wildcard < 0) {
      const place = placeOf(this.#lower, pattern);
      return place === undefined ? [] : [place, place + 1];
    }
    const prefix = pattern.slice(0, wildcard);
    const from = firstNotBefore(this.#lower, prefix);
    const to = this.endOf(prefix, from);
    if (/^\*+$/.test(pattern.slice(wildcard))) return from < to ? [from, to] : [];
    const ranges: number[] = [];
    for (let at = from; at < to; at++) {
      if (!matchesLower(pattern, this.#lower[at]!)) continue;
      if (ranges.at(-1) === at) ranges[ranges.length - 1] = at + 1;
      else ranges.push(at, at + 1);
    }
    return ranges;
  }

  #noWords(): Uint32Array {
    return new Uint32Array(Math.ceil(this.actions.length / 32));
  }
}

/** Begin, end, begin, end, …: ascending, ends are exclusive, nothing is empty. */
type Ranges = readonly number[];

/**
 * The universe of a plan.
 *
 * @param extraActions those that the evidence names; the catalogue's own are ignored
 */
export function makeUniverse(catalogue: Catalogue, extraActions: Iterable<string>): Universe {
  return new Universe(catalogue, extraActions);
}

/**
 * The extra actions that the catalogue does not know, each once, in the order of their lower case.
 */
function strangersOf(catalogue: Catalogue, extra: Iterable<string>): string[] {
  const byLower = new Map<string, string>();
  for (const action of extra) {
    const lower = lowerCase(action);
    if (catalogue.canonical(action) !== undefined || byLower.has(lower)) continue;
    byLower.set(lower, action);
  }
  return [...byLower].sort(([a], [b]) => compareText(a, b)).map(([, action]) => action);
}

/** Two lists, each in the order of its lower case, as one. */
function merged(a: readonly string[], b: readonly string[]): readonly string[] {
  if (b.length === 0) return a;
  return [...a, ...b].sort((x, y) => compareText(lowerCase(x), lowerCase(y)));
}
