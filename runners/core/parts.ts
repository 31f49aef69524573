import { compareText } from "./plan/canonical.ts";

/**
 * What was observed, one part for each account, in the order of the accounts' IDs. It can be gone
 * through again and again, and may be larger than the memory: whoever does keeps no part.
 */
export interface Parts<Part> extends Iterable<Part> {
  /** The IDs of the accounts, sorted. */
  readonly accounts: readonly string[];
  /** The part of an account; undefined: the account was not observed. */
  of(account: string): Part | undefined;
}

/** Parts that are read each time when they are asked for. @param accounts their IDs, each once */
export function partsBy<Part>(
  accounts: Iterable<string>,
  read: (account: string) => Part,
): Parts<Part> {
  const sorted = [...accounts].sort(compareText);
  const known = new Set(sorted);
  return {
    accounts: sorted,
    of: (account) => known.has(account) ? read(account) : undefined,
    [Symbol.iterator]: () => sorted.values().map(read),
  };
}

/** Parts that are held in memory. */
export function partsOf<Part extends { readonly id: string }>(parts: Iterable<Part>): Parts<Part> {
  const byAccount = new Map(Iterator.from(parts).map((part) => [part.id, part]));
  return partsBy(byAccount.keys(), (account) => byAccount.get(account)!);
}
