/** Random choices that are the same for the same seed. */
export interface Random {
  /** From 0 to, exclusive, 1. */
  next(): number;
  /** A whole number from 0 to, exclusive, the limit. */
  below(limit: number): number;
  chance(share: number): boolean;
  of<Value>(values: readonly Value[]): Value;
  /** From `least` to `most` values. */
  times<Value>(least: number, most: number, make: () => Value): Value[];
  /** The same, each value once. */
  some<Value>(least: number, most: number, make: () => Value): Value[];
}

/** The generator mulberry32, which is short, quick and even enough. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const times = <Value>(least: number, most: number, make: () => Value) =>
    Array.from({ length: least + below(most - least + 1) }, make);
  return {
    next,
    below,
    chance: (share) => next() < share,
    of: (values) => values[below(values.length)]!,
    times,
    some: (least, most, make) => [...new Set(times(least, most, make))],
  };
}
