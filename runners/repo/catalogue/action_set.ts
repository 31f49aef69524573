/** Actions, each with a place. Only sets over the same actions can be compared. */
type Places = {
  /** As AWS writes them, in the order of their lower case. */
  readonly actions: readonly string[];
  /** @param action in any case */
  indexOf(action: string): number | undefined;
};

/** A set of actions of one universe, one bit for each. It never changes. */
export class ActionSet implements Iterable<string> {
  #size: number | undefined;

  /** @param words 32 actions each; not copied, so that the caller must not change them */
  constructor(readonly universe: Places, readonly words: Uint32Array) {}

  /** How many actions it has. */
  get size(): number {
    return this.#size ??= this.countIn([0, this.words.length * 32]);
  }

  get isEmpty(): boolean {
    const { words } = this;
    for (let at = 0; at < words.length; at++) if (words[at] !== 0) return false;
    return true;
  }

  /** @param action in any case */
  has(action: string): boolean {
    const index = this.universe.indexOf(action);
    return index !== undefined && this.hasIndex(index);
  }

  /** @param index the action's place in the universe */
  hasIndex(index: number): boolean {
    return (this.words[index >>> 5]! & (1 << (index & 31))) !== 0;
  }

  /** Whether it has an action from the place `from` on and before `to`. */
  hasAnyBetween(from: number, to: number): boolean {
    for (let at = from; at < to; at = (at | 31) + 1) {
      if ((this.words[at >>> 5]! & bitsOfWord(at, to)) !== 0) return true;
    }
    return false;
  }

  /** Whether it has every action from the place `from` on and before `to`. */
  hasAllBetween(from: number, to: number): boolean {
    for (let at = from; at < to; at = (at | 31) + 1) {
      if ((~this.words[at >>> 5]! & bitsOfWord(at, to)) !== 0) return false;
    }
    return true;
  }

  /** How many it has in runs of neighbours: begin, end, begin, end, …; ends are exclusive. */
  countIn(ranges: readonly number[]): number {
    let count = 0;
    for (let run = 0; run < ranges.length; run += 2) {
      const end = ranges[run + 1]!;
      for (let at = ranges[run]!; at < end; at = (at | 31) + 1) {
        const word = this.words[at >>> 5]!;
        if (word !== 0) count += countBits(word & bitsOfWord(at, end));
      }
    }
    return count;
  }

  /** The first place that it has from `from` on and before `to`; undefined: none. */
  firstBetween(from: number, to: number): number | undefined {
    for (let at = from; at < to; at = (at | 31) + 1) {
      const word = this.words[at >>> 5]! & bitsOfWord(at, to);
      if (word !== 0) return (at & ~31) + 31 - Math.clz32(word & -word);
    }
    return undefined;
  }

  union(other: ActionSet): ActionSet {
    this.#sameUniverse(other);
    const words = this.words.slice();
    for (let at = 0; at < words.length; at++) words[at]! |= other.words[at]!;
    return new ActionSet(this.universe, words);
  }

  minus(other: ActionSet): ActionSet {
    this.#sameUniverse(other);
    const words = this.words.slice();
    for (let at = 0; at < words.length; at++) words[at]! &= ~other.words[at]!;
    return new ActionSet(this.universe, words);
  }

  intersect(other: ActionSet): ActionSet {
    this.#sameUniverse(other);
    const words = this.words.slice();
    for (let at = 0; at < words.length; at++) words[at]! &= other.words[at]!;
    return new ActionSet(this.universe, words);
  }

  equals(other: ActionSet): boolean {
    this.#sameUniverse(other);
    const { words } = this;
    for (let at = 0; at < words.length; at++) if (words[at] !== other.words[at]) return false;
    return true;
  }

  isSubsetOf(other: ActionSet): boolean {
    this.#sameUniverse(other);
    const { words } = this;
    for (let at = 0; at < words.length; at++) {
      if ((words[at]! & ~other.words[at]!) !== 0) return false;
    }
    return true;
  }

  overlaps(other: ActionSet): boolean {
    this.#sameUniverse(other);
    const { words } = this;
    for (let at = 0; at < words.length; at++) {
      if ((words[at]! & other.words[at]!) !== 0) return true;
    }
    return false;
  }

  /** The places of its actions in the universe, ascending. */
  indices(): number[] {
    const places: number[] = [];
    for (let at = 0; at < this.words.length; at++) {
      for (let word = this.words[at]!; word !== 0; word &= word - 1) {
        places.push(at * 32 + 31 - Math.clz32(word & -word));
      }
    }
    return places;
  }

  /** Its actions as AWS writes them, in the order of their lower case. */
  [Symbol.iterator](): Iterator<string> {
    return this.indices().map((index) => this.universe.actions[index]!).values();
  }

  /** The places of another universe mean other actions. */
  #sameUniverse(other: ActionSet): void {
    if (other.universe !== this.universe) {
      throw new Error("Two sets of actions belong to different universes; they cannot be compared");
    }
  }
}

/**
 * Sets bits.
 *
 * @param places ascending; those of neighbours, such as of a complete service, are set 32 at a time
 */
export function setBits(words: Uint32Array, places: readonly number[]): void {
  if (places.length === 0) return;
  const end = places.at(-1)! + 1;
  if (end - places[0]! === places.length) setRange(words, places[0]!, end);
  else for (const index of places) words[index >>> 5]! |= 1 << (index & 31);
}

/** Sets the bits of the places from one on and before another. */
export function setRange(words: Uint32Array, from: number, to: number): void {
  for (let at = from; at < to; at = (at | 31) + 1) words[at >>> 5]! |= bitsOfWord(at, to);
}

/** The bits of the places from one on and before another, within the word of the first. */
function bitsOfWord(from: number, to: number): number {
  const end = Math.min(to, (from | 31) + 1);
  return (0xffffffff >>> (32 - (end - from))) << (from & 31);
}

/** Counts in pairs, then fours, then bytes (Hacker's Delight, 5-1). */
function countBits(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  word = (word + (word >>> 4)) & 0x0f0f0f0f;
  return Math.imul(word, 0x01010101) >>> 24;
}
