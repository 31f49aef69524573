import { compareText } from "../../core/plan/canonical.ts";
import actions from "./actions.json" with { type: "json" };
import { lowerCase } from "./glob.ts";

/** What an action does, in the words of AWS's Service Authorization Reference. */
type AccessLevel = "List" | "Read" | "Write" | "Tagging" | "Permissions management";

/** The catalogue as its file has it: by service, its name and its actions by access level. */
type Compact = {
  readonly date: string;
  readonly services: { readonly [prefix: string]: { readonly [level: string]: string } };
};

/** Every AWS service and action that is known, of one day. */
export interface Catalogue {
  /** Its day, `YYYY-MM-DD`. It does not know what AWS launched later. */
  readonly date: string;
  /** What stands before the colon, in lower case: `s3`. */
  readonly services: ReadonlySet<string>;
  /** All actions as AWS writes them (`s3:GetObject`), in the order of their lower case. */
  readonly actions: readonly string[];
  /** The same in lower case, at the same places. */
  readonly lower: readonly string[];
  /**
   * Those that AWS's managed policies name and its Service Authorization Reference does not, in
   * lower case. Nothing but the name is known of them.
   */
  readonly unlisted: readonly string[];
  /** As AWS writes an action that is given in any case; undefined: it is unknown. */
  canonical(action: string): string | undefined;
  /** Of several, the narrowest: `Tagging` for "Tagging, Write"; undefined: it is not known. */
  level(action: string): AccessLevel | undefined;
  /** `Amazon S3`; undefined: the service is unknown. */
  serviceName(prefix: string): string | undefined;
}

/** Stands for an access level that is not known; catalogue/managed_names.ts writes it. */
export const ONLY_MANAGED = "only in managed policies";

let loaded: Catalogue | undefined;

/** The catalogue that came with this version: the same constant value, unpacked once. */
export function loadCatalogue(): Catalogue {
  // TypeScript reads lists of a JSON file as lists of any length, and no tuples.
  return loaded ??= unpack(actions as unknown as Compact);
}

/** Makes a catalogue of the compact form in which the file has it. */
export function unpack({ date, services }: Compact): Catalogue {
  const entries: { lower: string; name: string; level: string }[] = [];
  const names = new Map<string, string>();
  for (const [prefix, { name, ...levels }] of Object.entries(services)) {
    names.set(prefix, name ?? prefix);
    for (const [level, list] of Object.entries(levels)) {
      for (const action of list.split(" ")) {
        const full = `${prefix}:${action}`;
        entries.push({ lower: full.toLowerCase(), name: full, level });
      }
    }
  }
  entries.sort((a, b) => compareText(a.lower, b.lower));
  const lower = entries.map((entry) => entry.lower);
  const at = (action: string) => {
    const index = placeOf(lower, lowerCase(action));
    return index === undefined ? undefined : entries[index];
  };
  return {
    date,
    services: new Set(names.keys()),
    actions: entries.map(({ name }) => name),
    lower,
    canonical: (action) => at(action)?.name,
    unlisted: entries.filter(({ level }) => level === ONLY_MANAGED).map((entry) => entry.lower),
    level: (action) => {
      const level = at(action)?.level;
      return level === ONLY_MANAGED ? undefined : level?.split(",")[0] as AccessLevel | undefined;
    },
    serviceName: (prefix) => names.get(lowerCase(prefix)),
  };
}

/** Where a text stands in a sorted list, or undefined. */
export function placeOf(sorted: readonly string[], text: string): number | undefined {
  const place = firstNotBefore(sorted, text);
  return sorted[place] === text ? place : undefined;
}

/** The first place in a sorted list whose text does not come before the given one. */
export function firstNotBefore(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The first place in a sorted list after all texts that begin with a prefix.
 *
 * @param from the first place whose text does not come before the prefix, or one of a text with it
 */
export function endOfPrefix(sorted: readonly string[], prefix: string, from: number): number {
  let low = from;
  let step = 1;
  while (sorted[low + step]?.startsWith(prefix)) {
    low += step;
    step *= 2;
  }
  let high = Math.min(sorted.length, low + step);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.startsWith(prefix)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The text before an action's colon, in lower case; all of it if there is no colon. */
export function serviceOf(action: string): string {
  const colon = action.indexOf(":");
  return lowerCase(colon < 0 ? action : action.slice(0, colon));
}
