import { fewText } from "../../core/cli/words.ts";
import type { Change } from "../../core/plan/change.ts";
import { grantedBy } from "../policy/granted.ts";
import {
  decideOf,
  type EvaluatedRole,
  type Evaluation,
  managedDocuments,
} from "../evaluate_role.ts";
import type { ManagedUse, PolicyEdit } from "../present/names.ts";

/**
 * What a role does not use of the managed policies that are attached to it. This is only shown:
 * others that have the policy may use what this role does not. A policy is left out if its text is
 * not known or cannot be understood.
 */
export function managedUses(
  { account, role }: EvaluatedRole,
  evaluation: Evaluation,
  proposals: ReadonlyMap<string, PolicyEdit> = new Map(),
): ManagedUse[] {
  return role.attached.flatMap((arn) => {
    const policy = account.managed[arn];
    const [document] = managedDocuments(account, [arn]);
    if (!policy || !document) return [];
    const granted = grantedBy([document], evaluation.universe);
    const { groups, removed } = decideOf(granted, role, account, evaluation);
    const unused = groups.filter(({ ruling }) => ruling.verdict === "remove");
    return [{
      arn,
      attachments: policy.attachments,
      permissions: granted.actions.size + granted.unknown.length,
      unused: removed.size,
      unused_services: [...new Set(unused.map(({ ruling }) => ruling.service))].sort(),
      ...(proposals.has(arn) ? { proposal: proposals.get(arn)! } : {}),
    }];
  });
}

/**
 * With `--remove`, a sentence on what was named and the role still has by its managed policies.
 *
 * @param changes what the plan takes from its managed policies
 */
export function stillManagedNotes(
  { account, role, documents: inline, decided, mode }: EvaluatedRole,
  { universe, planning: { config: { asked } } }: Evaluation,
  changes: readonly Change[],
): string[] {
  if (asked.remove === null || mode === "none") return [];
  const changed = new Set(changes.map(({ target }) => target));
  const documents = managedDocuments(account, role.attached.filter((arn) => !changed.has(arn)));
  const all = grantedBy([...inline, ...documents], universe).actions;
  const named = grantedBy(documents, universe).actions.intersect(universe.union(asked.remove));
  const left = named.intersect(all);
  const still = [...asked.deny ? left.minus(decided.removed) : left];
  if (still.length === 0) return [];
  return [
    `Managed policies still grant ${fewText(still, NAMED)}` +
    (asked.deny ? ": --deny denies only what inline policies grant" : ""),
  ];
}

/** How many actions a sentence names. */
const NAMED = 5;
