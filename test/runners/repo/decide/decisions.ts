import type { Universe } from "../../../../runners/repo/catalogue/universe.ts";
import type { Decided, Decision, Ruling } from "../../../../runners/repo/decide/decided.ts";

/** Each action with its verdict, in the order of the universe; the unknown last. */
export function decisionsOf({ universe, groups, unknown }: Decided): Decision[] {
  const all = groups.flatMap(({ ruling, actions }) => actions.map((index) => ({ index, ruling })))
    .sort((a, b) => a.index - b.index);
  return [...all.map(({ index, ruling }) => decisionAt(universe, index, ruling)), ...unknown];
}

/** The verdict on an action, as AWS spells it; undefined: no policy grants it. */
export function decisionOf(decided: Decided, action: string): Decision | undefined {
  return decisionsOf(decided).find((one) => one.action === action);
}

function decisionAt(universe: Universe, index: number, ruling: Ruling): Decision {
  const { verdict, reason, lastUsed, until, of } = ruling;
  return {
    action: universe.actions[index]!,
    verdict,
    reason,
    ...(lastUsed === null ? {} : { lastUsed }),
    ...(until === null ? {} : { until }),
    ...(of === null ? {} : { of }),
  } as Decision;
}
