import { fewText } from "../../core/cli/words.ts";
import { type Decided, type Group, type Ruling, withRulings } from "../decide/decided.ts";
import type { EvaluatedRole } from "../evaluate_role.ts";

/** What has become of the decisions, and what people must know of it. */
export type Turned = Pick<EvaluatedRole, "decided" | "notes">;

/** Reasons to keep that better evidence may overrule. Every other one is no question of use. */
const MAY_GO: ReadonlySet<string> = new Set(["service-used", "action-untracked"]);

/** How many actions a note names. */
const NAMED = 3;

/**
 * Turns verdicts as a hook has answered: to keep always, to remove only where use, or not knowing of
 * it, is all that keeps.
 *
 * @param repoable the actions, in lower case, that the hook takes for removable
 */
export function turned(decided: Decided, repoable: ReadonlySet<string>, hook: string): Turned {
  const { universe } = decided;
  const other = new Map<number, Ruling>();
  const kept: number[] = [];
  const removed: number[] = [];
  const refused = new Map<string, number[]>();
  for (const group of decided.groups) {
    const differing = differingFrom(group, repoable, (index) => universe.lowerAt(index));
    if (differing.length === 0) continue;
    const { ruling } = group;
    if (ruling.verdict === "keep" && !MAY_GO.has(ruling.reason)) {
      refused.set(ruling.reason, [...refused.get(ruling.reason) ?? [], ...differing]);
      continue;
    }
    const turn: Ruling = ruling.verdict === "remove"
      ? { ...ruling, verdict: "keep", reason: `hook:${hook}` }
      : { ...ruling, verdict: "remove", reason: `hook:${hook}` };
    for (const index of differing) {
      other.set(index, turn);
      (turn.verdict === "keep" ? kept : removed).push(index);
    }
  }
  const names = (indices: number[]) =>
    fewText(indices.sort((a, b) => a - b).map((index) => universe.actions[index]!), NAMED);
  return {
    decided: withRulings(decided, other),
    notes: [
      ...(kept.length > 0 ? [`hook:${hook} keeps ${names(kept)}, which would have gone`] : []),
      ...(removed.length > 0 ? [`hook:${hook} removes ${names(removed)}`] : []),
      ...Array.from(
        refused,
        ([reason, indices]) =>
          `hook:${hook} would remove ${names(indices)}, which ${
            indices.length === 1 ? "stays" : "stay"
          }: ${reason}`,
      ),
    ],
  };
}

function differingFrom(
  { ruling, actions }: Group,
  repoable: ReadonlySet<string>,
  nameOf: (index: number) => string,
): number[] {
  const goes = ruling.verdict === "remove";
  return actions.filter((index) => repoable.has(nameOf(index)) !== goes);
}
