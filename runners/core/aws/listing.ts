import type { Json } from "../json.ts";
import { canonicalJson } from "../contract/canonical_json.ts";
import { hashOf } from "../plan/canonical.ts";

/**
 * A listing as a set: AWS lists one thing on two pages where it changes while they are read. Equal
 * copies of an id are taken for one.
 *
 * @returns one of each id, in the order of the listing, of copies that differ the first; and the ids
 * that have copies that differ: which of them is true is not known
 */
export function setOf<Item>(listed: Iterable<Item>, idOf: (item: Item) => string): {
  readonly items: readonly Item[];
  readonly differing: ReadonlySet<string>;
} {
  const first = new Map<string, Item>();
  const differing = new Set<string>();
  const text = (item: Item) => canonicalJson(item as Json);
  for (const item of listed) {
    const id = idOf(item);
    const known = first.getOrInsert(id, item);
    if (known !== item && text(known) !== text(item)) differing.add(id);
  }
  return { items: [...first.values()], differing };
}

/** Tells of each thing of a listing whether it is a copy. Of what was read only hashes are held. */
export function copies(): (id: string, item: unknown) => "first" | "equal" | "differing" {
  const seen = new Map<string, string>();
  return (id, item) => {
    const [known, hash] = [seen.get(id), hashOf(item as Json)];
    if (known === undefined) seen.set(id, hash);
    return known === undefined ? "first" : known === hash ? "equal" : "differing";
  };
}
