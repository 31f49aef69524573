import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import { coverAll } from "./cover.ts";

/**
 * A set of actions in few patterns that come to exactly this set today. For display and storage
 * only: a pattern matches what AWS launches tomorrow, so none of these may be written into a policy.
 */
export function minimize(actions: ActionSet, universe: Universe): string[] {
  if (actions.size === universe.size) return ["*"];
  const covering = {
    universe,
    needed: actions,
    avoided: universe.all().minus(actions),
    cuts: "words",
    room: Infinity,
  } as const;
  return coverAll(covering);
}
