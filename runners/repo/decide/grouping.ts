import { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import type { Decided, Ruling } from "./decided.ts";
import type { Decision } from "./decision.ts";

/** Puts actions, each with its ruling, into groups. Rulings are told apart by identity. */
export class Grouping {
  readonly #groups = new Map<Ruling, readonly number[]>();
  readonly #removed: Uint32Array;
  /** The group of the action before: neighbours mostly share their service's ruling. */
  #last: { readonly ruling: Ruling; readonly actions: number[] } | undefined;

  constructor(readonly universe: Universe) {
    this.#removed = new Uint32Array(Math.ceil(universe.size / 32));
  }

  /** @param index comes after all that were put before */
  put(index: number, ruling: Ruling): void {
    if (this.#last?.ruling !== ruling) this.#last = { ruling, actions: this.#ownOf(ruling) };
    this.#last.actions.push(index);
    if (ruling.verdict === "remove") this.#removed[index >>> 5]! |= 1 << (index & 31);
  }

  /**
   * The same for several at once, which is quicker.
   *
   * @param actions ascending; kept as they are, and not copied
   */
  putAll(actions: readonly number[], ruling: Ruling): void {
    if (this.#groups.has(ruling)) return actions.forEach((index) => this.put(index, ruling));
    this.#groups.set(ruling, actions);
    if (ruling.verdict !== "remove") return;
    for (const index of actions) this.#removed[index >>> 5]! |= 1 << (index & 31);
  }

  /** All that was put; nothing can be put any more. */
  decided(unknown: readonly Decision[]): Decided {
    return {
      universe: this.universe,
      groups: [...this.#groups].map(([ruling, actions]) => ({ ruling, actions })),
      unknown,
      removed: new ActionSet(this.universe, this.#removed),
    };
  }

  /** A group that may grow. */
  #ownOf(ruling: Ruling): number[] {
    const actions = [...this.#groups.get(ruling) ?? []];
    this.#groups.set(ruling, actions);
    return actions;
  }
}
