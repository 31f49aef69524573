/** Stops and terminations that hang: moto carries them out at once, real ones take their time. */

import type { Call } from "./call_log.ts";
import { type CallMatch, matches } from "./match.ts";

/** A state between two others (EC2 user guide, "Amazon EC2 instance state changes"). */
export type Transition = "stopping" | "shutting-down";

interface Hold {
  readonly transition: Transition;
  readonly match: CallMatch;
  readonly ids: Set<string>;
}

export class SlowTransitions {
  readonly #holds: Hold[] = [];
  readonly #shown = new Map<string, Hold>();

  /**
   * Instances that matching calls stop or terminate from now on show this state. Returns what
   * ends it: they arrive, and later ones are not held.
   */
  hold(transition: Transition, match: CallMatch): () => void {
    const hold: Hold = { transition, match, ids: new Set() };
    this.#holds.unshift(hold);
    return () => {
      const at = this.#holds.indexOf(hold);
      if (at >= 0) this.#holds.splice(at, 1);
      for (const id of hold.ids) if (this.#shown.get(id) === hold) this.#shown.delete(id);
    };
  }

  /** Takes note that a call has stopped or terminated these instances. */
  began(transition: Transition, call: Call, ids: readonly string[]): void {
    const hold = this.#holds.find((hold) =>
      hold.transition === transition && matches(hold.match, call)
    );
    for (const id of ids) {
      // An instance that is terminated while it hangs in its stop hangs there no longer.
      this.#shown.delete(id);
      if (hold === undefined) continue;
      hold.ids.add(id);
      this.#shown.set(id, hold);
    }
  }

  /** The state in which an instance hangs, or undefined. */
  of(id: string): Transition | undefined {
    return this.#shown.get(id)?.transition;
  }

  /** True while any instance hangs. */
  get any(): boolean {
    return this.#shown.size > 0;
  }
}
