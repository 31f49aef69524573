import type { ActionSet } from "../catalogue/action_set.ts";
import type { Schedule } from "../planning.ts";
import { type Decided, type Ruling, withRulings } from "./decided.ts";
import { Interned } from "./interned.ts";

/**
 * Of what could go now, only what was scheduled: the rest stays. What was scheduled and could not go
 * any more stays for the reason that it has now.
 *
 * @param actions what was frozen: names, not patterns, in any case
 */
export function narrowedToSchedule(
  decided: Decided,
  { actions }: Pick<Schedule, "actions">,
): Decided {
  return narrowed(decided, decided.universe.union(actions.filter((one) => !/[*?]/.test(one))));
}

/** Keeps what could go and is not in the set. */
function narrowed(decided: Decided, set: ActionSet): Decided {
  const interned = new Interned();
  const other = new Map<number, Ruling>();
  for (const { ruling, actions } of decided.groups) {
    if (ruling.verdict === "keep") continue;
    for (const index of actions) {
      if (!set.hasIndex(index)) other.set(index, interned.keep(ruling, "not-scheduled", null));
    }
  }
  return withRulings(decided, other);
}
