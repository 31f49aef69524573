import { keptOf, lossesOf } from "./decide/summary.ts";
import type { Judged } from "./inventory/role_writes.ts";
import { literalsOf } from "./decide/decided.ts";
import type { RoleEntry } from "./present/names.ts";
import { byEvidence, type EvaluatedRole } from "./evaluate_role.ts";

/** The two numbers of a role from which all printed numbers are counted. */
type RoleNumbers = {
  /** Distinct permissions of its inline policies. */
  readonly permissions: number;
  /**
   * How many of them could be removed now if the role were eligible: by evidence and configuration,
   * whatever a run was asked for.
   */
  readonly removable: number;
};

/** Counts a role. Verbs, pages, documents and rows all take their numbers from here. */
export function numbersOf(evaluated: EvaluatedRole): RoleNumbers {
  const { granted } = evaluated;
  const { decided } = byEvidence(evaluated);
  return {
    permissions: granted.actions.size + granted.unknown.length,
    removable: decided.removed.size + literalsOf(decided).length,
  };
}

/** How a role was judged. */
export type Verdicts = RoleNumbers & Pick<RoleEntry, "ineligible" | "loses" | "keeps">;

/** How a role was judged by evidence, whatever a run was asked for. */
export function verdictsOf(evaluated: EvaluatedRole): Verdicts {
  const { decided, ineligible } = byEvidence(evaluated);
  return {
    ...numbersOf(evaluated),
    ineligible,
    loses: lossesOf(decided),
    keeps: keptOf(decided),
  };
}

/** What the inventory keeps of how a role was judged. */
export function judgedOf({ permissions, removable, ineligible, loses, keeps }: Verdicts): Judged {
  const kept = new Set(keeps.map(({ service }) => service));
  const lost = Map.groupBy(loses, ({ service }) => service);
  return {
    permissions,
    removable,
    services: [...new Set([...kept, ...lost.keys()])].sort(),
    // As Repokid has it: of a service that loses everything, only the service is named.
    removable_services: [...lost].flatMap(([service, losses]) =>
      kept.has(service) ? losses.flatMap(({ actions }) => actions) : [service]
    ).sort(),
    disqualified_by: [...new Set(ineligible.map(({ reason }) => reason))].sort(),
  };
}
